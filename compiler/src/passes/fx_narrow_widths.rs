//! fx-narrow-widths: give every value the smallest type its range needs.
//!
//! Before   fx.add : (si8, si8) -> si9       ranges [0,100] + [0,20]
//! After    fx.add : (ui7, ui5) -> ui7
//!
//! A range is an interval, cut by the bounds of the value's linear form: `x*8 - x` is 7x,
//! and is no wider than that.
//!
//! Needs      nothing; better after `fx-rewrite`.
//! Leaves     the smallest types, no two equal ops.
//! Never      changes a value, a port, or a stage boundary.

use dialects::{Result, fx};

use super::{Changed, Pass, Run};
use crate::context::PassContext;

pub const PASS: Pass = Pass {
    name: "fx-narrow-widths",
    summary: "give every value the smallest type its range needs",
    source: include_str!("fx_narrow_widths.rs"),
    run: Run::Fx(run),
};

fn run(graph: &mut fx::Graph, _: &PassContext) -> Result<Changed> {
    let mut builder = fx::Builder::like(graph);
    let mut moved: Vec<fx::ValueId> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let value = builder.copy(node, |value| moved[value.index()])?;
        moved.push(value);
    }
    let results = graph.results.iter().map(|value| moved[value.index()]);
    let narrow = builder.finish_like(results.collect());
    let changed = narrow != *graph;
    *graph = narrow;
    Ok(changed.into())
}
