//! fx.register: its input, one clock cycle later; the identity on a sample.
//!
//! | input | result |
//! | T     | T      |

use super::{Op, OpDef};

pub const OP: OpDef = OpDef {
    name: "register",
    summary: "its input, one clock cycle later; the identity on a sample",
    operands: &["input"],
    attributes: &[],
    read: |fields| {
        let input = fields.operands[0];
        Ok(Op::Register { input })
    },
    print: |_| vec![],
    range: |_, of, _| Some(of[0]),
    eval: |_, of, _| of[0],
};
