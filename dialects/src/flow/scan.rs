//! flow.scan: a function that goes around and shows a part of its state after every token.
//!
//! | input      | function       | result                          |
//! | T tokens x | s' = f(s, x)   | T tokens: the named lanes of s' |
//!
//! The state is `initial` before each group of n tokens. A recurrent layer is a scan.
//!
//! The function is a kernel, or a function of this level that makes one token, the next state,
//! of one token, the state and x side by side: a turn that takes more than one step.
//!
//! Hardware: as flow.reduce. A function of this level is a module of its own, as is a kernel
//! with registers; it takes the next token when it has answered.

use super::reduce::state_of;
use super::{Op, OpDef, Stream, print_index, print_integers, print_kernel, wrong_row};
use crate::Diagnostic;

pub const OP: OpDef = OpDef {
    name: "scan",
    summary: "s = kernel(s, x[t]) over groups of tokens, from initial; lanes of every s",
    operands: &["input"],
    attributes: &["kernel", "tokens", "initial", "lanes"],
    read: |fields| {
        Ok(Op::Scan {
            input: fields.operands[0],
            next: fields.function()?,
            tokens: fields.index("tokens")?,
            initial: fields.wide_integers("initial")?,
            lanes: fields.indices("lanes")?,
        })
    },
    print: |op, functions| match op {
        Op::Scan {
            next,
            tokens,
            initial,
            lanes,
            ..
        } => vec![
            print_kernel(functions, *next),
            print_index(*tokens),
            print_integers(initial.iter().copied()),
            print_integers(lanes.iter().map(|&lane| lane as i128)),
        ],
        _ => wrong_row(op),
    },
    stream: |op, of, functions| {
        let Op::Scan {
            next,
            tokens,
            initial,
            lanes,
            ..
        } = op
        else {
            wrong_row(op)
        };
        let state = state_of("scan", functions.signature(*next), of[0], *tokens, initial)?;
        let shown = lanes.iter().map(|&lane| state.get(lane).copied());
        let shown = shown.collect::<Option<Vec<_>>>();
        match shown.filter(|shown| !shown.is_empty()) {
            Some(lanes) => Ok(Stream {
                tokens: of[0].tokens,
                lanes,
            }),
            None => Err(Diagnostic::new(
                "flow.scan shows lanes that its state has not",
            )),
        }
    },
};
