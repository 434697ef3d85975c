//! nn.quantize: the input on the grid of a quantiser, `(q - zero_point) * scale`.
//!
//! q = overflow(round(input / scale + zero_point)), see `Quantizer`.

use std::sync::Arc;

use super::tensor::broadcast_shapes;
use super::{Fields, FloatTensor, Op, OpDef, Quantizer, Tensor, print_floats, wrong_row};
use crate::ir::quote;
use crate::{Diagnostic, Result};

pub const OP: OpDef = OpDef {
    name: "quantize",
    summary: "the input on the grid of a quantiser",
    operands: &["input"],
    attributes: &["quantizer"],
    read: |fields| {
        Ok(Op::Quantize {
            input: fields.operands[0],
            quantizer: Arc::new(read_quantizer(fields, "quantizer")?),
        })
    },
    print: |op| match op {
        Op::Quantize { quantizer, .. } => vec![("quantizer", print_quantizer(quantizer))],
        _ => wrong_row(op),
    },
    shape: |op, of| match op {
        Op::Quantize { quantizer, .. } => same_shape(quantizer, of[0]),
        _ => wrong_row(op),
    },
    eval: |op, of| match op {
        Op::Quantize { quantizer, .. } => rounded(quantizer, of[0]),
        _ => wrong_row(op),
    },
};

/// The shape of what a quantiser makes of a tensor.
///
/// Errors: more parameters than elements.
pub(super) fn same_shape(quantizer: &Quantizer, of: &[usize]) -> Result<Vec<usize>> {
    for parameter in [&quantizer.scale, &quantizer.zero_point, &quantizer.bits] {
        if broadcast_shapes(&parameter.shape, of)? != of {
            return Err(Diagnostic::new(
                "a quantiser has more elements than its input",
            ));
        }
    }
    Ok(of.to_vec())
}

/// A tensor on the grid of a quantiser.
pub(super) fn rounded(quantizer: &Quantizer, of: &Tensor) -> Result<Tensor> {
    let elements = quantizer.elements(&of.shape)?;
    let values = of.values.iter().zip(elements);
    let values = values.map(|(value, element)| element.quantize(value));
    Ok(Tensor::new(of.shape.clone(), values.collect()))
}

/// Reads a quantiser from an attribute dictionary.
pub(super) fn read_quantizer(fields: &Fields, name: &str) -> Result<Quantizer> {
    let malformed = || {
        Diagnostic::new(format!(
            "attribute `{name}` must be a dictionary of scale, bits, signed, rounding, overflow, \
             and optional zero_point and narrow"
        ))
    };
    let Some(crate::ir::RawAttribute::Dictionary(parts)) = crate::ir::find(fields.attributes, name)
    else {
        return Err(malformed());
    };
    let parts = Fields {
        operands: &[],
        attributes: parts,
    };
    Ok(Quantizer {
        scale: parts.floats("scale")?,
        zero_point: match parts.has("zero_point") {
            true => parts.floats("zero_point")?,
            false => FloatTensor::scalar(0.0),
        },
        bits: parts.floats("bits")?,
        signed: parts.flag("signed")?,
        narrow: parts.has("narrow") && parts.flag("narrow")?,
        rounding: parts.word("rounding")?.parse().map_err(Diagnostic::new)?,
        overflow: parts.word("overflow")?.parse().map_err(Diagnostic::new)?,
    })
}

pub(super) fn print_quantizer(quantizer: &Quantizer) -> String {
    let mut parts = vec![
        format!("bits = {}", print_floats(&quantizer.bits)),
        format!("overflow = {}", quote(quantizer.overflow.name())),
        format!("rounding = {}", quote(quantizer.rounding.name())),
        format!("scale = {}", print_floats(&quantizer.scale)),
        format!("signed = {}", quantizer.signed),
    ];
    if quantizer.narrow {
        parts.push("narrow = true".to_string());
    }
    if quantizer.zero_point.uniform() != Some(0.0) {
        parts.push(format!(
            "zero_point = {}",
            print_floats(&quantizer.zero_point)
        ));
    }
    format!("{{{}}}", parts.join(", "))
}
