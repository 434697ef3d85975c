//! The circuit on samples: one integer per port element in, one per output bit vector out.

use super::row::Sum;
use super::{Cell, Circuit, Op, Signal, Source, mask};

/// A circuit that is evaluated on many samples.
pub struct Machine<'a> {
    circuit: &'a Circuit,
    order: &'a [usize],
    /// The rows of the library by the number of their cell.
    sums: Vec<Option<Sum>>,
}

impl<'a> Machine<'a> {
    pub fn new(circuit: &'a Circuit, order: &'a [usize]) -> Self {
        let sum = |cell: &Cell| match &cell.op {
            Op::Row(row) => Some(row.sum(cell.of.len())),
            _ => None,
        };
        Machine {
            circuit,
            order,
            sums: circuit.cells.iter().map(sum).collect(),
        }
    }

    /// The values of all cells for one sample; registers are the identity.
    /// `port` gives bits of an input port.
    pub fn values(&self, port: &dyn Fn(usize, u32, u32) -> u128) -> Vec<u128> {
        let mut values = vec![0u128; self.circuit.cells.len()];
        let mut of = vec![];
        for &at in self.order {
            let cell = &self.circuit.cells[at];
            of.clear();
            of.extend(cell.of.iter().map(|signal| read(signal, &values, port)));
            values[at] = match &self.sums[at] {
                Some(sum) => sum.evaluate(&of) & mask(cell.width),
                None => cell.evaluate(&of),
            };
        }
        values
    }
}

/// The bits of a signal no wider than 128 bits.
pub fn read(signal: &Signal, values: &[u128], port: &dyn Fn(usize, u32, u32) -> u128) -> u128 {
    let (mut found, mut at) = (0, 0);
    for chunk in &signal.0 {
        let bits = match chunk.source {
            Source::Constant(value) => value,
            Source::Cell(cell) => values[cell] >> chunk.low,
            Source::Port(index) => port(index, chunk.low, chunk.width),
        };
        found |= (bits & mask(chunk.width)) << at;
        at += chunk.width;
    }
    found
}

impl Cell {
    fn evaluate(&self, of: &[u128]) -> u128 {
        let signed = |value: u128, width: u32| {
            let unused = 128 - width;
            (value << unused) as i128 >> unused
        };
        let value = match &self.op {
            Op::Add => of[0].wrapping_add(of[1]),
            Op::Subtract => of[0].wrapping_sub(of[1]),
            Op::Multiply => of[0].wrapping_mul(of[1]),
            Op::And => of[0] & of[1],
            Op::Or => of[0] | of[1],
            Op::Xor => of[0] ^ of[1],
            Op::Not => !of[0],
            Op::Equal => u128::from(of[0] == of[1]),
            Op::Less { signed: false } => u128::from(of[0] < of[1]),
            Op::Less { signed: true } => {
                let [a, b] = [0, 1].map(|at| signed(of[at], self.of[at].width()));
                u128::from(a < b)
            }
            Op::Any => u128::from(of[0] != 0),
            Op::Choose if of[0] != 0 => of[1],
            Op::Choose => of[2],
            Op::Table(entries) => entries.get(of[0] as usize).copied().unwrap_or(0),
            Op::Register => of[0],
            Op::Row(row) => row.sum(of.len()).evaluate(of),
            Op::Clamp if of[2] != 0 => 0,
            Op::Clamp if of[1] != 0 => u128::MAX,
            Op::Clamp => of[0],
        };
        value & mask(self.width)
    }
}
