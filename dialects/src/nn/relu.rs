//! nn.relu: max(input, 0).

use super::eval::map;
use super::{Op, OpDef};
use crate::Number;

pub const OP: OpDef = OpDef {
    name: "relu",
    summary: "max(input, 0)",
    operands: &["input"],
    attributes: &[],
    read: |fields| {
        let input = fields.operands[0];
        Ok(Op::Relu { input })
    },
    print: |_| vec![],
    shape: |_, of| Ok(of[0].to_vec()),
    eval: |_, of| {
        map(of[0], |x| {
            Ok(match x.is_negative() {
                true => Number::zero(),
                false => x.clone(),
            })
        })
    },
};
