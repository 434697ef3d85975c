//! fx.wrap: the value of the result's type that equals the input modulo 2^width.
//!
//! | input | result |
//! | any   | any    |
//!
//! The one op whose result type carries meaning: its width says how many low bits stay,
//! its sign how the highest of them is read.

use super::{Op, OpDef};

pub const OP: OpDef = OpDef {
    name: "wrap",
    summary: "the value of the result's type that equals the input modulo 2^width",
    operands: &["input"],
    attributes: &[],
    read: |fields| {
        let input = fields.operands[0];
        Ok(Op::Wrap { input })
    },
    print: |_| vec![],
    range: |_, of, ty| {
        Some(match ty.contains(of[0]) {
            true => of[0],
            false => ty.range(),
        })
    },
    eval: |_, of, ty| ty.wrap(of[0]),
};
