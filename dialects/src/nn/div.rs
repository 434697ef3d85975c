//! nn.div: lhs / rhs.
//!
//! Operands broadcast as numpy's do.

use super::eval::zip;
use super::tensor::broadcast_shapes;
use super::{Op, OpDef};
use crate::Diagnostic;

pub const OP: OpDef = OpDef {
    name: "div",
    summary: "lhs / rhs",
    operands: &["lhs", "rhs"],
    attributes: &[],
    read: |fields| {
        let [lhs, rhs] = [fields.operands[0], fields.operands[1]];
        Ok(Op::Div { lhs, rhs })
    },
    print: |_| vec![],
    shape: |_, of| broadcast_shapes(of[0], of[1]),
    eval: |_, of| {
        zip(of[0], of[1], |a, b| {
            a.checked_div(b)
                .ok_or_else(|| Diagnostic::new("division by zero"))
        })
    },
};
