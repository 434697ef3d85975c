//! fx.or: 1 where a bit is 1.
//!
//! | lhs | rhs | result |
//! | ui1 | ui1 | ui1    |

use super::{Op, OpDef, Range};

pub const OP: OpDef = OpDef {
    name: "or",
    summary: "1 where a bit is 1",
    operands: &["lhs", "rhs"],
    attributes: &[],
    read: |fields| {
        let [lhs, rhs] = [fields.operands[0], fields.operands[1]];
        Ok(Op::Or { lhs, rhs })
    },
    print: |_| vec![],
    range: |_, of, _| {
        let [a, b] = [of[0].as_bit(), of[1].as_bit()];
        Some(Range::new(a.lo | b.lo, a.hi | b.hi))
    },
    eval: |_, of, _| of[0] | of[1],
};
