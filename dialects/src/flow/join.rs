//! flow.join: two streams token by token.
//!
//! | lhs          | rhs          | result                        |
//! | T tokens x   | T tokens y   | T tokens, x and y side by side |
//!
//! Hardware: the stream that comes first waits in a queue as long as the schedule says, in a
//! memory where that is long; a token
//! leaves with the later one.

use super::{Op, OpDef, Stream, wrong_row};
use crate::Diagnostic;

pub const OP: OpDef = OpDef {
    name: "join",
    summary: "z[t] = x[t] and y[t] side by side",
    operands: &["lhs", "rhs"],
    attributes: &[],
    read: |fields| match *fields.operands {
        [lhs, rhs] => Ok(Op::Join { lhs, rhs }),
        _ => Err(Diagnostic::new("flow.join has two operands")),
    },
    print: |_, _| vec![],
    stream: |op, of, _| {
        let Op::Join { .. } = op else { wrong_row(op) };
        let [lhs, rhs] = of else {
            return Err(Diagnostic::new("flow.join has two operands"));
        };
        if lhs.tokens != rhs.tokens {
            return Err(Diagnostic::new(format!(
                "flow.join cannot join a stream of {} tokens with one of {}",
                lhs.tokens, rhs.tokens
            )));
        }
        Ok(Stream {
            tokens: lhs.tokens,
            lanes: [&lhs.lanes[..], &rhs.lanes[..]].concat(),
        })
    },
};
