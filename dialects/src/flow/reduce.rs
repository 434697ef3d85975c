//! flow.reduce: so many tokens become one, by a kernel that goes around.
//!
//! | input         | kernel         | result           |
//! | T tokens x    | s' = f(s, x)   | T / n tokens s   |
//!
//! The state is `initial` before each group of n tokens and leaves after the last of them.
//!
//! Hardware: a register for the state. A kernel without a register of its own takes a token in
//! every clock cycle; one with latency L takes one in every L + 1.

use super::{Next, Op, OpDef, Stream, fits, print_index, print_integers, print_kernel, wrong_row};
use crate::fx::IntType;
use crate::{Diagnostic, Result};

pub const OP: OpDef = OpDef {
    name: "reduce",
    summary: "s = kernel(s, x[t]) over groups of tokens, from initial; the last s of each group",
    operands: &["input"],
    attributes: &["kernel", "tokens", "initial"],
    read: |fields| {
        Ok(Op::Reduce {
            input: fields.operands[0],
            kernel: fields.kernel()?,
            tokens: fields.index("tokens")?,
            initial: fields.wide_integers("initial")?,
        })
    },
    print: |op, functions| match op {
        Op::Reduce {
            kernel,
            tokens,
            initial,
            ..
        } => vec![
            print_kernel(functions, Next::Kernel(*kernel)),
            print_index(*tokens),
            print_integers(initial.iter().copied()),
        ],
        _ => wrong_row(op),
    },
    stream: |op, of, functions| {
        let Op::Reduce {
            kernel,
            tokens,
            initial,
            ..
        } = op
        else {
            wrong_row(op)
        };
        let own = functions.signature(Next::Kernel(*kernel));
        let lanes = state_of("reduce", own, of[0], *tokens, initial)?;
        Ok(Stream {
            tokens: of[0].tokens / tokens,
            lanes,
        })
    },
};

/// The lanes of the state that goes around a function of these inputs and results.
///
/// Errors: a kernel, groups or a beginning that do not fit the stream.
pub(super) fn state_of(
    name: &str,
    (inputs, results): (Vec<IntType>, Vec<IntType>),
    of: &Stream,
    tokens: usize,
    initial: &[i128],
) -> Result<Vec<IntType>> {
    if tokens == 0 || !of.tokens.is_multiple_of(tokens) {
        return Err(Diagnostic::new(format!(
            "flow.{name} cannot make groups of {tokens} of {} tokens",
            of.tokens
        )));
    }
    let given = results.iter().chain(&of.lanes);
    let count = results.len() + of.lanes.len();
    if inputs.len() != count || !given.zip(&inputs).all(|(a, b)| fits(*a, *b)) {
        return Err(Diagnostic::new(format!(
            "flow.{name} has a kernel of other inputs than its state and its tokens"
        )));
    }
    let held = |(value, ty): (&i128, &IntType)| ty.range().holds(*value);
    if initial.len() != results.len() || !initial.iter().zip(&results).all(held) {
        return Err(Diagnostic::new(format!(
            "flow.{name} begins with another state than its kernel gives"
        )));
    }
    Ok(results)
}
