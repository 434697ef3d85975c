//! fx-check-size: refuse a circuit that is too large to be fully parallel.
//!
//! Before   a graph of 300 000 ops, where `operations` of --limits is 200 000
//! After    an error that says how large its circuit would be
//!
//! Every op is hardware of its own. Beyond the default limit hardly a tool that reads the
//! Verilog would come to an end, and no device would hold the result.
//!
//! Needs      nothing; after `fx-rewrite`, which leaves only what has to be there.
//! Leaves     the module as it is, or an error.
//! Never      changes anything.

use dialects::fx::{Graph, Op};
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
