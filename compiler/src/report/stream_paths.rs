//! The longest paths of a circuit of streams: through kernels, and through what stands around
//! them.
//!
//! A kernel without registers of its own lengthens the paths before and behind it. A masked
//! window, the choice between a state and its initial value, and a valid bit that holds a state
//! are a LUT each.

use dialects::flow::{Graph, Op, Timing};
use dialects::fx;

use crate::schedule;
use crate::target::Target;

/// A kernel between registers, in picoseconds.
struct Kernel {
    /// From its inputs to its first registers, or to its results where it has none.
    first: u32,
    /// Between two of its registers.
    inner: u32,
    /// From its last registers to its results.
    last: u32,
    clocked: bool,
}

impl Kernel {
    fn of(graph: &fx::Graph, target: &Target) -> Kernel {
        let latency = graph.latency.unwrap_or(0);
        let arrivals = schedule::arrivals_ps(graph, target);
        let stages = schedule::stages_of(graph);
        let longest = |wanted: &dyn Fn(u32) -> bool| {
            let all = arrivals.iter().zip(&stages);
            let within = all.filter(|(_, stage)| stage.is_some_and(wanted));
            within.map(|(arrival, _)| *arrival).max().unwrap_or(0)
        };
        let results = graph.results.iter().map(|value| arrivals[value.index()]);
        Kernel {
            first: longest(&|stage| stage == 0),
            inner: longest(&|stage| stage > 0),
            last: results.max().unwrap_or(0),
            clocked: latency > 0,
        }
    }
}

/// The longest path that ends in each node's registers, their own time included, in picoseconds.
pub(super) fn paths_ps(graph: &Graph, times: &Timing, target: &Target) -> Vec<u32> {
    let kernels: Vec<Kernel> = graph
        .kernels
        .iter()
        .map(|kernel| Kernel::of(kernel, target))
        .collect();
    let delays = &target.family.delays;
    let lut = (delays.net + delays.lut) * target.device.delay_percent / 100;
    let overhead = target.overhead_ps();
    // From the last registers to the result of each node, and what ends in its own.
    let mut leaves: Vec<u32> = Vec::with_capacity(graph.nodes.len());
    let mut ends: Vec<u32> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let operands = node.op.operands();
        let comes = operands.iter().map(|value| leaves[value.index()]);
        let comes = comes.max().unwrap_or(0);
        let (end, leave) = match &node.op {
            Op::Input { .. } => (0, 0),
            Op::Map { kernel, .. } => {
                let kernel = &kernels[*kernel];
                match kernel.clocked {
                    true => ((comes + kernel.first).max(kernel.inner), kernel.last),
                    false => (comes + kernel.first, comes + kernel.first),
                }
            }
            Op::Reduce { kernel, tokens, .. } | Op::Scan { kernel, tokens, .. } => {
                let kernel = &kernels[*kernel];
                let comes = comes.max(if *tokens > 1 { lut } else { 0 });
                match kernel.clocked {
                    true => ((comes + kernel.first).max(kernel.inner + lut), kernel.last),
                    false => (comes + kernel.first + lut, 0),
                }
            }
            Op::Fold { .. } => (comes + lut, 0),
            Op::Window { window, .. } => {
                let masked = window.taps.iter().any(|tap| tap.mask.is_some());
                (comes, if masked { lut } else { 0 })
            }
            Op::Join { lhs, rhs } => {
                let queue = times.queue(*lhs, *rhs);
                let form = super::streams::form(target);
                let levels = match form.stores(queue) {
                    true => 0,
                    false => queue.depth.max(1).ilog2().div_ceil(2),
                };
                (comes, levels * lut)
            }
        };
        ends.push(end + overhead);
        leaves.push(leave);
    }
    ends
}
