//! The earliest and the latest stage of every op.

use super::Dependences;

/// Stages when every op works as soon as it can: greedy on (stage, arrival), which is the
/// smallest for every op at once.
pub(super) fn earliest(dependences: &Dependences, budget: u32) -> Vec<u32> {
    let mut places: Vec<(u32, u32)> = Vec::with_capacity(dependences.graph.node_count());
    for node in dependences.graph.node_indices() {
        let sources = dependences.sources(node);
        let ready = sources.map(|source| places[source.index()]).max();
        let (stage, arrival) = ready.unwrap_or((0, 0));
        let delay = dependences.delay(node).min(budget);
        places.push(match arrival + delay <= budget {
            true => (stage, arrival + delay),
            false => (stage + 1, delay),
        });
    }
    places.into_iter().map(|(stage, _)| stage).collect()
}

/// Stages when every op works as late as it can in a pipeline of so many stages.
pub(super) fn latest(dependences: &Dependences, budget: u32, latency: u32) -> Vec<u32> {
    // How many stages before the last, and how much of the stage's end is taken.
    let mut places = vec![(0u32, 0u32); dependences.graph.node_count()];
    for node in dependences.graph.node_indices().rev() {
        let readers = dependences.readers(node);
        let ready = readers.map(|reader| places[reader.index()]).max();
        let (before, taken) = ready.unwrap_or((0, 0));
        let delay = dependences.delay(node).min(budget);
        places[node.index()] = match taken + delay <= budget {
            true => (before, taken + delay),
            false => (before + 1, delay),
        };
    }
    let stage = |(node, (before, _)): (usize, (u32, u32))| match dependences.graph
        [petgraph::graph::NodeIndex::new(node)]
    .input
    {
        true => 0,
        false => latency - 1 - before,
    };
    places.into_iter().enumerate().map(stage).collect()
}

/// The smallest latency for a budget of logic delay between registers.
pub(super) fn fewest_stages(dependences: &Dependences, budget: u32) -> u32 {
    earliest(dependences, budget).into_iter().max().unwrap_or(0) + 1
}

/// The shortest budget, from `least` on, that so many stages allow.
pub(super) fn shortest_budget(dependences: &Dependences, least: u32, stages: u32) -> u32 {
    let fits = |budget| fewest_stages(dependences, budget) <= stages;
    let (mut short, mut long) = (least, least);
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
