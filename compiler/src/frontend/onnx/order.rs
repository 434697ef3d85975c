//! Which nodes matter and in which order: liveness, a stable topological sort, the cycle if there is one.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::proto::NodeProto;

/// The nodes that `outputs` depend on, as flags by position.
pub fn live(nodes: &[NodeProto], writer: &HashMap<&str, usize>, outputs: &[&str]) -> Vec<bool> {
    let mut live = vec![false; nodes.len()];
    let mut open: Vec<usize> = outputs
        .iter()
        .filter_map(|o| writer.get(o).copied())
        .collect();
    while let Some(node) = open.pop() {
        if !std::mem::replace(&mut live[node], true) {
            open.extend(
                nodes[node]
                    .input
                    .iter()
                    .filter_map(|v| writer.get(v.as_str()).copied()),
            );
        }
    }
    live
}

/// The live nodes, each after what it reads and otherwise in file order; or a cycle among them.
pub fn sort(
    nodes: &[NodeProto],
    writer: &HashMap<&str, usize>,
    live: &[bool],
) -> Result<Vec<usize>, Vec<usize>> {
    let sources = |n: usize| -> HashSet<usize> {
        nodes[n]
            .input
            .iter()
            .filter_map(|v| writer.get(v.as_str()).copied())
            .collect()
    };
    let mut waiting = vec![0usize; nodes.len()];
    let mut readers: Vec<Vec<usize>> = vec![vec![]; nodes.len()];
    let mut ready = BinaryHeap::new();
    for node in (0..nodes.len()).filter(|&n| live[n]) {
        let sources = sources(node);
        waiting[node] = sources.len();
        if sources.is_empty() {
            ready.push(Reverse(node));
        }
        for source in sources {
            readers[source].push(node);
        }
    }
    let mut order = vec![];
    while let Some(Reverse(node)) = ready.pop() {
        order.push(node);
        for &reader in &readers[node] {
            waiting[reader] -= 1;
            if waiting[reader] == 0 {
                ready.push(Reverse(reader));
            }
        }
    }
    let Some(start) = (0..nodes.len()).find(|&n| live[n] && waiting[n] > 0) else {
        return Ok(order);
    };
    // Every waiting node reads a waiting node: walking back must meet itself.
    let mut path = vec![start];
    let mut place = HashMap::from([(start, 0)]);
    loop {
        let last = path[path.len() - 1];
        let next = sources(last).into_iter().filter(|&s| waiting[s] > 0).min();
        let Some(next) = next else { return Err(path) };
        if let Some(&from) = place.get(&next) {
            let mut cycle = path.split_off(from);
            cycle.reverse();
            return Err(cycle);
        }
        place.insert(next, path.len());
        path.push(next);
    }
}
