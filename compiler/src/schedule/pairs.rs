//! Which ops must be at least one register apart.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::graph::NodeIndex;

use super::Dependences;
use crate::target::Arrival;

/// All (u, v) whose longest path, both delays included, exceeds the budget, without those
/// that follow from others, from the order of stages, or from the windows.
///
/// From each op the search goes forward in evaluation order and stops at the first op that
/// is too far. A pair is kept only if neither end can be left off: then the path without
/// that end is too long already, and its pair says more.
pub(super) fn too_far_apart(
    dependences: &Dependences,
    budget: u32,
    earliest: &[u32],
    latest: &[u32],
) -> Vec<(NodeIndex, NodeIndex)> {
    let count = dependences.graph.node_count();
    let below = longest_below(dependences);
    let mut pairs = Vec::new();
    let mut arrivals = vec![Arrival::default(); count];
    let mut seen_from = vec![u32::MAX; count];
    let mut queue: BinaryHeap<Reverse<NodeIndex>> = BinaryHeap::new();
    for from in dependences.graph.node_indices() {
        let own = dependences.alone(from);
        if own.high == 0 || below[from.index()] <= budget {
            continue;
        }
        arrivals[from.index()] = own;
        queue.push(Reverse(from));
        while let Some(Reverse(node)) = queue.pop() {
            for (reader, way) in dependences.ways_out(node) {
                // Later than `from` by the windows alone, and so is all that follows.
                if earliest[reader.index()] > latest[from.index()] {
                    continue;
                }
                let arrival = way.after(arrivals[node.index()]);
                let known = &mut arrivals[reader.index()];
                if seen_from[reader.index()] != from.index() as u32 {
                    seen_from[reader.index()] = from.index() as u32;
                    *known = arrival;
                    queue.push(Reverse(reader));
                } else {
                    *known = known.later(arrival);
                }
            }
            // Every path into the next op in order is known by now.
            while let Some(&Reverse(next)) = queue.peek() {
                let length = arrivals[next.index()].high;
                if length <= budget {
                    break;
                }
                queue.pop();
                let shorter = own.high.min(dependences.alone(next).high);
                if length <= budget.saturating_add(shorter) {
                    pairs.push((from, next));
                }
            }
        }
    }
    pairs
}

/// The longest path from each op to an end, its own delay included.
fn longest_below(dependences: &Dependences) -> Vec<u32> {
    let mut rests = vec![Arrival::default(); dependences.graph.node_count()];
    for node in dependences.graph.node_indices().rev() {
        let ways = dependences.ways_out(node);
        let rest = ways.map(|(reader, way)| way.before(rests[reader.index()]));
        rests[node.index()] = rest.fold(Arrival::default(), Arrival::later);
    }
    let nodes = dependences.graph.node_indices();
    nodes
        .map(|node| dependences.alone(node).with(rests[node.index()]))
        .collect()
}
