//! hw → LLVM: a cycle-accurate simulation of hardware text as native code.
//!
//! 1. The text is read back and its hierarchy dissolved: [`circuit`]. Cells that Verilog takes
//!    from a library are written as logic: [`cells`].
//! 2. Registers are cut, and what happens in a clock cycle is put in order: [`order`].
//! 3. The logic between registers is cut into pieces of bounded size, each an `hw.module`
//!    again: [`chunks`]. CIRCT's arc passes lower each to the LLVM dialect.
//! 4. That text becomes native code, for several copies of the circuit side by side, one in
//!    each lane of the vectors: [`emit`]. Pieces are lowered and compiled in parallel.
//!
//! Pins, registers and whatever crosses a border between pieces stand in a flat state. A cycle
//! is one run of all pieces: results are what they are before the clock's edge, and registers
//! take what they hold behind it.
//!
//! Needs    text as [`crate::fx_to_hw`] prints it.
//! Leaves   one function for each piece, `void piece(_, _, _, state)`.
//! Never    looks at what an op means: that is CIRCT's, but for the cells of the library.

mod cells;
mod chunks;
mod circuit;
mod emit;
mod layout;
mod order;
mod table;

use std::collections::HashMap;

use dialects::{Diagnostic, Result};
use rayon::prelude::*;

pub use circuit::{Scope, Slice};
pub use layout::Slot;

use crate::circt::{Circt, Lowered};
use crate::fx_to_llvm::Processor;
use crate::fx_to_llvm::machine::Machine;
use crate::fx_to_llvm::raw::{Jit, Scratch};
use crate::hw_text::Port;
use chunks::{Chunk, Memory};
use circuit::{Circuit, Source};
use emit::Ports;

/// Items of a piece: enough that its borders cost little, few enough for a code generator.
const CHUNK: usize = 400;

/// What to make.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Copies of the circuit that run side by side.
    pub lanes: usize,
    /// Keep every named value, for a trace.
    pub named: bool,
}

/// A circuit, compiled.
pub struct Program {
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
    /// The bits that are read of input pins.
    pub sources: Vec<(Slice, Slot)>,
    /// The bits of output pins.
    pub results: Vec<(Slice, Slot)>,
    /// What holds something from cycle to cycle: registers, and the words of memories.
    pub registers: Vec<Slot>,
    pub scopes: Vec<Scope>,
    pub signals: Vec<Signal>,
    pub lanes: usize,
    /// Pieces.
    pub pieces: usize,
    /// Ops of logic that are worked out in a cycle.
    pub ops: usize,
    code: Vec<Jit>,
    copies: Vec<(usize, usize, usize)>,
    memories: Vec<Memory>,
    bytes: usize,
}

/// A named value.
#[derive(Debug)]
pub struct Signal {
    pub scope: usize,
    pub name: String,
    pub width: u32,
    pub at: Place,
}

/// Where a named value is to be found.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    Slot(Slot),
    Constant(u128),
}

const RUN: &str = "kaon_piece";

impl Program {
    /// Compiles the public module of a text.
    ///
    /// Errors: text of another form, logic that depends on itself, what CIRCT or LLVM refuse.
    pub fn build(text: &str, options: Options) -> Result<Program> {
        let circt = Circt::get()?;
        let Options { lanes, named } = options;
        let circuit = Circuit::read(text)?;
        let order = order::order(&circuit, named)?;
        let plan = chunks::plan(&circuit, &order, CHUNK, lanes, named);
        let machine = Machine::new(Processor::Host);
        let compile = |chunk: &Chunk| compile(circt, &machine, chunk, lanes);
        let code: Vec<Jit> = plan.chunks.par_iter().map(compile).collect::<Result<_>>()?;
        let mut sources = Vec::new();
        let mut seen = vec![false; circuit.slices.len()];
        for (id, value) in circuit.values.iter().enumerate() {
            if let Source::Slice(slice) = value.source
                && let Some(slot) = plan.slots.get(&id)
                && !std::mem::replace(&mut seen[slice], true)
            {
                sources.push((circuit.slices[slice], *slot));
            }
        }
        let registers = circuit.registers.iter();
        let registers = registers.filter_map(|of| plan.slots.get(&of.value).copied());
        let words = plan
            .memories
            .iter()
            .flat_map(|of| of.words.iter().chain([&of.value]));
        let registers = registers.chain(words.copied());
        let slices = circuit.results.iter().map(|part| part.slice);
        let signals = match named {
            true => signals(&circuit, &plan.slots)?,
            false => Vec::new(),
        };
        let ops = order
            .iter()
            .filter(|item| matches!(item, order::Item::Logic(_)));
        Ok(Program {
            sources,
            results: slices.zip(plan.results).collect(),
            registers: registers.collect(),
            signals,
            lanes,
            pieces: code.len(),
            ops: ops.count(),
            code,
            copies: plan.copies,
            memories: plan.memories,
            bytes: plan.layout.bytes,
            inputs: circuit.inputs,
            outputs: circuit.outputs,
            scopes: circuit.scopes,
        })
    }

    /// The memory of a run, all zero.
    pub fn state(&self) -> State {
        State {
            memory: Scratch::new(self.bytes),
        }
    }

    /// Works a cycle out: the results from the pins and the registers, and what the registers
    /// hold next, which shows after [`Program::edge`].
    pub fn settle(&self, state: &mut State) {
        for piece in &self.code {
            piece.run::<u8, u8>(RUN, &[], &mut [], 1, &mut state.memory, [0, 0, self.bytes]);
        }
    }

