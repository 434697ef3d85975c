//! flow.scan: a kernel that goes around and shows a part of its state after every token.
//!
//! | input      | kernel         | result                          |
//! | T tokens x | s' = f(s, x)   | T tokens: the named lanes of s' |
//!
//! The state is `initial` before each group of n tokens. A recurrent layer is a scan.
//!
//! Hardware: as flow.reduce.

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
            kernel: fields.kernel()?,
            tokens: fields.index("tokens")?,
            initial: fields.wide_integers("initial")?,
            lanes: fields.indices("lanes")?,
        })
    },
    print: |op, kernels| match op {
        Op::Scan {
            kernel,
            tokens,
            initial,
            lanes,
            ..
        } => vec![
            print_kernel(kernels, *kernel),
            print_index(*tokens),
            print_integers(initial.iter().copied()),
            print_integers(lanes.iter().map(|&lane| lane as i128)),
        ],
        _ => wrong_row(op),
    },
    stream: |op, of, kernels| {
        let Op::Scan {
            kernel,
            tokens,
            initial,
            lanes,
            ..
        } = op
        else {
            wrong_row(op)
        };
        let state = state_of("scan", &kernels[*kernel], of[0], *tokens, initial)?;
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
