//! Comparisons and clamps, with only the bits that decide.

use dialects::fx::{IntType, Predicate, Range};

use super::gates::{Gates, plain};
use super::operand::Operand;
use super::saturate::saturate;
use super::{Binary, Comparison, Module, Net};

/// The bit `lhs predicate rhs` between integers.
pub fn compare(module: &mut Module, predicate: Predicate, lhs: Operand, rhs: Operand) -> Net {
    let width_of =
        |operand: Operand, signed: bool| operand.ty.width + u32::from(signed && !operand.ty.signed);
    let signed = lhs.ty.signed || rhs.ty.signed;
    let width = width_of(lhs, signed).max(width_of(rhs, signed));
    // Low bits that are zero on both sides decide nothing.
    let low = lhs.zeros.min(rhs.zeros);
    let a = lhs.slice(module, low, width - low);
    let b = rhs.slice(module, low, width - low);
    let comparison = match (predicate, signed) {
        (Predicate::Equal, _) => Comparison::Equal,
        (Predicate::NotEqual, _) => Comparison::NotEqual,
        (Predicate::Less, false) => Comparison::UnsignedLess,
        (Predicate::LessEqual, false) => Comparison::UnsignedLessEqual,
        (Predicate::Less, true) => Comparison::SignedLess,
        (Predicate::LessEqual, true) => Comparison::SignedLessEqual,
    };
    module.compare(comparison, a, b)
}

/// The bit `value < bound`, for a value in `range`: bits below the bound's lowest one bit do
/// not matter, and a bound of zero is the sign.
pub fn below(module: &mut Module, value: Operand, range: Range, bound: i128) -> Net {
    if let Some(answer) = Predicate::Less.decided(range, Range::point(bound)) {
        return module.constant(i128::from(answer), 1);
    }
    if bound == 0 {
        return value.sign(module);
    }
    // A decided answer left above, so the bound is inside the range and its bits in the type.
    let low = bound.trailing_zeros().min(value.ty.width - 1);
    let width = value.ty.width - low;
    let high = value.slice(module, low, width);
    match (value.ty.signed, bound >> low) {
        (signed, 1) => {
            let zero = module.constant(0, width);
            let is_zero = module.compare(Comparison::Equal, high, zero);
            match signed {
                true => {
                    let sign = value.sign(module);
                    module.binary(Binary::Or, sign, is_zero)
                }
                false => is_zero,
            }
        }
        (true, -1) => {
            let ones = module.constant(-1, width);
            let others = module.compare(Comparison::NotEqual, high, ones);
            let sign = value.sign(module);
            module.binary(Binary::And, sign, others)
        }
        (signed, bound) => {
            let bound = module.constant(bound, width);
            let comparison = match signed {
                true => Comparison::SignedLess,
                false => Comparison::UnsignedLess,
            };
            module.compare(comparison, high, bound)
        }
    }
}

/// The bits of `min(max(value, min), max)` in `ty`, for a value in `range`.
pub fn clamp(
    module: &mut Module,
    value: Operand,
    range: Range,
    (min, max): (i128, i128),
    ty: IntType,
    gates: &Gates,
) -> Net {
    let low = value.resize(module, ty.width);
    let cut_below = range.lo < min;
    let cut_above = range.hi > max;
    let ones = (1i128 << ty.width) - 1;
    // Saturation to all values of the type looks at the bits above it.
    if cut_above && max == ty.range().hi && (min == ty.range().lo || !cut_below) {
        let body = ty.width - u32::from(ty.signed);
        let above = value.slice(module, body, value.ty.width - body);
        let sign = value.sign(module);
        return match ty.signed {
            false => {
                let magnitude = match value.ty.signed {
                    true => value.slice(module, body, value.ty.width - 1 - body),
                    false => above,
                };
                let under = cut_below.then_some(sign);
                gates.emit(module, low, Some(magnitude), under)
            }
            true => {
                if value.ty.signed
                    && let Some(clamped) = saturate(gates, module, low, above)
                {
                    return clamped;
                }
                let signs = module.replicate(sign, module.width(above));
                let fits = module.compare(Comparison::Equal, above, signs);
                let edge = match body {
                    0 => sign,
                    _ => {
                        let inverted = module.not(sign);
                        let rest = module.replicate(inverted, body);
                        module.concat(vec![sign, rest])
                    }
                };
                module.mux(fits, low, edge)
            }
        };
    }
    // max(value, 0), the ReLU: a gate per bit.
    let mut result = low;
    if cut_above {
        let fits = below(module, value, range, max + 1);
        let bound = module.constant(max & ones, ty.width);
        result = module.mux(fits, result, bound);
    }
    if cut_below {
        let under = below(module, value, range, min);
        let bound = min & ones;
        result = match bound {
            // What chooses the bound and this gate are one function of few bits.
            0 if cut_above => plain(module, result, None, Some(under)),
            0 => gates.emit(module, result, None, Some(under)),
            _ => {
                let bound = module.constant(bound, ty.width);
                module.mux(under, bound, result)
            }
        };
    }
    result
}
