//! nn.sign: -1, 0 or 1, as the input is negative, zero or positive.

use super::eval::map;
use super::{Op, OpDef};
use crate::Number;

pub const OP: OpDef = OpDef {
    name: "sign",
    summary: "-1, 0 or 1, as the input is negative, zero or positive",
    operands: &["input"],
    attributes: &[],
    read: |fields| {
        let input = fields.operands[0];
        Ok(Op::Sign { input })
    },
    print: |_| vec![],
    shape: |_, of| Ok(of[0].to_vec()),
    eval: |_, of| {
        map(of[0], |x| {
            Ok(match (x.is_zero(), x.is_negative()) {
                (true, _) => Number::zero(),
                (_, true) => Number::from(-1i64),
                (_, false) => Number::one(),
            })
        })
    },
};
