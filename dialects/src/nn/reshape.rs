//! nn.reshape: the same elements, in order, under another shape.

use super::tensor::elements;
use super::{Op, OpDef, Tensor, print_indices, wrong_row};
use crate::Diagnostic;

pub const OP: OpDef = OpDef {
    name: "reshape",
    summary: "the same elements, in order, under another shape",
    operands: &["input"],
    attributes: &["shape"],
    read: |fields| {
        Ok(Op::Reshape {
            input: fields.operands[0],
            shape: fields.indices("shape")?,
        })
    },
    print: |op| match op {
        Op::Reshape { shape, .. } => vec![("shape", print_indices(shape))],
        _ => wrong_row(op),
    },
    shape: |op, of| match op {
        Op::Reshape { shape, .. } if elements(shape) == elements(of[0]) => Ok(shape.clone()),
        Op::Reshape { shape, .. } => Err(Diagnostic::new(format!(
            "shape {:?} cannot become {shape:?}",
            of[0]
        ))),
        _ => wrong_row(op),
    },
    eval: |op, of| match op {
        Op::Reshape { shape, .. } => Ok(Tensor::new(shape.clone(), of[0].values.clone())),
        _ => wrong_row(op),
    },
};
