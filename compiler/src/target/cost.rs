//! The cost of an op from its family's numbers: how each op is built from LUTs and chains.
//!
//! | op                  | LUTs                                                 | path                    |
//! | add, sub, neg, sum  | see `adder`                                          | LUT, chain over all     |
//! | round               | a chain of passed bits, and the deciding bit         | LUT, chain              |
//! | mul by a constant   | an adder for each signed digit but one               | a balanced tree of them |
//! | mul                 | a DSP, or 8/3 LUTs for each pair of bits             | DSP, or adders          |
//! | compare             | a share of a LUT a bit; equality by LUT trees        | chain over half as many |
//! | clamp               | one a result bit, or for two; what detects overflow  | detection, LUT          |
//! | select              | one for each result bit                              | LUT                     |
//! | and, or, xor        | one                                                  | LUT                     |
//! | lookup              | see `table`                                          | LUT, muxes              |
//! | shifts, wrap, not   | none: wires                                          |                         |

use dialects::fx::{IntType, Op, Predicate};
use dialects::rounding::Rounding;
use lowering::adder::Readers;
use lowering::netlist::saturation_luts;

use super::{Cost, Family, Operand, adder, table};

pub(super) fn of(family: &Family, op: &Op, ty: IntType, of: &[Operand], readers: Readers) -> Cost {
    if let Some(cost) = adder::of(family, op, ty, of, readers) {
        return cost;
    }
    if let Some(gates) = &family.gates
        && let Some(cost) = super::gates::of(family, gates, op, ty, of)
    {
        return cost;
    }
    match op {
        Op::Input { .. } | Op::Constant { .. } => Cost::default(),
        Op::Shl { .. } | Op::Shr { .. } | Op::Wrap { .. } | Op::Not { .. } => Cost::default(),
        Op::Register { .. } => Cost {
            ff: of[0].register_bits(),
            ..Cost::default()
        },
        Op::Add { .. } | Op::Sub { .. } | Op::Neg { .. } | Op::Sum { .. } => {
            unreachable!("sums are counted above")
        }
        Op::Mul { .. } => match (of[0].constant, of[1].constant) {
            (Some(_), Some(_)) => Cost::default(),
            (Some(factor), None) => constant_product(family, of[1], factor),
            (None, Some(factor)) => constant_product(family, of[0], factor),
            (None, None) => product(family, ty, of[0], of[1]),
        },
        Op::Round { amount, mode, .. } => round(family, ty, of[0], *amount, *mode),
        Op::Clamp { min, max, .. } => clamp(family, ty, of[0], *min, *max),
        Op::Compare { predicate, .. } => compare(family, *predicate, of[0], of[1]),
        Op::Select { .. } => match (of[1].constant, of[2].constant) {
            (Some(_), Some(_)) => Cost::default(),
            _ => gates(family, ty.width, 1),
        },
        Op::And { .. } | Op::Or { .. } | Op::Xor { .. } => gates(family, 1, 1),
        Op::Lookup { table, .. } => table::of(family, ty, table),
    }
}

/// So many LUTs, so many of them in a row.
pub(super) fn gates(family: &Family, lut: u32, levels: u32) -> Cost {
    Cost {
        lut,
        area: lut,
        delay_ps: levels * (family.delays.net + family.delays.lut),
        ..Cost::default()
    }
}

/// A net, a LUT, and a carry chain of so many bits.
pub(super) fn chain_delay(family: &Family, bits: u32) -> u32 {
    let delays = &family.delays;
    delays.net + delays.lut + delays.carry_in + delays.carry_8 * bits / 8 + delays.carry_out
}

/// One after the other.
pub(super) fn then(first: Cost, second: Cost) -> Cost {
    Cost {
        lut: first.lut + second.lut,
        area: first.area + second.area,
        ff: first.ff + second.ff,
        dsp: first.dsp + second.dsp,
        bram: first.bram + second.bram,
        delay_ps: first.delay_ps + second.delay_ps,
    }
}

/// LUTs that join `signals` signals into one, tree-wise.
fn join(family: &Family, signals: u32) -> u32 {
    signals.saturating_sub(1).div_ceil(family.lut_inputs - 1)
}

