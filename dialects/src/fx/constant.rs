//! fx.constant: an integer.
//!
//! | result                              |
//! | the smallest type that holds value  |

use super::{Op, OpDef, Range, typed};

pub const OP: OpDef = OpDef {
    name: "constant",
    summary: "an integer",
    operands: &[],
    attributes: &["value"],
    read: |fields| {
        let value = fields.integer("value")?;
        Ok(Op::Constant { value })
    },
    print: |op| vec![typed(value_of(op))],
    range: |op, _, _| Some(Range::point(value_of(op))),
    eval: |op, _, _| value_of(op),
};

fn value_of(op: &Op) -> i128 {
    match op {
        Op::Constant { value } => *value,
        _ => unreachable!("the row of fx.constant was asked about another op"),
    }
}
