//! Range analysis: the range of every value, from the inputs' types forward.
//!
//! A range is an interval, cut by the bounds of the value's linear form: what is added to
//! itself does not count twice.

use super::linear::{Known, Linear};
use super::{Graph, IntType, Node, Op, Range, ValueId};
use crate::{Diagnostic, Result};

/// The range of every value, in node order.
///
/// A result that can leave its type makes the graph invalid; `verify` finds that.
/// Errors: a value that can leave 128 bits, or a table without an entry for some input.
pub fn ranges(graph: &Graph) -> Result<Vec<Range>> {
    let mut known = Ranges::default();
    for node in &graph.nodes {
        let found = known.of_node(graph, node)?;
        known.push(found);
    }
    Ok(known.ranges)
}

/// The analysis as it goes: one entry per node so far.
#[derive(Default)]
pub(super) struct Ranges {
    ranges: Vec<Range>,
    forms: Vec<Option<Linear>>,
}

/// What is known of one node.
pub(super) struct Found {
    pub range: Range,
    form: Option<Linear>,
}

impl Found {
    pub fn input(ty: IntType) -> Self {
        let range = ty.range();
        Found { range, form: None }
    }
}

impl Ranges {
    pub fn of(&self, value: ValueId) -> Range {
        self.ranges[value.index()]
    }

    pub fn push(&mut self, found: Found) {
        self.ranges.push(found.range);
        self.forms.push(found.form);
    }

    pub fn of_node(&self, graph: &Graph, node: &Node) -> Result<Found> {
        let Some(def) = node.op.def() else {
            return Ok(Found::input(node.ty));
        };
        let operands = node.op.operands();
        let of: smallvec::SmallVec<[Range; 3]> = operands.iter().map(|v| self.of(*v)).collect();
        let interval = (def.range)(&node.op, &of, node.ty).ok_or_else(|| {
            let reason = match &node.op {
                Op::Lookup { table, .. } => format!(
                    "its table has entries for {}, its input can be in {}",
                    table.domain(),
                    of[0]
                ),
                _ => "its values need more than 126 bits".to_string(),
            };
            Diagnostic::new(format!("fx.{} cannot be sized: {reason}", def.name))
                .in_layer(graph.layer_name(node.layer))
        })?;
        let known = Known {
            ranges: &self.ranges,
            forms: &self.forms,
        };
        let form = known.form_of(&node.op, interval);
        let range = match form.as_ref().and_then(|form| known.bounds(form)) {
            Some(bounds) => Range::new(interval.lo.max(bounds.lo), interval.hi.min(bounds.hi)),
            None => interval,
        };
        Ok(Found { range, form })
    }
}
