//! Identity, Dropout in inference, and casts that change no value.

use dialects::Result;

use super::layer::Layer;
use super::value::Value;
use super::{Row, onnx};
use crate::frontend::onnx::tensor::{ElementType, TensorData};

pub const ROWS: &[Row] = &[
    onnx("Identity", identity),
    onnx("Dropout", dropout),
    onnx("Cast", cast),
];

fn identity(layer: &mut Layer) -> Result<Vec<Value>> {
    Ok(vec![layer.operand(0, "input")?])
}

fn dropout(layer: &mut Layer) -> Result<Vec<Value>> {
    let value = layer.operand(0, "data")?;
    let trains = match (layer.node.input(2), layer.constant(2).map(|t| &t.data)) {
        (None, _) => layer.node.version < 7 && layer.node.int_or("is_test", 0)? == 0,
        (Some(_), Some(TensorData::Bool(mode))) => mode.contains(&true),
        (Some(_), _) => true,
    };
    if trains {
        return Err(layer
            .error("Dropout is in training mode, and a circuit only infers")
            .help("export the model for inference: torch.onnx.export(model.eval(), …)"));
    }
    Ok(vec![value])
}

fn cast(layer: &mut Layer) -> Result<Vec<Value>> {
    let value = layer.operand(0, "input")?;
    // The labels of classes are numbers here, whatever the file calls them.
    if layer.model.labels.contains(&value.id) {
        return Ok(vec![value]);
    }
    let code = layer
        .node
        .int("to")?
        .ok_or_else(|| layer.node.missing("to"))?;
    let to = ElementType::from_onnx(i32::try_from(code).unwrap_or(-1));
    let from = value.element;
    match to {
        // A number that is 0 or 1 overflows no integer: arithmetic on it is that of reals.
        Ok(to) if from == ElementType::Bool && to.integer().is_some() => Ok(vec![Value {
            element: ElementType::F32,
            ..value
        }]),
        Ok(to) if keeps_values(from, to) => Ok(vec![Value {
            element: to,
            ..value
        }]),
        Ok(to) => Err(layer
            .error(format!(
                "Cast from {from} to {to} changes values, which is not supported"
            ))
            .help("round with a quantiser (Quant, QuantizeLinear), and leave the type as it is")),
        Err(name) => Err(layer
            .error(format!(
                "Cast makes elements of type {name}, which kaon does not read"
            ))
            .help("re-export the model with float32 tensors")),
    }
}

/// Whether every value of one type is a value of the other. Integers count as exact in float32.
fn keeps_values(from: ElementType, to: ElementType) -> bool {
    let is_wide_float = matches!(to, ElementType::F32 | ElementType::F64);
    match (from.integer(), to.integer()) {
        (_, None) => is_wide_float,
        (None, Some(_)) => false,
        (Some((from_signed, from_bits)), Some((signed, bits))) => {
            from_signed == signed && from_bits <= bits || !from_signed && signed && from_bits < bits
        }
    }
}
