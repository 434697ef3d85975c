//! Which ops must be at least one register apart.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::graph::NodeIndex;

use super::Dependences;

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
    let mut distance = vec![0u64; count];
    let mut seen_from = vec![usize::MAX; count];
    let mut queue: BinaryHeap<Reverse<NodeIndex>> = BinaryHeap::new();
    let budget = u64::from(budget);
    for from in dependences.graph.node_indices() {
        let own = u64::from(dependences.delay(from));
        if own == 0 || below[from.index()] <= budget {
            continue;
        }
        distance[from.index()] = own;
        queue.push(Reverse(from));
        while let Some(Reverse(node)) = queue.pop() {
            for reader in dependences.readers(node) {
                // Later than `from` by the windows alone, and so is all that follows.
                if earliest[reader.index()] > latest[from.index()] {
                    continue;
                }
                let delay = u64::from(dependences.delay(reader));
                let length = distance[node.index()] + delay;
                if seen_from[reader.index()] != from.index() {
                    seen_from[reader.index()] = from.index();
                    distance[reader.index()] = length;
                    queue.push(Reverse(reader));
                } else if length > distance[reader.index()] {
                    distance[reader.index()] = length;
                }
            }
            // Every path into the next op in order is known by now.
            while let Some(&Reverse(next)) = queue.peek() {
                let length = distance[next.index()];
                if length <= budget {
                    break;
                }
                queue.pop();
                let shorter = own.min(u64::from(dependences.delay(next)));
                if length <= budget + shorter {
                    pairs.push((from, next));
                }
            }
        }
    }
    pairs
}

/// The longest path from each op to an end, its own delay included.
fn longest_below(dependences: &Dependences) -> Vec<u64> {
    let mut longest = vec![0u64; dependences.graph.node_count()];
    for node in dependences.graph.node_indices().rev() {
        let readers = dependences.readers(node);
        let rest = readers.map(|reader| longest[reader.index()]).max();
        longest[node.index()] = rest.unwrap_or(0) + u64::from(dependences.delay(node));
    }
    longest
}
