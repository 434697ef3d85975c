//! Exact requantisation: an integer of one quantiser from an integer of another grid.
//!
//! With n the integer that arrives, the result is `round(n·r + c)` for rational r and c,
//! cut to the quantiser's range. It becomes, by cost, a shift, comparators, a table, or a
//! multiplication and a shift whose constants are verified at every step of the function
//! over the whole range of n, or at every value of the few terms that n is a sum of. A real c
//! is snapped to the few bits that can matter.

use std::collections::HashMap;
use std::sync::Arc;

use dialects::fx::{Op, Predicate, Range, Table, ValueId};
use dialects::nn::ElementQuantizer;
use dialects::{Diagnostic, Number, Overflow, Result, Rounding};

use super::element::{Element, Site};
use super::joint::{self, Form, Joint};
use super::staircase::{Line, Staircase};

/// Constants found earlier for the same staircase; neurons of a layer often share one.
#[derive(Default)]
pub struct Memory {
    products: HashMap<Staircase, Option<(i128, i128, u32)>>,
    joints: HashMap<(Sum, Staircase), Option<Joint>>,
}

/// The factors and ranges of a sum's terms, and its constant.
type Sum = (Vec<(i128, Range)>, i128);

/// The quantiser's integer of an element, as an element on the quantiser's grid.
pub fn requantize(
    site: &mut Site,
    memory: &mut Memory,
    element: &Element,
    quantizer: &ElementQuantizer,
) -> Result<Element> {
    let zero = -&(&quantizer.zero_point * &quantizer.scale);
    let Some(value) = element.value else {
        return Ok(Element::constant(quantizer.quantize(&element.offset)));
    };
    let divide = |number: &Number| {
        number
            .checked_div(&quantizer.scale)
            .expect("a scale is positive")
    };
    let line = Line {
        factor: divide(&element.scale),
        shift: &divide(&element.offset) + &quantizer.zero_point,
        rounding: quantizer.rounding,
    };
    let range = site.builder.range(value);
    let full = line.image(range)?;
    let bounds = [&element.lower, &element.upper].into_iter().flatten();
    let inside = quantizer.min <= full.lo
        && full.hi <= quantizer.max
        && !bounds.clone().any(|bound| quantizer.overflows(bound));
    let saturates = matches!(
        quantizer.overflow,
        Overflow::Saturate | Overflow::SaturateSymmetric
    );
    if !inside && !saturates && bounds.count() > 0 {
        // The bounds act before the wrap does.
        let settled = site.settle(element)?;
        return requantize(site, memory, &settled, quantizer);
    }
    let bound = |bound: &Option<Number>| bound.as_ref().map(|bound| quantizer.integer(bound));
    let (lower, upper) = (bound(&element.lower), bound(&element.upper));
    let mut need = match quantizer.overflow {
        _ if saturates => Range::new(quantizer.min, quantizer.max),
        // One step outside tells as much as any.
        Overflow::SaturateZero if !inside => Range::new(quantizer.min - 1, quantizer.max + 1),
        _ => Range::new(
            upper.map_or(full.lo, |upper| upper.min(full.lo)),
            lower.map_or(full.hi, |lower| lower.max(full.hi)),
        ),
    };
    need.lo = lower.map_or(need.lo, |lower| lower.max(need.lo));
    need.hi = upper
        .map_or(need.hi, |upper| upper.min(need.hi))
        .max(need.lo);
    let rounded = line_to_integer(site, memory, value, &line, need)?;
    let rounded = match site.builder.range(rounded) {
        reach if need.contains(reach) => rounded,
        _ => site.builder.clamp(rounded, need.lo, need.hi, site.layer)?,
    };
    let integer = match quantizer.overflow {
        _ if inside || saturates => rounded,
        Overflow::Wrap => site.builder.wrap(rounded, quantizer.ty, site.layer)?,
        _ => zero_outside(site, rounded, quantizer)?,
    };
    Ok(Element::scaled(integer, quantizer.scale.clone(), zero))
}

/// The value where it is inside the quantiser's type, else 0.
fn zero_outside(site: &mut Site, value: ValueId, quantizer: &ElementQuantizer) -> Result<ValueId> {
    let (min, max) = (site.constant(quantizer.min)?, site.constant(quantizer.max)?);
    let predicate = Predicate::LessEqual;
    let above = site.push(Op::Compare {
        predicate,
        lhs: min,
        rhs: value,
    })?;
    let below = site.push(Op::Compare {
        predicate,
        lhs: value,
        rhs: max,
    })?;
    let condition = site.push(Op::And {
        lhs: above,
        rhs: below,
    })?;
    let on_true = site
        .builder
        .clamp(value, quantizer.min, quantizer.max, site.layer)?;
    let on_false = site.constant(0)?;
    site.push(Op::Select {
        condition,
        on_true,
        on_false,
    })
}

