//! A circuit as forms: the unsigned number that each vector of bits is.

use dialects::fx::{IntType, Range};

use super::algebra::{Algebra, Form, clamp_cell, power};
use super::circuit::{Cell, Circuit, Op, Row, Signal, Source, mask};

/// The elements of each input port: their types and the number of the first.
pub struct Ports {
    pub elements: Vec<Vec<IntType>>,
}

/// The form of every cell; `None` for what numbers of 128 bits do not hold, or is no data.
pub struct Reader<'a> {
    ports: &'a Ports,
    pub forms: Vec<Option<Form>>,
}

impl<'a> Reader<'a> {
    pub fn new(
        algebra: &mut Algebra,
        circuit: &Circuit,
        order: &[usize],
        ports: &'a Ports,
    ) -> Self {
        let mut reader = Reader {
            ports,
            forms: vec![None; circuit.cells.len()],
        };
        for &at in order {
            reader.forms[at] = cell(algebra, &reader, &circuit.cells[at]);
        }
        reader
    }

    /// The number that a signal is.
    pub fn signal(&self, algebra: &mut Algebra, signal: &Signal) -> Option<Form> {
        let mut sum = Form::default();
        let mut at = 0;
        for chunk in &signal.0 {
            let part = match chunk.source {
                Source::Constant(value) => Form::constant(i128::try_from(value).ok()?),
                Source::Cell(cell) => {
                    let of = self.forms[cell].as_ref()?;
                    algebra.slice(of, chunk.low, chunk.width)?
                }
                Source::Port(port) => self.port(algebra, port, chunk.low, chunk.width)?,
            };
            sum = sum.plus(&part, power(at)?)?;
            at += chunk.width;
        }
        Some(sum)
    }

    fn port(&self, algebra: &mut Algebra, port: usize, low: u32, width: u32) -> Option<Form> {
        let first = self.ports.elements[..port].iter().map(Vec::len).sum();
        let mut sum = Form::default();
        let mut at = 0;
        for (number, element) in (first..).zip(self.ports.elements.get(port)?) {
            let (from, to) = (low.max(at), (low + width).min(at + element.width));
            if from < to {
                let value = algebra.input(number, element.range());
                let part = algebra.slice(&value, from - at, to - from)?;
                sum = sum.plus(&part, power(from - low)?)?;
            }
            at += element.width;
        }
        Some(sum)
    }
}

fn cell(algebra: &mut Algebra, reader: &Reader, cell: &Cell) -> Option<Form> {
    let width = cell.width;
    if let Op::Row(row) = &cell.op {
        return sum_of_row(algebra, reader, row, &cell.of);
    }
    if let (Op::And | Op::Or | Op::Xor, [a, b]) = (&cell.op, &cell.of[..]) {
        return bitwise(algebra, reader, &cell.op, a, b);
    }
    let of = cell.of.iter().map(|of| reader.signal(algebra, of));
    let of = of.collect::<Option<Vec<Form>>>()?;
    let ones = i128::try_from(mask(width)).ok()?;
    match &cell.op {
        Op::Add => algebra.modulo(&of[0].plus(&of[1], 1)?, width),
        Op::Subtract => algebra.modulo(&of[0].plus(&of[1], -1)?, width),
        Op::Multiply => {
            let [a, b] = [
                algebra.nearest(&of[0], width)?,
                algebra.nearest(&of[1], width)?,
            ];
            let product = algebra.product(&a, &b)?;
            algebra.modulo(&product, width)
        }
        Op::Not => Form::constant(ones).plus(&of[0], -1),
        Op::Equal => {
            let difference = of[0].plus(&of[1], -1)?;
            let differ = algebra.nonzero(&difference, cell.of[0].width())?;
            Form::constant(1).plus(&differ, -1)
        }
        Op::Less { signed } => {
            let width = cell.of[0].width();
            let mut ends = of;
            if *signed {
                ends = vec![
                    algebra.signed(&ends[0], width)?,
                    algebra.signed(&ends[1], width)?,
                ];
            }
            algebra.negative(&ends[0].plus(&ends[1], -1)?)
        }
        Op::Any => algebra.nonzero(&of[0], cell.of[0].width()),
        Op::Choose => algebra.choose_bits(&of[0], [&of[1], &of[2]], width),
        Op::Table(entries) => {
            let domain = Range::new(0, entries.len() as i128 - 1);
            algebra.lookup(&of[0], domain, Range::new(0, ones), &mut |at| {
                let entry = entries.get(usize::try_from(at).ok()?)?;
                i128::try_from(*entry).ok()
            })
        }
        // A register with a reset holds no data.
        Op::Register => (of.len() == 1).then(|| of[0].clone()),
        Op::Clamp => {
            let range = Range::new(0, ones);
            let of = [of, vec![Form::constant(ones)]].concat();
            algebra.apply("clamp_cell", &of, range, &mut |of| {
                Some(clamp_cell(of[0], of[1], of[2], of[3]))
            })
        }
        Op::And | Op::Or | Op::Xor | Op::Row(_) => None,
    }
}

fn sum_of_row(algebra: &mut Algebra, reader: &Reader, row: &Row, of: &[Signal]) -> Option<Form> {
    let mut sum = Form::default();
    for (place, constant) in row.constants() {
        sum = sum.offset(constant.checked_mul(power(place)?)?)?;
    }
    for (operand, bits) in of.iter().enumerate() {
        for (place, low, width, inverted) in row.runs(operand) {
            let part = reader.signal(algebra, &bits.slice(low, width))?;
            let factor = power(place)?;
            sum = match inverted {
                false => sum.plus(&part, factor)?,
                true => {
                    let ones = power(width)? - 1;
                    sum.plus(&part, -factor)?
                        .offset(ones.checked_mul(factor)?)?
                }
            };
        }
    }
    algebra.modulo(&sum, row.width)
}

/// Gates on vectors: runs against constants and against one repeated bit, else bit by bit.
fn bitwise(
    algebra: &mut Algebra,
    reader: &Reader,
    op: &Op,
    a: &Signal,
    b: &Signal,
) -> Option<Form> {
    let mut sum = Form::default();
    let mut at = 0;
    while at < a.width() {
        let (left, right) = (a.slice(at, a.width() - at), b.slice(at, b.width() - at));
        let run = run(&left).max(run(&right));
        let parts = [left.slice(0, run), right.slice(0, run)];
        let [x, y] = [
            reader.signal(algebra, &parts[0])?,
            reader.signal(algebra, &parts[1])?,
        ];
        let ones = power(run)? - 1;
        // One of the two is a bit, repeated.
        let (bit, other) = match parts[0].single_bit() {
            Some(_) => (&parts[0], y),
            None => (&parts[1], x),
        };
        let bit = reader.signal(algebra, &bit.slice(0, 1))?;
        let both = algebra.gate_of_bits(&bit, &other, run)?;
        let part = match op {
            Op::And => both,
            Op::Or => bit.times(ones)?.plus(&other, 1)?.plus(&both, -1)?,
            _ => bit.times(ones)?.plus(&other, 1)?.plus(&both, -2)?,
        };
        sum = sum.plus(&part, power(at)?)?;
        at += run;
    }
    Some(sum)
}

/// How many bits from bit 0 up are the same bit.
fn run(signal: &Signal) -> u32 {
    let bit = |at: u32| signal.slice(at, 1).0[0];
    let first = bit(0);
    (1..signal.width())
        .find(|at| bit(*at) != first)
        .unwrap_or(signal.width())
}
