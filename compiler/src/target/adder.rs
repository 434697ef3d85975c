//! The cost of a sum: one carry chain for two addends, and where the fabric has cells for it
//! one row for three.
//!
//! On AMD's fabrics the places of [`lowering::adder`] are counted, which the hardware is
//! built from. Elsewhere three addends are two chains, and a constant that another addend's
//! bits do not leave room for is a chain of its own.

use dialects::fx::{IntType, Op};
use lowering::adder::{Addend, Plan, Rates, Readers, SMALL, Source, plan};
use smallvec::SmallVec;

use super::cost::{self, chain_delay, gates, then};
use super::{Cost, Family, Operand};

/// A sum as addends that vary and a constant.
type Sum = (SmallVec<[Addend; 3]>, i128);

/// add, sub, neg or sum.
pub(super) fn of(
    family: &Family,
    op: &Op,
    ty: IntType,
    of: &[Operand],
    readers: Readers,
) -> Option<Cost> {
    if family.chain.cells.is_some() {
        let (addends, constant) = taken_apart(op, of)?;
        return Some(rows(family, &addends, constant, readers));
    }
    let zero = Operand::constant(0, IntType::BIT);
    Some(match op {
        Op::Add { .. } => chain(family, ty, of[0], of[1], false),
        Op::Sub { .. } => chain(family, ty, of[0], of[1], true),
        Op::Neg { .. } => chain(family, ty, zero, of[0], true),
        Op::Sum { terms, constant } => {
            let mut left = Operand::constant(*constant, ty);
            let mut cost = Cost::default();
            for (term, of) in terms.iter().zip(of) {
                let right = shifted(*of, term.shift);
                cost = then(cost, chain(family, ty, left, right, term.negative));
                left = match left.constant == Some(0) && !term.negative {
                    true => right,
                    false => {
                        let zeros = left.trailing_zeros.min(right.trailing_zeros);
                        Operand::of(ty).with_trailing_zeros(zeros)
                    }
                };
            }
            cost
        }
        _ => return None,
    })
}

fn shifted(of: Operand, shift: u32) -> Operand {
    let ty = IntType {
        width: of.ty.width + shift,
        ..of.ty
    };
    let constant = of.constant.and_then(|value| value.checked_shl(shift));
    Operand {
        ty,
        constant,
        trailing_zeros: of.trailing_zeros.saturating_add(shift),
    }
}

/// `None` for an op that is no sum.
fn taken_apart(op: &Op, of: &[Operand]) -> Option<Sum> {
    let mut addends = SmallVec::new();
    let mut sum = 0i128;
    let mut add = |of: &Operand, shift: u32, negative: bool| match of.constant {
        Some(value) => {
            let value = value.wrapping_shl(shift);
            sum = sum.wrapping_add(if negative { -value } else { value });
        }
        None => addends.push(Addend {
            ty: of.ty,
            zeros: of.trailing_zeros,
            shift,
            negative,
        }),
    };
    match op {
        Op::Add { .. } => {
            add(&of[0], 0, false);
            add(&of[1], 0, false);
        }
        Op::Sub { .. } => {
            add(&of[0], 0, false);
            add(&of[1], 0, true);
        }
        Op::Neg { .. } => add(&of[0], 0, true),
        Op::Sum { terms, .. } => {
            for (term, of) in terms.iter().zip(of) {
                add(of, term.shift, term.negative);
            }
        }
        _ => return None,
    }
    if let Op::Sum { constant, .. } = op {
        sum = sum.wrapping_add(*constant);
    }
    Some((addends, sum))
}

/// Whether a row has second carries that reach the chain over the LUT's other output: that
/// is a net more, though it stays in the slice. Those that leave it are in the cost.
pub(super) fn carries_beside(family: &Family, op: &Op, of: &[Operand], width: u32) -> bool {
    let sum = match family.chain.cells {
        Some(_) => taken_apart(op, of),
        None => None,
    };
    let Some((addends, constant)) = sum else {
        return false;
    };
    let rates = Rates {
        passed: family.chain.passed_percent,
        routed: family.chain.routed_percent,
    };
    let Plan { before, row } = plan(&addends, constant, width, rates);
    let rows = before.iter().map(|(before, _)| before).chain([&row]);
    rows.into_iter().any(|row| row.local != 0) && row.count().routed == 0
}

