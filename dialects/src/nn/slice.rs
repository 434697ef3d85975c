//! nn.slice: along each axis, the elements start, start + step, … as many as its size.

use super::tensor::strides;
use super::{Op, OpDef, Tensor, print_indices, print_integers, wrong_row};
use crate::Diagnostic;

pub const OP: OpDef = OpDef {
    name: "slice",
    summary: "along each axis, the elements start, start + step, … as many as its size",
    operands: &["input"],
    attributes: &["starts", "sizes", "steps"],
    read: |fields| {
        Ok(Op::Slice {
            input: fields.operands[0],
            starts: fields.integers("starts")?.to_vec(),
            sizes: fields.indices("sizes")?,
            steps: fields.integers("steps")?.to_vec(),
        })
    },
    print: |op| match op {
        Op::Slice {
            starts,
            sizes,
            steps,
            ..
        } => vec![
            ("starts", print_integers(starts.iter().copied())),
            ("sizes", print_indices(sizes)),
            ("steps", print_integers(steps.iter().copied())),
        ],
        _ => wrong_row(op),
    },
    shape: |op, of| {
        let Op::Slice {
            starts,
            sizes,
            steps,
            ..
        } = op
        else {
            wrong_row(op)
        };
        let rank = of[0].len();
        let inside = |axis: usize| {
            let last = starts[axis] + steps[axis] * (sizes[axis] as i64 - 1);
            let range = 0..of[0][axis] as i64;
            sizes[axis] == 0 || (range.contains(&starts[axis]) && range.contains(&last))
        };
        let ranks = [starts.len(), sizes.len(), steps.len()];
        match ranks == [rank; 3] && (0..rank).all(inside) {
            true => Ok(sizes.clone()),
            false => Err(Diagnostic::new(format!(
                "a slice from {starts:?} by {steps:?} of sizes {sizes:?} leaves the shape {:?}",
                of[0]
            ))),
        }
    },
    eval: |op, of| match op {
        Op::Slice {
            starts,
            sizes,
            steps,
            ..
        } => {
            let from = sliced_indices(&of[0].shape, starts, sizes, steps);
            let values = from.into_iter().map(|at| of[0].values[at].clone());
            Ok(Tensor::new(sizes.clone(), values.collect()))
        }
        _ => wrong_row(op),
    },
};

/// For each element of a slice, the index of the element it is.
pub fn sliced_indices(
    shape: &[usize],
    starts: &[i64],
    sizes: &[usize],
    steps: &[i64],
) -> Vec<usize> {
    let mut found = vec![0i64];
    for (axis, stride) in strides(shape).into_iter().enumerate() {
        let outer = std::mem::take(&mut found);
        for base in outer {
            let position = |at: usize| starts[axis] + steps[axis] * at as i64;
            found.extend((0..sizes[axis]).map(|at| base + position(at) * stride as i64));
        }
    }
    found.into_iter().map(|at| at as usize).collect()
}
