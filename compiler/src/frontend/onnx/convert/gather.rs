//! Gather, Expand and Tile: slices of an axis, picked or repeated by constants.

use dialects::Result;
use dialects::nn::Op;

use super::layer::Layer;
use super::value::{BatchAxis, Value};
use super::{Row, onnx};
use crate::frontend::onnx::fold;
use crate::frontend::onnx::tensor::Tensor;

pub const ROWS: &[Row] = &[
    onnx("Gather", gather),
    onnx("Expand", expand),
    onnx("Tile", tile),
];

fn integers(layer: &Layer, index: usize, role: &str) -> Result<Vec<i64>> {
    let name = layer.node.required_input(index, role)?;
    let constant = layer.constant(index).map(|tensor| tensor.with_batch(1));
    constant
        .as_ref()
        .and_then(Tensor::to_i64s)
        .ok_or_else(|| {
            layer
                .error(format!(
                    "the {role} of {} (\"{name}\") depends on the model's input, which is not supported",
                    layer.op()
                ))
                .help("export the model with constant indices and static shapes")
        })
}

fn pick(layer: &mut Layer, value: Value, axis: usize, indices: Vec<usize>) -> Result<Value> {
    let op = Op::Gather {
        input: value.id,
        indices,
        axis,
    };
    layer.push_like(op, value)
}

fn gather(layer: &mut Layer) -> Result<Vec<Value>> {
    let indices = integers(layer, 1, "indices")?;
    let index_shape = layer.constant(1).map_or(vec![], |t| t.shape.clone());
    let value = layer.operand(0, "data")?;
    let onnx_axis = layer.node.int_or("axis", 0)?;
    let axis = layer.axis(value, onnx_axis)?;
    let size = layer.shape(value)[axis] as i64;
    let mut places = vec![];
    for index in indices {
        let place = if index < 0 { index + size } else { index };
        if !(0..size).contains(&place) {
            return Err(layer.contradiction(format!("Gather takes element {index} of {size}")));
        }
        places.push(place as usize);
    }
    let picked = pick(layer, value, axis, places)?;
    let own = layer.shape(value).to_vec();
    let shape = [&own[..axis], &index_shape, &own[axis + 1..]].concat();
    let picked = layer.reshape(picked, shape)?;
    let batch = match value.batch {
        BatchAxis::At(batch) if batch > axis => BatchAxis::At(batch + index_shape.len() - 1),
        other => other,
    };
    Ok(vec![Value { batch, ..picked }])
}

fn expand(layer: &mut Layer) -> Result<Vec<Value>> {
    let value = layer.operand(0, "input")?;
    let target = integers(layer, 1, "shape")?;
    let sizes: Option<Vec<usize>> = target.iter().map(|&d| usize::try_from(d).ok()).collect();
    let mut target = sizes.ok_or_else(|| {
        layer.contradiction(format!("the shape {target:?} of Expand is negative"))
    })?;
    let rank = layer.rank(value);
    let added = target.len().saturating_sub(rank);
    let batch = match value.batch {
        BatchAxis::Absent => None,
        BatchAxis::At(axis) => Some(axis),
        BatchAxis::Merged => Some(0),
    };
    if let Some(entry) = batch
        .and_then(|axis| (axis + target.len()).checked_sub(rank))
        .and_then(|at| target.get_mut(at))
        && Some(*entry) == layer.model.batch
    {
        *entry = 1;
    }
    let own = layer.onnx_shape(value, 1);
    let wide = fold::broadcast(layer.node, &own, &target)?;
    let is_kept = |axis: usize| wide[axis + added] == own[axis];
    if batch.is_some_and(|axis| !is_kept(axis)) || value.batch == BatchAxis::Merged && added > 0 {
        return Err(layer.mixes_batch("it repeats the events"));
    }
    let mut narrow = vec![1; added];
    narrow.extend(layer.shape(value));
    let mut result = layer.reshape(value, narrow.clone())?;
    let mut wide_nn = wide;
    if let BatchAxis::At(axis) = value.batch {
        wide_nn.remove(axis + added);
        result.batch = BatchAxis::At(axis + added);
    }
    for (axis, &size) in wide_nn.iter().enumerate() {
        if size != narrow[axis] {
            result = pick(layer, result, axis, vec![0; size])?;
        }
    }
    Ok(vec![result])
}

fn tile(layer: &mut Layer) -> Result<Vec<Value>> {
    let value = layer.operand(0, "input")?;
    let repeats = integers(layer, 1, "repeats")?;
    if repeats.len() != layer.rank(value) || repeats.iter().any(|&r| r < 0) {
        return Err(layer.contradiction(format!(
            "Tile repeats the shape {} by {repeats:?}",
            layer.shape_text(value)
        )));
    }
    let mut result = value;
    for (onnx_axis, &repeat) in repeats.iter().enumerate() {
        if repeat == 1 {
            continue;
        }
        let axis = layer.axis(value, onnx_axis as i64)?;
        let size = layer.shape(value)[axis];
        let indices = (0..repeat as usize).flat_map(|_| 0..size);
        result = pick(layer, result, axis, indices.collect())?;
    }
    Ok(vec![result])
}
