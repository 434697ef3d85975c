//! The cost of an op in gates, where the family has areas of gates: every other formula is as on LUTs.
//!
//! | op                  | area                                                        |
//! | mul                 | a share for each pair of bits                               |
//! | compare for equality| a share a bit                                               |
//! | clamp               | detection, and a masking gate a bit                         |
//! | round               | detection, and a half adder a bit                           |
//! | select              | a choice a bit                                              |
//! | and, or, xor        | one gate                                                    |
//! | lookup              | a choice for each different part of a result bit's table    |

use std::collections::HashMap;

use dialects::fx::{IntType, Op, Predicate, Table};
use dialects::rounding::Rounding;

use super::cost::chain_delay;
use super::{Cost, Family, Gates, Operand};

/// Larger tables are counted as if they had no structure: a diagram of 2^n/n nodes a bit.
const MOST_INPUTS: u32 = 14;

/// `None` for ops that the formulas for LUTs and chains count.
pub(super) fn of(
    family: &Family,
    gates: &Gates,
    op: &Op,
    ty: IntType,
    of: &[Operand],
) -> Option<Cost> {
    let level = family.delays.net + family.delays.lut;
    let constants = of.iter().filter(|operand| operand.constant.is_some());
    if constants.count() == of.len() {
        return None;
    }
    let bits =
        |operand: &Operand| operand.ty.width - operand.trailing_zeros.min(operand.ty.width - 1);
    Some(match op {
        Op::And { .. } | Op::Or { .. } => area(gates.gate, level),
        Op::Xor { .. } => area(gates.exclusive, level),
        Op::Select { .. } if of[1].constant.is_some() && of[2].constant.is_some() => return None,
        Op::Select { .. } => {
            let constant = of[1].constant.is_some() || of[2].constant.is_some();
            let each = if constant { gates.gate } else { gates.select };
            area(each * ty.width, level)
        }
        Op::Mul { .. } if of.iter().all(|operand| operand.constant.is_none()) => {
            let (wide, narrow) = (
                bits(&of[0]).max(bits(&of[1])),
                bits(&of[0]).min(bits(&of[1])),
            );
            if narrow == 1 {
                return Some(area(gates.gate * wide, level));
            }
            let rows = u32::BITS - (narrow - 1).leading_zeros();
            let delay = rows * chain_delay(family, wide);
            area(gates.product * wide * narrow, delay)
        }
        Op::Compare {
            predicate: Predicate::Equal | Predicate::NotEqual,
            ..
        } => {
            let constant = of.iter().any(|operand| operand.constant.is_some());
            let width = of.iter().map(|operand| operand.ty.width).max().unwrap_or(0);
            let each = if constant {
                gates.equal_constant
            } else {
                gates.equal
            };
            area(each * width, deep(width) * level)
        }
        Op::Round { amount, mode, .. }
            if *mode != Rounding::Floor && of[0].trailing_zeros < *amount =>
        {
            let below = amount - of[0].trailing_zeros;
            let decides = match mode {
                Rounding::HalfUp => 0,
                _ => below,
            };
            let delay = chain_delay(family, ty.width) + deep(decides) * level;
            area(gates.gate * decides + gates.pass * ty.width, delay)
        }
        Op::Clamp { min, max, .. } => clamp(family, gates, ty, of[0], (*min, *max)),
        Op::Lookup { table, .. } => lookup(family, gates, ty, table),
        _ => return None,
    })
}

fn area(hundredths: u32, delay_ps: u32) -> Cost {
    let lut = hundredths.div_ceil(100);
    Cost {
        lut,
        area: lut,
        delay_ps,
        ..Cost::default()
    }
}

/// Gates in a row that join so many signals.
fn deep(signals: u32) -> u32 {
    u32::BITS - signals.saturating_sub(1).leading_zeros()
}

/// Bounds that are powers of two are seen in high bits, others are compared; one gate a bit masks the result.
fn clamp(
    family: &Family,
    gates: &Gates,
    ty: IntType,
    input: Operand,
    bounds: (i128, i128),
) -> Cost {
    let ((min, max), reach) = (bounds, input.ty.range());
    let (low, high) = (min > reach.lo, max < reach.hi);
    if !low && !high || min == max {
        return Cost::default();
    }
    let level = family.delays.net + family.delays.lut;
    let by_sign = |bound: i128| bound == 0;
    let by_bits = |edge: u128| edge.is_power_of_two();
    let above = input.ty.width.saturating_sub(ty.width);
    let mut detect = 0;
    let mut compares = false;
    for (wanted, simple) in [
        (low && !by_sign(min), min < 0 && by_bits(min.unsigned_abs())),
        (high, max >= 0 && by_bits(max.unsigned_abs() + 1)),
    ] {
        match (wanted, simple) {
            (false, _) => {}
            (true, true) => detect += gates.gate * above,
            (true, false) => {
                compares = true;
                detect += family.chain.compare_constant_percent * input.ty.width;
            }
        }
    }
    let delay = match compares {
        true => chain_delay(family, input.ty.width.div_ceil(2)),
        false => deep(above) * level,
    };
    area(detect + gates.gate * ty.width, delay + level)
}

/// Each result bit as a binary decision diagram in the order of the input's bits, nodes shared by all bits.
fn lookup(family: &Family, gates: &Gates, ty: IntType, table: &Table) -> Cost {
    let domain = table.domain();
    if domain.single().is_some() {
        return Cost::default();
    }
    let inputs = domain.int_type().map_or(1, |ty| ty.width);
    if inputs > MOST_INPUTS {
        let rows = 1u32 << inputs.min(20);
        return area(
            gates.mux * (ty.width * rows / inputs),
            inputs * family.delays.lut,
        );
    }
    let mut diagram = Diagram::default();
    let entry = |at: usize| {
        // Codes without an entry take that of the nearest one: any value is right there.
        let code = table.first.rem_euclid(1 << inputs) as usize;
        let place = (at + (1 << inputs) - code) % (1 << inputs);
        table.values[place.min(table.values.len() - 1)]
    };
    for bit in 0..ty.width.min(64) {
        let mut row: Vec<u32> = (0..1usize << inputs)
            .map(|at| (entry(at) >> bit & 1) as u32)
            .collect();
        for input in 0..inputs {
            row = row
                .chunks(2)
                .map(|pair| diagram.node(input, pair[0], pair[1]))
                .collect();
        }
    }
    let level = family.delays.net + family.delays.lut;
    let choices = diagram.nodes.len() as u32 - diagram.inputs;
    area(gates.mux * choices, inputs * level * 2 / 3)
}

/// Nodes by input, low and high branch; 0 and 1 are the constants.
#[derive(Default)]
struct Diagram {
    nodes: HashMap<(u32, u32, u32), u32>,
    /// Nodes that are an input bit as it is.
    inputs: u32,
}

impl Diagram {
    fn node(&mut self, input: u32, low: u32, high: u32) -> u32 {
        if low == high {
            return low;
        }
        let next = self.nodes.len() as u32 + 2;
        let entry = self.nodes.entry((input, low, high));
        if matches!(entry, std::collections::hash_map::Entry::Vacant(_)) && (low, high) == (0, 1) {
            self.inputs += 1;
        }
        *entry.or_insert(next)
    }
}
