//! A circuit as it was read back: cells on vectors of bits, whoever printed it.
//!
//! Nothing is shared with the code that writes circuits: the readers know the words of the
//! text, and [`Op`] says what they mean.

mod delay;
mod evaluate;
mod row;

pub use delay::{check_valid, delays};
pub use evaluate::{Machine, read};
pub use row::Row;

use std::sync::Arc;

use dialects::{Diagnostic, Result};

/// Where bits come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// Bits of a number, from bit 0.
    Constant(u128),
    /// The result of a cell, from bit `low`.
    Cell(usize),
    /// An input port, from bit `low`.
    Port(usize),
}

/// Neighbouring bits of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chunk {
    pub source: Source,
    pub low: u32,
    pub width: u32,
}

/// Bits side by side, the lowest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Signal(pub Vec<Chunk>);

impl Signal {
    pub fn of(source: Source, width: u32) -> Self {
        Signal(vec![Chunk {
            source,
            low: 0,
            width,
        }])
    }

    pub fn constant(value: u128, width: u32) -> Self {
        let mut signal = Signal::default();
        let mut at = 0;
        while at < width {
            let part = (width - at).min(64);
            let bits = if at < 128 { value >> at } else { 0 };
            signal.push(Chunk {
                source: Source::Constant(bits & mask(part)),
                low: 0,
                width: part,
            });
            at += part;
        }
        signal
    }

    pub fn width(&self) -> u32 {
        self.0.iter().map(|chunk| chunk.width).sum()
    }

    /// Adds bits above those there are.
    pub fn push(&mut self, chunk: Chunk) {
        if chunk.width == 0 {
            return;
        }
        if let Some(last) = self.0.last_mut() {
            match (last.source, chunk.source) {
                (Source::Constant(a), Source::Constant(b)) if last.width + chunk.width <= 128 => {
                    last.source = Source::Constant(a | b << last.width);
                    last.width += chunk.width;
                    return;
                }
                (Source::Constant(_), _) | (_, Source::Constant(_)) => {}
                (a, b) if a == b && last.low + last.width == chunk.low => {
                    last.width += chunk.width;
                    return;
                }
                _ => {}
            }
        }
        self.0.push(chunk);
    }

    pub fn append(&mut self, other: &Signal) {
        for chunk in &other.0 {
            self.push(*chunk);
        }
    }

    pub fn slice(&self, low: u32, width: u32) -> Signal {
        let mut found = Signal::default();
        let mut at = 0;
        for chunk in &self.0 {
            let from = low.max(at);
            let to = (low + width).min(at + chunk.width);
            if from < to {
                let skipped = from - at;
                let width = to - from;
                found.push(match chunk.source {
                    Source::Constant(value) => Chunk {
                        source: Source::Constant(value >> skipped & mask(width)),
                        low: 0,
                        width,
                    },
                    _ => Chunk {
                        low: chunk.low + skipped,
                        width,
                        ..*chunk
                    },
                });
            }
            at += chunk.width;
        }
        found
    }

    pub fn repeated(&self, times: u32) -> Signal {
        let mut found = Signal::default();
        for _ in 0..times {
            found.append(self);
        }
        found
    }

    /// The bit that every bit of the signal is.
    pub fn single_bit(&self) -> Option<Chunk> {
        let first = self.slice(0, 1).0.first().copied()?;
        let same = (0..self.width()).all(|at| self.slice(at, 1).0[0] == first);
        same.then_some(first)
    }
}

/// What a cell computes from its operands; all are unsigned vectors of bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Modulo 2^width, operands as wide as the result.
    Add,
    Subtract,
    Multiply,
    /// Bit by bit.
    And,
    Or,
    Xor,
    Not,
    /// One bit.
    Equal,
    /// Whether the first is less than the second.
    Less {
        signed: bool,
    },
    /// Whether some bit is set.
    Any,
    /// Operand 0 is the condition; then what is taken when it is 1, then when 0.
    Choose,
    /// The entry of that number.
    Table(Arc<[u128]>),
    /// One clock later; with a second operand, 0 after a clock in which it was 1.
    Register,
    /// A row of the library of adders.
    Row(Box<Row>),
    /// value, over (two bits), under: 0 where under, else all ones where over, else the value.
    Clamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub op: Op,
    pub of: Vec<Signal>,
    pub width: u32,
    /// What the text calls it, with the modules around it.
    pub name: String,
}

/// A top module without hierarchy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Circuit {
    pub ports: Vec<(String, u32)>,
    pub cells: Vec<Cell>,
    pub outputs: Vec<(String, Signal)>,
}

pub fn mask(width: u32) -> u128 {
    match width {
        0..128 => (1 << width) - 1,
        _ => u128::MAX,
    }
}

impl Circuit {
    pub fn output(&self, name: &str) -> Option<&Signal> {
        let found = self.outputs.iter().find(|output| output.0 == name);
        found.map(|output| &output.1)
    }

    /// The cells that the outputs of these names depend on, each after its operands.
    ///
    /// Errors: a cell that depends on itself, through registers or not.
    pub fn order(&self, names: &[String]) -> Result<Vec<usize>> {
        let mut order = Vec::with_capacity(self.cells.len());
        // 0: not seen, 1: open, 2: done.
        let mut state = vec![0u8; self.cells.len()];
        let cells = |signal: &Signal| {
            let sources = signal.0.iter().map(|chunk| chunk.source);
            let cells = sources.filter_map(|source| match source {
                Source::Cell(cell) => Some(cell),
                _ => None,
            });
            cells.collect::<Vec<_>>()
        };
        let mut open: Vec<usize> = Vec::new();
        for (name, signal) in &self.outputs {
            if names.contains(name) {
                open.extend(cells(signal));
            }
        }
        while let Some(&cell) = open.last() {
            match state[cell] {
                0 => {
                    state[cell] = 1;
                    for operand in self.cells[cell].of.iter().flat_map(cells) {
                        match state[operand] {
                            0 => open.push(operand),
                            1 => {
                                let name = &self.cells[operand].name;
                                let text = format!("`{name}` depends on itself");
                                return Err(Diagnostic::new(text));
                            }
                            _ => {}
                        }
                    }
                }
                1 => {
                    state[cell] = 2;
                    order.push(cell);
                    open.pop();
                }
                _ => {
                    open.pop();
                }
            }
        }
        Ok(order)
    }
}

impl Cell {
    /// Whether the widths of the operands are those that the operation asks for.
    pub fn fits(&self) -> bool {
        let of: Vec<u32> = self.of.iter().map(Signal::width).collect();
        let width = self.width;
        let narrow = width > 0 && width <= 126 && of.iter().all(|&of| of > 0 && of <= 126);
        narrow
            && match (&self.op, &of[..]) {
                (Op::Add | Op::Subtract | Op::Multiply | Op::And | Op::Or | Op::Xor, &[a, b]) => {
                    a == width && b == width
                }
                (Op::Not, &[a]) => a == width,
                (Op::Equal | Op::Less { .. }, &[a, b]) => a == b && width == 1,
                (Op::Any, &[_]) => width == 1,
                (Op::Choose, &[condition, a, b]) => condition == 1 && a == width && b == width,
                (Op::Table(entries), &[index]) => index < 30 && entries.len() == 1 << index,
                (Op::Register, &[next]) => next == width,
                (Op::Register, &[next, reset]) => next == width && reset == 1,
                (Op::Row(row), of) => {
                    row.width == width
                        && of.len() == row.used.len()
                        && of.iter().all(|&of| of == width)
                }
                (Op::Clamp, &[value, over, under]) => value == width && over == 2 && under == 1,
                _ => false,
            }
    }
}
