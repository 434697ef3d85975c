//! When every token is where: the static schedule.
//!
//! Each op says how long it takes and how far apart its tokens have to be; from that the fewest
//! clock cycles between two tokens of the input, and between two samples, follow.

use super::{Graph, Next, Op, Stream};
use crate::{Diagnostic, Result, fx};

/// The clock cycles of a sample whose first token comes in cycle 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// Clock cycles from a token of the input to the next.
    pub spacing: u32,
    /// Clock cycles from a sample to the next.
    pub interval: u32,
    /// The cycle of every token of every node.
    pub cycles: Vec<Vec<u32>>,
    /// The token of the input with which each of them is made, counted on beyond the last.
    pub causes: Vec<Vec<u32>>,
    /// Clock cycles between two steps of each node, where that is a fold.
    pub apart: Vec<u32>,
    /// The same of each body, whose state and token come in cycle 0: its interval is that of the
    /// turns, each of which begins when the state of the one before is there.
    pub bodies: Vec<Timing>,
}

/// How long the functions take that ops name.
#[derive(Clone, Copy)]
struct Functions<'a> {
    kernels: &'a [fx::Graph],
    /// Of each body the latency, and the cycles from a turn to the next.
    bodies: &'a [(u32, u32)],
}

impl Functions<'_> {
    fn latency(&self, next: Next) -> u32 {
        match next {
            Next::Kernel(kernel) => self.kernels[kernel].latency.unwrap_or(0),
            Next::Body(body) => self.bodies[body].0,
        }
    }

    /// The cycles between two tokens, where the state that one gives is read with the next.
    fn turn(&self, next: Next) -> u32 {
        match (next, self.latency(next)) {
            (_, 0) => 1,
            (Next::Kernel(_), latency) => latency + 1,
            (Next::Body(body), _) => self.bodies[body].1,
        }
    }
}

/// What waits at a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// Whether the left stream comes first; the right one else.
    pub lhs_waits: bool,
    /// The most tokens that wait at once.
    pub depth: usize,
    /// The fewest clock cycles from a token to the one that it waits for.
    pub shortest: u32,
}

impl Timing {
    /// The cycles in which a result leaves.
    pub fn leaves(&self, graph: &Graph) -> &[u32] {
        let result = graph.results.first().map_or(0, |result| result.index());
        &self.cycles[result]
    }

    /// The fewest clock cycles between two tokens of a value.
    pub fn gap(&self, value: super::ValueId) -> u32 {
        gap(&self.cycles[value.index()], self.spacing)
    }

    /// The queue of a join. A token that comes in a cycle waits in the next one at the latest,
    /// and leaves one cycle after the one that it waits for.
    pub fn queue(&self, lhs: super::ValueId, rhs: super::ValueId) -> Queue {
        let (a, b) = (&self.cycles[lhs.index()], &self.cycles[rhs.index()]);
        let lhs_waits = a.iter().zip(b).all(|(a, b)| a <= b);
        let (first, last) = if lhs_waits { (a, b) } else { (b, a) };
        let waits = || first.iter().zip(last).map(|(a, b)| b - a);
        let shortest = waits().min().unwrap_or(0);
        // As many samples as are in the queue at once, and two more.
        let longest = waits().max().unwrap_or(0);
        let samples = longest / self.interval.max(1) + 3;
        let all = |cycles: &[u32]| -> Vec<u64> {
            let of_sample = |at: u32| u64::from(at) * u64::from(self.interval);
            let samples = 0..samples;
            samples
                .flat_map(|at| {
                    cycles
                        .iter()
                        .map(move |cycle| of_sample(at) + u64::from(*cycle))
                })
                .collect()
        };
        let (comes, goes) = (all(first), all(last));
        let mut gone = 0;
        let mut depth = 1;
        for (at, cycle) in comes.iter().enumerate() {
            while goes[gone] < *cycle {
                gone += 1;
            }
            depth = depth.max(at + 1 - gone);
        }
        Queue {
            lhs_waits,
            depth,
            shortest,
        }
    }
}

/// More than any schedule has: a network that asks for more is refused.
const MOST: u32 = 1 << 24;

/// The static schedule of a function.
///
/// Errors: none with fewer than some millions of cycles, where the layer is named that needs
/// more.
pub fn timing(graph: &Graph) -> Result<Timing> {
    let kernels = &graph.kernels;
    let bodies = graph.bodies.iter().map(|body| {
        let bodies = &[];
        let found = scheduled(body, Functions { kernels, bodies })?;
        let latency = found.leaves(body).first().copied().unwrap_or(0);
        Ok(Timing {
            interval: found.interval.max(latency + 1),
            ..found
        })
    });
    let own = bodies.collect::<Result<Vec<_>>>()?;
    let bodies = graph.bodies.iter().zip(&own);
    let bodies: Vec<(u32, u32)> = bodies
        .map(|(body, own)| (own.leaves(body)[0], own.interval))
        .collect();
    let bodies = &bodies;
    let found = scheduled(graph, Functions { kernels, bodies })?;
    Ok(Timing {
        bodies: own,
        ..found
    })
}

