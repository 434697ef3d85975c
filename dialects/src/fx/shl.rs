//! fx.shl: input * 2^amount.
//!
//! | input | result, unless a known range allows less |
//! | ui<a> | ui<a+amount>                             |
//! | si<a> | si<a+amount>                             |

use super::{Op, OpDef, Range};

pub const OP: OpDef = OpDef {
    name: "shl",
    summary: "input * 2^amount",
    operands: &["input"],
    attributes: &["amount"],
    read: |fields| {
        let input = fields.operands[0];
        let amount = fields.amount("amount")?;
        Ok(Op::Shl { input, amount })
    },
    print: |op| vec![format!("{} : i64", amount_of(op))],
    range: |op, of, _| {
        let factor = 1i128.checked_shl(amount_of(op))?;
        Range::hull([of[0].lo.checked_mul(factor), of[0].hi.checked_mul(factor)])
    },
    eval: |op, of, _| of[0] << amount_of(op),
};

fn amount_of(op: &Op) -> u32 {
    match op {
        Op::Shl { amount, .. } => *amount,
        _ => unreachable!("the row of fx.shl was asked about another op"),
    }
}
