//! nn.prelu: the input where it is positive, else slope * input.
//!
//! The slope broadcasts; a leaky ReLU has one slope for all elements.

use super::eval::zip;
use super::tensor::broadcast_shapes;
use super::{Op, OpDef};
use crate::Diagnostic;

pub const OP: OpDef = OpDef {
    name: "prelu",
    summary: "the input where it is positive, else slope * input",
    operands: &["input", "slope"],
    attributes: &[],
    read: |fields| {
        let [input, slope] = [fields.operands[0], fields.operands[1]];
        Ok(Op::Prelu { input, slope })
    },
    print: |_| vec![],
    shape: |_, of| match broadcast_shapes(of[0], of[1])? == of[0] {
        true => Ok(of[0].to_vec()),
        false => Err(Diagnostic::new("a slope has more elements than its input")),
    },
    eval: |_, of| {
        zip(of[0], of[1], |x, slope| {
            Ok(match x.is_negative() {
                true => x * slope,
                false => x.clone(),
            })
        })
    },
};