/// A value that, cut to `need`, is the line's rounded value cut to `need`.
fn line_to_integer(
    site: &mut Site,
    memory: &mut Memory,
    value: ValueId,
    line: &Line,
    need: Range,
) -> Result<ValueId> {
    let image = line.image(site.builder.range(value))?;
    let reached = Range::new(
        image.lo.clamp(need.lo, need.hi),
        image.hi.clamp(need.lo, need.hi),
    );
    if let Some(constant) = reached.single() {
        return site.constant(constant);
    }
    if line.factor.is_negative() {
        let mirrored = Line {
            factor: -&line.factor,
            ..line.clone()
        };
        let value = site.builder.neg(value, site.layer)?;
        return line_to_integer(site, memory, value, &mirrored, need);
    }
    let levels = reached.hi - reached.lo;
    if levels == 1 {
        let stairs = Staircase::new(line, site.builder.range(value), reached)?;
        return comparators(site, value, &stairs);
    }
    match line.factor.log2() {
        Some(power) => shift(site, value, line, power),
        None => multiply(site, memory, value, line, reached),
    }
}

/// r = 2^power: an addition and a rounding shift.
fn shift(site: &mut Site, value: ValueId, line: &Line, power: i64) -> Result<ValueId> {
    let (value, amount) = match power {
        power if power > 120 => {
            return Err(Diagnostic::new(format!(
                "a requantisation by 2^{power} leaves 126 bits"
            )));
        }
        power if power >= 0 => (site.builder.shl(value, power as u32, site.layer)?, 0),
        power => (value, -power),
    };
    // In steps of n: y = (n + beta) / 2^amount.
    let beta = line.shift.shifted(amount);
    let whole = to_i128(&beta.floor())?;
    let on_grid = beta.is_integer();
    let amount = u32::try_from(amount).ok().filter(|&amount| amount <= 120);
    let amount =
        amount.ok_or_else(|| Diagnostic::new("a requantisation drops more than 120 bits"))?;
    // Away from the grid of n, ties and exact hits do not occur: where the cut-off part
    // holds at least one bit of n, half modes agree; otherwise one more bit, worth one
    // half, stands for all of the fraction.
    match line.rounding {
        Rounding::Floor => {
            let moved = site.add_constant(value, whole)?;
            site.builder.shr(moved, amount, site.layer)
        }
        mode if on_grid => {
            let moved = site.add_constant(value, whole)?;
            round(site, moved, amount, mode)
        }
        Rounding::HalfEven
        | Rounding::HalfUp
        | Rounding::HalfDown
        | Rounding::HalfAway
        | Rounding::HalfToZero
            if amount > 0 =>
        {
            let moved = site.add_constant(value, whole)?;
            round(site, moved, amount, Rounding::HalfUp)
        }
        mode => {
            let fraction = &beta - &Number::from(whole);
            let half = Number::pow2(-1);
            let is_half_mode = !matches!(
                mode,
                Rounding::Ceil | Rounding::TowardZero | Rounding::AwayFromZero
            );
            if is_half_mode && fraction != half {
                // Without a tie the fraction alone decides, for every n alike.
                let up = i128::from(fraction > half);
                return site.add_constant(value, whole + up);
            }
            let fine = site.builder.shl(value, 1, site.layer)?;
            let fine = site.add_constant(fine, 2 * whole + 1)?;
            round(site, fine, amount + 1, mode)
        }
    }
}

fn round(site: &mut Site, input: ValueId, amount: u32, mode: Rounding) -> Result<ValueId> {
    match amount {
        0 => Ok(input),
        _ => site.push(Op::Round {
            input,
            amount,
            mode,
        }),
    }
}

