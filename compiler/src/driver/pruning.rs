//! What pruning found, counted by layer on the graph that lowering gave.
//!
//! A product or a neuron is left when it is not constant over all inputs, as the exact
//! ranges tell, and some output depends on it through values that are not.

use std::collections::{BTreeMap, HashMap};

use dialects::Result;
use dialects::fx::{Graph, LayerId, Op};
use dialects::nn;

use crate::report::Pruning;

/// Products and neurons of every layer that multiplies by weights.
///
/// Errors: a graph whose values leave 128 bits.
pub fn pruning(layers: &nn::Graph, lowered: &Graph) -> Result<BTreeMap<String, Pruning>> {
    let mut found = BTreeMap::<String, Pruning>::new();
    for node in &layers.nodes {
        if let nn::Op::Dense { weight, .. } = node.op {
            let inputs = layers.shape(weight).last().copied().unwrap_or(1) as u64;
            let neurons = node.shape.iter().product::<usize>() as u64;
            let of = found.entry(node.layer.clone()).or_default();
            add(&mut of.products, neurons * inputs);
            add(&mut of.neurons, neurons);
            add(&mut of.products_left, 0);
            add(&mut of.neurons_left, 0);
        }
    }
    let left = left(lowered)?;
    let names = lowered.layers.iter().enumerate();
    for (at, name) in names {
        let counts = left.get(&LayerId(at as u32)).copied().unwrap_or_default();
        if let Some(of) = found.get_mut(name) {
            add(&mut of.products_left, counts.products);
            add(&mut of.neurons_left, counts.neurons);
        }
    }
    Ok(found)
}

fn add(to: &mut Option<u64>, count: u64) {
    *to = Some(to.unwrap_or(0) + count);
}

#[derive(Debug, Clone, Copy, Default)]
struct Left {
    products: u64,
    neurons: u64,
}

/// By layer, the live values that leave it, and the terms of the sums that they are.
fn left(graph: &Graph) -> Result<HashMap<LayerId, Left>> {
    let ranges = dialects::fx::ranges(graph)?;
    let varies = |at: usize| ranges[at].single().is_none();
    let mut live = vec![false; graph.nodes.len()];
    // Whether a result or another layer reads the value.
    let mut leaves = vec![false; graph.nodes.len()];
    for result in &graph.results {
        live[result.index()] = varies(result.index());
        leaves[result.index()] = true;
    }
    for at in (0..graph.nodes.len()).rev() {
        if !live[at] {
            continue;
        }
        let node = &graph.nodes[at];
        for operand in node.op.operands() {
            let operand = operand.index();
            live[operand] |= varies(operand);
            leaves[operand] |= graph.nodes[operand].layer != node.layer;
        }
    }
    let mut left = HashMap::<LayerId, Left>::new();
    // A product by 1 or by a power of two is no multiplication any more, but still a term.
    let mut terms = vec![0u64; graph.nodes.len()];
    for (at, node) in graph.nodes.iter().enumerate().filter(|(at, _)| live[*at]) {
        let of = node.op.operands();
        let of = of.iter().filter(|operand| varies(operand.index()));
        let of = of.map(|operand| match graph.node(*operand).layer == node.layer {
            true => terms[operand.index()],
            false => 1,
        });
        terms[at] = match node.op {
            Op::Add { .. } | Op::Sub { .. } => of.sum(),
            _ => of.max().unwrap_or(0),
        };
        if leaves[at] {
            let counts = left.entry(node.layer).or_default();
            counts.products += terms[at];
            counts.neurons += 1;
        }
    }
    Ok(left)
}
