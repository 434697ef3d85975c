//! Interval analysis: the range of every value, from the inputs' types forward.

use super::{Graph, Op, Range};
use crate::{Diagnostic, Result};

/// The interval of every value, in node order, cut by the node's own type.
///
/// A result that can leave its type makes the graph invalid; `verify` finds that.
/// Errors: a value that can leave 128 bits, or a table without an entry for some input.
pub fn ranges(graph: &Graph) -> Result<Vec<Range>> {
    let mut found: Vec<Range> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        found.push(of_node(graph, node, &found)?);
    }
    Ok(found)
}

pub(super) fn of_node(graph: &Graph, node: &super::Node, known: &[Range]) -> Result<Range> {
    let Some(def) = node.op.def() else {
        return Ok(node.ty.range());
    };
    let operands = node.op.operands();
    let of: smallvec::SmallVec<[Range; 3]> = operands.iter().map(|v| known[v.index()]).collect();
    (def.range)(&node.op, &of, node.ty).ok_or_else(|| {
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
    })
}
