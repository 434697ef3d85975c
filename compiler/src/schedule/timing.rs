//! What a scheduled graph's registers amount to.

use dialects::fx::{Graph, Op, ValueId};

use crate::target::{Arrival, Target, Timing};

/// The longest path without a register, in picoseconds of logic and routes; the registers'
/// own share of a clock period is `Target::overhead_ps`.
pub fn longest_path_ps(graph: &Graph, target: &Target) -> u32 {
    longest_path_by(graph, &Timing::new(graph, target))
}

/// The same where the delays are there already.
pub fn longest_path_by(graph: &Graph, timing: &Timing) -> u32 {
    let arrivals = arrivals_by(graph, timing).into_iter();
    arrivals.map(|arrival| arrival.high).max().unwrap_or(0)
}

/// Picoseconds from its stage's begin to each value, in node order.
pub fn arrivals_ps(graph: &Graph, target: &Target) -> Vec<u32> {
    let arrivals = arrivals_by(graph, &Timing::new(graph, target)).into_iter();
    arrivals.map(|arrival| arrival.high).collect()
}

/// The ops of a longest path without a register, from its first op to its last, each with the
/// time at which the path leaves it.
pub fn longest_path(graph: &Graph, target: &Target) -> Vec<(ValueId, u32)> {
    let timing = Timing::new(graph, target);
    let arrivals = arrivals_by(graph, &timing);
    let last = graph
        .values()
        .max_by_key(|value| (arrivals[value.index()].high, std::cmp::Reverse(*value)));
    let mut path = Vec::new();
    let mut high = true;
    let mut next = last;
    while let Some(value) = next {
        let wanted = arrivals[value.index()];
        path.push((value, if high { wanted.high } else { wanted.low }));
        let found = timing.passages(value).into_iter().find_map(|(of, way)| {
            let from = arrivals[of.index()];
            let (by_low, by_high) = match high {
                true => (way.low_high, way.high_high),
                false => (way.low_low, way.high_low),
            };
            let wanted = if high { wanted.high } else { wanted.low };
            let holds = |way: Option<u32>, from: u32| way.is_some_and(|way| from + way == wanted);
            match (holds(by_high, from.high), holds(by_low, from.low)) {
                (true, _) => Some((of, true)),
                (_, true) => Some((of, false)),
                _ => None,
            }
        });
        next = found.map(|(of, _)| of);
        high = found.is_none_or(|(_, high)| high);
    }
    path.retain(|(value, _)| {
        !matches!(
            graph.node(*value).op,
            Op::Input { .. } | Op::Register { .. }
        )
    });
    path.reverse();
    path
}

/// When every value is there, from its stage's begin on.
fn arrivals_by(graph: &Graph, timing: &Timing) -> Vec<Arrival> {
    let mut arrivals: Vec<Arrival> = Vec::with_capacity(graph.nodes.len());
    for value in graph.values() {
        let ways = timing.passages(value).into_iter();
        let arrival = ways.map(|(of, way)| way.after(arrivals[of.index()]));
        arrivals.push(arrival.fold(Arrival::default(), Arrival::later));
    }
    arrivals
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
