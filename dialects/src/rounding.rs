//! Rounding and overflow modes: the union of QONNX's and `ap_fixed`'s.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// How a real number becomes an integer.
///
/// | mode             | QONNX                | ap_fixed      |
/// | `floor`          | FLOOR                | AP_TRN        |
/// | `ceil`           | CEIL                 |               |
/// | `toward_zero`    | DOWN, ROUND_TO_ZERO  | AP_TRN_ZERO   |
/// | `away_from_zero` | UP                   |               |
/// | `half_even`      | ROUND, HALF_EVEN     | AP_RND_CONV   |
/// | `half_up`        |                      | AP_RND        |
/// | `half_down`      |                      | AP_RND_MIN_INF|
/// | `half_away`      | HALF_UP              | AP_RND_INF    |
/// | `half_to_zero`   | HALF_DOWN            | AP_RND_ZERO   |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rounding {
    Floor,
    Ceil,
    TowardZero,
    AwayFromZero,
    HalfEven,
    HalfUp,
    HalfDown,
    HalfAway,
    HalfToZero,
}

impl Rounding {
    pub const ALL: [Rounding; 9] = [
        Rounding::Floor,
        Rounding::Ceil,
        Rounding::TowardZero,
        Rounding::AwayFromZero,
        Rounding::HalfEven,
        Rounding::HalfUp,
        Rounding::HalfDown,
        Rounding::HalfAway,
        Rounding::HalfToZero,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Rounding::Floor => "floor",
            Rounding::Ceil => "ceil",
            Rounding::TowardZero => "toward_zero",
            Rounding::AwayFromZero => "away_from_zero",
            Rounding::HalfEven => "half_even",
            Rounding::HalfUp => "half_up",
            Rounding::HalfDown => "half_down",
            Rounding::HalfAway => "half_away",
            Rounding::HalfToZero => "half_to_zero",
        }
    }

    /// Whether a number that is no integer goes to its ceiling, from its sign, the parity
    /// of its floor, and how its fraction compares with one half.
    fn goes_up(self, negative: bool, odd_floor: bool, half: Ordering) -> bool {
        match self {
            Rounding::Floor => false,
            Rounding::Ceil => true,
            Rounding::TowardZero => negative,
            Rounding::AwayFromZero => !negative,
            _ if half.is_lt() => false,
            _ if half.is_gt() => true,
            Rounding::HalfEven => odd_floor,
            Rounding::HalfUp => true,
            Rounding::HalfDown => false,
            Rounding::HalfAway => !negative,
            Rounding::HalfToZero => negative,
        }
    }

    /// num / den as an integer; `den` is positive.
    pub fn divide(self, num: &BigInt, den: &BigInt) -> BigInt {
        let (floor, rest) = num.div_mod_floor(den);
        if rest.is_zero() {
            return floor;
        }
        let half = (&rest + &rest).cmp(den);
        let up = self.goes_up(num.is_negative(), floor.is_odd(), half);
        if up { floor + 1 } else { floor }
    }

    /// num / den as an integer, where 128 bits do; `den` is positive.
    pub fn divide_integers(self, num: i128, den: i128) -> Option<i128> {
        let (floor, rest) = (num.div_euclid(den), num.rem_euclid(den));
        if rest == 0 {
            return Some(floor);
        }
        let half = rest.cmp(&(den - rest));
        let up = self.goes_up(num < 0, floor & 1 == 1, half);
        floor.checked_add(i128::from(up))
    }

    /// value / 2^amount as an integer.
    pub fn shift_right(self, value: i128, amount: u32) -> i128 {
        if amount == 0 {
            return value;
        }
        if amount > 126 {
            let den = BigInt::from(1) << amount;
            let small = self.divide(&BigInt::from(value), &den);
            return i128::try_from(small).expect("a quotient is no larger than its dividend");
        }
        let floor = value >> amount;
        let rest = value - (floor << amount);
        if rest == 0 {
            return floor;
        }
        let half = rest.cmp(&(1 << (amount - 1)));
        let up = self.goes_up(value < 0, floor & 1 == 1, half);
        floor + i128::from(up)
    }
}

impl FromStr for Rounding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Rounding::ALL
            .into_iter()
            .find(|mode| mode.name() == text)
            .ok_or_else(|| {
                let names = Rounding::ALL.map(Rounding::name).join(", ");
                format!("`{text}` is no rounding mode; the modes are {names}")
            })
    }
}

impl fmt::Display for Rounding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What becomes of an integer outside its type.
///
/// | mode             | meaning                              | ap_fixed   |
/// | `saturate`       | the nearest bound                    | AP_SAT     |
/// | `wrap`           | the low bits                         | AP_WRAP    |
/// | `saturate_zero`  | zero                                 | AP_SAT_ZERO|
/// | `saturate_symmetric` | the nearest of ±(2^(bits-1) - 1) | AP_SAT_SYM |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Overflow {
    Saturate,
    Wrap,
    SaturateZero,
    SaturateSymmetric,
}

impl Overflow {
    pub const ALL: [Overflow; 4] = [
        Overflow::Saturate,
        Overflow::Wrap,
        Overflow::SaturateZero,
        Overflow::SaturateSymmetric,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Overflow::Saturate => "saturate",
            Overflow::Wrap => "wrap",
            Overflow::SaturateZero => "saturate_zero",
            Overflow::SaturateSymmetric => "saturate_symmetric",
        }
    }
}

impl FromStr for Overflow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Overflow::ALL
            .into_iter()
            .find(|mode| mode.name() == text)
            .ok_or_else(|| {
                let names = Overflow::ALL.map(Overflow::name).join(", ");
                format!("`{text}` is no overflow mode; the modes are {names}")
            })
    }
}

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
