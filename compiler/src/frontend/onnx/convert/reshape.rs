//! Reshape, Flatten, Squeeze, Unsqueeze: the same elements, other axes.

use dialects::Result;

use super::layer::Layer;
use super::value::{BatchAxis, Value};
use super::{Row, onnx};
use crate::frontend::onnx::fold;
use crate::frontend::onnx::tensor::Tensor;

pub const ROWS: &[Row] = &[
    onnx("Reshape", reshape),
    onnx("Flatten", flatten),
    onnx("Squeeze", squeeze),
    onnx("Unsqueeze", unsqueeze),
];

/// The shape that the node makes of one event's value, batch included as 1.
fn shape_for_one(layer: &Layer, value: Value, args: &[Option<&Tensor>]) -> Result<Vec<usize>> {
    let movements = fold::movement(layer.node, &layer.onnx_shape(value, 1), args)?;
    let first = movements.and_then(|all| all.into_iter().next());
    first
        .map(|movement| movement.shape)
        .ok_or_else(|| layer.error(format!("{} moves nothing", layer.op())))
}

/// The value under the ONNX shape that it has in a batch of one.
pub fn reshape_one(layer: &mut Layer, value: Value, shape: Vec<usize>) -> Result<Value> {
    match value.batch {
        BatchAxis::Absent => layer.reshape(value, shape),
        BatchAxis::At(axis) if axis != 0 => {
            Err(layer.mixes_batch("it reshapes a value whose first axis is not the batch"))
        }
        BatchAxis::At(_) | BatchAxis::Merged => match shape.split_first() {
            None => Err(layer.mixes_batch("its result has no batch axis")),
            Some((1, rest)) => {
                let reshaped = layer.reshape(value, rest.to_vec())?;
                Ok(Value {
                    batch: BatchAxis::At(0),
                    ..reshaped
                })
            }
            Some(_) => {
                let reshaped = layer.reshape(value, shape)?;
                Ok(Value {
                    batch: BatchAxis::Merged,
                    ..reshaped
                })
            }
        },
    }
}

fn reshape(layer: &mut Layer) -> Result<Vec<Value>> {
    let value = layer.operand(0, "data")?;
    let name = layer.node.required_input(1, "shape")?;
    let target = layer.constant(1).ok_or_else(|| {
        layer
            .error(format!(
                "the shape of Reshape (\"{name}\") depends on the model's input"
            ))
            .help("export the model with static shapes")
    })?;
    let mut target = target.with_batch(1);
    if let (Some(mut entries), Some(traced)) = (target.to_i64s(), layer.model.batch)
        && value.batch != BatchAxis::Absent
        && traced > 1
        && let Some(first) = entries.first_mut()
        && *first > 0
        && *first % traced as i64 == 0
    {
        // The batch that the model was traced with.
        *first /= traced as i64;
        target = Tensor::vector_i64(entries);
    }
    let shape = shape_for_one(layer, value, &[None, Some(&target)])?;
    Ok(vec![reshape_one(layer, value, shape)?])
}

fn flatten(layer: &mut Layer) -> Result<Vec<Value>> {
    let value = layer.operand(0, "input")?;
    let shape = shape_for_one(layer, value, &[])?;
    let axis = layer.node.int_or("axis", 1)?;
    let from_front = if axis < 0 {
        axis + layer.rank(value) as i64
    } else {
        axis
    };
    if from_front == 0 && value.batch != BatchAxis::Absent && layer.model.batch != Some(1) {
        return Err(layer.mixes_batch("it flattens from axis 0 on"));
    }
    Ok(vec![reshape_one(layer, value, shape)?])
}

/// One axis of an ONNX shape.
#[derive(Clone, Copy, PartialEq)]
enum Entry {
    Batch,
    Size(usize),
}

fn entries(layer: &Layer, value: Value) -> Vec<Entry> {
    let sizes = layer.shape(value).iter().map(|&size| Entry::Size(size));
    let mut entries: Vec<Entry> = sizes.collect();
    if let BatchAxis::At(axis) = value.batch {
        entries.insert(axis, Entry::Batch);
    }
    entries
}

