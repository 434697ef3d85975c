//! Real functions with as many digits as a rounding needs.
//!
//! `round_to` evaluates f in binary floating point of growing precision (Ziv's strategy,
//! "Fast evaluation of elementary mathematical functions with correctly rounded last bit",
//! ACM TOMS 17(3), 1991) until the error bound no longer reaches a rounding boundary.

use dashu_float::{FBig, ops::SquareRoot, round::mode::HalfEven};
use dashu_int::IBig;
use num_bigint::BigInt;
use std::str::FromStr;

use super::quantizer::ElementQuantizer;
use crate::{Diagnostic, Number, Result};

type Real = FBig<HalfEven, 2>;

/// The unary functions of nn.function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Function {
    Elu,
    Exp,
    Exp2,
    Log,
    Reciprocal,
    Selu,
    Sigmoid,
    Softplus,
    Sqrt,
    Tanh,
}

impl Function {
    pub const ALL: [Function; 10] = [
        Function::Elu,
        Function::Exp,
        Function::Exp2,
        Function::Log,
        Function::Reciprocal,
        Function::Selu,
        Function::Sigmoid,
        Function::Softplus,
        Function::Sqrt,
        Function::Tanh,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Function::Elu => "elu",
            Function::Exp => "exp",
            Function::Exp2 => "exp2",
            Function::Log => "log",
            Function::Reciprocal => "reciprocal",
            Function::Selu => "selu",
            Function::Sigmoid => "sigmoid",
            Function::Softplus => "softplus",
            Function::Sqrt => "sqrt",
            Function::Tanh => "tanh",
        }
    }

    /// Whether larger inputs never give smaller results on the whole domain.
    pub fn is_increasing(self) -> bool {
        self != Function::Reciprocal
    }

    /// The value in float64, for bounds and plots; not correctly rounded.
    pub fn approximate(self, x: f64, alpha: f64, gamma: f64) -> f64 {
        match self {
            Function::Elu if x > 0.0 => x,
            Function::Elu => alpha * x.exp_m1(),
            Function::Selu if x > 0.0 => gamma * x,
            Function::Selu => gamma * alpha * x.exp_m1(),
            Function::Exp => x.exp(),
            Function::Exp2 => x.exp2(),
            Function::Log => x.ln(),
            Function::Reciprocal => 1.0 / x,
            Function::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Function::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Function::Sqrt => x.sqrt(),
            Function::Tanh => x.tanh(),
        }
    }

    /// f(x) when it is rational, which no growing precision would ever tell.
    fn exact(self, x: &Number, alpha: &Number, gamma: &Number) -> Option<Number> {
        let one = Number::one();
        let half = Number::pow2(-1);
        match self {
            Function::Elu if !x.is_negative() => Some(x.clone()),
            Function::Selu if !x.is_negative() => Some(gamma * x),
            Function::Elu | Function::Selu if alpha.is_zero() || gamma.is_zero() => {
                Some(Number::zero())
            }
            Function::Exp if x.is_zero() => Some(one),
            // Beyond these no type tells 2^x from 0 or from its largest number.
            Function::Exp2 if x.is_integer() => {
                let power = x.to_i128().filter(|power| power.abs() <= 1000)?;
                Some(Number::pow2(power as i64))
            }
            Function::Log if *x == one => Some(Number::zero()),
            Function::Reciprocal => x.reciprocal(),
            Function::Sigmoid if x.is_zero() => Some(half),
            Function::Tanh if x.is_zero() => Some(Number::zero()),
            Function::Sqrt => {
                let (num, den) = x.to_ratio();
                let (a, b) = (num.sqrt(), den.sqrt());
                (&a * &a == num && &b * &b == den)
                    .then(|| Number::ratio(a, b))
                    .flatten()
            }
            _ => None,
        }
    }

    /// f(x) to about `bits` bits, without a guarantee for the last few.
    fn to_precision(self, x: &Number, alpha: &Number, gamma: &Number, bits: usize) -> Real {
        let x = real(x, bits);
        let one = || Real::ONE.with_precision(bits).value();
        let scaled = |factor: &Number, x: &Real| real(factor, bits) * x.exp_m1();
        match self {
            Function::Elu => scaled(alpha, &x),
            Function::Selu => real(gamma, bits) * scaled(alpha, &x),
            Function::Exp => x.exp(),
            Function::Exp2 => {
                let two = Real::from(2).with_precision(bits).value();
                (x * two.ln()).exp()
            }
            Function::Log => x.ln(),
            Function::Reciprocal => one() / x,
            Function::Sigmoid => one() / (one() + (-x).exp()),
            Function::Softplus if x > Real::ZERO => x.clone() + (-x).exp().ln_1p(),
            // e^0 is an exact 1 without a precision, which ln_1p needs.
            Function::Softplus => x.exp().with_precision(bits).value().ln_1p(),
            Function::Sqrt => x.sqrt(),
            // tanh x = 1 - 2 / (e^{2x} + 1)
            Function::Tanh => {
                let twice = (x << 1).exp_m1();
                &twice / (&twice + Real::from(2))
            }
        }
    }
}

