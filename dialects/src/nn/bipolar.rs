//! nn.bipolar: scale where the input is at least zero, else -scale.
//!
//! Source: the QONNX operator `BipolarQuant`.

use std::sync::Arc;

use super::{Op, OpDef, Tensor, print_floats, wrong_row};
use crate::{Diagnostic, Number};

pub const OP: OpDef = OpDef {
    name: "bipolar",
    summary: "scale where the input is at least zero, else -scale",
    operands: &["input"],
    attributes: &["scale"],
    read: |fields| {
        Ok(Op::Bipolar {
            input: fields.operands[0],
            scale: Arc::new(fields.floats("scale")?),
        })
    },
    print: |op| match op {
        Op::Bipolar { scale, .. } => vec![("scale", print_floats(scale))],
        _ => wrong_row(op),
    },
    shape: |op, of| match op {
        Op::Bipolar { scale, .. } => scale.broadcast(of[0]).map(|_| of[0].to_vec()),
        _ => wrong_row(op),
    },
    eval: |op, of| match op {
        Op::Bipolar { scale, .. } => {
            let scales = scale.broadcast(&of[0].shape)?;
            let mut values = Vec::with_capacity(scales.len());
            for (value, scale) in of[0].values.iter().zip(scales) {
                let scale = Number::from_f32(scale)
                    .ok_or_else(|| Diagnostic::new(format!("a scale is {scale}")))?;
                values.push(if value.is_negative() { -&scale } else { scale });
            }
            Ok(Tensor::new(of[0].shape.clone(), values))
        }
        _ => wrong_row(op),
    },
};
