//! The longest paths of a circuit of streams: through kernels, and through what stands around
//! them.
//!
//! A kernel without registers of its own lengthens the paths before and behind it. A masked
//! window, the choice between a state and its initial value, and a valid bit that holds a state
//! are a LUT each.

use dialects::flow::{Graph, Next, Op, Timing};
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
pub(super) struct Paths {
    pub own: Vec<u32>,
    /// The same of each body.
    pub bodies: Vec<Vec<u32>>,
}

pub(super) fn paths_ps(graph: &Graph, times: &Timing, target: &Target) -> Paths {
    let kernels = graph.kernels.iter();
    let delays = &target.family.delays;
    let mut paths = Walk {
        kernels: kernels.map(|kernel| Kernel::of(kernel, target)).collect(),
        bodies: &graph.bodies,
        lut: (delays.net + delays.lut) * target.device.delay_percent / 100,
        target,
        found: vec![vec![]; graph.bodies.len()],
    };
    let (own, _) = paths.through(graph, times, 0);
    Paths {
        own,
        bodies: paths.found,
    }
}

struct Walk<'a> {
    kernels: Vec<Kernel>,
    bodies: &'a [Graph],
    /// A LUT and the way to it.
    lut: u32,
    target: &'a Target,
    /// What was found of each body.
    found: Vec<Vec<u32>>,
}

impl Walk<'_> {
    /// The paths that end in each node of a function that its input reaches so late, and the
    /// one that leaves with its result.
    fn through(&mut self, graph: &Graph, times: &Timing, enters: u32) -> (Vec<u32>, u32) {
        let (lut, overhead) = (self.lut, self.target.overhead_ps());
        // From the last registers to the result of each node, and what ends in its own.
        let mut leaves: Vec<u32> = Vec::with_capacity(graph.nodes.len());
        let mut ends: Vec<u32> = Vec::with_capacity(graph.nodes.len());
        for node in &graph.nodes {
            let operands = node.op.operands();
            let comes = operands.iter().map(|value| leaves[value.index()]);
            let comes = comes.max().unwrap_or(0);
            let (end, leave) = match &node.op {
                Op::Input { .. } => (enters, enters),
                Op::Map { kernel, .. } => {
                    let kernel = &self.kernels[*kernel];
                    match kernel.clocked {
                        true => ((comes + kernel.first).max(kernel.inner), kernel.last),
                        false => (comes + kernel.first, comes + kernel.first),
                    }
                }
                Op::Scan {
                    next: Next::Body(body),
                    ..
                } => {
                    let (own, inside) = (&self.bodies[*body], &times.bodies[*body]);
                    let (found, leave) = self.through(own, inside, comes.max(lut));
                    self.found[*body] = found;
                    (leave + lut, leave)
                }
                Op::Reduce { kernel, tokens, .. }
                | Op::Scan {
                    next: Next::Kernel(kernel),
                    tokens,
                    ..
                } => {
                    let kernel = &self.kernels[*kernel];
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
                    let form = super::streams::form(self.target);
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
        let result = graph.results.first().map(|value| leaves[value.index()]);
        (ends, result.unwrap_or(0))
    }
}
