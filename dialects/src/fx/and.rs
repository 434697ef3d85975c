//! fx.and: 1 where both bits are 1.
//!
//! | lhs | rhs | result |
//! | ui1 | ui1 | ui1    |

use super::{Op, OpDef, Range};

pub const OP: OpDef = OpDef {
    name: "and",
    summary: "1 where both bits are 1",
    operands: &["lhs", "rhs"],
    attributes: &[],
    read: |fields| {
        let [lhs, rhs] = [fields.operands[0], fields.operands[1]];
        Ok(Op::And { lhs, rhs })
    },
    print: |_| vec![],
    range: |_, of, _| {
        let [a, b] = [of[0].as_bit(), of[1].as_bit()];
        Some(Range::new(a.lo & b.lo, a.hi & b.hi))
    },
    eval: |_, of, _| of[0] & of[1],
};
