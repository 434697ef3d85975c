//! fx.neg: the exact negation, 0 - input.
//!
//! | input | result, unless a known range allows less |
//! | ui<a> | si<a+1>                                  |
//! | si<a> | si<a+1>                                  |

use super::{Op, OpDef, Range};

pub const OP: OpDef = OpDef {
    name: "neg",
    summary: "the exact negation, 0 - input",
    operands: &["input"],
    attributes: &[],
    read: |fields| {
        let input = fields.operands[0];
        Ok(Op::Neg { input })
    },
    print: |_| vec![],
    range: |_, of, _| Some(Range::new(of[0].hi.checked_neg()?, of[0].lo.checked_neg()?)),
    eval: |_, of, _| -of[0],
};
