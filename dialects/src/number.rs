//! Exact rational numbers with a cheap power of two: `num / den * 2^exp`.
//!
//! Every constant of a model is a float32 and so a dyadic rational; `den` is 1 unless
//! a model divides by something that is no power of two.
//! Invariant: `num` is odd or the number is zero (then `exp` is 0), `den` is odd,
//! positive and shares no factor with `num`.

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

use crate::rounding::Rounding;

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number {
    num: BigInt,
    den: BigInt,
    exp: i64,
}

impl Number {
    pub fn zero() -> Self {
        Number {
            num: BigInt::zero(),
            den: BigInt::one(),
            exp: 0,
        }
    }

    pub fn one() -> Self {
        Number::dyadic(1, 0)
    }

    /// `num * 2^exp`.
    pub fn dyadic(num: impl Into<BigInt>, exp: i64) -> Self {
        Number {
            num: num.into(),
            den: BigInt::one(),
            exp,
        }
        .normalised()
    }

    /// 2^exp.
    pub fn pow2(exp: i64) -> Self {
        Number::dyadic(1, exp)
    }

    /// `num / den`; `None` when `den` is zero.
    pub fn ratio(num: impl Into<BigInt>, den: impl Into<BigInt>) -> Option<Self> {
        let (mut num, mut den) = (num.into(), den.into());
        if den.is_zero() {
            return None;
        }
        if den.is_negative() {
            num = -num;
            den = -den;
        }
        let g = num.gcd(&den);
        if !g.is_one() && !g.is_zero() {
            num /= &g;
            den /= &g;
        }
        let twos = den.trailing_zeros().unwrap_or(0);
        Some(
            Number {
                num,
                den: den >> twos,
                exp: -(twos as i64),
            }
            .normalised(),
        )
    }

    /// The dyadic rational that this float is; `None` for NaN and infinities.
    pub fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let bits = value.to_bits();
        let exponent = ((bits >> 52) & 0x7ff) as i64;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exp) = match exponent {
            0 => (fraction, -1074),
            _ => (fraction | (1 << 52), exponent - 1075),
        };
        let mantissa = BigInt::from(mantissa);
        let signed = if value < 0.0 { -mantissa } else { mantissa };
        Some(Number::dyadic(signed, exp))
    }

    pub fn from_f32(value: f32) -> Option<Self> {
        Number::from_f64(f64::from(value))
    }

    fn normalised(mut self) -> Self {
        match self.num.trailing_zeros() {
            None => return Number::zero(),
            Some(0) => {}
            Some(twos) => {
                self.num >>= twos;
                self.exp += twos as i64;
            }
        }
        self
    }

    pub fn is_zero(&self) -> bool {
        self.num.is_zero()
    }

    pub fn is_negative(&self) -> bool {
        self.num.is_negative()
    }

    pub fn is_integer(&self) -> bool {
        self.den.is_one() && self.exp >= 0
    }

    /// True when the denominator is a power of two.
    pub fn is_dyadic(&self) -> bool {
        self.den.is_one()
    }

    /// `Some(k)` when the number is 2^k.
    pub fn log2(&self) -> Option<i64> {
        (self.num.is_one() && self.den.is_one()).then_some(self.exp)
    }

    /// The largest k with self = odd/odd * 2^k; `None` for zero.
    pub fn trailing_exponent(&self) -> Option<i64> {
        (!self.is_zero()).then_some(self.exp)
    }

    pub fn abs(&self) -> Self {
        Number {
            num: self.num.abs(),
            ..self.clone()
        }
    }

    /// `self * 2^k`.
    pub fn shifted(&self, k: i64) -> Self {
        match self.is_zero() {
            true => Number::zero(),
            false => Number {
                exp: self.exp + k,
                ..self.clone()
            },
        }
    }

    /// 1 / self; `None` for zero.
    pub fn reciprocal(&self) -> Option<Self> {
        (!self.is_zero()).then(|| Number {
            num: if self.num.is_negative() {
                -self.den.clone()
            } else {
                self.den.clone()
            },
            den: self.num.abs(),
            exp: -self.exp,
        })
    }

    /// self / rhs; `None` when rhs is zero.
    pub fn checked_div(&self, rhs: &Number) -> Option<Self> {
        Some(self * &rhs.reciprocal()?)
    }

    /// The largest positive number that both are integer multiples of; zero for two zeros.
    pub fn gcd(&self, rhs: &Number) -> Self {
        if self.is_zero() {
            return rhs.abs();
        }
        if rhs.is_zero() {
            return self.abs();
        }
        let exp = self.exp.min(rhs.exp);
        let a = (&self.num << (self.exp - exp) as u64) * &rhs.den;
        let b = (&rhs.num << (rhs.exp - exp) as u64) * &self.den;
        Number::ratio(a.gcd(&b), &self.den * &rhs.den)
            .expect("denominators are positive")
            .shifted(exp)
    }

    /// self without its factor of a power of two.
    pub fn odd_part(&self) -> Self {
        Number {
            exp: 0,
            ..self.clone()
        }
    }

    /// (numerator, denominator) in lowest terms, denominator positive.
    pub fn to_ratio(&self) -> (BigInt, BigInt) {
        if self.exp >= 0 {
            (&self.num << self.exp as u64, self.den.clone())
        } else {
            (self.num.clone(), &self.den << (-self.exp) as u64)
        }
    }

    /// The nearest integer under a rounding mode.
    pub fn round(&self, mode: Rounding) -> BigInt {
        if self.is_integer() {
            return &self.num << self.exp as u64;
        }
        let (num, den) = self.to_ratio();
        mode.divide(&num, &den)
    }

    pub fn floor(&self) -> BigInt {
        self.round(Rounding::Floor)
    }

    pub fn ceil(&self) -> BigInt {
        self.round(Rounding::Ceil)
    }

    pub fn to_i128(&self) -> Option<i128> {
        self.is_integer().then(|| self.floor().to_i128()).flatten()
    }

    /// Rounded once to float32, ties to even, as IEEE 754 does.
    pub fn to_f32(&self) -> f32 {
        self.to_float(24, -149) as f32
    }

    /// Rounded once to float64, ties to even.
    pub fn to_f64(&self) -> f64 {
        self.to_float(53, -1074)
    }

    fn to_float(&self, precision: u64, min_exp: i64) -> f64 {
        if self.is_zero() {
            return 0.0;
        }
        let (num, den) = (self.num.abs(), &self.den);
        // A quotient with at least `precision + 2` bits; what is cut off becomes a sticky bit.
        let want = precision + 2 + den.bits();
        let grow = want.saturating_sub(num.bits());
        let (quotient, rest) = (num << grow).div_rem(den);
        let mut mantissa = (quotient << 1u8) + BigInt::from(u8::from(!rest.is_zero()));
        let mut exp = self.exp - grow as i64 - 1;
        let excess = (mantissa.bits() as i64 - precision as i64).max(min_exp - exp);
        if excess > 0 {
            mantissa = Rounding::HalfEven.divide(&mantissa, &(BigInt::one() << excess as u64));
            exp += excess;
        }
        let magnitude = mantissa.to_f64().unwrap_or(f64::INFINITY);
        let value = scale_by_pow2(magnitude, exp);
        if self.num.is_negative() {
            -value
        } else {
            value
        }
    }
}

