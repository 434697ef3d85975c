//! nn-check-size: refuse a model that becomes too many scalars to handle.
//!
//! Before   layers with 3 000 000 products
//! After    an error that says so
//!
//! Lowering makes one op of every product by a weight, pruned ones included, and of every
//! element of every other layer.
//!
//! Needs      nothing; after `nn-drop-dead`, which leaves only what is computed.
//! Leaves     the module as it is, or an error.
//! Never      changes anything.

use dialects::nn::{Graph, Node, Op};
use dialects::{Diagnostic, Result};

use super::{Changed, Pass, Run};
use crate::context::PassContext;
use crate::limits::way_out;

pub const PASS: Pass = Pass {
    name: "nn-check-size",
    summary: "refuse a model that becomes too many scalars to handle",
    source: include_str!("nn_check_size.rs"),
    run: Run::Nn(run),
};

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    check_size(graph, cx.options.limits.scalars)?;
    Ok(Changed::No)
}

/// Refuses a function of more scalar operations than a limit.
pub fn check_size(graph: &Graph, limit: u64) -> Result<()> {
    let total = operations(graph);
    if total <= limit {
        return Ok(());
    }
    let sizes = graph.nodes.iter().map(|node| (ops(graph, node), node));
    let (most, largest) = sizes
        .max_by_key(|(ops, _)| *ops)
        .expect("a sum above 0 has a term");
    Err(Diagnostic::new(format!(
        "the model is {total} operations on scalars, kaon takes {limit}"
    ))
    .in_layer(largest.layer.clone())
    .note(format!(
        "this layer, nn.{}, alone has {most}",
        largest.op.name()
    ))
    .help("make the layer smaller, or split the model and compile its parts")
    .help("`kaon predict MODEL` computes it on this machine, layer by layer")
    .help(way_out("scalars", total)))
}

/// The scalar operations of all layers, about.
pub fn operations(graph: &Graph) -> u64 {
    let sizes = graph.nodes.iter().map(|node| ops(graph, node));
    sizes.fold(0, u64::saturating_add)
}

/// The scalar operations of a node, about.
fn ops(graph: &Graph, node: &Node) -> u64 {
    let elements = |shape: &[usize]| {
        let sizes = shape.iter().map(|&size| size as u64);
        sizes.fold(1, u64::saturating_mul)
    };
    match &node.op {
        Op::Input { .. } | Op::Constant { .. } => 0,
        Op::Dense { weight, .. } => {
            let inputs = graph.shape(*weight).last().copied().unwrap_or(1) as u64;
            elements(&node.shape).saturating_mul(inputs)
        }
        Op::TreeEnsemble { ensemble, .. } => ensemble.splits() as u64,
        op => {
            let read = op
                .operands()
                .iter()
                .map(|v| elements(graph.shape(*v)))
                .max();
            elements(&node.shape).max(read.unwrap_or(0))
        }
    }
}
