//! From a state of the search to a list of adders.

use std::collections::HashMap;

use super::digits::narrow_form;
use super::network::Network;
use super::prepare::Target;
use super::sums::{self, Term};
use super::{Adder, Output, Solution, Source};

/// `± source · 2^shift`.
#[derive(Debug, Clone, Copy)]
struct Signal {
    source: Source,
    shift: u32,
    negative: bool,
}

struct Builder<'a> {
    network: &'a Network,
    solution: Solution,
    /// The signal of each node that has been built, and its level.
    built: Vec<Option<(Signal, u32)>>,
    known: HashMap<Adder, u32>,
}

pub(super) fn solution(network: &Network, targets: &[Target]) -> Solution {
    let mut builder = Builder {
        network,
        solution: Solution::default(),
        built: vec![None; network.nodes.len()],
        known: HashMap::new(),
    };
    for input in 0..network.inputs {
        let signal = Signal {
            source: Source::Input(input as u32),
            shift: 0,
            negative: false,
        };
        builder.built[input] = Some((signal, network.nodes[input].level));
    }
    for target in targets {
        let output = target.and_then(|(node, shift, negative)| {
            builder.build(node);
            let (signal, _) = builder.built[node as usize]?;
            Some(Output {
                source: Some(signal.source),
                shift: shift + signal.shift,
                negative: negative != signal.negative,
            })
        });
        builder.solution.outputs.push(output.unwrap_or(Output {
            source: None,
            shift: 0,
            negative: false,
        }));
    }
    builder.solution
}

impl Builder<'_> {
    /// Build a node after all that it reads.
    fn build(&mut self, node: u32) {
        let mut waiting = vec![node];
        while let Some(&row) = waiting.last() {
            if self.built[row as usize].is_some() {
                waiting.pop();
                continue;
            }
            let entries = &self.network.nodes[row as usize].entries;
            let missing = entries.iter().map(|entry| entry.node);
            let before = waiting.len();
            waiting.extend(missing.filter(|&node| self.built[node as usize].is_none()));
            if waiting.len() == before {
                self.built[row as usize] = self.add_row(row);
                waiting.pop();
            }
        }
    }

    fn add_row(&mut self, row: u32) -> Option<(Signal, u32)> {
        let mut terms = Vec::new();
        for entry in &self.network.nodes[row as usize].entries {
            let (signal, level) = self.built[entry.node as usize]?;
            let node = &self.network.nodes[entry.node as usize];
            for (at, negative) in narrow_form(entry.coef) {
                terms.push(Term {
                    level,
                    low: at,
                    top: at + node.width,
                    range: node.range * 2f64.powi(at as i32),
                    content: Signal {
                        source: signal.source,
                        shift: signal.shift + at,
                        negative: signal.negative != negative,
                    },
                });
            }
        }
        let (limit, model) = (self.network.limit(row), self.network.model);
        let (_, term) = sums::sum(terms, limit, &model, |lhs, rhs| self.join(lhs, rhs))?;
        Some((term.content, term.level))
    }

    /// The adder of two signals, made once.
    fn join(&mut self, lhs: Signal, rhs: Signal) -> Signal {
        let swap = (lhs.negative, lhs.source, lhs.shift) > (rhs.negative, rhs.source, rhs.shift);
        let (lhs, rhs) = if swap { (rhs, lhs) } else { (lhs, rhs) };
        let shift = lhs.shift.min(rhs.shift);
        let adder = Adder {
            lhs: lhs.source,
            lhs_shift: lhs.shift - shift,
            lhs_negative: false,
            rhs: rhs.source,
            rhs_shift: rhs.shift - shift,
            rhs_negative: lhs.negative != rhs.negative,
        };
        let adders = &mut self.solution.adders;
        let at = *self.known.entry(adder).or_insert_with(|| {
            adders.push(adder);
            adders.len() as u32 - 1
        });
        Signal {
            source: Source::Adder(at),
            shift,
            negative: lhs.negative,
        }
    }
}
