//! The pins of the top module: what drives a design needs this and the Verilog, nothing else.
//!
//! Each port of the graph is one packed port, element 0 in the lowest bits. A scheduled design
//! has `clk`, `rst`, `in_valid` and `out_valid` besides; a combinational one has only data.

use dialects::fx::{Graph, IntType, Port};
use dialects::{Diagnostic, Result};

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
        Interface {
            top: identifier(&graph.name),
            inputs,
            outputs,
            latency: graph.latency.unwrap_or(0),
        }
    }

    pub fn is_combinational(&self) -> bool {
        self.latency == 0
    }

    /// Elements of all input ports counted together.
    pub fn input_count(&self) -> usize {
        self.inputs.iter().map(|port| port.elements.len()).sum()
    }

    /// Elements of all output ports counted together.
    pub fn output_count(&self) -> usize {
        self.outputs.iter().map(|port| port.elements.len()).sum()
    }
}
