//! nn.max: the larger of lhs and rhs.
//!
//! Operands broadcast as numpy's do.

use super::eval::zip;
use super::tensor::broadcast_shapes;
use super::{Op, OpDef};

pub const OP: OpDef = OpDef {
    name: "max",
    summary: "the larger of lhs and rhs",
    operands: &["lhs", "rhs"],
    attributes: &[],
    read: |fields| {
        let [lhs, rhs] = [fields.operands[0], fields.operands[1]];
        Ok(Op::Max { lhs, rhs })
    },
    print: |_| vec![],
    shape: |_, of| broadcast_shapes(of[0], of[1]),
    eval: |_, of| zip(of[0], of[1], |a, b| Ok(a.max(b).clone())),
};
