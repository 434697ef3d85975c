//! What a row of the library of adders computes.
//!
//! At each place the row adds the bits of its operands that are used there, as they are or
//! inverted, and a constant bit; at the lowest place a carry and a second carry as well. A
//! place that is *shared* adds again the bits of the next place below that is not.
//! That the library's text does this is proved in [`super::super::library`].

use dialects::{Diagnostic, Result};

use super::mask;

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Row {
    pub width: u32,
    /// One for each operand: two or three.
    pub used: Vec<u128>,
    pub inverted: Vec<u128>,
    pub constant: u128,
    pub carry_in: bool,
    pub save_in: bool,
    pub shared: u128,
    /// Which places make a second carry: said for the library, without a meaning here.
    pub save: u128,
    pub routed: u128,
    /// Bits of one carry cell.
    pub carry: u128,
}

impl Row {
    /// A row from the parameters of an instance.
    ///
    /// Errors: a parameter that is missing or does not fit.
    pub fn read(operands: usize, parameter: &dyn Fn(&str) -> Option<u128>) -> Result<Row> {
        let get = |name: &str| {
            let missing = || Diagnostic::new(format!("a row of adders has no parameter {name}"));
            parameter(name).ok_or_else(missing)
        };
        let width = get("WIDTH")?;
        if width == 0 || width > 126 {
            return Err(Diagnostic::new(format!(
                "a row of adders is {width} bits wide; kaon makes rows of 1 to 126"
            )));
        }
        let width = width as u32;
        let names = ["A", "B", "C"].into_iter().take(operands);
        let mut row = Row {
            width,
            constant: get("CONSTANT")?,
            carry_in: get("CARRY_IN")? != 0,
            save_in: get("SAVE_IN")? != 0,
            shared: get("SHARED")?,
            save: get("SAVE")?,
            routed: if operands == 3 { get("ROUTED")? } else { 0 },
            carry: get("CARRY")?,
            ..Row::default()
        };
        for name in names {
            row.used.push(get(&format!("{name}_USED"))? & mask(width));
            row.inverted
                .push(get(&format!("{name}_INVERT"))? & mask(width));
        }
        Ok(row)
    }

    /// The place whose bits are added at `place`.
    pub fn source(&self, place: u32) -> u32 {
        let own = (0..=place)
            .rev()
            .find(|at| *at == 0 || self.shared >> at & 1 == 0);
        own.unwrap_or(0)
    }

    /// What stands at the lowest place besides the operands' bits, and the constant bits.
    pub fn constants(&self) -> Vec<(u32, i128)> {
        let mut found = vec![(0, i128::from(self.carry_in) + i128::from(self.save_in))];
        for place in 0..self.width {
            let bit = self.constant >> self.source(place) & 1;
            found.push((place, bit as i128));
        }
        found
    }

    /// Runs of places whose bits of one operand are added the same way, each from neighbouring
    /// bits: place, lowest bit, width, whether inverted.
    pub fn runs(&self, operand: usize) -> Vec<(u32, u32, u32, bool)> {
        let mut runs: Vec<(u32, u32, u32, bool)> = Vec::new();
        for place in 0..self.width {
            let from = self.source(place);
            if self.used[operand] >> from & 1 == 0 {
                continue;
            }
            let inverted = self.inverted[operand] >> from & 1 == 1;
            match runs.last_mut() {
                Some((at, low, width, same))
                    if *at + *width == place && *low + *width == from && *same == inverted =>
                {
                    *width += 1;
                }
                _ => runs.push((place, from, 1, inverted)),
            }
        }
        runs
    }

    /// The row as a sum, for many samples.
    pub fn sum(&self, operands: usize) -> Sum {
        let constants = self.constants().into_iter();
        let constant = constants.fold(0u128, |sum, (place, constant)| {
            sum.wrapping_add((constant as u128) << place)
        });
        let parts = (0..operands).flat_map(|operand| {
            let runs = self.runs(operand).into_iter();
            runs.map(move |(place, low, width, inverted)| Part {
                operand,
                place,
                low,
                ones: mask(width),
                inverted: if inverted { mask(width) } else { 0 },
            })
        });
        Sum {
            constant,
            parts: parts.collect(),
        }
    }
}

/// Runs of bits that are added.
#[derive(Debug, Clone)]
pub struct Sum {
    constant: u128,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    operand: usize,
    place: u32,
    low: u32,
    ones: u128,
    inverted: u128,
}

impl Sum {
    /// The sum, with bits above the row's width.
    pub fn evaluate(&self, of: &[u128]) -> u128 {
        self.parts.iter().fold(self.constant, |sum, part| {
            let bits = (of[part.operand] >> part.low & part.ones) ^ part.inverted;
            sum.wrapping_add(bits << part.place)
        })
    }
}
