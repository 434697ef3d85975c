//! Elementwise arithmetic: exact on real numbers.

use dialects::Result;
use dialects::nn::{Function, Op, ValueId};

use super::activation::{curve, function};
use super::layer::Layer;
use super::value::Value;
use super::{Row, onnx};
use crate::frontend::onnx::fold::legacy_operand_shape;

pub const ROWS: &[Row] = &[
    onnx("Add", |l| pair(l, |lhs, rhs| Op::Add { lhs, rhs })),
    onnx("Sub", |l| pair(l, |lhs, rhs| Op::Sub { lhs, rhs })),
    onnx("Mul", |l| pair(l, |lhs, rhs| Op::Mul { lhs, rhs })),
    onnx("Div", |l| pair(l, |lhs, rhs| Op::Div { lhs, rhs })),
    onnx("Max", |l| chosen(l, |lhs, rhs| Op::Max { lhs, rhs })),
    onnx("Min", |l| chosen(l, |lhs, rhs| Op::Min { lhs, rhs })),
    onnx("Sum", |l| Ok(vec![sum(l)?])),
    onnx("Mean", mean),
    onnx("Neg", neg),
    onnx("Abs", abs),
    onnx("Pow", pow),
];

/// The largest power that is written out as multiplications.
const MAX_POWER: f32 = 8.0;

type Make = fn(ValueId, ValueId) -> Op;

fn pair(layer: &mut Layer, op: Make) -> Result<Vec<Value>> {
    let a = layer.operand(0, "A")?;
    let mut b = layer.operand(1, "B")?;
    layer.computes_in_floats(&[a, b])?;
    if !b.dynamic {
        let (shape_a, shape_b) = (layer.onnx_shape(a, 1), layer.onnx_shape(b, 1));
        let shape = legacy_operand_shape(layer.node, &shape_a, &shape_b)?;
        b = layer.reshape(b, shape)?;
    }
    Ok(vec![layer.binary(a, b, op)?])
}

fn chain(layer: &mut Layer, values: Vec<Value>, op: Make) -> Result<Value> {
    let mut values = values.into_iter();
    let first = values.next();
    let mut result = first.ok_or_else(|| layer.contradiction("it has no operands"))?;
    for value in values {
        result = layer.binary(result, value, op)?;
    }
    Ok(result)
}

/// Also on integers, where nothing can overflow.
fn chosen(layer: &mut Layer, op: Make) -> Result<Vec<Value>> {
    let values = layer.operands(0)?;
    Ok(vec![chain(layer, values, op)?])
}

fn sum(layer: &mut Layer) -> Result<Value> {
    let values = layer.operands(0)?;
    layer.computes_in_floats(&values)?;
    chain(layer, values, |lhs, rhs| Op::Add { lhs, rhs })
}

fn mean(layer: &mut Layer) -> Result<Vec<Value>> {
    let total = sum(layer)?;
    let count = layer.push_scalar(layer.node.inputs.len() as f32)?;
    let mean = layer.binary(total, count, |lhs, rhs| Op::Div { lhs, rhs })?;
    Ok(vec![mean])
}

pub fn negated(layer: &mut Layer, x: Value) -> Result<Value> {
    let zero = layer.push_scalar(0.0)?;
    let result = layer.binary(zero, x, |lhs, rhs| Op::Sub { lhs, rhs })?;
    Ok(x.with(result.id))
}

fn neg(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "X")?;
    layer.computes_in_floats(&[x])?;
    Ok(vec![negated(layer, x)?])
}

fn abs(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "X")?;
    layer.computes_in_floats(&[x])?;
    Ok(vec![layer.push_like(Op::Abs { input: x.id }, x)?])
}

/// Small whole powers by multiplication, roots and reciprocals as functions.
/// 2^x for the constant base 2.
fn power_of_two(layer: &mut Layer) -> Result<Option<Value>> {
    if layer.constant(0).is_none() || layer.constant(1).is_some() {
        return Ok(None);
    }
    let base = layer.floats(0, "base")?;
    if base.uniform() != Some(2.0) {
        return Ok(None);
    }
    let x = layer.operand(1, "exponent")?;
    layer.computes_in_floats(&[x])?;
    match base.shape.len() <= layer.rank(x) && base.values.len() == 1 {
        true => function(layer, x, curve(Function::Exp2)).map(Some),
        false => Ok(None),
    }
}

fn pow(layer: &mut Layer) -> Result<Vec<Value>> {
    if let Some(power) = power_of_two(layer)? {
        return Ok(vec![power]);
    }
    let x = layer.operand(0, "X")?;
    layer.computes_in_floats(&[x])?;
    let exponents = layer.floats(1, "exponent")?;
    let result = match exponents.uniform() {
        Some(power) if power.fract() == 0.0 && (1.0..=MAX_POWER).contains(&power) => {
            let mut result = x;
            for _ in 1..power as i32 {
                result = layer.binary(result, x, |lhs, rhs| Op::Mul { lhs, rhs })?;
            }
            result
        }
        Some(0.5) => function(layer, x, curve(Function::Sqrt))?,
        Some(-1.0) => function(layer, x, curve(Function::Reciprocal))?,
        _ => {
            let text: Vec<String> = exponents
                .values
                .iter()
                .take(4)
                .map(f32::to_string)
                .collect();
            return Err(layer
                .error(format!(
                    "Pow with the exponent {} is not supported",
                    text.join(", ")
                ))
                .note("supported: one exponent for all elements, -1, 0.5 or 1 to 8")
                .help("write the power as multiplications, or as Exp of a product"));
        }
    };
    let (own, wanted) = (layer.shape(result).len(), exponents.shape.len());
    if wanted > layer.rank(result) {
        return Err(layer
            .error(format!(
                "the exponent of Pow has {wanted} axes, more than its base"
            ))
            .note(format!("the base has {own}"))
            .help("re-export the model with a scalar exponent"));
    }
    Ok(vec![result])
}
