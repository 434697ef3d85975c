//! When answers leave if tokens come later than they could: the schedule under pauses.

use super::{Graph, Next, Op, Timing, timing};
use crate::Result;

/// The clock cycles in which the tokens of all answers leave, from those in which the tokens of
/// some samples come, sample after sample. Tokens may come later than [`Timing`] says, not
/// earlier.
///
/// Errors: a graph without a schedule.
pub fn foretell(graph: &Graph, comes: &[u64]) -> Result<Vec<u64>> {
    let times = timing(graph)?;
    let mut cycles: Vec<Vec<u64>> = Vec::with_capacity(graph.nodes.len());
    for (at, node) in graph.nodes.iter().enumerate() {
        let operands = node.op.operands();
        let own = match operands.first() {
            None => comes.to_vec(),
            Some(operand) => {
                let of = &cycles[operand.index()];
                leave(graph, &times, at, of, &cycles)
            }
        };
        cycles.push(own);
    }
    let result = graph.results.first().map_or(0, |result| result.index());
    Ok(cycles.swap_remove(result))
}

/// The cycles in which the tokens of a node leave, from those in which its operand's come.
fn leave(graph: &Graph, times: &Timing, at: usize, of: &[u64], all: &[Vec<u64>]) -> Vec<u64> {
    let op = &graph.nodes[at].op;
    let latency = |kernel: usize| u64::from(graph.kernels[kernel].latency.unwrap_or(0));
    match op {
        Op::Input { .. } => of.to_vec(),
        Op::Map { kernel, .. } => of.iter().map(|cycle| cycle + latency(*kernel)).collect(),
        Op::Scan { next, .. } => {
            let turn = match *next {
                Next::Kernel(kernel) => latency(kernel).max(1),
                Next::Body(body) => times.bodies[body].leaves(&graph.bodies[body])[0].into(),
            };
            of.iter().map(|cycle| cycle + turn).collect()
        }
        Op::Reduce { kernel, tokens, .. } => {
            let last = of.iter().skip(tokens - 1).step_by(*tokens);
            last.map(|cycle| cycle + latency(*kernel).max(1)).collect()
        }
        Op::Fold { fold, .. } => {
            let apart = u64::from(times.apart[at]);
            let steps = 0..fold.steps as u64;
            let each = of
                .iter()
                .flat_map(|cycle| steps.clone().map(move |r| cycle + 1 + r * apart));
            each.collect()
        }
        Op::Join { lhs, rhs } => {
            let last = match times.queue(*lhs, *rhs).lhs_waits {
                true => rhs,
                false => lhs,
            };
            all[last.index()].iter().map(|cycle| cycle + 1).collect()
        }
        Op::Window { input, window } => {
            let tokens = graph.stream(*input).tokens;
            let flush = window.flush(tokens);
            let pace = u64::from(times.gap(*input));
            let samples = of.chunks(tokens).enumerate();
            let shifts = samples.flat_map(|(sample, own)| {
                let next = of.get((sample + 1) * tokens..).unwrap_or_default();
                let late = flushed(own[tokens - 1], next, flush, pace);
                let shifts: Vec<u64> = own.iter().copied().chain(late).collect();
                let leaves = window.emit.iter().map(|&emit| shifts[emit] + 1);
                leaves.collect::<Vec<_>>()
            });
            shifts.collect()
        }
    }
}

/// The shifts after the last token of a sample: at its pace, until the next sample begins, and
/// with its tokens from then on.
fn flushed(last: u64, next: &[u64], count: usize, pace: u64) -> Vec<u64> {
    let mut before = last;
    let mut came = 0;
    let mut shifts = Vec::with_capacity(count);
    for _ in 0..count {
        let due = before + pace;
        before = match next.get(came) {
            Some(&token) if came > 0 || token <= due => {
                came += 1;
                token
            }
            _ => due,
        };
        shifts.push(before);
    }
    shifts
}
