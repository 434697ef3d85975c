//! Comparisons of two values, as 0 and 1.

use dialects::Result;
use dialects::nn::Op;

use super::layer::Layer;
use super::value::Value;
use super::{Row, onnx};
use crate::frontend::onnx::tensor::ElementType;

pub const ROWS: &[Row] = &[
    onnx("Greater", |layer| above(layer, 0, 1)),
    onnx("Less", |layer| above(layer, 1, 0)),
    onnx("GreaterOrEqual", |layer| not_above(layer, 1, 0)),
    onnx("LessOrEqual", |layer| not_above(layer, 0, 1)),
];

/// sign(max(0, a - b)): 1 where a > b.
fn above(layer: &mut Layer, a: usize, b: usize) -> Result<Vec<Value>> {
    let (a, b) = (layer.operand(a, "operand")?, layer.operand(b, "operand")?);
    let difference = layer.binary(a, b, |lhs, rhs| Op::Sub { lhs, rhs })?;
    let positive = layer.push_like(
        Op::Relu {
            input: difference.id,
        },
        difference,
    )?;
    let sign = layer.push_like(Op::Sign { input: positive.id }, positive)?;
    Ok(vec![Value {
        element: ElementType::Bool,
        ..sign
    }])
}

/// 1 - [a > b].
fn not_above(layer: &mut Layer, a: usize, b: usize) -> Result<Vec<Value>> {
    let above = above(layer, a, b)?.remove(0);
    let one = layer.push_scalar(1.0)?;
    let not = layer.binary(one, above, |lhs, rhs| Op::Sub { lhs, rhs })?;
    Ok(vec![Value {
        element: ElementType::Bool,
        ..not
    }])
}
