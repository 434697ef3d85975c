//! nn.gather: the slices of an axis at constant indices.

use super::tensor::elements;
use super::{Op, OpDef, Tensor, print_indices, wrong_row};
use crate::Diagnostic;

pub const OP: OpDef = OpDef {
    name: "gather",
    summary: "the slices of an axis at constant indices",
    operands: &["input"],
    attributes: &["indices", "axis"],
    read: |fields| {
        Ok(Op::Gather {
            input: fields.operands[0],
            indices: fields.indices("indices")?,
            axis: fields.index("axis")?,
        })
    },
    print: |op| match op {
        Op::Gather { indices, axis, .. } => vec![
            ("indices", print_indices(indices)),
            ("axis", format!("{axis} : i64")),
        ],
        _ => wrong_row(op),
    },
    shape: |op, of| match op {
        Op::Gather { indices, axis, .. }
            if *axis < of[0].len() && indices.iter().all(|&at| at < of[0][*axis]) =>
        {
            let mut shape = of[0].to_vec();
            shape[*axis] = indices.len();
            Ok(shape)
        }
        _ => Err(Diagnostic::new(format!(
            "a gather reads outside the shape {:?}",
            of[0]
        ))),
    },
    eval: |op, of| match op {
        Op::Gather { indices, axis, .. } => {
            let from = gathered_indices(&of[0].shape, indices, *axis);
            let values = from.into_iter().map(|at| of[0].values[at].clone());
            let mut shape = of[0].shape.clone();
            shape[*axis] = indices.len();
            Ok(Tensor::new(shape, values.collect()))
        }
        _ => wrong_row(op),
    },
};

/// For each element of a gather, the index of the element it is.
pub fn gathered_indices(shape: &[usize], indices: &[usize], axis: usize) -> Vec<usize> {
    let (outer, inner) = (elements(&shape[..axis]), elements(&shape[axis + 1..]));
    let mut found = Vec::with_capacity(outer * indices.len() * inner);
    for block in 0..outer {
        for &index in indices {
            let start = (block * shape[axis] + index) * inner;
            found.extend(start..start + inner);
        }
    }
    found
}
