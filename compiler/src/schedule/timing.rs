//! What a scheduled graph's registers amount to.

use dialects::fx::{Graph, Op};

use crate::target::Target;

/// The longest path without a register, in picoseconds of logic and routes; the registers'
/// own share of a clock period is `Target::overhead_ps`.
pub fn longest_path_ps(graph: &Graph, target: &Target) -> u32 {
    let costs = target.costs(graph);
    let mut arrivals: Vec<u32> = Vec::with_capacity(graph.nodes.len());
    for (node, cost) in graph.nodes.iter().zip(&costs) {
        let operands = node.op.operands();
        let ready = operands.iter().map(|value| arrivals[value.index()]).max();
        arrivals.push(match node.op {
            Op::Register { .. } => 0,
            _ => ready.unwrap_or(0) + cost.delay_ps,
        });
    }
    arrivals.into_iter().max().unwrap_or(0)
}

/// The stage of every value: how many registers stand before it. `None` for what depends on
/// constants only. Errors of balance are the caller's to find: the largest number is taken.
pub fn stages_of(graph: &Graph) -> Vec<Option<u32>> {
    let mut stages: Vec<Option<u32>> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let operands = node.op.operands();
        let before = operands
            .iter()
            .filter_map(|value| stages[value.index()])
            .max();
        stages.push(match node.op {
            Op::Input { .. } => Some(0),
            Op::Register { .. } => before.map(|stage| stage + 1),
            _ => before,
        });
    }
    stages
}
