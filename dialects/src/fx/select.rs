//! fx.select: on_true where the condition is 1, else on_false.
//!
//! | condition | on_true | on_false | result                               |
//! | ui1       | any     | any      | the smallest type that holds both    |

use super::{Op, OpDef};

pub const OP: OpDef = OpDef {
    name: "select",
    summary: "on_true where the condition is 1, else on_false",
    operands: &["condition", "on_true", "on_false"],
    attributes: &[],
    read: |fields| {
        Ok(Op::Select {
            condition: fields.operands[0],
            on_true: fields.operands[1],
            on_false: fields.operands[2],
        })
    },
    print: |_| vec![],
    range: |_, of, _| {
        Some(match of[0].single() {
            Some(1) => of[1],
            Some(_) => of[2],
            None => of[1].union(of[2]),
        })
    },
    eval: |_, of, _| if of[0] == 1 { of[1] } else { of[2] },
};