impl FromStr for Function {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Function::ALL.into_iter();
        all.find(|function| function.name() == text).ok_or_else(|| {
            let names = Function::ALL.map(Function::name).join(", ");
            format!("`{text}` is no function; the functions are {names}")
        })
    }
}

/// A function with its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    pub function: Function,
    pub alpha: f32,
    pub gamma: f32,
}

impl Curve {
    /// The quantiser's integer for f(x).
    ///
    /// Errors: x outside the domain (log and sqrt of negatives, 1/0).
    pub fn round_to(&self, x: &Number, quantizer: &ElementQuantizer) -> Result<i128> {
        let undefined = || Diagnostic::new(format!("{} has no value at {x}", self.function.name()));
        match self.function {
            Function::Log if x.is_negative() || x.is_zero() => return Err(undefined()),
            Function::Sqrt if x.is_negative() => return Err(undefined()),
            Function::Reciprocal if x.is_zero() => return Err(undefined()),
            _ => {}
        }
        let parameter = |value| Number::from_f32(value).ok_or_else(undefined);
        let (alpha, gamma) = (parameter(self.alpha)?, parameter(self.gamma)?);
        if let Some(exact) = self.function.exact(x, &alpha, &gamma) {
            return Ok(quantizer.integer(&exact));
        }
        // float64 decides where its error, a few units in the last place of numbers no larger
        // than the result or 1, is far from a rounding boundary.
        let (a, g) = (f64::from(self.alpha), f64::from(self.gamma));
        let float = self.function.approximate(x.to_f64(), a, g);
        let slack = 1e-12 * float.abs().max(1.0) * a.abs().max(1.0) * g.abs().max(1.0);
        let ends = [float - slack, float + slack].map(Number::from_f64);
        if let [Some(low), Some(high)] = ends
            && let low = quantizer.integer(&low)
            && low == quantizer.integer(&high)
        {
            return Ok(low);
        }
        // Far out, e^x leaves every fixed-point type: the float64 sign and size decide.
        if float.is_infinite() {
            let huge = Number::pow2(1000);
            return Ok(quantizer.integer(&if float < 0.0 { -&huge } else { huge }));
        }
        for bits in [80, 160, 320, 640, 1280] {
            let value = self.function.to_precision(x, &alpha, &gamma, bits);
            let (mantissa, exponent) = value.repr().clone().into_parts();
            let mantissa = BigInt::from_signed_bytes_le(&mantissa.to_le_bytes());
            let value = Number::dyadic(mantissa, exponent as i64);
            let size = value.abs().to_f64().max(1.0).log2().ceil() as i64;
            // A generous bound: a dozen operations, each within one unit of the last place.
            let error = Number::pow2(size - bits as i64 + 12);
            let low = quantizer.integer(&(&value - &error));
            if low == quantizer.integer(&(&value + &error)) {
                return Ok(low);
            }
        }
        Err(Diagnostic::new(format!(
            "{} at {x} lies closer to a rounding boundary than 1280 bits can tell",
            self.function.name()
        )))
    }
}

fn real(x: &Number, bits: usize) -> Real {
    let (num, den) = x.to_ratio();
    let integer = |value: &BigInt| {
        let value = IBig::from_le_bytes(&value.to_signed_bytes_le());
        let exact = Real::from_parts(value, 0);
        let digits = exact.repr().digits().max(bits);
        exact.with_precision(digits).value()
    };
    (integer(&num) / integer(&den)).with_precision(bits).value()
}
