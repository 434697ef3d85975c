//! Functions of streams: kernel by kernel, or on the integers that stand for a sample of layers.

use dialects::flow::{self, Graph};
use dialects::{fx, nn};

use super::layers::{EXACT, meets, work};
use super::{Difference, Effort, Verdict, vectors};

/// Only kernels change; each is compared by itself.
pub fn compare(before: &Graph, after: &Graph, effort: Effort) -> Result<Verdict, Difference> {
    let apart = |graph: &Graph| Graph {
        kernels: vec![],
        ..graph.clone()
    };
    if apart(before) != apart(after) || before.kernels.len() != after.kernels.len() {
        return Err(Difference::new("more than kernels is another one"));
    }
    let mut verdict = Verdict::Proved;
    for (old, new) in before.kernels.iter().zip(&after.kernels) {
        verdict = match (verdict, super::fx::compare(old, new, effort)?) {
            (Verdict::NotCompared(reason), _) | (_, Verdict::NotCompared(reason)) => {
                Verdict::NotCompared(reason)
            }
            (Verdict::Sampled(a), Verdict::Sampled(b)) => Verdict::Sampled(a.min(b)),
            (Verdict::Sampled(count), _) | (_, Verdict::Sampled(count)) => Verdict::Sampled(count),
            (Verdict::Exhausted(a), Verdict::Exhausted(b)) => Verdict::Exhausted(a.min(b)),
            (Verdict::Exhausted(count), _) | (_, Verdict::Exhausted(count)) => {
                Verdict::Exhausted(count)
            }
            (Verdict::Proved, Verdict::Proved) => Verdict::Proved,
        };
    }
    Ok(verdict)
}

/// The integers of a lowered function, scaled, are the numbers of the layers.
pub fn lowered(before: &nn::Graph, after: &Graph, effort: Effort) -> Result<Verdict, Difference> {
    let tokens = |node: &flow::Node| {
        let kernel = node.op.kernel().map(|at| after.kernels[at].nodes.len());
        node.stream.tokens * (kernel.unwrap_or(0) + node.stream.lanes.len())
    };
    let turns = |node: &flow::Node| match node.op.function() {
        Some(flow::Next::Body(body)) => {
            let inside = after.bodies[body].nodes.iter().map(tokens);
            node.stream.tokens * inside.sum::<usize>()
        }
        _ => 0,
    };
    let own = after.nodes.iter().map(|node| tokens(node) + turns(node));
    let own: usize = own.sum();
    let count = effort.count(EXACT * work(before) + own as u64);
    if count == 0 {
        return Ok(Verdict::NotCompared("it is too large for a quick check"));
    }
    let elements = after.inputs.iter().flat_map(|border| &border.port.elements);
    let types: Vec<fx::IntType> = elements.map(|element| element.ty).collect();
    let (rows, all) = vectors::rows(&types, count);
    match rows.iter().find_map(|row| across(before, after, row)) {
        Some(difference) => Err(difference),
        None if all => Ok(Verdict::Exhausted(rows.len())),
        None => Ok(Verdict::Sampled(rows.len())),
    }
}

/// The first result whose integer is not its number.
pub fn across(before: &nn::Graph, after: &Graph, row: &[i128]) -> Option<Difference> {
    let ports = |borders: &[flow::Border]| -> Vec<fx::Port> {
        borders.iter().map(|border| border.port.clone()).collect()
    };
    let (inputs, outputs) = (ports(&after.inputs), ports(&after.outputs));
    let layer = |_| {
        let result = after.results.last().map(|result| after.node(*result));
        result.map_or(String::new(), |node| node.layer.clone())
    };
    meets(
        before,
        (&inputs, &outputs),
        row,
        flow::eval(after, row),
        layer,
    )
}