    /// The clock's edge. Named values are lost.
    pub fn edge(&self, state: &mut State) {
        let bytes = state.memory.bytes_mut();
        for (from, to, count) in &self.copies {
            bytes.copy_within(*from..*from + *count, *to);
        }
        for memory in &self.memories {
            for lane in 0..self.lanes {
                state.reads_and_writes(memory, lane);
            }
        }
    }
}

/// The memory of a run.
pub struct State {
    memory: Scratch,
}

impl State {
    /// The bits of a slot in a lane.
    pub fn get(&self, slot: Slot, lane: usize) -> u128 {
        let from = slot.offset + lane * slot.bytes;
        let bytes = &self.memory.bytes()[from..from + slot.bytes];
        let value = match *bytes {
            [a] => a.into(),
            [a, b] => u16::from_le_bytes([a, b]).into(),
            [a, b, c, d] => u32::from_le_bytes([a, b, c, d]).into(),
            _ => {
                let low = bytes.iter().take(16).rev();
                low.fold(0, |value, byte| value << 8 | u128::from(*byte))
            }
        };
        value & (u128::MAX >> (128 - slot.width.min(128)))
    }

    /// The clock's edge for a memory in a lane; an address without a word reads and writes
    /// nothing.
    fn reads_and_writes(&mut self, memory: &Memory, lane: usize) {
        let word = |at: u128| memory.words.get(usize::try_from(at).ok()?).copied();
        let from = word(self.get(memory.from, lane));
        let to = word(self.get(memory.to, lane));
        let written = self.get(memory.enable, lane) == 1;
        if let Some(word) = from {
            self.copy(word, memory.value, lane);
        }
        if let Some(word) = to.filter(|_| written) {
            self.copy(memory.data, word, lane);
        }
    }

    /// Copies a lane of one slot to another of the same width.
    fn copy(&mut self, from: Slot, to: Slot, lane: usize) {
        let place = |slot: Slot| slot.offset + lane * slot.bytes;
        let bytes = self.memory.bytes_mut();
        bytes.copy_within(place(from)..place(from) + from.bytes, place(to));
    }

    /// One bit of a slot in a lane.
    pub fn bit(&self, slot: Slot, lane: usize, at: u32) -> bool {
        let byte = slot.offset + lane * slot.bytes + at as usize / 8;
        self.memory.bytes()[byte] >> (at % 8) & 1 == 1
    }

    /// Writes one bit of a slot in a lane.
    pub fn put_bit(&mut self, slot: Slot, lane: usize, at: u32, bit: bool) {
        let byte = slot.offset + lane * slot.bytes + at as usize / 8;
        let byte = &mut self.memory.bytes_mut()[byte];
        *byte = *byte & !(1 << (at % 8)) | u8::from(bit) << (at % 8);
    }

    /// Writes the low bits of a slot in a lane; those above 128 become zero.
    pub fn put(&mut self, slot: Slot, lane: usize, value: u128) {
        let from = slot.offset + lane * slot.bytes;
        let bytes = &mut self.memory.bytes_mut()[from..from + slot.bytes];
        match bytes {
            [a] => *a = value as u8,
            [_, _] => bytes.copy_from_slice(&(value as u16).to_le_bytes()),
            [_, _, _, _] => bytes.copy_from_slice(&(value as u32).to_le_bytes()),
            _ => {
                let (low, high) = bytes.split_at_mut(slot.bytes.min(16));
                low.copy_from_slice(&value.to_le_bytes()[..low.len()]);
                high.fill(0);
            }
        }
    }
}

fn compile(circt: &Circt, machine: &Machine, chunk: &Chunk, lanes: usize) -> Result<Jit> {
    let Lowered { ports, llvm } = circt.lower_logic(&chunk.text)?;
    let mut places = Ports {
        inputs: HashMap::new(),
        outputs: HashMap::new(),
    };
    for (name, offset) in ports {
        if let Some(slot) = chunk.inputs.get(&name) {
            places.inputs.insert(offset, *slot);
        } else if let Some(slot) = chunk.outputs.get(&name) {
            places.outputs.insert(offset, *slot);
        }
    }
    if places.outputs.len() != chunk.outputs.len() {
        return Err(Diagnostic::new(format!(
            "CIRCT gives `{}` other outputs than it has",
            chunk.name
        )));
    }
    Jit::new(&[RUN], |context| {
        emit::module(context, machine, RUN, &llvm, &places, lanes)
    })
}

fn signals(circuit: &Circuit, slots: &HashMap<usize, Slot>) -> Result<Vec<Signal>> {
    let signal = |signal: &circuit::Signal| {
        let id = circuit.resolve(signal.value);
        let value = &circuit.values[id];
        let at = match (&value.source, slots.get(&id)) {
            (_, Some(slot)) => Place::Slot(*slot),
            (Source::Constant(text), None) => Place::Constant(number(text)?),
            _ => return None,
        };
        Some(Signal {
            scope: signal.scope,
            name: signal.name.clone(),
            width: value.width,
            at,
        })
    };
    let signals = circuit.signals.iter().map(signal).collect::<Option<_>>();
    signals.ok_or_else(|| Diagnostic::new("a named value of the hardware text has no place"))
}

/// The number of `hw.constant 3 : i8`.
fn number(text: &str) -> Option<u128> {
    let text = text.strip_prefix("hw.constant ")?;
    match text.split(' ').next()? {
        "true" => Some(1),
        "false" => Some(0),
        digits => Some(digits.parse::<i128>().ok()? as u128),
    }
}
