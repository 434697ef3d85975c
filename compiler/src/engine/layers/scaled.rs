//! Numbers as 128-bit integers of one unit, and their arithmetic; `None` where that is too small.

use dialects::nn::{ElementQuantizer, common_unit};
use dialects::{Number, Overflow, Rounding};
use num_traits::ToPrimitive;

/// `integers[i] * unit`.
#[derive(Debug, Clone)]
pub struct Scaled {
    pub unit: Number,
    pub integers: Vec<i128>,
}

impl Scaled {
    pub fn of(numbers: &[Number]) -> Option<Scaled> {
        let unit = common_unit(numbers);
        let integer = |number: &Number| ratio(number, &unit);
        let integers = numbers.iter().map(integer).collect::<Option<_>>()?;
        Some(Scaled { unit, integers })
    }

    pub fn numbers(&self) -> Vec<Number> {
        let number = |&n: &i128| &Number::from(n) * &self.unit;
        self.integers.iter().map(number).collect()
    }

    /// The largest distance from zero.
    pub fn reach(&self) -> i128 {
        let sizes = self.integers.iter().map(|n| n.saturating_abs());
        sizes.max().unwrap_or(0)
    }

    /// The same numbers in a unit that divides this one.
    fn finer(&self, unit: &Number) -> Option<Vec<i128>> {
        let factor = ratio(&self.unit, unit)?;
        match factor {
            1 => Some(self.integers.clone()),
            factor => {
                let scaled = self.integers.iter().map(|n| n.checked_mul(factor));
                scaled.collect()
            }
        }
    }

    /// Values on one grid: its unit and the integers of each.
    pub fn common(values: &[&Scaled]) -> Option<(Number, Vec<Vec<i128>>)> {
        let mut unit = Number::zero();
        for value in values {
            unit = unit.gcd(&value.unit);
        }
        let finer = values.iter().map(|value| value.finer(&unit));
        let finer = finer.collect::<Option<_>>()?;
        Some((unit, finer))
    }
}

/// number / unit, where that is an integer.
pub fn ratio(number: &Number, unit: &Number) -> Option<i128> {
    number.checked_div(unit)?.to_i128()
}

/// A quantiser on integers of a known unit.
pub struct Rescale {
    num: i128,
    den: i128,
    zero_point: i128,
    rounding: Rounding,
    overflow: Overflow,
    min: i128,
    max: i128,
    width: u32,
    signed: bool,
}

impl Rescale {
    pub fn new(unit: &Number, quantizer: &ElementQuantizer) -> Option<Rescale> {
        let (num, den) = unit.checked_div(&quantizer.scale)?.to_ratio();
        Some(Rescale {
            num: num.to_i128()?,
            den: den.to_i128()?,
            zero_point: quantizer.zero_point.to_i128()?,
            rounding: quantizer.rounding,
            overflow: quantizer.overflow,
            min: quantizer.min,
            max: quantizer.max,
            width: quantizer.ty.width,
            signed: quantizer.ty.signed,
        })
    }

    /// q - zero point, for the integer of a number.
    pub fn apply(&self, integer: i128) -> Option<i128> {
        let zero = self.zero_point.checked_mul(self.den)?;
        let num = integer.checked_mul(self.num)?.checked_add(zero)?;
        let rounded = self.rounding.divide_integers(num, self.den)?;
        let fitted = match self.overflow {
            _ if self.min <= rounded && rounded <= self.max => rounded,
            Overflow::Saturate | Overflow::SaturateSymmetric => rounded.clamp(self.min, self.max),
            Overflow::SaturateZero => 0,
            Overflow::Wrap => {
                let low = rounded & ((1i128 << self.width) - 1);
                let negative = self.signed && low >> (self.width - 1) == 1;
                low - (i128::from(negative) << self.width)
            }
        };
        Some(fitted - self.zero_point)
    }
}