/// The schedule of one function, from how long those take that it names.
fn scheduled(graph: &Graph, functions: Functions) -> Result<Timing> {
    let tokens = graph.inputs.iter().map(|border| border.tokens).max();
    let tokens = tokens.unwrap_or(1) as u32;
    let mut spacing = 1;
    let mut apart = vec![1; graph.nodes.len()];
    loop {
        match attempt(graph, functions, spacing, tokens, &apart) {
            Attempt::Fits(timing) => return Ok(timing),
            // Steps can be told to wait, tokens of the input only all of them.
            Attempt::Needs { node, pace, .. }
                if steps(graph, node).is_some_and(|fold| apart[fold] < pace) =>
            {
                let fold = steps(graph, node).expect("as just asked");
                apart[fold] = pace;
            }
            Attempt::Needs {
                node,
                spacing: wanted,
                ..
            } if wanted > spacing => {
                let layer = &graph.nodes[node].layer;
                spacing = wanted;
                if spacing.saturating_mul(tokens) > MOST {
                    return Err(Diagnostic::new(format!(
                        "the layer needs {wanted} clock cycles for each token, which is too long"
                    ))
                    .in_layer(layer.clone())
                    .help("give it a smaller reuse factor"));
                }
            }
            Attempt::Refused(finding) => return Err(finding),
            Attempt::Needs { node, .. } => {
                let layer = &graph.nodes[node].layer;
                return Err(Diagnostic::new(
                    "the tokens of this layer come unevenly and faster than it can take them",
                )
                .in_layer(layer.clone())
                .help("give the layer a smaller reuse factor"));
            }
        }
    }
}

enum Attempt {
    Fits(Timing),
    /// A node whose tokens come closer together than it can take them.
    Needs {
        node: usize,
        pace: u32,
        spacing: u32,
    },
    Refused(Diagnostic),
}

/// The fold whose steps a node sees one by one.
fn steps(graph: &Graph, node: usize) -> Option<usize> {
    let mut of = graph.nodes[node].op.operands().first()?.index();
    loop {
        match &graph.nodes[of].op {
            Op::Fold { .. } => return Some(of),
            Op::Map { input, .. } | Op::Scan { input, .. } => of = input.index(),
            _ => return None,
        }
    }
}

/// The cycles between two tokens that an op needs.
fn pace(functions: Functions, op: &Op, apart: u32) -> u32 {
    match op {
        Op::Input { .. } | Op::Map { .. } | Op::Window { .. } | Op::Join { .. } => 1,
        Op::Reduce { kernel, .. } => functions.turn(Next::Kernel(*kernel)),
        Op::Scan { next, .. } => functions.turn(*next),
        Op::Fold { fold, .. } => fold.steps as u32 * apart,
    }
}

fn attempt(
    graph: &Graph,
    functions: Functions,
    spacing: u32,
    tokens: u32,
    apart: &[u32],
) -> Attempt {
    let mut interval = spacing * tokens;
    let mut cycles: Vec<Vec<u32>> = Vec::with_capacity(graph.nodes.len());
    let mut causes: Vec<Vec<u32>> = Vec::with_capacity(graph.nodes.len());
    for (at, node) in graph.nodes.iter().enumerate() {
        let operands = node.op.operands();
        let Some(&operand) = operands.first() else {
            let all = 0..node.stream.tokens as u32;
            cycles.push(all.clone().map(|at| at * spacing).collect());
            causes.push(all.collect());
            continue;
        };
        if let Op::Join { lhs, rhs } = node.op {
            match joined(&cycles, &causes, lhs.index(), rhs.index()) {
                Some((own, cause)) => {
                    cycles.push(own);
                    causes.push(cause);
                    continue;
                }
                None => {
                    return Attempt::Refused(
                        Diagnostic::new(
                            "the layer joins two streams of which now one comes first and now the other",
                        )
                        .in_layer(node.layer.clone())
                        .help("compile without --stream"),
                    );
                }
            }
        }
        let (of, stream) = (&cycles[operand.index()], graph.stream(operand));
        let pace = pace(functions, &node.op, apart[at]);
        let between = of.windows(2).map(|pair| pair[1] - pair[0]).min();
        if between.is_some_and(|between| between < pace) {
            // What comes from a pace comes from a slower one in about the same measure.
            let measure = (spacing * pace).div_ceil(between.unwrap_or(1).max(1));
            return Attempt::Needs {
                node: at,
                pace,
                spacing: measure.max(spacing + 1),
            };
        }
        let (first, last) = (of.first().copied(), of.last().copied());
        let busy = last.unwrap_or(0) - first.unwrap_or(0) + pace;
        interval = interval.max(busy);
        let made = leave(functions, &node.op, stream, of, (spacing, apart[at]));
        // The same rule, with tokens of the input for clock cycles.
        let cause = cause(&node.op, stream, &causes[operand.index()]);
        cycles.push(made);
        causes.push(cause);
    }
    // What hangs over the end of a sample leaves at its own pace before the next one comes,
    // unless that comes at this very pace.
    loop {
        let late = graph.nodes.iter().filter_map(|node| {
            let Op::Window { input, window } = &node.op else {
                return None;
            };
            let of = &cycles[input.index()];
            let pace = gap(of, spacing);
            let flush = window.flush(of.len()) as u32 * pace;
            let even = of.windows(2).all(|pair| pair[1] - pair[0] == pace);
            let next = even && of.len() as u32 * pace == interval;
            let busy = of.last()? - of.first()? + flush + 1;
            (flush > 0 && !next).then_some(busy)
        });
        match late.max() {
            Some(busy) if busy > interval => interval = busy,
            _ => break,
        }
    }
    Attempt::Fits(Timing {
        spacing,
        interval,
        cycles,
        causes,
        apart: apart.to_vec(),
        bodies: vec![],
    })
}

