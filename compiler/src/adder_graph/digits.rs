//! Signed binary digits: how few an integer needs, and which may be among those few.
//!
//! The weight of an integer is the number of non-zero digits of its canonical signed-digit
//! form (Reitwiesner), the least of all signed binary forms. Most integers have several
//! forms of that weight; the digits *on offer* are those of all of them, found as
//! { d = ±2^p : weight(v - d) = weight(v) - 1 }. After one is taken, what is on offer for the
//! rest is a subset.

use std::sync::OnceLock;

/// The bound on coefficients during the search; digits of their forms fit 64-bit masks.
pub(super) const WIDEST: i64 = 1 << 50;

const SMALL: i64 = 1 << 11;

/// Digits by position: bit p of `positive` stands for 2^p, of `negative` for -2^p.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Digits {
    pub positive: u64,
    pub negative: u64,
}

impl Digits {
    pub fn without(self, other: Digits) -> Digits {
        Digits {
            positive: self.positive & !other.positive,
            negative: self.negative & !other.negative,
        }
    }

    pub fn negated(self) -> Digits {
        Digits {
            positive: self.negative,
            negative: self.positive,
        }
    }

    /// The digits as (position, negative).
    pub fn iter(self) -> impl Iterator<Item = (u32, bool)> {
        ones(self.positive)
            .map(|at| (at, false))
            .chain(ones(self.negative).map(|at| (at, true)))
    }
}

/// The positions of the bits that are set, lowest first.
pub(super) fn ones(mut mask: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let at = mask.trailing_zeros();
        mask &= mask.wrapping_sub(1);
        (at < 64).then_some(at)
    })
}

/// ±2^at.
pub(super) fn digit(at: u32, negative: bool) -> i64 {
    let digit = 1i64 << at;
    if negative { -digit } else { digit }
}

/// The number of non-zero digits of the canonical form; |value| is at most 2 · [`WIDEST`].
pub(super) fn weight(value: i64) -> u32 {
    let size = value.unsigned_abs();
    (size ^ (3 * size)).count_ones()
}

/// The digits on offer.
pub(super) fn offers(value: i64) -> Digits {
    static TABLE: OnceLock<Vec<Digits>> = OnceLock::new();
    let table = TABLE.get_or_init(|| (0..SMALL).map(find_offers).collect());
    let size = value.abs();
    let digits = match table.get(size as usize) {
        Some(digits) => *digits,
        None => find_offers(size),
    };
    if value < 0 { digits.negated() } else { digits }
}

fn find_offers(value: i64) -> Digits {
    let mut digits = Digits::default();
    let fewer = weight(value).wrapping_sub(1);
    for at in 0..=64 - value.leading_zeros() {
        digits.positive |= u64::from(weight(value - digit(at, false)) == fewer) << at;
        digits.negative |= u64::from(weight(value - digit(at, true)) == fewer) << at;
    }
    digits
}

/// A form of least weight whose highest digit is as low as possible, highest digit first.
pub(super) fn narrow_form(value: i64) -> impl Iterator<Item = (u32, bool)> {
    let mut rest = value;
    std::iter::from_fn(move || {
        if rest == 0 {
            return None;
        }
        let offered = offers(rest);
        let side = if rest < 0 {
            offered.negative
        } else {
            offered.positive
        };
        let floor = 63 - rest.unsigned_abs().leading_zeros();
        let at = if side >> floor & 1 == 1 {
            floor
        } else {
            floor + 1
        };
        let taken = (at, rest < 0);
        rest -= digit(at, taken.1);
        Some(taken)
    })
}
