//! The pins of the top module: what drives a design needs this and the Verilog, nothing else.
//!
//! Each port of the graph is one packed port, element 0 in the lowest bits. A scheduled design
//! has `clk`, `rst`, `in_valid` and `out_valid` besides; a combinational one has only data.

use dialects::fx::{Graph, IntType, Port};
use dialects::{Diagnostic, Result, flow};

use crate::names::{Names, identifier};

/// Pins that a data port may not be called.
pub const CONTROL_PINS: [&str; 4] = ["clk", "rst", "in_valid", "out_valid"];

/// The top module as a simulator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    pub top: String,
    pub inputs: Vec<PackedPort>,
    pub outputs: Vec<PackedPort>,
    /// Clock cycles from an input to its output; 0 means combinational, without a clock.
    pub latency: u32,
    pub pace: Pace,
}

/// How samples and their answers follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// Tokens that a sample comes in, and the element that each lane of each is.
    pub tokens: usize,
    pub order: Vec<usize>,
    /// Clock cycles from a token to the next, and from a sample to the next.
    pub spacing: u32,
    pub interval: u32,
    /// Of each token of an answer: its clock cycle after the first, and the elements of its
    /// lanes, token after token.
    pub leaves: Vec<u32>,
    pub answer: Vec<usize>,
}

impl Pace {
    /// A whole sample in every clock cycle.
    pub fn parallel(inputs: usize, outputs: usize) -> Pace {
        Pace {
            tokens: 1,
            order: (0..inputs).collect(),
            spacing: 1,
            interval: 1,
            leaves: vec![0],
            answer: (0..outputs).collect(),
        }
    }

    /// The elements of samples, as tokens carry them.
    pub fn sent<T: Copy>(&self, samples: &[T]) -> Vec<T> {
        let rows = samples.chunks_exact(self.order.len().max(1));
        rows.flat_map(|row| self.order.iter().map(move |at| row[*at]))
            .collect()
    }

    /// The elements of answers, as tokens carry them.
    pub fn shown<T: Copy>(&self, answers: &[T]) -> Vec<T> {
        let rows = answers.chunks_exact(self.answer.len().max(1));
        rows.flat_map(|row| self.answer.iter().map(move |at| row[*at]))
            .collect()
    }

    /// The elements of answers, from what tokens carried.
    pub fn received<T: Copy>(&self, tokens: &[T]) -> Vec<T> {
        let mut found = tokens.to_vec();
        let size = self.answer.len().max(1);
        for (row, own) in found.chunks_exact_mut(size).zip(tokens.chunks_exact(size)) {
            for (at, value) in self.answer.iter().zip(own) {
                row[*at] = *value;
            }
        }
        found
    }
}

/// One packed port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedPort {
    pub name: String,
    /// Element 0 is in the lowest bits.
    pub elements: Vec<IntType>,
}

impl PackedPort {
    /// Bits of the port.
    pub fn width(&self) -> u32 {
        self.elements.iter().map(|element| element.width).sum()
    }

    /// 32-bit words that hold the port.
    pub fn words(&self) -> usize {
        self.width().div_ceil(32) as usize
    }

    /// The port's bits for one value per element, in 32-bit words, lowest first.
    ///
    /// Errors: a value outside its element's type.
    pub fn pack(&self, values: &[i128]) -> Result<Vec<u32>> {
        debug_assert_eq!(values.len(), self.elements.len());
        let mut words = vec![0u32; self.words()];
        let mut at = 0;
        for (element, value) in self.elements.iter().zip(values) {
            if !element.range().holds(*value) {
                return Err(Diagnostic::new(format!(
                    "an element of port `{}` is {value}, outside its type {element}",
                    self.name
                )));
            }
            let mut done = 0;
            while done < element.width {
                let (word, bit) = (at / 32, at % 32);
                let count = (32 - bit).min(element.width - done);
                let mask = u32::MAX >> (32 - count);
                words[word as usize] |= ((value >> done) as u32 & mask) << bit;
                done += count;
                at += count;
            }
        }
        Ok(words)
    }

    /// The value of each element, from the port's bits in 32-bit words, lowest first.
    pub fn unpack(&self, words: &[u32]) -> Vec<i128> {
        debug_assert_eq!(words.len(), self.words());
        let mut at = 0;
        let values = self.elements.iter().map(|element| {
            let mut bits = 0i128;
            let mut done = 0;
            while done < element.width {
                let (word, bit) = (at / 32, at % 32);
                bits |= i128::from(words[word as usize] >> bit) << done;
                let count = 32 - bit;
                done += count;
                at += count;
            }
            at -= done - element.width;
            element.wrap(bits)
        });
        values.collect()
    }
}

impl Interface {
    /// The interface of the hardware that is made from this graph: `x` and `y` when there is one
    /// port, `x_<name>` and `y_<name>` when there are several. Ports without elements have no pins.
    pub fn of(graph: &Graph) -> Self {
        let mut names = Names::default();
        for pin in CONTROL_PINS {
            names.fresh(pin);
        }
        let mut ports = |ports: &[Port], letter: &str| -> Vec<PackedPort> {
            let single = ports.len() == 1;
            let port = |port: &Port| PackedPort {
                name: match single {
                    true => names.fresh(letter),
                    false => names.fresh(&identifier(&format!("{letter} {}", port.name))),
                },
                elements: port.elements.iter().map(|element| element.ty).collect(),
            };
            let filled = ports.iter().filter(|port| !port.elements.is_empty());
            filled.map(port).collect()
        };
        let inputs = ports(&graph.inputs, "x");
        let outputs = ports(&graph.outputs, "y");
        let count = |ports: &[PackedPort]| ports.iter().map(|port| port.elements.len()).sum();
        Interface {
            top: identifier(&graph.name),
            pace: Pace::parallel(count(&inputs), count(&outputs)),
            inputs,
            outputs,
            latency: graph.latency.unwrap_or(0),
        }
    }

    /// The interface of a circuit of streams: `x` and `y` are as wide as a token.
    ///
    /// Errors: no schedule, see [`flow::timing`].
    pub fn of_flow(graph: &flow::Graph) -> Result<Self> {
        let timing = flow::timing(graph)?;
        let port = |borders: &[flow::Border], name: &str| -> Vec<PackedPort> {
            let port = |border: &flow::Border| PackedPort {
                name: name.to_string(),
                elements: border.stream().lanes,
            };
            borders.iter().map(port).collect()
        };
        let order = |borders: &[flow::Border]| -> Vec<usize> {
            borders
                .iter()
                .flat_map(|border| border.order.clone())
                .collect()
        };
        let leaves = timing.leaves(graph);
        let latency = leaves.first().copied().unwrap_or(0);
        Ok(Interface {
            top: identifier(&graph.name),
            inputs: port(&graph.inputs, "x"),
            outputs: port(&graph.outputs, "y"),
            latency,
            pace: Pace {
                tokens: graph.inputs.iter().map(|b| b.tokens).max().unwrap_or(1),
                order: order(&graph.inputs),
                spacing: timing.spacing,
                interval: timing.interval,
                leaves: leaves.iter().map(|cycle| cycle - latency).collect(),
                answer: order(&graph.outputs),
            },
        })
    }

    pub fn is_combinational(&self) -> bool {
        self.latency == 0
    }

    /// Elements of all input ports counted together: of a token, where samples come in several.
    pub fn input_count(&self) -> usize {
        self.inputs.iter().map(|port| port.elements.len()).sum()
    }

    /// The same of the output ports.
    pub fn output_count(&self) -> usize {
        self.outputs.iter().map(|port| port.elements.len()).sum()
    }
}
