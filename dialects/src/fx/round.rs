//! fx.round: input / 2^amount, rounded to an integer under a mode.
//!
//! | input | result, unless a known range allows less |
//! | ui<a> | ui<max(a-amount,0)+1>                    |
//! | si<a> | si<max(a-amount,1)+1>                    |

use super::{Op, OpDef, Range};
use crate::Diagnostic;
use crate::ir::quote;
use crate::rounding::Rounding;

pub const OP: OpDef = OpDef {
    name: "round",
    summary: "input / 2^amount, rounded to an integer under a mode",
    operands: &["input"],
    attributes: &["amount", "mode"],
    read: |fields| {
        Ok(Op::Round {
            input: fields.operands[0],
            amount: fields.amount("amount")?,
            mode: fields.word("mode")?.parse().map_err(Diagnostic::new)?,
        })
    },
    print: |op| {
        let (amount, mode) = parts(op);
        vec![format!("{amount} : i64"), quote(mode.name())]
    },
    // Every mode is monotone.
    range: |op, of, _| {
        let (amount, mode) = parts(op);
        let round = |value| mode.shift_right(value, amount);
        Some(Range::new(round(of[0].lo), round(of[0].hi)))
    },
    eval: |op, of, _| {
        let (amount, mode) = parts(op);
        mode.shift_right(of[0], amount)
    },
};

fn parts(op: &Op) -> (u32, Rounding) {
    match op {
        Op::Round { amount, mode, .. } => (*amount, *mode),
        _ => unreachable!("the row of fx.round was asked about another op"),
    }
}
