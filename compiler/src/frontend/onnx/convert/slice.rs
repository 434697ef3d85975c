//! Slice and Split: strided parts along axes that are not the batch.

use dialects::Result;
use dialects::nn::Op;

use super::layer::Layer;
use super::value::{BatchAxis, Value};
use super::{Row, onnx};
use crate::frontend::onnx::fold::{self, Movement};

pub const ROWS: &[Row] = &[onnx("Slice", parts), onnx("Split", parts)];

fn parts(layer: &mut Layer) -> Result<Vec<Value>> {
    let value = layer.operand(0, "data")?;
    // With a batch of two, a part of the batch would be seen.
    let whole = layer.onnx_shape(value, 2);
    let mut args = layer.constants();
    args[0] = None;
    let movements = fold::movement(layer.node, &whole, &args)?.unwrap_or_default();
    let mut outputs = vec![];
    for (index, movement) in movements.into_iter().enumerate() {
        outputs.push(match layer.node.output(index) {
            Some(_) => part(layer, value, &whole, &movement)?,
            None => value,
        });
    }
    Ok(outputs)
}

fn part(layer: &mut Layer, value: Value, whole: &[usize], movement: &Movement) -> Result<Value> {
    let (mut starts, mut steps) = strides_of(whole, movement);
    let mut sizes = movement.shape.clone();
    let batch = match value.batch {
        BatchAxis::Absent => None,
        BatchAxis::At(axis) => Some(axis),
        BatchAxis::Merged => Some(0),
    };
    if let Some(axis) = batch {
        if (starts[axis], steps[axis], sizes[axis]) != (0, 1, whole[axis]) {
            return Err(layer.mixes_batch(&format!("it takes a part of the batch, axis {axis}")));
        }
        match value.batch {
            BatchAxis::Merged => sizes[0] = layer.shape(value)[0],
            _ => {
                starts.remove(axis);
                steps.remove(axis);
                sizes.remove(axis);
            }
        }
    }
    if layer.shape(value) == sizes && steps.iter().all(|&step| step == 1) {
        return Ok(value);
    }
    let op = Op::Slice {
        input: value.id,
        starts,
        sizes,
        steps,
    };
    layer.push_like(op, value)
}

/// Start and step along each axis, from where the elements of a part lie in the whole.
fn strides_of(whole: &[usize], part: &Movement) -> (Vec<i64>, Vec<i64>) {
    let own = dialects::nn::tensor::strides(whole);
    let new = dialects::nn::tensor::strides(&part.shape);
    let first = part.source.first().copied().unwrap_or(0);
    let step = |axis: usize| match (part.shape[axis], part.source.is_empty()) {
        (0 | 1, _) | (_, true) => 1,
        _ => (part.source[new[axis]] as i64 - first as i64) / own[axis] as i64,
    };
    let start = |axis: usize| (first / own[axis] % whole[axis]) as i64;
    let axes = 0..whole.len();
    (axes.clone().map(start).collect(), axes.map(step).collect())
}
