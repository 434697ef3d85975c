//! nn.state: a state of a recurrence after a step, on the grid of its quantiser.
//!
//! | step | input                                               |
//! | 0    | what the recurrence begins with                     |
//! | t    | what step t makes of the states t - 1 and its token |
//!
//! The states of one part (an LSTM has two, its output and its cell) have one quantiser in all
//! steps, and any of its values may come, whatever the step: so every step is the same
//! function. Without a quantiser (`"none"`) the op is its input; `nn-assign-precision` gives it one.

use std::sync::Arc;

use super::quantize::{print_quantizer, read_quantizer, rounded, same_shape};
use super::{Op, OpDef, wrong_row};
use crate::ir::quote;

/// Which state of which recurrence a value is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// One name for one recurrence of a function.
    pub recurrence: String,
    pub part: usize,
    /// Steps that are behind it.
    pub step: usize,
}

pub const OP: OpDef = OpDef {
    name: "state",
    summary: "a state of a recurrence after a step, on the grid of its quantiser",
    operands: &["input"],
    attributes: &["recurrence", "part", "step", "quantizer"],
    read: |fields| {
        Ok(Op::State {
            input: fields.operands[0],
            state: Arc::new(State {
                recurrence: fields.word("recurrence")?.to_string(),
                part: fields.index("part")?,
                step: fields.index("step")?,
            }),
            quantizer: match fields.word("quantizer") {
                Ok("none") => None,
                _ => Some(Arc::new(read_quantizer(fields, "quantizer")?)),
            },
        })
    },
    print: |op| match op {
        Op::State {
            state, quantizer, ..
        } => vec![
            ("recurrence", quote(&state.recurrence)),
            ("part", format!("{} : i64", state.part)),
            ("step", format!("{} : i64", state.step)),
            (
                "quantizer",
                match quantizer {
                    Some(quantizer) => print_quantizer(quantizer),
                    None => quote("none"),
                },
            ),
        ],
        _ => wrong_row(op),
    },
    shape: |op, of| match op {
        Op::State {
            quantizer: Some(quantizer),
            ..
        } => same_shape(quantizer, of[0]),
        _ => Ok(of[0].to_vec()),
    },
    eval: |op, of| match op {
        Op::State {
            quantizer: Some(quantizer),
            ..
        } => rounded(quantizer, of[0]),
        _ => Ok(of[0].clone()),
    },
};
