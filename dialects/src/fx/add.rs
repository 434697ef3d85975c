//! fx.add: the exact sum, lhs + rhs.
//!
//! | lhs   | rhs   | result, unless a known range allows less |
//! | ui<a> | ui<b> | ui<max(a,b)+1>                           |
//! | si<a> | si<b> | si<max(a,b)+1>                           |
//! | si<a> | ui<b> | si<max(a,b+1)+1>                         |

use super::{Op, OpDef, Range};

pub const OP: OpDef = OpDef {
    name: "add",
    summary: "the exact sum, lhs + rhs",
    operands: &["lhs", "rhs"],
    attributes: &[],
    read: |fields| {
        let [lhs, rhs] = [fields.operands[0], fields.operands[1]];
        Ok(Op::Add { lhs, rhs })
    },
    print: |_| vec![],
    range: |_, of, _| {
        let [a, b] = [of[0], of[1]];
        Some(Range::new(a.lo.checked_add(b.lo)?, a.hi.checked_add(b.hi)?))
    },
    eval: |_, of, _| of[0] + of[1],
};
