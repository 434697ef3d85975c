//! nn.concat: the inputs one after the other along an axis.

use super::tensor::elements;
use super::{Op, OpDef, Tensor, wrong_row};
use crate::Diagnostic;

pub const OP: OpDef = OpDef {
    name: "concat",
    summary: "the inputs one after the other along an axis",
    operands: &["...inputs"],
    attributes: &["axis"],
    read: |fields| {
        Ok(Op::Concat {
            inputs: fields.operands.to_vec(),
            axis: fields.index("axis")?,
        })
    },
    print: |op| match op {
        Op::Concat { axis, .. } => vec![("axis", format!("{axis} : i64"))],
        _ => wrong_row(op),
    },
    shape: |op, of| {
        let Op::Concat { axis, .. } = op else {
            wrong_row(op)
        };
        let mismatch =
            || Diagnostic::new(format!("shapes {of:?} do not concatenate on axis {axis}"));
        let first = of
            .first()
            .filter(|shape| *axis < shape.len())
            .ok_or_else(mismatch)?;
        let mut shape = first.to_vec();
        for other in &of[1..] {
            let fits = other.len() == shape.len()
                && (0..shape.len()).all(|at| at == *axis || other[at] == shape[at]);
            if !fits {
                return Err(mismatch());
            }
            shape[*axis] += other[*axis];
        }
        Ok(shape)
    },
    eval: |op, of| {
        let Op::Concat { axis, .. } = op else {
            wrong_row(op)
        };
        let shapes = of
            .iter()
            .map(|tensor| tensor.shape.as_slice())
            .collect::<Vec<_>>();
        let shape = (OP.shape)(op, &shapes)?;
        let from = concatenated_indices(&shapes, *axis);
        let values = from
            .into_iter()
            .map(|(input, at)| of[input].values[at].clone());
        Ok(Tensor::new(shape, values.collect()))
    },
};

/// For each element of a concatenation, the input it is from and its index there.
pub fn concatenated_indices(shapes: &[&[usize]], axis: usize) -> Vec<(usize, usize)> {
    let outer = shapes.first().map_or(0, |shape| elements(&shape[..axis]));
    let mut found = Vec::new();
    for block in 0..outer {
        for (input, shape) in shapes.iter().enumerate() {
            let size = elements(&shape[axis..]);
            found.extend((0..size).map(|at| (input, block * size + at)));
        }
    }
    found
}
