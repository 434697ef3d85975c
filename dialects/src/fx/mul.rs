//! fx.mul: the exact product, lhs * rhs.
//!
//! | lhs   | rhs   | result, unless a known range allows less |
//! | ui<a> | ui<b> | ui<a+b>                                  |
//! | si<a> | si<b> | si<a+b>                                  |
//! | si<a> | ui<b> | si<a+b>                                  |

use super::{Op, OpDef, Range};

pub const OP: OpDef = OpDef {
    name: "mul",
    summary: "the exact product, lhs * rhs",
    operands: &["lhs", "rhs"],
    attributes: &[],
    read: |fields| {
        let [lhs, rhs] = [fields.operands[0], fields.operands[1]];
        Ok(Op::Mul { lhs, rhs })
    },
    print: |_| vec![],
    range: |_, of, _| {
        let [a, b] = [of[0], of[1]];
        Range::hull([
            a.lo.checked_mul(b.lo),
            a.lo.checked_mul(b.hi),
            a.hi.checked_mul(b.lo),
            a.hi.checked_mul(b.hi),
        ])
    },
    eval: |_, of, _| of[0] * of[1],
};
