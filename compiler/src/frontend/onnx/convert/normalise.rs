//! Normalisations by statistics of the event itself: means, squares, a root and a reciprocal.

use dialects::Result;
use dialects::nn::{Function, Op, Reduction};

use super::activation::{curve, function};
use super::layer::Layer;
use super::value::{BatchAxis, Value};
use super::{Row, onnx};

pub const ROWS: &[Row] = &[onnx("LayerNormalization", layer_normalization)];

/// (x - mean) / sqrt(variance + epsilon) · scale + B over all axes from `axis` on; then the
/// mean and the reciprocal of the root.
fn layer_normalization(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "X")?;
    layer.computes_in_floats(&[x])?;
    let rank = layer.rank(x) as i64;
    let first = layer.node.int_or("axis", -1)?;
    let first = if first < 0 { first + rank } else { first };
    let axes = (first..rank).map(|axis| layer.axis(x, axis));
    let axes = axes.collect::<Result<Vec<_>>>()?;
    let mean = mean(layer, x, &axes)?;
    let centred = layer.binary(x, mean, |lhs, rhs| Op::Sub { lhs, rhs })?;
    let square = layer.binary(centred, centred, |lhs, rhs| Op::Mul { lhs, rhs })?;
    let variance = self::mean(layer, square, &axes)?;
    let epsilon = layer.node.float_or("epsilon", 1e-5)?;
    let epsilon = layer.push_scalar(epsilon)?;
    let raised = layer.binary(variance, epsilon, |lhs, rhs| Op::Add { lhs, rhs })?;
    let root = function(layer, raised, curve(Function::Sqrt))?;
    let factor = function(layer, root, curve(Function::Reciprocal))?;
    let mut y = layer.binary(centred, factor, |lhs, rhs| Op::Mul { lhs, rhs })?;
    let scale = layer.operand(1, "Scale")?;
    y = layer.binary(y, scale, |lhs, rhs| Op::Mul { lhs, rhs })?;
    if let Some(bias) = layer.optional_operand(2, "B")? {
        y = layer.binary(y, bias, |lhs, rhs| Op::Add { lhs, rhs })?;
    }
    Ok(vec![y, mean, factor])
}

/// The mean over axes, which stay with one element.
fn mean(layer: &mut Layer, x: Value, axes: &[usize]) -> Result<Value> {
    let mut shape = layer.shape(x).to_vec();
    for &axis in axes {
        shape[axis] = 1;
    }
    let op = Op::Reduce {
        input: x.id,
        kind: Reduction::Mean,
        axes: axes.to_vec(),
    };
    let reduced = layer.push_like(op, x)?;
    let restored = layer.reshape(reduced, shape)?;
    debug_assert!(x.batch == BatchAxis::Absent || restored.batch == x.batch);
    Ok(restored)
}
