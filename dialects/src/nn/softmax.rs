//! nn.softmax: e^x_i / Σ_j e^x_j along an axis.
//!
//! Its values are irrational: the op can be read, printed and rewritten, not evaluated.
//! `nn-expand-softmax` turns it into functions with stated types.

use super::{Op, OpDef, wrong_row};
use crate::Diagnostic;

pub const OP: OpDef = OpDef {
    name: "softmax",
    summary: "e^x_i divided by the sum of e^x_j along an axis",
    operands: &["input"],
    attributes: &["axis"],
    read: |fields| {
        Ok(Op::Softmax {
            input: fields.operands[0],
            axis: fields.index("axis")?,
        })
    },
    print: |op| match op {
        Op::Softmax { axis, .. } => vec![("axis", format!("{axis} : i64"))],
        _ => wrong_row(op),
    },
    shape: |op, of| match op {
        Op::Softmax { axis, .. } if *axis < of[0].len() => Ok(of[0].to_vec()),
        _ => Err(Diagnostic::new("the axis of a softmax does not exist")),
    },
    eval: |_, _| {
        Err(Diagnostic::new("nn.softmax has irrational values")
            .help("run nn-expand-softmax first, which gives every step a fixed-point type"))
    },
};
