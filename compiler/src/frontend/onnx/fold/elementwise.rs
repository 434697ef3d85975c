//! Element by element, with NumPy broadcasting: arithmetic, comparison, logic, choice.
//!
//! Functions without a correctly rounded float32 form (exp, log, pow) are computed in float64 and
//! rounded once, which is what the C libraries behind the runtimes give up to rare last-bit cases.

use std::borrow::Cow;

use dialects::Result;

use super::indexing::{broadcast, broadcast_strides, legacy_operand_shape, walk};
use super::{Args, concat, elements, mismatch, required};
use crate::frontend::onnx::node::OnnxNode;
use crate::frontend::onnx::tensor::{Tensor, TensorData as D};

fn spread<'a>(node: &OnnxNode, t: &'a Tensor, shape: &[usize]) -> Result<Cow<'a, Tensor>> {
    if t.shape == shape {
        return Ok(Cow::Borrowed(t));
    }
    elements(node, shape)?;
    let source = walk(shape, &broadcast_strides(&t.shape, shape), 0);
    Ok(Cow::Owned(t.pick(shape.to_vec(), &source)))
}

/// Both operands at their common shape.
fn pair<'a>(
    node: &OnnxNode,
    a: &'a Tensor,
    b: &'a Tensor,
) -> Result<(Cow<'a, Tensor>, Cow<'a, Tensor>)> {
    let aligned = legacy_operand_shape(node, &a.shape, &b.shape)?;
    let shape = broadcast(node, &a.shape, &aligned)?;
    if aligned == b.shape {
        return Ok((spread(node, a, &shape)?, spread(node, b, &shape)?));
    }
    let b = Tensor {
        shape: aligned,
        ..b.clone()
    };
    let b = spread(node, &b, &shape)?.into_owned();
    Ok((spread(node, a, &shape)?, Cow::Owned(b)))
}

fn zip<A: Copy, R>(a: &[A], b: &[A], f: impl Fn(A, A) -> R) -> Vec<R> {
    a.iter().zip(b).map(|(&x, &y)| f(x, y)).collect()
}

/// Two operands of one numeric type, the result of the same type.
macro_rules! arithmetic {
    ($node:expr, $a:expr, $b:expr, $float:expr, $integer:expr) => {{
        let (a, b) = pair($node, $a, $b)?;
        let data = match (&a.data, &b.data) {
            (D::F32(x), D::F32(y)) => D::F32(zip(x, y, $float)),
            (D::F64(x), D::F64(y)) => D::F64(zip(x, y, $float)),
            (D::I8(x), D::I8(y)) => D::I8(zip(x, y, $integer)),
            (D::I16(x), D::I16(y)) => D::I16(zip(x, y, $integer)),
            (D::I32(x), D::I32(y)) => D::I32(zip(x, y, $integer)),
            (D::I64(x), D::I64(y)) => D::I64(zip(x, y, $integer)),
            (D::U8(x), D::U8(y)) => D::U8(zip(x, y, $integer)),
            (D::U16(x), D::U16(y)) => D::U16(zip(x, y, $integer)),
            (D::U32(x), D::U32(y)) => D::U32(zip(x, y, $integer)),
            (D::U64(x), D::U64(y)) => D::U64(zip(x, y, $integer)),
            _ => return Err(mismatch($node, "two numbers of one type", &[&*a, &*b])),
        };
        Tensor::new(a.shape.clone(), data)
    }};
}

/// Two operands of one type, the result boolean.
macro_rules! comparison {
    ($name:ident, $compare:expr $(, $also:ident)?) => {
        pub fn $name(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
            let (a, b) = pair(node, required(node, args, 0)?, required(node, args, 1)?)?;
            let flags = match (&a.data, &b.data) {
                (D::F32(x), D::F32(y)) => zip(x, y, $compare),
                (D::F64(x), D::F64(y)) => zip(x, y, $compare),
                (D::I8(x), D::I8(y)) => zip(x, y, $compare),
                (D::I16(x), D::I16(y)) => zip(x, y, $compare),
                (D::I32(x), D::I32(y)) => zip(x, y, $compare),
                (D::I64(x), D::I64(y)) => zip(x, y, $compare),
                (D::U8(x), D::U8(y)) => zip(x, y, $compare),
                (D::U16(x), D::U16(y)) => zip(x, y, $compare),
                (D::U32(x), D::U32(y)) => zip(x, y, $compare),
                (D::U64(x), D::U64(y)) => zip(x, y, $compare),
                $((D::$also(x), D::$also(y)) => zip(x, y, $compare),)?
                _ => return Err(mismatch(node, "two operands of one type", &[&*a, &*b])),
            };
            Ok(vec![Tensor::new(a.shape.clone(), D::Bool(flags))])
        }
    };
}

