//! fx.xor: 1 where the bits differ.
//!
//! | lhs | rhs | result |
//! | ui1 | ui1 | ui1    |

use super::{Op, OpDef, Range};

pub const OP: OpDef = OpDef {
    name: "xor",
    summary: "1 where the bits differ",
    operands: &["lhs", "rhs"],
    attributes: &[],
    read: |fields| {
        let [lhs, rhs] = [fields.operands[0], fields.operands[1]];
        Ok(Op::Xor { lhs, rhs })
    },
    print: |_| vec![],
    range: |_, of, _| {
        let [a, b] = [of[0], of[1]];
        Some(match (a.single(), b.single()) {
            (Some(a), Some(b)) => Range::point(a ^ b),
            _ => Range::new(0, 1),
        })
    },
    eval: |_, of, _| of[0] ^ of[1],
};
