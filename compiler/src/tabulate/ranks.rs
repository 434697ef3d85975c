//! A value that takes few, evenly spaced values: a small number first, then a factor.
//!
//! `t(x) ∈ {b, b+a, b+2a, …}` is `a·rank(x) + b`, the line a table of the few ranks. Tables of
//! one quantised value times several weights then share its rank, which has fewer bits than
//! any of them, and the line is part of whatever reads it. The table itself stays on offer.

use std::sync::Arc;

use dialects::Result;
use dialects::fx::{self, Builder, Graph, Op, Table, ValueId};

use super::form::{Form, Part};
use crate::egraph::Offer;
use crate::target::Target;

/// Values that are told apart at most.
const MOST: usize = 16;

/// A graph whose few-valued tables and choices are ranks, and those values with their ops.
pub struct Ranked {
    pub graph: Graph,
    pub direct: Vec<(ValueId, Op)>,
}

/// The graph with ranks.
pub fn ranked(graph: &Graph) -> Result<Ranked> {
    let ranges = fx::ranges(graph)?;
    let mut builder = Builder::like(graph);
    let mut done: Vec<ValueId> = Vec::with_capacity(graph.nodes.len());
    let mut direct = Vec::new();
    for node in &graph.nodes {
        let line = match &node.op {
            Op::Lookup { input, table } => rank(table, ranges[input.index()]),
            Op::Select {
                on_true, on_false, ..
            } => choice(graph, *on_true, *on_false),
            _ => None,
        };
        let Some(line) = line else {
            done.push(builder.copy_as(node, |value| done[value.index()])?);
            continue;
        };
        let op = node.op.clone().map_operands(|value| done[value.index()]);
        let rank = match (&line.rank, &op) {
            (Some(table), Op::Lookup { input, .. }) => {
                let table = Arc::new(table.clone());
                builder.push(
                    Op::Lookup {
                        input: *input,
                        table,
                    },
                    node.layer,
                )?
            }
            (_, Op::Select { condition, .. }) => *condition,
            _ => continue,
        };
        let count = line.count;
        let values = (0..count).map(|at| line.offset + line.factor * at);
        let values = values.filter_map(|value| i64::try_from(value).ok());
        let values: Vec<i64> = values.collect();
        let table = Arc::new(Table { first: 0, values });
        let value = builder.push(Op::Lookup { input: rank, table }, node.layer)?;
        done.push(value);
        direct.push((value, op));
    }
    let results = graph.results.iter().map(|value| done[value.index()]);
    let results: Vec<ValueId> = results.collect();
    Ok(Ranked {
        graph: builder.finish_like(results),
        direct,
    })
}

/// Factor·rank + offset.
struct Line {
    rank: Option<Table>,
    /// How many values there are.
    count: i128,
    factor: i128,
    offset: i128,
}

/// The rank of a table's entries; `None` where they are ranks, many or uneven.
fn rank(table: &Table, reached: fx::Range) -> Option<Line> {
    let entries = (reached.lo..=reached.hi).map(|input| table.get(input));
    let entries: Vec<i64> = entries.collect::<Option<_>>()?;
    let mut values: Vec<i64> = Vec::new();
    for &entry in &entries {
        if let Err(at) = values.binary_search(&entry) {
            values.insert(at, entry);
        }
        if values.len() > MOST {
            return None;
        }
    }
    // A bit is told by a LUT either way round.
    if values == [0, 1] {
        return None;
    }
    if entries.first()? > entries.last()? {
        values.reverse();
    }
    let offset = i128::from(*values.first()?);
    let factor = i128::from(*values.get(1)?) - offset;
    let even = values.iter().zip(0..);
    let mut even = even.map(|(value, at)| i128::from(*value) == offset + factor * at);
    if (factor, offset) == (1, 0) || !even.all(|even| even) {
        return None;
    }
    let rank = |entry: i64| ((i128::from(entry) - offset) / factor) as i64;
    Some(Line {
        rank: Some(Table {
            first: reached.lo,
            values: entries.into_iter().map(rank).collect(),
        }),
        count: values.len() as i128,
        factor,
        offset,
    })
}

/// A choice of two constants is its condition, scaled.
fn choice(graph: &Graph, on_true: ValueId, on_false: ValueId) -> Option<Line> {
    let constant = |value: ValueId| match graph.node(value).op {
        Op::Constant { value } => Some(value),
        _ => None,
    };
    let (high, low) = (constant(on_true)?, constant(on_false)?);
    i64::try_from(high).and(i64::try_from(low)).ok()?;
    Some(Line {
        rank: None,
        count: 2,
        factor: high.checked_sub(low)?,
        offset: low,
    })
}

/// The op that a rank stands for, as an offer.
pub fn restored(target: &Target, ranked: &Ranked, parts: &[Part]) -> Vec<Offer> {
    let offer = |(value, op): &(ValueId, Op)| {
        let mut form = Form::new(target, ranked.graph.nodes.len());
        let result = form.op(op.clone(), parts)?;
        let offer = form.offer(*value, result)?;
        Some(Offer {
            plain: true,
            ..offer
        })
    };
    ranked.direct.iter().filter_map(offer).collect()
}
