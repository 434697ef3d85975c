//! fx-drop-dead: remove what no result depends on.
//!
//! Before   %0 = fx.neg(%x0)   %1 = fx.add(%x0, %x1)   return %1
//! After    %0 = fx.add(%x0, %x1)   return %0
//!
//! Needs      nothing.
//! Leaves     no dead ops; inputs stay, read or not: they are ports.
//! Never      changes what is left.

use dialects::{Result, fx};

use super::{Changed, Pass, Run};
use crate::context::PassContext;

pub const PASS: Pass = Pass {
    name: "fx-drop-dead",
    summary: "remove what no result depends on",
    source: include_str!("fx_drop_dead.rs"),
    run: Run::Fx(run),
};

fn run(graph: &mut fx::Graph, _: &PassContext) -> Result<Changed> {
    Ok(drop_dead(graph).into())
}

/// Removes dead nodes; whether there were any.
pub(super) fn drop_dead(graph: &mut fx::Graph) -> bool {
    let live = graph.live();
    if live.iter().all(|live| *live) {
        return false;
    }
    let mut moved = vec![fx::ValueId(0); graph.nodes.len()];
    let mut kept = Vec::with_capacity(graph.nodes.len());
    for (index, mut node) in std::mem::take(&mut graph.nodes).into_iter().enumerate() {
        if live[index] {
            moved[index] = fx::ValueId(kept.len() as u32);
            node.op = node.op.map_operands(|value| moved[value.index()]);
            kept.push(node);
        }
    }
    graph.nodes = kept;
    for result in &mut graph.results {
        *result = moved[result.index()];
    }
    true
}
