//! fx.clamp: min(max(input, min), max).
//!
//! | input | result, unless a known range allows less |
//! | any   | the smallest type that holds min and max |
//!
//! `min <= max`. A ReLU is a clamp whose max is the largest value that can arrive.

use super::{Op, OpDef, Range, typed};
use crate::Diagnostic;

pub const OP: OpDef = OpDef {
    name: "clamp",
    summary: "min(max(input, min), max)",
    operands: &["input"],
    attributes: &["min", "max"],
    read: |fields| {
        let (min, max) = (fields.integer("min")?, fields.integer("max")?);
        if min > max {
            return Err(Diagnostic::new(format!(
                "fx.clamp has min {min} above max {max}"
            )));
        }
        let input = fields.operands[0];
        Ok(Op::Clamp { input, min, max })
    },
    print: |op| {
        let (min, max) = bounds(op);
        vec![typed(min), typed(max)]
    },
    range: |op, of, _| {
        let (min, max) = bounds(op);
        Some(Range::new(
            of[0].lo.clamp(min, max),
            of[0].hi.clamp(min, max),
        ))
    },
    eval: |op, of, _| {
        let (min, max) = bounds(op);
        of[0].clamp(min, max)
    },
};

fn bounds(op: &Op) -> (i128, i128) {
    match op {
        Op::Clamp { min, max, .. } => (*min, *max),
        _ => unreachable!("the row of fx.clamp was asked about another op"),
    }
}
