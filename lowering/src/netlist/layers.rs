//! Which module each node belongs to: one per layer, large layers in parts.

use std::collections::BTreeSet;

use dialects::fx::{Graph, LayerId, Op};

/// The most nodes in one module: CIRCT's passes and simulators grow faster than linearly.
pub const MAX_NODES: usize = 4000;

/// A module to be: nodes of one layer, in their order.
pub struct Part {
    pub layer: LayerId,
    /// Which part of its layer, and of how many.
    pub part: usize,
    pub parts: usize,
    pub nodes: Vec<usize>,
}

/// The parts, each after those it reads. Inputs, constants and dead nodes are in none.
///
/// A node that reads a later layer moves to that layer, so that no two modules need each other.
pub fn parts(graph: &Graph) -> Vec<Part> {
    let placed = |index: usize| {
        let op = &graph.nodes[index].op;
        !matches!(op, Op::Input { .. } | Op::Constant { .. })
    };
    let live = graph.live();
    let order = order_of_layers(graph, &live);
    let mut place = vec![0; order.len()];
    for (at, layer) in order.iter().enumerate() {
        place[layer.0 as usize] = at;
    }
    let mut of_layer: Vec<Vec<usize>> = vec![Vec::new(); order.len()];
    let mut at = vec![0; graph.nodes.len()];
    for (index, node) in graph.nodes.iter().enumerate() {
        if !live[index] || !placed(index) {
            continue;
        }
        let own = place[node.layer.0 as usize];
        let operands = node.op.operands();
        let operands = operands.iter().map(|operand| at[operand.index()]);
        at[index] = operands.fold(own, usize::max);
        of_layer[at[index]].push(index);
    }
    let mut found = Vec::new();
    for (layer, nodes) in order.into_iter().zip(of_layer) {
        let parts = nodes.len().div_ceil(MAX_NODES);
        let size = nodes.len().div_ceil(parts.max(1)).max(1);
        for (part, nodes) in nodes.chunks(size).enumerate() {
            found.push(Part {
                layer,
                part,
                parts,
                nodes: nodes.to_vec(),
            });
        }
    }
    found
}

/// All layers, each after those it reads where that is possible; else, and among equals, the
/// one whose first node stands first.
fn order_of_layers(graph: &Graph, live: &[bool]) -> Vec<LayerId> {
    // A layer number beyond the list has no name; it is a layer all the same.
    let highest = graph.nodes.iter().map(|node| node.layer.0 as usize + 1);
    let count = highest.max().unwrap_or(0);
    let mut first = vec![usize::MAX; count];
    let mut reads: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
    for (index, node) in graph.nodes.iter().enumerate() {
        if !live[index] || matches!(node.op, Op::Constant { .. }) {
            continue;
        }
        let layer = node.layer.0 as usize;
        first[layer] = first[layer].min(index);
        for operand in node.op.operands() {
            let operand = graph.node(operand);
            let other = operand.layer.0 as usize;
            if other != layer && !matches!(operand.op, Op::Input { .. } | Op::Constant { .. }) {
                reads[layer].insert(other);
            }
        }
    }
    let mut waiting: BTreeSet<(usize, usize)> = (0..count).map(|l| (first[l], l)).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(&fallback) = waiting.first() {
        let open = |layer: usize| waiting.contains(&(first[layer], layer));
        let ready = waiting
            .iter()
            .find(|(_, layer)| !reads[*layer].iter().any(|other| open(*other)));
        let next = *ready.unwrap_or(&fallback);
        waiting.remove(&next);
        order.push(LayerId(next.1 as u32));
    }
    order
}
