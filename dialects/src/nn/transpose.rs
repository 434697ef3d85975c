//! nn.transpose: axis i of the result is axis permutation[i] of the input.

use super::tensor::{strided, strides};
use super::{Op, OpDef, Tensor, print_indices, wrong_row};
use crate::Diagnostic;

pub const OP: OpDef = OpDef {
    name: "transpose",
    summary: "axis i of the result is axis permutation[i] of the input",
    operands: &["input"],
    attributes: &["permutation"],
    read: |fields| {
        Ok(Op::Transpose {
            input: fields.operands[0],
            permutation: fields.indices("permutation")?,
        })
    },
    print: |op| match op {
        Op::Transpose { permutation, .. } => vec![("permutation", print_indices(permutation))],
        _ => wrong_row(op),
    },
    shape: |op, of| match op {
        Op::Transpose { permutation, .. } => {
            let mut sorted = permutation.clone();
            sorted.sort_unstable();
            match sorted.iter().copied().eq(0..of[0].len()) {
                true => Ok(permutation.iter().map(|&axis| of[0][axis]).collect()),
                false => Err(Diagnostic::new(format!(
                    "{permutation:?} does not permute the axes of shape {:?}",
                    of[0]
                ))),
            }
        }
        _ => wrong_row(op),
    },
    eval: |op, of| match op {
        Op::Transpose { permutation, .. } => {
            let from = transposed_indices(&of[0].shape, permutation);
            let shape = permutation.iter().map(|&axis| of[0].shape[axis]).collect();
            let values = from.into_iter().map(|at| of[0].values[at].clone());
            Ok(Tensor::new(shape, values.collect()))
        }
        _ => wrong_row(op),
    },
};

/// For each element of a transposed tensor, the index of the element it is.
pub fn transposed_indices(shape: &[usize], permutation: &[usize]) -> Vec<usize> {
    let all = strides(shape);
    let sizes = permutation
        .iter()
        .map(|&axis| shape[axis])
        .collect::<Vec<_>>();
    let steps = permutation
        .iter()
        .map(|&axis| all[axis])
        .collect::<Vec<_>>();
    strided(&sizes, &steps, 0)
}