/// `value * 2^exp` in steps that neither overflow nor round twice.
fn scale_by_pow2(mut value: f64, mut exp: i64) -> f64 {
    while exp > 1000 && value.is_finite() {
        value *= 2f64.powi(1000);
        exp -= 1000;
    }
    while exp < -1000 && value != 0.0 {
        value *= 2f64.powi(-1000);
        exp += 1000;
    }
    value * 2f64.powi(exp.clamp(-1000, 1000) as i32)
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Number::dyadic(value, 0)
    }
}

impl From<i128> for Number {
    fn from(value: i128) -> Self {
        Number::dyadic(value, 0)
    }
}

impl From<BigInt> for Number {
    fn from(value: BigInt) -> Self {
        Number::dyadic(value, 0)
    }
}

impl Add for &Number {
    type Output = Number;
    fn add(self, rhs: &Number) -> Number {
        if self.is_zero() {
            return rhs.clone();
        }
        if rhs.is_zero() {
            return self.clone();
        }
        let exp = self.exp.min(rhs.exp);
        let a = &self.num << (self.exp - exp) as u64;
        let b = &rhs.num << (rhs.exp - exp) as u64;
        if self.den.is_one() && rhs.den.is_one() {
            return Number::dyadic(a + b, exp);
        }
        Number::ratio(a * &rhs.den + b * &self.den, &self.den * &rhs.den)
            .expect("denominators are positive")
            .shifted(exp)
    }
}

impl Sub for &Number {
    type Output = Number;
    fn sub(self, rhs: &Number) -> Number {
        self + &-rhs
    }
}

impl Mul for &Number {
    type Output = Number;
    fn mul(self, rhs: &Number) -> Number {
        if self.is_zero() || rhs.is_zero() {
            return Number::zero();
        }
        let exp = self.exp + rhs.exp;
        let num = &self.num * &rhs.num;
        if self.den.is_one() && rhs.den.is_one() {
            let den = BigInt::one();
            return Number { num, den, exp };
        }
        Number::ratio(num, &self.den * &rhs.den)
            .expect("denominators are positive")
            .shifted(exp)
    }
}

impl Neg for &Number {
    type Output = Number;
    fn neg(self) -> Number {
        Number {
            num: -&self.num,
            ..self.clone()
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self - other).num.sign() {
            Sign::Minus => Ordering::Less,
            Sign::NoSign => Ordering::Equal,
            Sign::Plus => Ordering::Greater,
        }
    }
}

/// `3`, `5*2^-4`, `2^-7`, `1/3`, `1/3*2^-4`: what `parse` reads back.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_integer() && self.exp < 32 {
            return write!(f, "{}", self.floor());
        }
        let unit = self.num.is_one() && self.den.is_one();
        if !unit {
            write!(f, "{}", self.num)?;
            if !self.den.is_one() {
                write!(f, "/{}", self.den)?;
            }
        }
        match (unit, self.exp) {
            (false, 0) => Ok(()),
            (false, exp) => write!(f, "*2^{exp}"),
            (true, exp) => write!(f, "2^{exp}"),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is no exact number such as 3, 5*2^-4, 2^-7 or 1/3");
        let (factor, exp) = match text.split_once("2^") {
            Some((factor, exp)) => (
                factor
                    .strip_suffix('*')
                    .or((factor.is_empty()).then_some("1"))
                    .ok_or_else(bad)?,
                exp.parse::<i64>().map_err(|_| bad())?,
            ),
            None => (text, 0),
        };
        if exp.abs() > 4096 {
            return Err(bad());
        }
        let (num, den) = factor.split_once('/').unwrap_or((factor, "1"));
        let num: BigInt = num.parse().map_err(|_| bad())?;
        let den: BigInt = den.parse().map_err(|_| bad())?;
        Ok(Number::ratio(num, den).ok_or_else(bad)?.shifted(exp))
    }
}
