//! Where the time goes: the ops of one longest path.

use dialects::fx::Graph;
use serde::Serialize;

use crate::schedule;
use crate::target::Target;

/// One op of a path. Times are nanoseconds from the begin of its stage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PathOp {
    pub layer: String,
    /// The op's name; the last of a pipeline is `register`, with the time registers take.
    pub op: &'static str,
    pub width: u32,
    /// The stage the op works in.
    pub stage: u32,
    pub delay_ns: f64,
    pub arrival_ns: f64,
}

/// The ops of a path that takes longest, without those that are wires.
pub(super) fn critical_path(graph: &Graph, target: &Target) -> Vec<PathOp> {
    let nanoseconds = |picoseconds: u32| f64::from(picoseconds) / 1e3;
    let stages = schedule::stages_of(graph);
    let mut path: Vec<PathOp> = Vec::new();
    let mut before = 0;
    for (value, arrival) in schedule::longest_path(graph, target) {
        let node = graph.node(value);
        if arrival > before {
            path.push(PathOp {
                layer: graph.layer_name(node.layer).to_string(),
                op: node.op.name(),
                width: node.ty.width,
                stage: stages[value.index()].unwrap_or(0),
                delay_ns: nanoseconds(arrival - before),
                arrival_ns: nanoseconds(arrival),
            });
        }
        before = arrival;
    }
    if graph.latency.unwrap_or(0) > 0
        && let Some(last) = path.last()
    {
        let overhead = target.overhead_ps();
        path.push(PathOp {
            op: "register",
            delay_ns: nanoseconds(overhead),
            arrival_ns: nanoseconds(before + overhead),
            ..last.clone()
        });
    }
    path
}