/// The cycles and causes of joined tokens: those of the stream that comes later, a cycle on.
/// It must be caused later, too, so that it is the later one whatever the pauses.
fn joined(
    cycles: &[Vec<u32>],
    causes: &[Vec<u32>],
    lhs: usize,
    rhs: usize,
) -> Option<(Vec<u32>, Vec<u32>)> {
    let before = |a: usize, b: usize| {
        let earlier = |of: &[Vec<u32>]| of[a].iter().zip(&of[b]).all(|(a, b)| a <= b);
        earlier(cycles) && earlier(causes)
    };
    let later = match (before(lhs, rhs), before(rhs, lhs)) {
        (true, _) => rhs,
        (_, true) => lhs,
        _ => return None,
    };
    let own = cycles[later].iter().map(|cycle| cycle + 1);
    Some((own.collect(), causes[later].clone()))
}

/// The tokens of the input that cause those of a node, from those that cause its operand's.
fn cause(op: &Op, stream: &Stream, of: &[u32]) -> Vec<u32> {
    match op {
        Op::Input { .. } | Op::Map { .. } | Op::Scan { .. } | Op::Join { .. } => of.to_vec(),
        Op::Window { window, .. } => {
            let last = of.last().copied().unwrap_or(0);
            let cause = |&emit: &usize| match of.get(emit) {
                Some(cause) => *cause,
                None => last + (emit - stream.tokens + 1) as u32,
            };
            window.emit.iter().map(cause).collect()
        }
        Op::Reduce { tokens, .. } => of
            .iter()
            .skip(tokens - 1)
            .step_by(*tokens)
            .copied()
            .collect(),
        Op::Fold { fold, .. } => {
            let each = of
                .iter()
                .flat_map(|cause| std::iter::repeat_n(*cause, fold.steps));
            each.collect()
        }
    }
}

/// The fewest clock cycles between two tokens: what hangs over the end of a sample leaves at
/// this pace.
fn gap(cycles: &[u32], spacing: u32) -> u32 {
    let between = cycles.windows(2).map(|pair| pair[1] - pair[0]);
    between.min().unwrap_or(spacing)
}

/// The cycles in which the tokens of a node leave, from those in which its operand's come.
fn leave(
    functions: Functions,
    op: &Op,
    stream: &Stream,
    of: &[u32],
    (spacing, apart): (u32, u32),
) -> Vec<u32> {
    let latency = |kernel: usize| functions.latency(Next::Kernel(kernel));
    match op {
        Op::Input { .. } | Op::Join { .. } => of.to_vec(),
        Op::Map { kernel, .. } => of.iter().map(|cycle| cycle + latency(*kernel)).collect(),
        Op::Window { window, .. } => {
            let last = of.last().copied().unwrap_or(0);
            let cycle = |&emit: &usize| match of.get(emit) {
                Some(cycle) => cycle + 1,
                None => last + (emit - stream.tokens + 1) as u32 * gap(of, spacing) + 1,
            };
            window.emit.iter().map(cycle).collect()
        }
        Op::Scan { next, .. } => {
            let turn = functions.latency(*next).max(1);
            of.iter().map(|cycle| cycle + turn).collect()
        }
        Op::Reduce { kernel, tokens, .. } => {
            let last = of.iter().skip(tokens - 1).step_by(*tokens);
            last.map(|cycle| cycle + latency(*kernel).max(1)).collect()
        }
        Op::Fold { fold, .. } => {
            let steps = 0..fold.steps as u32;
            let each = of
                .iter()
                .flat_map(|cycle| steps.clone().map(move |r| cycle + 1 + r * apart));
            each.collect()
        }
    }
}
