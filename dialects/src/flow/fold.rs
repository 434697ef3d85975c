//! flow.fold: a token becomes several narrow ones, one step each.
//!
//! | input      | result             |
//! | T tokens   | T * steps tokens   |
//!
//! Step r of a token carries `lanes[r * width..][..width]` of it, zero where there is none. A
//! map with as many steps behind it and a reduce over them are a product of a matrix and a
//! vector on `steps` times less hardware.
//!
//! Hardware: a register for each lane, loaded with the token and then moved up by one step
//! in each clock cycle, or in as many as whatever takes the steps needs for one. It takes a
//! token in every `steps` times as many clock cycles.

use std::sync::Arc;

use super::{Op, OpDef, Stream, print_index, print_integers, wrong_row};
use crate::Diagnostic;
use crate::fx::{IntType, Range};

/// Which lane goes where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    pub steps: usize,
    /// As many for each step; `None` is zero.
    pub lanes: Vec<Option<usize>>,
}

impl Fold {
    /// Lanes of a step.
    pub fn width(&self) -> usize {
        self.lanes.len() / self.steps.max(1)
    }
}

pub const OP: OpDef = OpDef {
    name: "fold",
    summary: "y[t * steps + r] = the lanes of x[t] that step r names",
    operands: &["input"],
    attributes: &["steps", "lanes"],
    read: |fields| {
        Ok(Op::Fold {
            input: fields.operands[0],
            fold: Arc::new(Fold {
                steps: fields.index("steps")?,
                lanes: fields.choices("lanes")?,
            }),
        })
    },
    print: |op, _| match op {
        Op::Fold { fold, .. } => {
            let lanes = fold.lanes.iter();
            let lanes = lanes.map(|lane| lane.map_or(-1, |lane| lane as i128));
            vec![print_index(fold.steps), print_integers(lanes)]
        }
        _ => wrong_row(op),
    },
    stream: |op, of, _| {
        let Op::Fold { fold, .. } = op else {
            wrong_row(op)
        };
        let width = fold.width();
        if width == 0 || width * fold.steps != fold.lanes.len() {
            return Err(Diagnostic::new("flow.fold has steps of unequal width"));
        }
        let lane = |at: usize| {
            let mut range = Range::point(0);
            for place in fold.lanes.iter().skip(at).step_by(width).flatten() {
                let ty = of[0].lanes.get(*place);
                let ty = ty.ok_or_else(|| Diagnostic::new("flow.fold reads a lane beyond"))?;
                range = range.union(ty.range());
            }
            let ty = range.int_type();
            ty.ok_or_else(|| Diagnostic::new("a lane of flow.fold is too wide"))
        };
        let lanes = (0..width).map(lane).collect::<Result<Vec<IntType>, _>>()?;
        Ok(Stream {
            tokens: of[0].tokens * fold.steps,
            lanes,
        })
    },
};
