//! The elements of packed ports and the slots that hold their bits.

use dialects::fx::IntType;
use dialects::{Diagnostic, Result};
use lowering::hw_text::Port;
use lowering::hw_to_llvm::{Program, Slice, Slot, State};
use lowering::interface::{Interface, PackedPort};

/// Where a run puts samples and finds answers.
#[derive(Debug)]
pub struct Pins {
    pub reset: Option<Slot>,
    pub in_valid: Option<Slot>,
    pub out_valid: Option<Slot>,
    inputs: Vec<Input>,
    outputs: Vec<Vec<Bits>>,
    types: Vec<IntType>,
}

/// A slot and the elements it takes bits of.
#[derive(Debug)]
struct Input {
    slot: Slot,
    bits: Vec<Bits>,
}

/// Bits that an element and a slot share.
#[derive(Debug, Clone, Copy)]
struct Bits {
    /// The element of an input, the slot of an output.
    element: usize,
    slot: Slot,
    /// The lowest bit in the element, and in the slot.
    low: u32,
    at: u32,
    width: u32,
}

impl Pins {
    /// Errors: a circuit with other pins than the interface says.
    pub fn of(program: &Program, interface: &Interface) -> Result<Pins> {
        let control = |name: &str| Port {
            name: name.to_string(),
            width: Some(1),
        };
        let data = |ports: &[PackedPort]| -> Vec<Port> {
            let port = |port: &PackedPort| Port {
                name: port.name.clone(),
                width: Some(port.width()),
            };
            ports.iter().map(port).collect()
        };
        let (mut inputs, mut outputs) = (data(&interface.inputs), data(&interface.outputs));
        if !interface.is_combinational() {
            inputs.extend([control("rst"), control("in_valid")]);
            outputs.push(control("out_valid"));
        }
        for (wanted, there) in [(&inputs, &program.inputs), (&outputs, &program.outputs)] {
            let lacking = wanted.iter().find(|port| !there.contains(port));
            let lacking = lacking.map(|port| &port.name);
            let extra = there.iter().find(|port| !wanted.contains(port));
            if let Some(name) = lacking.or(extra.map(|port| &port.name)) {
                return Err(Diagnostic::new(format!(
                    "pin `{name}` of the hardware text is not the one the design has"
                ))
                .help("compile the model again"));
            }
        }
        let pin = |ports: &[Port], name: &str, of: &[(Slice, Slot)]| {
            let pin = ports.iter().position(|port| port.name == name)?;
            of.iter()
                .find(|(slice, _)| slice.pin == pin)
                .map(|(_, slot)| *slot)
        };
        let elements = Elements::of(&interface.inputs, &program.inputs);
        let inputs = program.sources.iter().map(|(slice, slot)| Input {
            slot: *slot,
            bits: elements.bits(*slice, *slot),
        });
        let inputs = inputs.filter(|input| !input.bits.is_empty()).collect();
        let elements = Elements::of(&interface.outputs, &program.outputs);
        let mut outputs = vec![Vec::new(); elements.list.len()];
        for (slice, slot) in &program.results {
            for bits in elements.bits(*slice, *slot) {
                outputs[bits.element].push(bits);
            }
        }
        let types = interface.outputs.iter().flat_map(|port| &port.elements);
        Ok(Pins {
            reset: pin(&program.inputs, "rst", &program.sources),
            in_valid: pin(&program.inputs, "in_valid", &program.sources),
            out_valid: pin(&program.outputs, "out_valid", &program.results),
            inputs,
            outputs,
            types: types.copied().collect(),
        })
    }

    /// Writes a sample, or with `inverted` what differs from it in every bit.
    pub fn drive(&self, state: &mut State, lane: usize, sample: &[i128], inverted: bool) {
        let flip = if inverted { -1 } else { 0 };
        for input in &self.inputs {
            if input.slot.width > 128 {
                for bits in &input.bits {
                    let own = (sample[bits.element] ^ flip) >> bits.low;
                    for bit in 0..bits.width {
                        state.put_bit(input.slot, lane, bits.at + bit, own >> bit & 1 == 1);
                    }
                }
                continue;
            }
            let value = match input.bits[..] {
                [bits] if bits.at == 0 => ((sample[bits.element] ^ flip) >> bits.low) as u128,
                _ => input.bits.iter().fold(0, |value, bits| {
                    let own = ((sample[bits.element] ^ flip) >> bits.low) as u128;
                    value | (own & mask(bits.width)) << bits.at
                }),
            };
            state.put(input.slot, lane, value);
        }
    }

    /// Appends the elements of all outputs.
    pub fn read(&self, state: &State, lane: usize, out: &mut [i128]) {
        for ((parts, ty), out) in self.outputs.iter().zip(&self.types).zip(out) {
            let value = match parts[..] {
                [bits] if bits.low == 0 => state.get(bits.slot, lane) >> bits.at,
                _ => parts.iter().fold(0, |value, bits| {
                    let own = state.get(bits.slot, lane) >> bits.at & mask(bits.width);
                    value | own << bits.low
                }),
            };
            *out = ty.wrap(value as i128);
        }
    }
}

fn mask(width: u32) -> u128 {
    u128::MAX >> (128 - width.clamp(1, 128))
}

/// The elements of ports: pin, lowest bit and width.
struct Elements {
    list: Vec<(usize, u32, u32)>,
}

impl Elements {
    fn of(ports: &[PackedPort], pins: &[Port]) -> Elements {
        let mut list = Vec::new();
        for port in ports {
            let pin = pins.iter().position(|pin| pin.name == port.name);
            let pin = pin.expect("the pins were compared");
            let mut low = 0;
            for element in &port.elements {
                list.push((pin, low, element.width));
                low += element.width;
            }
        }
        Elements { list }
    }

    /// The bits a slice of a pin shares with elements.
    fn bits(&self, slice: Slice, slot: Slot) -> Vec<Bits> {
        let end = slice.low + slice.width;
        let mut bits = Vec::new();
        for (element, (pin, low, width)) in self.list.iter().enumerate() {
            let (from, to) = ((*low).max(slice.low), (low + width).min(end));
            if *pin == slice.pin && from < to {
                bits.push(Bits {
                    element,
                    slot,
                    low: from - low,
                    at: from - slice.low,
                    width: to - from,
                });
            }
        }
        bits
    }
}
