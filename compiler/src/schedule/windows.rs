//! The earliest and the latest stage of every op.
//!
//! A stage is the number of registers before it. A plan has to place the ops so that no
//! path inside a stage is longer than the budget.

use petgraph::graph::NodeIndex;

use super::Dependences;
use crate::target::Arrival;

/// Where ops may stand in a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Borders {
    /// The first stage of an op: 1 behind registered inputs.
    pub first: u32,
    /// Registers behind the last stage of an op: 1 before registered outputs.
    pub after: u32,
}

impl Borders {
    /// The least latency that there can be.
    pub fn least(self) -> u32 {
        self.first + self.after
    }
}

/// Stages when every op works as soon as it can: greedy on stage and arrival, which is the
/// smallest for every op at once.
pub(super) fn earliest(dependences: &Dependences, budget: u32, borders: Borders) -> Vec<u32> {
    let mut places: Vec<(u32, Arrival)> = Vec::with_capacity(dependences.graph.node_count());
    for node in dependences.graph.node_indices() {
        if dependences.graph[node].input {
            places.push((0, Arrival::default()));
            continue;
        }
        let mut stage = borders.first;
        let mut arrival = dependences.alone(node);
        for (source, _) in dependences.ways_in(node) {
            stage = stage.max(places[source.index()].0);
        }
        for (source, way) in dependences.ways_in(node) {
            let (at, there) = places[source.index()];
            if at == stage {
                arrival = arrival.later(way.after(there));
            }
        }
        places.push(match arrival.high <= budget {
            true => (stage, arrival),
            false => (stage + 1, dependences.alone(node)),
        });
    }
    places.into_iter().map(|(stage, _)| stage).collect()
}

/// Stages when every op works as late as it can in a pipeline of such a latency.
pub(super) fn latest(
    dependences: &Dependences,
    budget: u32,
    latency: u32,
    borders: Borders,
) -> Vec<u32> {
    // How many stages before the last, and how far the result has still to go in its stage.
    let mut places = vec![(0u32, Arrival::default()); dependences.graph.node_count()];
    for node in dependences.graph.node_indices().rev() {
        let mut before = 0;
        let mut rest = Arrival::default();
        for (reader, _) in dependences.ways_out(node) {
            before = before.max(places[reader.index()].0);
        }
        for (reader, way) in dependences.ways_out(node) {
            let (at, to_go) = places[reader.index()];
            if at == before {
                rest = rest.later(way.before(to_go));
            }
        }
        places[node.index()] = match dependences.alone(node).with(rest) <= budget {
            true => (before, rest),
            false => (before + 1, Arrival::default()),
        };
    }
    let last = latency - borders.after;
    let stage = |(node, (before, _)): (usize, (u32, Arrival))| match dependences.graph
        [NodeIndex::new(node)]
    .input
    {
        true => 0,
        false => last - before,
    };
    places.into_iter().enumerate().map(stage).collect()
}

/// The smallest latency for a budget of logic delay between registers, none of whose ops is
/// above it.
pub(super) fn fewest_stages(dependences: &Dependences, budget: u32, borders: Borders) -> u32 {
    let earliest = earliest(dependences, budget, borders);
    let last = earliest.into_iter().max().unwrap_or(0);
    last.max(borders.first) + borders.after
}

/// The shortest budget that such a latency allows, which is that of the longest path in a
/// stage. `latency` is not below `borders.least()`.
pub(super) fn shortest_budget(dependences: &Dependences, latency: u32, borders: Borders) -> u32 {
    let fits = |budget| fewest_stages(dependences, budget, borders) <= latency;
    let mut short = dependences.slowest().max(1);
    let mut long = short;
    while !fits(long) {
        short = long + 1;
        long = long.saturating_mul(2);
    }
    while short < long {
        let middle = short + (long - short) / 2;
        match fits(middle) {
            true => long = middle,
            false => short = middle + 1,
        }
    }
    long
}
