//! flow.map: a kernel on every token.
//!
//! | input        | kernel             | result       |
//! | T tokens x   | y = f(x)           | T tokens y   |
//! | T tokens x   | y = f(t mod S, x)  | T tokens y   |
//!
//! With `steps` S above zero the kernel also sees the number of the token: what differs from
//! token to token is a table in it.
//!
//! Hardware: the kernel's pipeline; a counter where there are steps. It takes a token in every
//! clock cycle and answers after the kernel's latency.

use super::{Next, Op, OpDef, Stream, fits, print_index, print_kernel, signature, wrong_row};
use crate::Diagnostic;
use crate::fx::Range;

pub const OP: OpDef = OpDef {
    name: "map",
    summary: "y[t] = kernel(x[t]), or kernel(t mod steps, x[t])",
    operands: &["input"],
    attributes: &["kernel", "steps"],
    read: |fields| {
        Ok(Op::Map {
            input: fields.operands[0],
            kernel: fields.kernel()?,
            steps: fields.index("steps")?,
        })
    },
    print: |op, functions| match op {
        Op::Map { kernel, steps, .. } => {
            vec![
                print_kernel(functions, Next::Kernel(*kernel)),
                print_index(*steps),
            ]
        }
        _ => wrong_row(op),
    },
    stream: |op, of, functions| {
        let Op::Map { kernel, steps, .. } = op else {
            wrong_row(op)
        };
        let (mut inputs, results) = signature(&functions.kernels[*kernel]);
        if *steps > 0 {
            let numbers = Range::new(0, *steps as i128 - 1);
            if inputs.is_empty() || !inputs.remove(0).contains(numbers) {
                return Err(Diagnostic::new(
                    "flow.map counts further than its kernel's first input holds",
                ));
            }
        }
        let pairs = of[0].lanes.iter().zip(&inputs);
        if inputs.len() != of[0].lanes.len() || !pairs.clone().all(|(a, b)| fits(*a, *b)) {
            return Err(Diagnostic::new(
                "flow.map has a kernel of other inputs than its tokens",
            ));
        }
        Ok(Stream {
            tokens: of[0].tokens,
            lanes: results,
        })
    },
};
