//! fx.shr: floor(input / 2^amount).
//!
//! | input | result, unless a known range allows less |
//! | ui<a> | ui<max(a-amount,1)>                      |
//! | si<a> | si<max(a-amount,1)>                      |

use super::{Op, OpDef, Range};

pub const OP: OpDef = OpDef {
    name: "shr",
    summary: "floor(input / 2^amount)",
    operands: &["input"],
    attributes: &["amount"],
    read: |fields| {
        let input = fields.operands[0];
        let amount = fields.amount("amount")?;
        Ok(Op::Shr { input, amount })
    },
    print: |op| vec![format!("{} : i64", amount_of(op))],
    range: |op, of, _| {
        let amount = amount_of(op);
        Some(Range::new(of[0].lo >> amount, of[0].hi >> amount))
    },
    eval: |op, of, _| of[0] >> amount_of(op),
};

fn amount_of(op: &Op) -> u32 {
    match op {
        Op::Shr { amount, .. } => *amount,
        _ => unreachable!("the row of fx.shr was asked about another op"),
    }
}