/// Any other r: the cheapest of comparators, a table, multiply–shift of n, and multiply–shift
/// of the terms of n.
fn multiply(
    site: &mut Site,
    memory: &mut Memory,
    value: ValueId,
    line: &Line,
    reached: Range,
) -> Result<ValueId> {
    /// Beyond this many output values the steps are not listed one by one.
    const MOST_STEPS: i128 = 1 << 16;
    /// LUTs of an adder of terms of a few bits.
    const JOINT_ADDER: i128 = 14;
    let range = site.builder.range(value);
    let width = i128::from(site.builder.node(value).ty.width);
    if reached.hi - reached.lo > MOST_STEPS {
        return multiply_exactly(site, value, line);
    }
    let stairs = Staircase::new(line, range, reached)?;
    let steps = stairs.first.len() as i128;
    let span = range.hi - range.lo;
    let product = memory
        .products
        .entry(stairs.clone())
        .or_insert_with(|| stairs.as_product(line))
        .to_owned();
    // Rough LUT counts: a comparator with a constant takes half its bits and one bit of a
    // counter; a product one adder per digit; a table 2^(k-6) per output bit.
    let comparator_cost = steps * (width / 2 + 2);
    let product_cost = match product {
        Some((factor, _, _)) => (i128::from(signed_digits(factor)) + 1) * (width + 4),
        None => i128::MAX,
    };
    let out_bits = i128::from(reached.int_type().map_or(126, |ty| ty.width));
    let table_cost = match span {
        span if span < 1 << 12 => out_bits * ((span / 64) + 1),
        _ => i128::MAX,
    };
    let best = comparator_cost.min(product_cost).min(table_cost);
    if let Some((form, joint)) = jointly(site, memory, value, line, &stairs)
        && i128::from(joint.digits()) * JOINT_ADDER < best
    {
        let mut sum = None;
        for (&factor, (_, term)) in joint.factors.iter().zip(&form.terms) {
            if factor == 0 {
                continue;
            }
            let scaled = site.scale_by(*term, factor)?;
            sum = Some(match sum {
                None => scaled,
                Some(sum) => site.builder.add(sum, scaled, site.layer)?,
            });
        }
        let moved = match sum {
            Some(sum) => site.add_constant(sum, joint.shift)?,
            None => site.constant(joint.shift)?,
        };
        return site.builder.shr(moved, joint.amount, site.layer);
    }
    if best == table_cost {
        let values = (range.lo..=range.hi).map(|n| stairs.value(n) as i64);
        let table = Arc::new(Table {
            first: range.lo,
            values: values.collect(),
        });
        return site.push(Op::Lookup {
            input: value,
            table,
        });
    }
    match product {
        Some((factor, shift, amount)) if best == product_cost => {
            let scaled = site.scale_by(value, factor)?;
            let moved = site.add_constant(scaled, shift)?;
            site.builder.shr(moved, amount, site.layer)
        }
        _ if steps <= 1 << 10 => comparators(site, value, &stairs),
        _ => multiply_exactly(site, value, line),
    }
}

/// The terms of a value that is a sum of few, and factors for them that round as the sum does.
fn jointly(
    site: &Site,
    memory: &mut Memory,
    value: ValueId,
    line: &Line,
    stairs: &Staircase,
) -> Option<(Form, Joint)> {
    let form = Form::of(site.builder, value)?;
    // An integer by itself is what products and tables are for.
    if let [(1 | -1, _)] = form.terms[..] {
        return None;
    }
    let key = (form.key(site.builder), stairs.clone());
    let found = match memory.joints.get(&key) {
        Some(found) => found.clone(),
        None => {
            let found = joint::search(&key.0, line, stairs);
            memory.joints.insert(key, found.clone());
            found
        }
    };
    found.map(|joint| (form, joint))
}

/// lowest value + how many first inputs n has reached.
fn comparators(site: &mut Site, value: ValueId, stairs: &Staircase) -> Result<ValueId> {
    let mut sum = None;
    for &first in &stairs.first {
        let lhs = site.constant(first)?;
        let step = site.push(Op::Compare {
            predicate: Predicate::LessEqual,
            lhs,
            rhs: value,
        })?;
        sum = Some(match sum {
            None => step,
            Some(sum) => site.builder.add(sum, step, site.layer)?,
        });
    }
    match sum {
        None => site.constant(stairs.lowest),
        Some(sum) => site.add_constant(sum, stairs.lowest),
    }
}

/// round(n·r + c) by the exact product, for dyadic r.
fn multiply_exactly(site: &mut Site, value: ValueId, line: &Line) -> Result<ValueId> {
    if !line.factor.is_dyadic() {
        return Err(Diagnostic::new(
            "a requantisation to more than 65536 values has a factor that is no dyadic number",
        )
        .help("quantise to fewer bits, or choose scales that are powers of two"));
    }
    let odd = line.factor.odd_part();
    let factor = odd
        .to_i128()
        .ok_or_else(|| Diagnostic::new("a requantisation factor leaves 126 bits"))?;
    let power = line.factor.trailing_exponent().unwrap_or(0);
    let scaled = site.scale_by(value, factor)?;
    shift(site, scaled, line, power)
}

fn to_i128(value: &num_bigint::BigInt) -> Result<i128> {
    i128::try_from(value).map_err(|_| Diagnostic::new("a requantisation constant leaves 126 bits"))
}

/// Non-zero digits of the canonical signed-digit form.
pub fn signed_digits(value: i128) -> u32 {
    let value = value.unsigned_abs();
    ((value ^ (3 * value)) >> 1).count_ones()
}
