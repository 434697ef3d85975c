//! What a function of the level computes: its streams, token by token.

use super::{Border, Graph, Next, Op, ValueId};
use crate::{Diagnostic, Result, fx};

/// What computes kernels: rows of inputs to rows of results.
pub trait Machine {
    fn run(&self, kernel: usize, rows: &[i128], count: usize) -> Result<Vec<i128>>;
}

/// The evaluator of `fx`, which is the meaning of a kernel.
struct Exact<'a>(&'a Graph);

impl Machine for Exact<'_> {
    fn run(&self, kernel: usize, rows: &[i128], count: usize) -> Result<Vec<i128>> {
        let graph = &self.0.kernels[kernel];
        let width = graph.input_count();
        let mut found = Vec::new();
        for at in 0..count {
            found.extend(fx::eval(graph, &rows[at * width..][..width])?);
        }
        Ok(found)
    }
}

/// The results for one sample: the elements of all ports, as the ports have them.
///
/// Errors: a wrong number of inputs; as for [`fx::eval`].
pub fn eval(graph: &Graph, inputs: &[i128]) -> Result<Vec<i128>> {
    run(graph, &Exact(graph), inputs, 1)
}

/// The results for some samples, with kernels on a machine.
///
/// Errors: as for [`eval`].
pub fn run(
    graph: &Graph,
    machine: &impl Machine,
    inputs: &[i128],
    samples: usize,
) -> Result<Vec<i128>> {
    let sizes = graph.inputs.iter().map(|border| border.port.elements.len());
    let width: usize = sizes.sum();
    if inputs.len() != width * samples {
        return Err(Diagnostic::new(format!(
            "{samples} samples of {width} inputs are {} values, {} were given",
            width * samples,
            inputs.len()
        )));
    }
    let mut values: Vec<Vec<i128>> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let made = match &node.op {
            Op::Input { index } => enter(graph, *index, inputs, width),
            op => step(graph, machine, op, &values, samples)?,
        };
        values.push(made);
    }
    Ok(leave(graph, &values, samples))
}

/// A port's elements as tokens.
fn enter(graph: &Graph, index: usize, inputs: &[i128], width: usize) -> Vec<i128> {
    let before = graph.inputs[..index].iter();
    let first: usize = before.map(|border| border.port.elements.len()).sum();
    let order = &graph.inputs[index].order;
    let rows = inputs.chunks_exact(width.max(1));
    rows.flat_map(|row| order.iter().map(move |at| row[first + at]))
        .collect()
}

/// Tokens as the elements of all ports.
fn leave(graph: &Graph, values: &[Vec<i128>], samples: usize) -> Vec<i128> {
    let mut found = Vec::new();
    for sample in 0..samples {
        for (Border { order, .. }, value) in graph.outputs.iter().zip(&graph.results) {
            let mut port = vec![0; order.len()];
            let tokens = &values[value.index()][sample * order.len()..];
            for (at, token) in order.iter().zip(tokens) {
                port[*at] = *token;
            }
            found.extend(port);
        }
    }
    found
}

fn step(
    graph: &Graph,
    machine: &impl Machine,
    op: &Op,
    values: &[Vec<i128>],
    samples: usize,
) -> Result<Vec<i128>> {
    let input = op.operands().first().copied().unwrap_or(ValueId(0));
    let (x, stream) = (&values[input.index()], graph.stream(input));
    let (lanes, tokens) = (stream.lanes.len(), stream.tokens);
    let token = |sample: usize, at: usize| &x[(sample * tokens + at) * lanes..][..lanes];
    let mut found = Vec::new();
    match op {
        Op::Input { .. } => unreachable!("inputs have values already"),
        Op::Map {
            kernel, steps: 0, ..
        } => return machine.run(*kernel, x, samples * tokens),
        Op::Map { kernel, steps, .. } => {
            let mut rows = Vec::with_capacity(x.len() + samples * tokens);
            for (at, token) in x.chunks_exact(lanes.max(1)).enumerate() {
                rows.push((at % tokens % steps) as i128);
                rows.extend(token);
            }
            return machine.run(*kernel, &rows, samples * tokens);
        }
        Op::Window { window, .. } => {
            for sample in 0..samples {
                for (p, emit) in window.emit.iter().enumerate() {
                    for (at, tap) in window.taps.iter().enumerate() {
                        found.push(match window.holds(at, p) {
                            true => token(sample, emit - tap.depth)[tap.lane],
                            false => tap.zero,
                        });
                    }
                }
            }
        }
        Op::Reduce {
            kernel,
            tokens: group,
            initial,
            ..
        } => {
            let groups = samples * tokens / group;
            found = initial.repeat(groups);
            for turn in 0..*group {
                let next = Next::Kernel(*kernel);
                found = turned(graph, machine, next, &found, initial.len().max(1), |at| {
                    token(0, at * group + turn)
                })?;
            }
        }
        Op::Scan {
            next,
            tokens: group,
            initial,
            lanes: shown,
            ..
        } => {
            let groups = samples * tokens / group;
            let width = initial.len().max(1);
            found = vec![0; samples * tokens * shown.len()];
            let mut states = initial.repeat(groups);
            for turn in 0..*group {
                states = turned(graph, machine, *next, &states, width, |at| {
                    token(0, at * group + turn)
                })?;
                for (at, state) in states.chunks_exact(width).enumerate() {
                    let first = (at * group + turn) * shown.len();
                    for (place, &lane) in found[first..].iter_mut().zip(shown) {
                        *place = state[lane];
                    }
                }
            }
        }
        Op::Join { rhs, .. } => {
            let (y, width) = (&values[rhs.index()], graph.stream(*rhs).lanes.len());
            for (x, y) in x
                .chunks_exact(lanes.max(1))
                .zip(y.chunks_exact(width.max(1)))
            {
                found.extend(x.iter().chain(y));
            }
        }
        Op::Fold { fold, .. } => {
            for token in x.chunks_exact(lanes.max(1)) {
                let lane = |lane: &Option<usize>| lane.map_or(0, |lane| token[lane]);
                found.extend(fold.lanes.iter().map(lane));
            }
        }
    }
    Ok(found)
}

/// The states of some groups after one more token of each.
fn turned<'a>(
    graph: &Graph,
    machine: &impl Machine,
    next: Next,
    states: &[i128],
    width: usize,
    token: impl Fn(usize) -> &'a [i128],
) -> Result<Vec<i128>> {
    let mut rows = Vec::new();
    for (at, state) in states.chunks_exact(width).enumerate() {
        rows.extend(state);
        rows.extend(token(at));
    }
    let count = states.len() / width;
    match next {
        Next::Kernel(kernel) => machine.run(kernel, &rows, count),
        Next::Body(body) => run(&graph.bodies[body], machine, &rows, count),
    }
}
