//! nn-drop-dead: remove what no result depends on.
//!
//! Before   %1 = nn.relu(%x)   %2 = nn.abs(%x)   return %2
//! After    %1 = nn.abs(%x)   return %1
//!
//! Needs      nothing.
//! Leaves     no unread value but inputs.
//! Never      touches a port.

use dialects::Result;
use dialects::nn::Graph;

use super::{Changed, Pass, Run};
use crate::context::PassContext;

pub const PASS: Pass = Pass {
    name: "nn-drop-dead",
    summary: "remove what no result depends on",
    source: include_str!("nn_drop_dead.rs"),
    run: Run::Nn(run),
};

fn run(graph: &mut Graph, _: &PassContext) -> Result<Changed> {
    drop_dead(graph).map(Changed::from)
}

/// True when something was removed.
pub(super) fn drop_dead(graph: &mut Graph) -> Result<bool> {
    let live = graph.live();
    if live.iter().all(|&live| live) {
        return Ok(false);
    }
    let smaller = graph.rebuilt(|new, at, node, op| match live[at.index()] {
        true => new.push(op, &node.layer),
        // Nobody asks for the value that stands for a dead one.
        false => Ok(dialects::nn::ValueId(0)),
    })?;
    *graph = smaller;
    Ok(true)
}