comparison!(equal, |x, y| x == y, Bool);
comparison!(greater, |x, y| x > y);
comparison!(greater_or_equal, |x, y| x >= y);
comparison!(less, |x, y| x < y);
comparison!(less_or_equal, |x, y| x <= y);

macro_rules! binary {
    ($name:ident, $float:expr, $integer:expr) => {
        pub fn $name(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
            let (a, b) = (required(node, args, 0)?, required(node, args, 1)?);
            Ok(vec![arithmetic!(node, a, b, $float, $integer)])
        }
    };
}

binary!(add, |x, y| x + y, |x, y| x.wrapping_add(y));
binary!(sub, |x, y| x - y, |x, y| x.wrapping_sub(y));
binary!(mul, |x, y| x * y, |x, y| x.wrapping_mul(y));

pub fn div(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
    let (a, b) = (required(node, args, 0)?, required(node, args, 1)?);
    if b.to_i64s().is_some_and(|v| v.contains(&0)) {
        return Err(node
            .error("Div divides a constant integer by zero")
            .help("the model contradicts itself: export it again"));
    }
    Ok(vec![
        arithmetic!(node, a, b, |x, y| x / y, |x, y| x.wrapping_div(y))
    ])
}

/// Operators of any number of operands, from the left; NaN stays NaN as in NumPy.
macro_rules! variadic {
    ($name:ident, $float:expr, $integer:expr) => {
        pub fn $name(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
            let mut result = required(node, args, 0)?.clone();
            for i in 1..args.len() {
                result = arithmetic!(node, &result, required(node, args, i)?, $float, $integer);
            }
            Ok(vec![result])
        }
    };
}

variadic!(
    min,
    |x, y| if x.is_nan() || x < y { x } else { y },
    |x, y| x.min(y)
);
variadic!(
    max,
    |x, y| if x.is_nan() || x > y { x } else { y },
    |x, y| x.max(y)
);
variadic!(sum, |x, y| x + y, |x, y| x.wrapping_add(y));

pub fn mean(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
    let mut result = sum(node, args)?;
    let count = args.len();
    for t in &mut result {
        match &mut t.data {
            D::F32(v) => v.iter_mut().for_each(|x| *x /= count as f32),
            D::F64(v) => v.iter_mut().for_each(|x| *x /= count as f64),
            _ => return Err(mismatch(node, "floats", &[t])),
        }
    }
    Ok(result)
}

/// The result has the type of the base, whatever the exponent's type.
pub fn pow(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
    let (a, b) = pair(node, required(node, args, 0)?, required(node, args, 1)?)?;
    let unfit = || mismatch(node, "numbers whose power is defined", &[&*a, &*b]);
    let exponents = b.to_f64s().ok_or_else(unfit)?;
    let whole = b.to_i64s().filter(|v| v.iter().all(|&e| e >= 0));
    macro_rules! integer {
        ($v:expr, $t:ty) => {
            match &whole {
                Some(powers) => $v
                    .iter()
                    .zip(powers)
                    .map(|(&x, &e)| power(x, e, 1, <$t>::wrapping_mul))
                    .collect(),
                None => {
                    let powers: Vec<f64> = $v
                        .iter()
                        .zip(&exponents)
                        .map(|(&x, &e)| (x as f64).powf(e))
                        .collect();
                    // Only where the float result is an integer of the type beyond doubt.
                    if !powers
                        .iter()
                        .all(|&p| (p.trunc() as $t) as f64 == p.trunc() && p.abs() < 1e15)
                    {
                        return Err(unfit());
                    }
                    powers.into_iter().map(|p| p as $t).collect()
                }
            }
        };
    }
    let data = match &a.data {
        D::F32(v) => D::F32(
            v.iter()
                .zip(&exponents)
                .map(|(&x, &e)| f64::from(x).powf(e) as f32)
                .collect(),
        ),
        D::F64(v) => D::F64(v.iter().zip(&exponents).map(|(&x, &e)| x.powf(e)).collect()),
        D::I8(v) => D::I8(integer!(v, i8)),
        D::I16(v) => D::I16(integer!(v, i16)),
        D::I32(v) => D::I32(integer!(v, i32)),
        D::I64(v) => D::I64(integer!(v, i64)),
        D::U8(v) => D::U8(integer!(v, u8)),
        D::U16(v) => D::U16(integer!(v, u16)),
        D::U32(v) => D::U32(integer!(v, u32)),
        D::U64(v) => D::U64(integer!(v, u64)),
        D::Bool(_) | D::Dims(_) => return Err(unfit()),
    };
    Ok(vec![Tensor::new(a.shape.clone(), data)])
}

