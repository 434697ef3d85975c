//! nn.abs: the distance from zero.

use super::eval::map;
use super::{Op, OpDef};
use crate::Number;

pub const OP: OpDef = OpDef {
    name: "abs",
    summary: "the distance from zero",
    operands: &["input"],
    attributes: &[],
    read: |fields| {
        let input = fields.operands[0];
        Ok(Op::Abs { input })
    },
    print: |_| vec![],
    shape: |_, of| Ok(of[0].to_vec()),
    eval: |_, of| map(of[0], |x| Ok(Number::abs(x))),
};