/// LUTs in a row for a function that joins so many signals tree-wise.
fn levels(family: &Family, signals: u32) -> u32 {
    let (mut reach, mut levels) = (1u32, 0);
    while reach < signals {
        reach *= family.lut_inputs;
        levels += 1;
    }
    levels
}

/// A chain of `bits`, of which `top` need a LUT and `both` add two varying operands.
pub(super) fn chain(family: &Family, bits: u32, top: u32, both: u32) -> Cost {
    let chain = &family.chain;
    let (lut, area) = match (chain.passed_percent, &family.gates) {
        (_, Some(gates)) => {
            let all = (gates.add * both + gates.pass * (top - both)).div_ceil(100);
            (all, all)
        }
        (100, None) => {
            let all = bits.next_multiple_of(chain.cell_bits);
            (all, all)
        }
        (percent, None) => (both, both + ((top - both) * percent).div_ceil(100)),
    };
    Cost {
        lut,
        area,
        delay_ps: chain_delay(family, bits),
        ..Cost::default()
    }
}

/// The digits of a constant in canonical signed-digit form that are not zero.
fn digits(factor: i128) -> u32 {
    let magnitude = factor.unsigned_abs();
    (magnitude ^ (3 * magnitude)).count_ones()
}

fn constant_product(family: &Family, operand: Operand, factor: i128) -> Cost {
    let width = operand.ty.width - operand.trailing_zeros.min(operand.ty.width - 1);
    let negated = factor < 0 && factor.unsigned_abs().is_power_of_two();
    let (adders, levels) = match digits(factor) {
        0 => (0, 0),
        1 if negated => (1, 1),
        digits => (digits - 1, u32::BITS - (digits - 1).leading_zeros()),
    };
    let each = match negated {
        true => chain(family, width, width, 0),
        false => chain(family, width + 1, width + 1, width + 1),
    };
    Cost {
        lut: adders * each.lut,
        area: adders * each.area,
        delay_ps: levels * chain_delay(family, width + 2),
        ..Cost::default()
    }
}

fn product(family: &Family, ty: IntType, lhs: Operand, rhs: Operand) -> Cost {
    let bits =
        |operand: Operand| operand.ty.width - operand.trailing_zeros.min(operand.ty.width - 1);
    let (wide, narrow) = match (bits(lhs), bits(rhs)) {
        (a, b) if a >= b => (a, b),
        (a, b) => (b, a),
    };
    if narrow == 1 {
        return gates(family, wide, 1);
    }
    match &family.dsp {
        Some(dsp) if ty.width >= dsp.min_result => {
            let unsigned = u32::from(!lhs.ty.signed || !rhs.ty.signed);
            let blocks =
                (wide + unsigned).div_ceil(dsp.wide) * (narrow + unsigned).div_ceil(dsp.narrow);
            Cost {
                dsp: blocks,
                delay_ps: family.delays.net + dsp.delay + (blocks - 1) * dsp.cascade,
                ..Cost::default()
            }
        }
        _ => {
            let rows = u32::BITS - (narrow - 1).leading_zeros();
            let lut = (8 * wide * narrow / 3).saturating_sub(14).max(wide);
            Cost {
                lut,
                area: lut,
                delay_ps: rows * chain_delay(family, wide),
                ..Cost::default()
            }
        }
    }
}

fn round(family: &Family, ty: IntType, input: Operand, amount: u32, mode: Rounding) -> Cost {
    if mode == Rounding::Floor || input.trailing_zeros >= amount {
        return Cost::default();
    }
    // The bits below the point that decide, the highest of which may enter the chain as it is.
    let below = amount - input.trailing_zeros;
    let decide = match mode {
        Rounding::HalfUp => Cost::default(),
        _ => gates(
            family,
            join(family, below + 1).max(1),
            levels(family, below + 1),
        ),
    };
    then(decide, chain(family, ty.width, ty.width, 0))
}

