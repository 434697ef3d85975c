//! fx-check-size: refuse a circuit that is too large to be fully parallel.
//!
//! Before   a graph of 300 000 ops, where `operations` of --limits is 200 000
//! After    an error that says how large its circuit would be
//!
//! Every op is hardware of its own. Beyond the default limit hardly a tool that reads the
//! Verilog would come to an end, and no device would hold the result. The same goes for
//! products of two values that vary (`products` of --limits): each takes a DSP block.
//!
//! Needs      nothing; after `fx-rewrite`, which leaves only what has to be there.
//! Leaves     the module as it is, or an error.
//! Never      changes anything.

use dialects::fx::{Graph, Op, ValueId};
use dialects::{Diagnostic, Result};

use super::{Changed, Pass, Run};
use crate::context::PassContext;
use crate::limits::way_out;

pub const PASS: Pass = Pass {
    name: "fx-check-size",
    summary: "refuse a circuit that is too large to be fully parallel",
    source: include_str!("fx_check_size.rs"),
    run: Run::Fx(run),
};

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    check_products(graph, cx.options.limits.products)?;
    let ops = graph.nodes.iter();
    let ops = ops.filter(|node| !matches!(node.op, Op::Input { .. } | Op::Constant { .. }));
    let ops = ops.count();
    let limit = cx.options.limits.operations;
    if ops as u64 <= limit {
        return Ok(Changed::No);
    }
    let costs = cx.target.costs(graph);
    let lut: u64 = costs.iter().map(|cost| u64::from(cost.lut)).sum();
    let dsp: u64 = costs.iter().map(|cost| u64::from(cost.dsp)).sum();
    Err(Diagnostic::new(format!(
        "the circuit would be too large: {ops} operations in parallel, the limit is {limit}"
    ))
    .note(format!(
        "on {} that is about {lut} {} and {dsp} DSPs",
        cx.target.name,
        cx.target.family.area_units()
    ))
    .help("prune the model, quantise it to fewer bits, or split it")
    .help("`kaon predict MODEL` runs it on this machine")
    .help(way_out("operations", ops as u64)))
}

/// Refuses more products of two values that vary than a limit.
fn check_products(graph: &Graph, limit: u64) -> Result<()> {
    let varies = |value: ValueId| !matches!(graph.node(value).op, Op::Constant { .. });
    let products = graph
        .nodes
        .iter()
        .filter(|node| matches!(node.op, Op::Mul { lhs, rhs } if varies(lhs) && varies(rhs)));
    let mut by_layer = vec![0u64; graph.layers.len()];
    for product in products {
        by_layer[product.layer.0 as usize] += 1;
    }
    let total: u64 = by_layer.iter().sum();
    if total <= limit {
        return Ok(());
    }
    let largest = by_layer.iter().zip(&graph.layers);
    let (most, layer) = largest
        .max_by_key(|(count, _)| **count)
        .expect("a sum above 0 has a term");
    Err(Diagnostic::new(format!(
        "the circuit would have {total} products of two values that vary, the limit is {limit}"
    ))
    .in_layer(layer.clone())
    .note(format!(
        "this layer alone has {most}; each takes a DSP block or some hundred LUTs"
    ))
    .help("make the layer smaller, with fewer positions or vertices; --stream and --reuse leave products of two values of different positions side by side")
    .help("`kaon predict MODEL` runs it on this machine")
    .help(way_out("products", total)))
}
