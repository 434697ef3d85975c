//! When every token is where: the static schedule.
//!
//! Each op says how long it takes and how far apart its tokens have to be; from that the fewest
//! clock cycles between two tokens of the input, and between two samples, follow.

use super::{Graph, Op, Stream};
use crate::{Diagnostic, Result};

/// The clock cycles of a sample whose first token comes in cycle 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// Clock cycles from a token of the input to the next.
    pub spacing: u32,
    /// Clock cycles from a sample to the next.
    pub interval: u32,
    /// The cycle of every token of every node.
    pub cycles: Vec<Vec<u32>>,
}

impl Timing {
    /// The cycles in which a result leaves.
    pub fn leaves(&self, graph: &Graph) -> &[u32] {
        let result = graph.results.first().map_or(0, |result| result.index());
        &self.cycles[result]
    }
}

/// More than any schedule has: a network that asks for more is refused.
const MOST: u32 = 1 << 24;

/// The static schedule of a function.
///
/// Errors: none with fewer than some millions of cycles, where the layer is named that needs
/// more.
pub fn timing(graph: &Graph) -> Result<Timing> {
    let tokens = graph.inputs.iter().map(|border| border.tokens).max();
    let tokens = tokens.unwrap_or(1) as u32;
    let mut spacing = 1;
    loop {
        match attempt(graph, spacing, tokens) {
            Attempt::Fits(timing) => return Ok(timing),
            Attempt::Needs {
                layer,
                spacing: wanted,
            } if wanted > spacing => {
                spacing = wanted;
                if spacing.saturating_mul(tokens) > MOST {
                    return Err(Diagnostic::new(format!(
                        "the layer needs {wanted} clock cycles for each token, which is too long"
                    ))
                    .in_layer(layer)
                    .help("give it a smaller reuse factor"));
                }
            }
            Attempt::Needs { layer, .. } => {
                return Err(Diagnostic::new(
                    "the tokens of this layer come unevenly and faster than it can take them",
                )
                .in_layer(layer)
                .help("give the layer a smaller reuse factor"));
            }
        }
    }
}

enum Attempt {
    Fits(Timing),
    Needs { layer: String, spacing: u32 },
}

/// The cycles between two tokens that an op needs.
fn pace(graph: &Graph, op: &Op) -> u32 {
    match op {
        Op::Input { .. } | Op::Map { .. } | Op::Window { .. } => 1,
        Op::Reduce { kernel, .. } => match graph.kernels[*kernel].latency.unwrap_or(0) {
            0 => 1,
            latency => latency + 1,
        },
        Op::Fold { fold, .. } => fold.steps as u32,
    }
}

fn attempt(graph: &Graph, spacing: u32, tokens: u32) -> Attempt {
    let mut interval = spacing * tokens;
    let mut cycles: Vec<Vec<u32>> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let Some(operand) = node.op.operand() else {
            let all = (0..node.stream.tokens as u32).map(|at| at * spacing);
            cycles.push(all.collect());
            continue;
        };
        let (of, stream) = (&cycles[operand.index()], graph.stream(operand));
        let pace = pace(graph, &node.op);
        let between = of.windows(2).map(|pair| pair[1] - pair[0]).min();
        if between.is_some_and(|between| between < pace) {
            // Each token of the input is at least one of this one.
            return Attempt::Needs {
                layer: node.layer.clone(),
                spacing: spacing
                    .max(pace)
                    .max(spacing * pace / between.unwrap_or(1).max(1)),
            };
        }
        let (first, last) = (of.first().copied(), of.last().copied());
        let busy = last.unwrap_or(0) - first.unwrap_or(0) + pace;
        interval = interval.max(busy);
        let made = leave(graph, &node.op, stream, of, spacing);
        cycles.push(made);
    }
    // What hangs over the end of a sample leaves at its own pace before the next one comes,
    // unless that comes at this very pace.
    loop {
        let late = graph.nodes.iter().filter_map(|node| {
            let Op::Window { input, window } = &node.op else {
                return None;
            };
            let of = &cycles[input.index()];
            let flush = window.flush(of.len()) as u32 * spacing;
            let even = of.windows(2).all(|pair| pair[1] - pair[0] == spacing);
            let next = even && of.len() as u32 * spacing == interval;
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
    })
}

/// The cycles in which the tokens of a node leave, from those in which its operand's come.
fn leave(graph: &Graph, op: &Op, stream: &Stream, of: &[u32], spacing: u32) -> Vec<u32> {
    let latency = |kernel: usize| graph.kernels[kernel].latency.unwrap_or(0);
    match op {
        Op::Input { .. } => of.to_vec(),
        Op::Map { kernel, .. } => of.iter().map(|cycle| cycle + latency(*kernel)).collect(),
        Op::Window { window, .. } => {
            let last = of.last().copied().unwrap_or(0);
            let cycle = |&emit: &usize| match of.get(emit) {
                Some(cycle) => cycle + 1,
                None => last + (emit - stream.tokens + 1) as u32 * spacing + 1,
            };
            window.emit.iter().map(cycle).collect()
        }
        Op::Reduce { kernel, tokens, .. } => {
            let last = of.iter().skip(tokens - 1).step_by(*tokens);
            last.map(|cycle| cycle + latency(*kernel).max(1)).collect()
        }
        Op::Fold { fold, .. } => {
            let steps = 0..fold.steps as u32;
            let each = of
                .iter()
                .flat_map(|cycle| steps.clone().map(move |r| cycle + 1 + r));
            each.collect()
        }
    }
}