fn clamp(family: &Family, ty: IntType, input: Operand, min: i128, max: i128) -> Cost {
    let reach = input.ty.range();
    let (low, high) = (min > reach.lo, max < reach.hi);
    if !low && !high || min == max {
        return Cost::default();
    }
    let whole = max == ty.range().hi && (min == ty.range().lo || !low);
    let between = input.ty.width.saturating_sub(ty.width);
    if family.chain.cells.is_some() && input.ty.signed && ty.signed && whole && ty.width > 1 {
        // One LUT a bit hears four signals, and each of these five bits.
        return gates(
            family,
            saturation_luts(ty.width, between),
            levels(family, between + 2),
        );
    }
    let exact = |magnitude: u128| magnitude.is_power_of_two();
    // A minimum of zero is the sign bit; a power of two is some high bits.
    let by_sign = low && min == 0;
    let by_bits = (high && max >= 0 && exact(max.unsigned_abs() + 1))
        || (low && min < 0 && exact(min.unsigned_abs()));
    let by_compare = u32::from(low && min != 0 && !(min < 0 && exact(min.unsigned_abs())))
        + u32::from(high && !(max >= 0 && exact(max.unsigned_abs() + 1)));
    let high_bits = input.ty.width.saturating_sub(ty.width + u32::from(by_sign));
    // Two bits to a LUT where its two outputs can be asked for by name: they share the sign
    // and up to two signals that say that the value is too large. Up to four such signals
    // reach a LUT of one bit without a level before it.
    let level_saved = high && high_bits > 2 && high_bits + 1 + u32::from(by_sign) <= 6;
    let paired = family.chain.cells.is_some()
        && !ty.signed
        && ty.width > 1
        && by_compare == 0
        && (by_sign || !low)
        && (max == ty.range().hi || !high)
        && !level_saved;
    let gate = match paired {
        true => gates(family, ty.width.div_ceil(2), 1),
        false => gates(family, ty.width, 1),
    };
    let inputs = if paired { 5 } else { family.lut_inputs };
    let mut detect = Cost::default();
    let own = if paired { 3 } else { 2 };
    if by_bits && high_bits + own > inputs {
        let lut = match paired {
            true => join(family, high_bits),
            false => high_bits.div_ceil(family.lut_inputs - 1),
        };
        detect = gates(family, lut, levels(family, high_bits));
    }
    if by_compare > 0 {
        let each = ordered(family, input.ty.width, 1);
        detect.lut += by_compare * each.lut;
        detect.area += by_compare * each.area;
        detect.delay_ps = detect.delay_ps.max(each.delay_ps);
    }
    then(detect, gate)
}

/// lhs < rhs on so many bits of so many varying operands.
fn ordered(family: &Family, bits: u32, varying: u32) -> Cost {
    if bits * varying <= family.lut_inputs && family.gates.is_none() {
        return gates(family, 1, 1);
    }
    let percent = match varying {
        1 => family.chain.compare_constant_percent,
        _ => family.chain.compare_percent,
    };
    let lut = (percent * bits).div_ceil(100);
    Cost {
        lut,
        area: lut,
        delay_ps: chain_delay(family, bits.div_ceil(2)),
        ..Cost::default()
    }
}

fn compare(family: &Family, predicate: Predicate, lhs: Operand, rhs: Operand) -> Cost {
    let (bits, varying) = match (lhs.constant, rhs.constant) {
        (Some(_), Some(_)) => return Cost::default(),
        (Some(_), None) => (rhs.ty.width, 1),
        (None, Some(_)) => (lhs.ty.width, 1),
        (None, None) => (lhs.ty.width.max(rhs.ty.width), 2),
    };
    match predicate {
        Predicate::Equal | Predicate::NotEqual => {
            let first = (bits * varying).div_ceil(family.lut_inputs);
            gates(
                family,
                first + join(family, first),
                levels(family, bits * varying),
            )
        }
        // x < 0 and 0 <= x are the sign.
        Predicate::Less if rhs.constant == Some(0) => Cost::default(),
        Predicate::LessEqual if lhs.constant == Some(0) => Cost::default(),
        _ => ordered(family, bits, varying),
    }
}
