//! The monotone staircase round(n·r + c) over a range of integers, step by step.

use num_bigint::BigInt;

use dialects::fx::Range;
use dialects::{Diagnostic, Number, Result, Rounding};

/// n ↦ round(n·factor + shift).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub factor: Number,
    pub shift: Number,
    pub rounding: Rounding,
}

impl Line {
    pub fn at(&self, n: i128) -> BigInt {
        (&(&self.factor * &Number::from(n)) + &self.shift).round(self.rounding)
    }

    /// The values over a range of n.
    pub fn image(&self, range: Range) -> Result<Range> {
        let end = |n| {
            i128::try_from(self.at(n))
                .ok()
                .filter(|v| v.unsigned_abs() < 1 << 125)
        };
        let too_wide = || Diagnostic::new("a requantised value leaves 126 bits");
        let (a, b) = (
            end(range.lo).ok_or_else(too_wide)?,
            end(range.hi).ok_or_else(too_wide)?,
        );
        Ok(Range::new(a.min(b), a.max(b)))
    }
}

/// A rising line's rounded values, cut to a range of values, as the places where it steps.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Staircase {
    pub lowest: i128,
    /// `first[i]` is the smallest n with a value above `lowest + i`; rising, all inside
    /// `(domain.lo, domain.hi]`.
    pub first: Vec<i128>,
    pub domain: Range,
    /// Whether the caller cuts off what lies below the lowest or above the highest value.
    pub cut: (bool, bool),
}

impl Staircase {
    /// `line.factor` is positive and `reached` holds only values that the line takes or
    /// jumps over inside `domain`.
    pub fn new(line: &Line, domain: Range, reached: Range) -> Result<Self> {
        let image = line.image(domain)?;
        let mut first = Vec::new();
        let inverse = line
            .factor
            .reciprocal()
            .ok_or_else(|| Diagnostic::new("a scale is zero"))?;
        for value in reached.lo + 1..=reached.hi {
            // Where the unrounded line is half a step below the value; rounding modes move
            // that by at most a step either way.
            let middle = &Number::dyadic(2 * value - 1, -1) - &line.shift;
            let guess = i128::try_from((&middle * &inverse).ceil());
            let guess =
                guess.map_err(|_| Diagnostic::new("a requantisation step leaves 126 bits"))?;
            first.push(Self::settle(line, guess, value, domain));
        }
        Ok(Staircase {
            lowest: reached.lo,
            first,
            domain,
            cut: (image.lo < reached.lo, reached.hi < image.hi),
        })
    }

    /// The smallest n of the domain whose value is at least `value`, searched from a guess.
    fn settle(line: &Line, guess: i128, value: i128, domain: Range) -> i128 {
        let reaches = |n: i128| line.at(n) >= BigInt::from(value);
        let clamp = |n: i128| n.clamp(domain.lo, domain.hi);
        let guess = clamp(guess);
        // Grow a bracket (below, above] around the step, then halve it.
        let mut step = 1;
        let (mut below, mut above);
        if reaches(guess) {
            above = guess;
            loop {
                below = clamp(above - step);
                if below == domain.lo && reaches(below) {
                    return below;
                }
                if !reaches(below) {
                    break;
                }
                above = below;
                step *= 2;
            }
        } else {
            below = guess;
            loop {
                above = clamp(below + step);
                if reaches(above) || above == domain.hi {
                    break;
                }
                below = above;
                step *= 2;
            }
        }
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            match reaches(middle) {
                true => above = middle,
                false => below = middle,
            }
        }
        above
    }

    /// The value at n, which lies in the domain.
    pub fn value(&self, n: i128) -> i128 {
        self.lowest + self.first.partition_point(|&first| first <= n) as i128
    }

    /// (factor, shift, amount) with `(n·factor + shift) >> amount` equal to the staircase
    /// over the whole domain, the amount as small as possible.
    ///
    /// Where the caller cuts off an end, the lowest or highest value only bounds the result
    /// from one side.
    pub fn as_product(&self, line: &Line) -> Option<(i128, i128, u32)> {
        for amount in 0..62u32 {
            let target = line.factor.shifted(i64::from(amount));
            let floor = i128::try_from(target.floor()).ok()?;
            for factor in [floor, floor + 1] {
                if factor > 0
                    && let Some(shift) = self.shift_for(factor, amount)
                {
                    return Some((factor, shift, amount));
                }
            }
        }
        None
    }

    /// The shift with the most trailing zeros for which the product climbs exactly at the
    /// staircase's steps.
    fn shift_for(&self, factor: i128, amount: u32) -> Option<i128> {
        let (mut least, mut most) = (i128::MIN, i128::MAX);
        let highest = self.lowest + self.first.len() as i128;
        if !self.cut.0 {
            let floor = self.lowest.checked_mul(1 << amount)?;
            least = floor.checked_sub(self.domain.lo.checked_mul(factor)?)?;
        }
        if !self.cut.1 {
            let ceiling = (highest + 1).checked_mul(1 << amount)? - 1;
            most = ceiling.checked_sub(self.domain.hi.checked_mul(factor)?)?;
        }
        for (index, &first) in self.first.iter().enumerate() {
            // At `first` the product has reached lowest + index + 1, just before it has not.
            let edge = (self.lowest + index as i128 + 1).checked_mul(1 << amount)?;
            least = least.max(edge.checked_sub(first.checked_mul(factor)?)?);
            if first > self.domain.lo {
                most = most.min(edge.checked_sub((first - 1).checked_mul(factor)?)? - 1);
            }
            if least > most {
                return None;
            }
        }
        roundest(least, most, amount)
    }
}

/// The number from `least` to `most` with the most trailing zeros, `zeros` at the most.
pub fn roundest(least: i128, most: i128, zeros: u32) -> Option<i128> {
    let roundest = |zeros: u32| {
        let unit = 1i128 << zeros;
        let up = least.checked_add(unit - 1)?.div_euclid(unit) * unit;
        (up <= most).then_some(up)
    };
    (0..=zeros).rev().find_map(roundest)
}
