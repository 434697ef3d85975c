//! fx.not: 1 - input, on one bit.
//!
//! | input | result |
//! | ui1   | ui1    |

use super::{Op, OpDef, Range};

pub const OP: OpDef = OpDef {
    name: "not",
    summary: "1 - input, on one bit",
    operands: &["input"],
    attributes: &[],
    read: |fields| {
        let input = fields.operands[0];
        Ok(Op::Not { input })
    },
    print: |_| vec![],
    range: |_, of, _| Some(Range::new(1 - of[0].hi, 1 - of[0].lo)),
    eval: |_, of, _| 1 - of[0],
};
