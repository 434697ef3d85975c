//! nn.argmax: the position of the largest element along an axis, which is removed.
//!
//! Of equal elements the first counts, or the last with `select_last`.

use super::reduce::{along, without};
use super::{Op, OpDef, wrong_row};
use crate::{Diagnostic, Number};

pub const OP: OpDef = OpDef {
    name: "argmax",
    summary: "the position of the largest element along an axis",
    operands: &["input"],
    attributes: &["axis", "select_last"],
    read: |fields| {
        Ok(Op::Argmax {
            input: fields.operands[0],
            axis: fields.index("axis")?,
            select_last: fields.flag("select_last")?,
        })
    },
    print: |op| match op {
        Op::Argmax {
            axis, select_last, ..
        } => vec![
            ("axis", format!("{axis} : i64")),
            ("select_last", select_last.to_string()),
        ],
        _ => wrong_row(op),
    },
    shape: |op, of| match op {
        Op::Argmax { axis, .. } if *axis < of[0].len() => Ok(without(of[0], &[*axis])),
        _ => Err(Diagnostic::new("the axis of an argmax does not exist")),
    },
    eval: |op, of| {
        let Op::Argmax {
            axis, select_last, ..
        } = op
        else {
            wrong_row(op)
        };
        along(of[0], &[*axis], |values| {
            let mut best = 0;
            for (at, value) in values.iter().enumerate() {
                if *value > values[best] || (*select_last && *value == values[best]) {
                    best = at;
                }
            }
            Ok(Number::from(best as i64))
        })
    },
};