fn power<T: Copy>(mut base: T, mut exponent: i64, one: T, mul: impl Fn(T, T) -> T) -> T {
    let mut result = one;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = mul(result, base);
        }
        base = mul(base, base);
        exponent >>= 1;
    }
    result
}

macro_rules! logic {
    ($name:ident, $f:expr) => {
        pub fn $name(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
            let (a, b) = pair(node, required(node, args, 0)?, required(node, args, 1)?)?;
            match (&a.data, &b.data) {
                (D::Bool(x), D::Bool(y)) => {
                    Ok(vec![Tensor::new(a.shape.clone(), D::Bool(zip(x, y, $f)))])
                }
                _ => Err(mismatch(node, "booleans", &[&*a, &*b])),
            }
        }
    };
}

logic!(and, |x, y| x & y);
logic!(or, |x, y| x | y);
logic!(xor, |x, y| x ^ y);

pub fn not(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
    let t = required(node, args, 0)?;
    match &t.data {
        D::Bool(v) => Ok(vec![Tensor::new(
            t.shape.clone(),
            D::Bool(v.iter().map(|x| !x).collect()),
        )]),
        _ => Err(mismatch(node, "booleans", &[t])),
    }
}

/// One operand; integer operands where a closure for signed and unsigned ones is given.
macro_rules! unary {
    ($name:ident, $f32:expr, $f64:expr $(, $signed:expr, $unsigned:expr)?) => {
        pub fn $name(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
            let t = required(node, args, 0)?;
            let data = match &t.data {
                D::F32(v) => D::F32(v.iter().copied().map($f32).collect()),
                D::F64(v) => D::F64(v.iter().copied().map($f64).collect()),
                $(
                    D::I8(v) => D::I8(v.iter().copied().map($signed).collect()),
                    D::I16(v) => D::I16(v.iter().copied().map($signed).collect()),
                    D::I32(v) => D::I32(v.iter().copied().map($signed).collect()),
                    D::I64(v) => D::I64(v.iter().copied().map($signed).collect()),
                    D::U8(v) => D::U8(v.iter().copied().map($unsigned).collect()),
                    D::U16(v) => D::U16(v.iter().copied().map($unsigned).collect()),
                    D::U32(v) => D::U32(v.iter().copied().map($unsigned).collect()),
                    D::U64(v) => D::U64(v.iter().copied().map($unsigned).collect()),
                )?
                _ => return Err(mismatch(node, "numbers it is defined for", &[t])),
            };
            Ok(vec![Tensor::new(t.shape.clone(), data)])
        }
    };
}

unary!(neg, |x| -x, |x| -x, |x| x.wrapping_neg(), |x| x
    .wrapping_neg());
unary!(abs, f32::abs, f64::abs, |x| x.wrapping_abs(), |x| x);
unary!(sign, sign_of_f32, sign_of_f64, |x| x.signum(), |x| x.min(1));
unary!(
    relu,
    |x| if x < 0.0 { 0.0 } else { x },
    |x| if x < 0.0 { 0.0 } else { x },
    |x| x.max(0),
    |x| x
);
unary!(sqrt, f32::sqrt, f64::sqrt);
unary!(exp, |x| f64::from(x).exp() as f32, f64::exp);
unary!(log, |x| f64::from(x).ln() as f32, f64::ln);
unary!(reciprocal, |x| 1.0 / x, |x| 1.0 / x);
unary!(floor, f32::floor, f64::floor);
unary!(ceil, f32::ceil, f64::ceil);
unary!(round, f32::round_ties_even, f64::round_ties_even);

fn sign_of_f32(x: f32) -> f32 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

fn sign_of_f64(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

/// Where: elements of the second operand under true, of the third under false.
pub fn choose(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
    let (flags, yes, no) = (
        required(node, args, 0)?,
        required(node, args, 1)?,
        required(node, args, 2)?,
    );
    let shape = broadcast(node, &broadcast(node, &flags.shape, &yes.shape)?, &no.shape)?;
    let flags = spread(node, flags, &shape)?;
    let D::Bool(flags) = &flags.data else {
        return Err(mismatch(node, "booleans first", &[&*flags]));
    };
    let (yes, no) = (spread(node, yes, &shape)?, spread(node, no, &shape)?);
    let source: Vec<(usize, usize)> = flags
        .iter()
        .enumerate()
        .map(|(i, &flag)| (usize::from(!flag), i))
        .collect();
    Ok(vec![concat::pick_from(
        node,
        &[&*yes, &*no],
        shape,
        &source,
    )?])
}
