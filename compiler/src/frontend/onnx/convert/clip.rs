//! Clip: bounds as attributes (operator sets before 11) or as inputs; an infinite bound is none.

use dialects::Result;
use dialects::nn::Op;

use super::layer::Layer;
use super::value::Value;
use super::{Row, onnx};

pub const ROWS: &[Row] = &[onnx("Clip", clip)];

fn clip(layer: &mut Layer) -> Result<Vec<Value>> {
    let mut x = layer.operand(0, "input")?;
    if let Some(min) = bound(layer, 1, "min", f32::MIN)? {
        x = layer.binary(x, min, |lhs, rhs| Op::Max { lhs, rhs })?;
    }
    if let Some(max) = bound(layer, 2, "max", f32::MAX)? {
        x = layer.binary(x, max, |lhs, rhs| Op::Min { lhs, rhs })?;
    }
    Ok(vec![x])
}

/// `None` for a bound that float32 values cannot pass.
fn bound(layer: &mut Layer, index: usize, name: &str, furthest: f32) -> Result<Option<Value>> {
    let value = match layer.node.float(name)? {
        Some(value) => value,
        None if layer.node.input(index).is_none() => return Ok(None),
        None if layer.constant(index).is_none() => return layer.operand(index, name).map(Some),
        None => match layer.floats(index, name)?.values[..] {
            [value] => value,
            _ => {
                return Err(layer
                    .contradiction(format!("the bound {name} of Clip is more than one number")));
            }
        },
    };
    if value.is_nan() || value == -furthest * f32::INFINITY {
        return Err(layer
            .error(format!("the bound {name} of Clip is {value}"))
            .help("re-export the model with finite bounds"));
    }
    match value == furthest || value.is_infinite() {
        true => Ok(None),
        false => layer.push_scalar(value).map(Some),
    }
}
