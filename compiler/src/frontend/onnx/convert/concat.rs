//! Concat: operands one after the other, not along the batch.

use dialects::Result;

use super::layer::Layer;
use super::value::Value;
use super::{Row, onnx};
use crate::frontend::onnx::fold;

pub const ROWS: &[Row] = &[onnx("Concat", concat)];

fn concat(layer: &mut Layer) -> Result<Vec<Value>> {
    let mut values = layer.operands(0)?;
    let onnx_axis = layer
        .node
        .int("axis")?
        .ok_or_else(|| layer.node.missing("axis"))?;
    let shapes: Vec<Vec<usize>> = values.iter().map(|v| layer.onnx_shape(*v, 1)).collect();
    fold::concat(
        layer.node,
        &shapes.iter().map(Vec::as_slice).collect::<Vec<_>>(),
    )?;
    let batch = layer.align(&mut values)?;
    let result = Value {
        batch,
        dynamic: values.iter().any(|v| v.dynamic),
        ..values[0]
    };
    // The axis in terms of an operand that has the batch.
    let lead = values.iter().find(|v| v.batch == batch).copied();
    let axis = layer.axis(lead.unwrap_or(values[0]), onnx_axis)?;
    let inputs: Vec<_> = values.iter().map(|v| v.id).collect();
    Ok(vec![layer.concat(inputs, axis, result)?])
}