/// For each operand of a sum, to how many places above its own its sign is wired; `None`
/// where the fabric has no rows.
pub(super) fn extensions(
    family: &Family,
    op: &Op,
    of: &[Operand],
    width: u32,
) -> Option<SmallVec<[u32; 3]>> {
    family.chain.cells?;
    let (addends, constant) = taken_apart(op, of)?;
    let chain = &family.chain;
    let rates = Rates::new(
        chain.passed_percent,
        chain.routed_percent,
        Readers::whole(width),
    );
    let Plan { before, row } = plan(&addends, constant, width, rates);
    let mut found: SmallVec<[u32; 3]> = SmallVec::from_elem(0, of.len());
    let varying: SmallVec<[usize; 3]> = (0..of.len())
        .filter(|at| of[*at].constant.is_none())
        .collect();
    for row in before.iter().map(|(before, _)| before).chain([&row]) {
        for placed in &row.addends {
            if let Source::Addend(at) = placed.source {
                let places = placed.extended & !row.shared;
                found[varying[at]] = places.count_ones();
            }
        }
    }
    Some(found)
}

/// LUTs of a sum that give the chain both its inputs, or a carry to another LUT, where a
/// better offset or sign of an operand might spare it.
pub(super) fn avoidable(family: &Family, op: &Op, of: &[Operand], readers: Readers) -> u32 {
    let sum = match family.chain.cells {
        Some(_) => taken_apart(op, of),
        None => None,
    };
    let Some((addends, constant)) = sum else {
        return 0;
    };
    let chain = &family.chain;
    let rates = Rates::new(chain.passed_percent, chain.routed_percent, readers);
    let count = plan(&addends, constant, readers.bits, rates).count();
    match readers.registered {
        true => 0,
        false => count.beside + count.routed,
    }
}

fn rows(family: &Family, addends: &[Addend], constant: i128, readers: Readers) -> Cost {
    let chain = &family.chain;
    let rates = Rates::new(chain.passed_percent, chain.routed_percent, readers);
    let reported = Rates { passed: 0, ..rates };
    let Plan { before, row } = plan(addends, constant, readers.bits, rates);
    let varying: u32 = addends.iter().map(Addend::bits).sum();
    if row.low == row.width && before.is_none() {
        return Cost::default();
    }
    if varying <= SMALL {
        return gates(family, row.width - row.low, 1);
    }
    let rows = before.iter().map(|(before, _)| before).chain([&row]);
    rows.fold(Cost::default(), |cost, row| {
        let count = row.count();
        if count.chain == 0 {
            return cost;
        }
        let mut delay_ps = chain_delay(family, count.chain);
        if count.routed > 0 {
            delay_ps += family.delays.net + family.delays.lut;
        }
        let own = Cost {
            lut: count.percent(reported).div_ceil(100),
            area: count.percent(rates).div_ceil(100),
            delay_ps,
            ..Cost::default()
        };
        then(cost, own)
    })
}

/// lhs + rhs, or lhs - rhs, on a fabric without cells of its own for sums.
pub(super) fn chain(
    family: &Family,
    ty: IntType,
    lhs: Operand,
    rhs: Operand,
    subtract: bool,
) -> Cost {
    let nothing = |operand: Operand| operand.constant == Some(0);
    let apart = |low: Operand, high: Operand| {
        low.constant.is_none() && !low.ty.signed && low.ty.width <= high.trailing_zeros
    };
    let free = match subtract {
        true => nothing(rhs),
        false => nothing(lhs) || nothing(rhs) || apart(lhs, rhs) || apart(rhs, lhs),
    };
    // The low bits of the sum that are the bits of one operand.
    let low = match subtract {
        true => rhs.trailing_zeros,
        false => lhs.trailing_zeros.max(rhs.trailing_zeros),
    };
    let width = |operand: Operand| match operand.constant {
        Some(_) => 0,
        None => operand.ty.width,
    };
    if free || low >= ty.width {
        return Cost::default();
    }
    let varying = width(lhs) + width(rhs)
        - lhs.trailing_zeros.min(width(lhs))
        - rhs.trailing_zeros.min(width(rhs));
    if varying <= family.lut_inputs && family.gates.is_none() {
        return gates(family, ty.width - low, 1);
    }
    // The highest bit is the chain's end, or shares the LUT of the sign below it.
    let top = ty.width.min(width(lhs).max(width(rhs))).max(low);
    // From which bit to which one an operand varies.
    let span = |operand: Operand| match operand.constant {
        Some(_) => (top, top),
        None => {
            let end = match operand.ty.signed {
                true => top,
                false => operand.ty.width.min(top),
            };
            (operand.trailing_zeros.max(low).min(end), end)
        }
    };
    let (a, b) = (span(lhs), span(rhs));
    let both = a.1.min(b.1).saturating_sub(a.0.max(b.0));
    let inverted = match subtract && family.chain.inverts_in_luts {
        true => {
            let bits = width(rhs) - rhs.trailing_zeros.min(width(rhs));
            match &family.gates {
                Some(gates) => (gates.invert * bits).div_ceil(100),
                None => bits,
            }
        }
        false => 0,
    };
    let chain = cost::chain(family, ty.width - low, top - low, both);
    Cost {
        lut: chain.lut + inverted,
        area: chain.area + inverted,
        ..chain
    }
}