fn with_entries(layer: &mut Layer, value: Value, entries: &[Entry]) -> Result<Value> {
    let sizes = entries.iter().filter_map(|entry| match entry {
        Entry::Batch => None,
        Entry::Size(size) => Some(*size),
    });
    let reshaped = layer.reshape(value, sizes.collect())?;
    let batch = match entries.iter().position(|entry| *entry == Entry::Batch) {
        Some(axis) => BatchAxis::At(axis),
        None => value.batch,
    };
    Ok(Value { batch, ..reshaped })
}

/// The axes, as input (operator set 13 on) or as attribute.
fn axes(layer: &Layer, rank: usize) -> Result<Option<Vec<usize>>> {
    let given = match (layer.node.ints("axes")?, layer.node.input(1)) {
        (Some(axes), _) => axes.to_vec(),
        (None, None) => return Ok(None),
        (None, Some(name)) => layer.constant(1).and_then(Tensor::to_i64s).ok_or_else(|| {
            layer
                .error(format!(
                    "the axes of {} (\"{name}\") are not constant",
                    layer.op()
                ))
                .help("export the model with static shapes")
        })?,
    };
    let counted = given.iter().map(|&a| fold::axis(layer.node, a, rank));
    counted.collect::<Result<_>>().map(Some)
}

fn squeeze(layer: &mut Layer) -> Result<Vec<Value>> {
    let value = layer.operand(0, "data")?;
    let old = entries(layer, value);
    let one_event = layer.model.batch == Some(1);
    let dropped = match axes(layer, old.len())? {
        Some(axes) => axes,
        None => {
            let is_one = |entry: &Entry| match entry {
                Entry::Batch => one_event,
                Entry::Size(size) => *size == 1,
            };
            (0..old.len()).filter(|&axis| is_one(&old[axis])).collect()
        }
    };
    for &axis in &dropped {
        if matches!(old[axis], Entry::Size(size) if size != 1) {
            return Err(layer.contradiction(format!(
                "Squeeze drops axis {axis} of the shape {}, which is not 1",
                layer.shape_text(value)
            )));
        }
    }
    let kept = old.iter().enumerate().filter(|(a, _)| !dropped.contains(a));
    let kept: Vec<Entry> = kept.map(|(_, entry)| *entry).collect();
    let mut result = with_entries(layer, value, &kept)?;
    if old.contains(&Entry::Batch) && !kept.contains(&Entry::Batch) {
        // The first axis that is left stands for the batch of one as well.
        if old[0] != Entry::Batch || kept.is_empty() {
            return Err(layer.mixes_batch("it drops the batch axis"));
        }
        result.batch = BatchAxis::Merged;
    }
    if value.batch == BatchAxis::Merged && dropped.contains(&0) {
        return Err(layer.mixes_batch("it drops the batch axis"));
    }
    Ok(vec![result])
}

fn unsqueeze(layer: &mut Layer) -> Result<Vec<Value>> {
    let value = layer.operand(0, "data")?;
    let old = entries(layer, value);
    let count = match (layer.node.ints("axes")?, layer.constant(1)) {
        (Some(axes), _) => axes.len(),
        (None, Some(axes)) => axes.len(),
        (None, None) => 0,
    };
    let rank = old.len() + count;
    let added = axes(layer, rank)?.ok_or_else(|| layer.node.missing("axes"))?;
    let mut rest = old.into_iter();
    let mut new = vec![];
    for axis in 0..rank {
        match added.contains(&axis) {
            true => new.push(Entry::Size(1)),
            false => new.extend(rest.next()),
        }
    }
    if new.len() != rank {
        return Err(layer.contradiction(format!("Unsqueeze adds an axis of {added:?} twice")));
    }
    if value.batch == BatchAxis::Merged && added.contains(&0) {
        if added.len() > 1 {
            return Err(layer.mixes_batch("it adds axes before the batch"));
        }
        return Ok(vec![Value {
            batch: BatchAxis::At(0),
            ..value
        }]);
    }
    Ok(vec![with_entries(layer, value, &new)?])
}
