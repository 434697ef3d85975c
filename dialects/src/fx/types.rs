//! Integer types and ranges of `fx` values.

use std::fmt;
use std::str::FromStr;

use crate::{Diagnostic, Result};

/// The widest value `fx` holds. Arithmetic is done in 128 bits with room for one carry.
pub const MAX_WIDTH: u32 = 126;

/// `si<width>` or `ui<width>`; the width is at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IntType {
    pub signed: bool,
    pub width: u32,
}

impl IntType {
    pub const BIT: IntType = IntType::unsigned(1);

    pub const fn signed(width: u32) -> Self {
        IntType {
            signed: true,
            width,
        }
    }

    pub const fn unsigned(width: u32) -> Self {
        IntType {
            signed: false,
            width,
        }
    }

    /// All values of the type.
    pub fn range(self) -> Range {
        match (self.signed, self.width) {
            (true, width) => Range::new(-(1 << (width - 1)), (1 << (width - 1)) - 1),
            (false, width) => Range::new(0, (1 << width) - 1),
        }
    }

    pub fn contains(self, range: Range) -> bool {
        self.range().contains(range)
    }

    /// The value whose low `width` bits are those of `value`.
    pub fn wrap(self, value: i128) -> i128 {
        let low = value & ((1 << self.width) - 1);
        match self.signed && low >> (self.width - 1) == 1 {
            true => low - (1 << self.width),
            false => low,
        }
    }

    /// Reads `si8` or `ui8`.
    pub fn parse(text: &str) -> Result<Self> {
        let signed = text.starts_with("si");
        let width = text
            .strip_prefix("si")
            .or_else(|| text.strip_prefix("ui"))
            .and_then(|width| width.parse::<u32>().ok());
        match width {
            Some(width) if (1..=MAX_WIDTH).contains(&width) => Ok(IntType { signed, width }),
            _ => Err(Diagnostic::new(format!(
                "fx holds si1 to si{MAX_WIDTH} and ui1 to ui{MAX_WIDTH}, not {text}"
            ))),
        }
    }
}

impl FromStr for IntType {
    type Err = Diagnostic;

    fn from_str(text: &str) -> Result<Self> {
        IntType::parse(text)
    }
}

impl fmt::Display for IntType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.signed { "si" } else { "ui" };
        write!(f, "{sign}{}", self.width)
    }
}

/// All integers from `lo` to `hi`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Range {
    pub lo: i128,
    pub hi: i128,
}

impl Range {
    pub fn new(lo: i128, hi: i128) -> Self {
        debug_assert!(lo <= hi, "an empty range {lo}..={hi}");
        Range { lo, hi }
    }

    pub fn point(value: i128) -> Self {
        Range::new(value, value)
    }

    pub fn contains(self, other: Range) -> bool {
        self.lo <= other.lo && other.hi <= self.hi
    }

    pub fn holds(self, value: i128) -> bool {
        self.lo <= value && value <= self.hi
    }

    pub fn union(self, other: Range) -> Self {
        Range::new(self.lo.min(other.lo), self.hi.max(other.hi))
    }

    /// The one value of the range, if it has but one.
    pub fn single(self) -> Option<i128> {
        (self.lo == self.hi).then_some(self.lo)
    }

    /// What of the range is a bit; the verifier speaks of operands that are none.
    pub fn as_bit(self) -> Self {
        Range::new(self.lo.clamp(0, 1), self.hi.clamp(0, 1))
    }

    /// The range from the smallest to the largest of some products or sums;
    /// `None` when one of them left 128 bits.
    pub fn hull(values: impl IntoIterator<Item = Option<i128>>) -> Option<Self> {
        let mut hull: Option<Range> = None;
        for value in values {
            let point = Range::point(value?);
            hull = Some(hull.map_or(point, |range| range.union(point)));
        }
        hull
    }

    /// The smallest type that holds the range; `None` beyond [`MAX_WIDTH`] bits.
    pub fn int_type(self) -> Option<IntType> {
        let ty = if self.lo >= 0 {
            IntType::unsigned((128 - self.hi.leading_zeros()).max(1))
        } else {
            let lo = 128 - (!self.lo).leading_zeros();
            let hi = match self.hi {
                hi if hi < 0 => 0,
                hi => 128 - hi.leading_zeros(),
            };
            IntType::signed(lo.max(hi) + 1)
        };
        (ty.width <= MAX_WIDTH).then_some(ty)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {}]", self.lo, self.hi)
    }
}
