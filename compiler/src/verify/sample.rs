//! Samples: what refutes a circuit, and what is left where no proof was found.

use dialects::fx::{self, Graph, IntType};
use dialects::{Diagnostic, Result};
use lowering::interface::Interface;

use super::circuit::{self, Machine, mask};
use super::prove::Checked;

/// A sample on which a circuit is not the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub inputs: Vec<i128>,
    /// The output element, the bits it should have, and those it has.
    pub output: usize,
    pub expected: u128,
    pub found: u128,
}

impl Difference {
    pub fn diagnostic(&self, what: &str) -> Diagnostic {
        let inputs: Vec<String> = self.inputs.iter().map(i128::to_string).collect();
        Diagnostic::new(format!("{what} is not the function of the emulator"))
            .note(format!(
                "output element {} is {:#x}, the emulator says {:#x}",
                self.output, self.found, self.expected
            ))
            .note(format!("for the inputs {}", inputs.join(" ")))
    }
}

/// Compares the circuit with the graph on so many samples: corners first, then seeded values.
pub fn compare(
    checked: &Checked,
    wanted: &Graph,
    interface: &Interface,
    samples: usize,
) -> Result<Option<Difference>> {
    let machine = Machine::new(checked.circuit, &checked.order);
    let found = |inputs: &[i128]| Ok(outputs_of(&machine, checked, interface, inputs));
    compare_with(found, wanted, interface, samples)
}

/// Compares two graphs in the same way.
pub fn compare_graphs(
    graph: &Graph,
    wanted: &Graph,
    interface: &Interface,
    samples: usize,
) -> Result<Option<Difference>> {
    let widths = widths(interface);
    let found = |inputs: &[i128]| Ok(bits(&fx::eval(graph, inputs)?, &widths));
    compare_with(found, wanted, interface, samples)
}

fn compare_with(
    found: impl Fn(&[i128]) -> Result<Vec<u128>>,
    wanted: &Graph,
    interface: &Interface,
    samples: usize,
) -> Result<Option<Difference>> {
    let elements = interface.inputs.iter().flat_map(|port| &port.elements);
    let types: Vec<IntType> = elements.copied().collect();
    let widths = widths(interface);
    let mut random = Random(0x6b61_6f6e);
    for sample in 0..samples {
        let inputs = row(&mut random, &types, sample);
        let expected = bits(&fx::eval(wanted, &inputs)?, &widths);
        let found = found(&inputs)?;
        let mut pairs = expected.into_iter().zip(found).enumerate();
        if let Some((output, (expected, found))) = pairs.find(|(_, (a, b))| a != b) {
            return Ok(Some(Difference {
                inputs,
                output,
                expected,
                found,
            }));
        }
    }
    Ok(None)
}

/// The width of every output element.
fn widths(interface: &Interface) -> Vec<u32> {
    let elements = interface.outputs.iter().flat_map(|port| &port.elements);
    elements.map(|ty| ty.width).collect()
}

fn bits(values: &[i128], widths: &[u32]) -> Vec<u128> {
    let pairs = values.iter().zip(widths);
    pairs
        .map(|(value, width)| *value as u128 & mask(*width))
        .collect()
}

/// The bits of every output element for one sample.
pub fn outputs(checked: &Checked, interface: &Interface, inputs: &[i128]) -> Vec<u128> {
    let machine = Machine::new(checked.circuit, &checked.order);
    outputs_of(&machine, checked, interface, inputs)
}

fn outputs_of(
    machine: &Machine,
    checked: &Checked,
    interface: &Interface,
    inputs: &[i128],
) -> Vec<u128> {
    // The first element of each port of the circuit.
    let mut first = vec![];
    let mut count = 0;
    for elements in &checked.ports.elements {
        first.push(count);
        count += elements.len();
    }
    let port = |port: usize, low: u32, width: u32| {
        let (mut bits, mut at) = (0u128, 0);
        for (element, value) in checked.ports.elements[port]
            .iter()
            .zip(&inputs[first[port]..])
        {
            let (from, to) = (low.max(at), (low + width).min(at + element.width));
            if from < to {
                let part = (*value >> (from - at)) as u128 & mask(to - from);
                bits |= part << (from - low);
            }
            at += element.width;
        }
        bits
    };
    let values = machine.values(&port);
    let mut found = vec![];
    for output in &interface.outputs {
        let signal = checked
            .circuit
            .output(&output.name)
            .cloned()
            .unwrap_or_default();
        let mut at = 0;
        for element in &output.elements {
            let bits = signal.slice(at, element.width);
            found.push(circuit::read(&bits, &values, &port));
            at += element.width;
        }
    }
    found
}

/// So many rows of values of these types, corners first.
pub fn rows(types: &[IntType], samples: usize) -> Vec<i128> {
    let mut random = Random(0x6b61_6f6e);
    let rows = 0..samples;
    rows.flat_map(|sample| row(&mut random, types, sample))
        .collect()
}

/// Zeros, both ends, one element at an end; then any values, an end one time in eight.
fn row(random: &mut Random, types: &[IntType], sample: usize) -> Vec<i128> {
    let ends = |ty: &IntType, high: bool| if high { ty.range().hi } else { ty.range().lo };
    let value = |(at, ty): (usize, &IntType)| match sample {
        0 => 0i128.clamp(ty.range().lo, ty.range().hi),
        1 | 2 => ends(ty, sample == 2),
        _ if sample - 3 < 2 * types.len() => match (sample - 3) / 2 == at {
            true => ends(ty, sample.is_multiple_of(2)),
            false => 0,
        },
        _ => random.value(*ty),
    };
    types.iter().enumerate().map(value).collect()
}

/// SplitMix64: the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn value(&mut self, ty: IntType) -> i128 {
        match self.next() % 16 {
            0 => ty.range().lo,
            1 => ty.range().hi,
            _ => ty.wrap(i128::from(self.next()) | i128::from(self.next()) << 63),
        }
    }
}
