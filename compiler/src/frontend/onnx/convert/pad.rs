//! Pad: a border of constants, or of elements of the value itself; a negative one cuts.

use dialects::Result;
use dialects::nn::{Constant, Op};

use super::layer::Layer;
use super::value::{BatchAxis, Value};
use super::{Row, onnx};
use crate::frontend::onnx::fold;
use crate::frontend::onnx::tensor::Tensor;

pub const ROWS: &[Row] = &[onnx("Pad", pad)];

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Constant,
    Reflect,
    Edge,
    Wrap,
}

fn pad(layer: &mut Layer) -> Result<Vec<Value>> {
    let mut x = layer.operand(0, "data")?;
    let mode = match layer.node.string_or("mode", "constant")? {
        "constant" => Mode::Constant,
        "reflect" => Mode::Reflect,
        "edge" => Mode::Edge,
        "wrap" => Mode::Wrap,
        other => {
            return Err(
                layer.contradiction(format!("Pad continues by the unknown mode \"{other}\""))
            );
        }
    };
    let value = match layer.node.float("value")? {
        Some(value) => value,
        None if layer.node.input(2).is_some() => layer.scalar_input(2, "constant value")?,
        None => 0.0,
    };
    let rank = layer.rank(x);
    let given = match layer.node.ints("pads")? {
        Some(pads) => pads.to_vec(),
        None => integers(layer, 1, "pads")?,
    };
    let axes = match layer.node.input(3) {
        Some(_) => integers(layer, 3, "axes")?,
        None => (0..rank as i64).collect(),
    };
    if given.len() != 2 * axes.len() {
        return Err(layer.contradiction(format!(
            "the pads {given:?} of Pad do not fit {} axes",
            axes.len()
        )));
    }
    let (before, behind) = given.split_at(axes.len());
    for (at, &onnx_axis) in axes.iter().enumerate() {
        let pads = (before[at], behind[at]);
        if pads != (0, 0) {
            let of_batch = match x.batch {
                BatchAxis::At(batch) => fold::axis(layer.node, onnx_axis, rank)? == batch,
                _ => false,
            };
            if of_batch {
                return Err(layer.mixes_batch("it adds events to the batch"));
            }
            let axis = layer.axis(x, onnx_axis)?;
            x = along(layer, x, axis, pads, mode, value)?;
        }
    }
    Ok(vec![x])
}

fn integers(layer: &Layer, index: usize, role: &str) -> Result<Vec<i64>> {
    let name = layer.node.required_input(index, role)?;
    let constant = layer.constant(index).and_then(Tensor::to_i64s);
    constant.ok_or_else(|| {
        layer
            .error(format!(
                "the {role} of Pad (\"{name}\") depend on the model's input"
            ))
            .help("export the model with static shapes")
    })
}

/// Elements of an axis with its border.
const MOST_LENGTH: i128 = 1 << 24;

/// One axis with its border.
fn along(
    layer: &mut Layer,
    x: Value,
    axis: usize,
    (before, behind): (i64, i64),
    mode: Mode,
    value: f32,
) -> Result<Value> {
    let size = layer.shape(x)[axis] as i64;
    let length = i128::from(size) + i128::from(before) + i128::from(behind);
    if length > MOST_LENGTH || before.unsigned_abs() > MOST_LENGTH as u64 {
        return Err(layer.error(format!(
            "Pad makes an axis of {length} elements, the limit is {MOST_LENGTH}"
        )));
    }
    let fits = |pad: i64| match mode {
        Mode::Reflect => pad < size,
        _ => true,
    };
    if size + before + behind < 1 || before < -size || !fits(before) || !fits(behind) {
        return Err(layer.contradiction(format!(
            "Pad adds {before} and {behind} to an axis of {size}"
        )));
    }
    let source = |at: i64| match mode {
        _ if (0..size).contains(&at) => at,
        Mode::Constant => -1,
        Mode::Edge => at.clamp(0, size - 1),
        Mode::Wrap => at.rem_euclid(size),
        Mode::Reflect if at < 0 => -at,
        Mode::Reflect => 2 * (size - 1) - at,
    };
    let places = (-before..size + behind).map(source);
    let kept = places.filter(|&at| at >= 0).map(|at| at as usize);
    let kept = kept.collect::<Vec<_>>();
    let mut inside = x;
    if kept.is_empty() {
        return Err(layer.contradiction("Pad leaves nothing of its input"));
    }
    if !kept.iter().copied().eq(0..size as usize) {
        let input = x.id;
        let indices = kept;
        inside = layer.push_like(
            Op::Gather {
                input,
                indices,
                axis,
            },
            x,
        )?;
    }
    if mode != Mode::Constant {
        return Ok(inside);
    }
    let mut inputs = vec![];
    inputs.extend(border(layer, x, axis, before, value)?);
    inputs.push(inside.id);
    inputs.extend(border(layer, x, axis, behind, value)?);
    layer.concat(inputs, axis, x)
}

fn border(
    layer: &mut Layer,
    x: Value,
    axis: usize,
    count: i64,
    value: f32,
) -> Result<Option<dialects::nn::ValueId>> {
    if count <= 0 {
        return Ok(None);
    }
    let mut shape = layer.shape(x).to_vec();
    shape[axis] = count as usize;
    let values = vec![value; shape.iter().product()];
    let constant = layer.push_constant(Constant::float(shape, values))?;
    Ok(Some(constant.id))
}
