//! nn.reduce: sum, mean, max or min over axes, which are removed.

use std::str::FromStr;

use super::tensor::{strided, strides};
use super::{Op, OpDef, Tensor, print_indices, wrong_row};
use crate::ir::quote;
use crate::{Diagnostic, Number, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reduction {
    Sum,
    Mean,
    Max,
    Min,
}

impl Reduction {
    pub const ALL: [Reduction; 4] = [
        Reduction::Sum,
        Reduction::Mean,
        Reduction::Max,
        Reduction::Min,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Reduction::Sum => "sum",
            Reduction::Mean => "mean",
            Reduction::Max => "max",
            Reduction::Min => "min",
        }
    }
}

impl FromStr for Reduction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Reduction::ALL.into_iter();
        all.find(|kind| kind.name() == text)
            .ok_or_else(|| format!("`{text}` is no reduction; they are sum, mean, max, min"))
    }
}

pub const OP: OpDef = OpDef {
    name: "reduce",
    summary: "sum, mean, max or min over axes, which are removed",
    operands: &["input"],
    attributes: &["kind", "axes"],
    read: |fields| {
        Ok(Op::Reduce {
            input: fields.operands[0],
            kind: fields.word("kind")?.parse().map_err(Diagnostic::new)?,
            axes: fields.indices("axes")?,
        })
    },
    print: |op| match op {
        Op::Reduce { kind, axes, .. } => {
            vec![("kind", quote(kind.name())), ("axes", print_indices(axes))]
        }
        _ => wrong_row(op),
    },
    shape: |op, of| match op {
        Op::Reduce { axes, .. } if axes.iter().all(|&axis| axis < of[0].len()) => {
            Ok(without(of[0], axes))
        }
        _ => Err(Diagnostic::new("an axis of a reduction does not exist")),
    },
    eval: |op, of| {
        let Op::Reduce { kind, axes, .. } = op else {
            wrong_row(op)
        };
        along(of[0], axes, |values| {
            let empty = || Diagnostic::new("a reduction over nothing");
            let sum = || {
                values
                    .iter()
                    .fold(Number::zero(), |sum, value| &sum + *value)
            };
            match kind {
                Reduction::Sum => Ok(sum()),
                Reduction::Mean => {
                    let count = Number::from(values.len() as i64);
                    sum().checked_div(&count).ok_or_else(empty)
                }
                Reduction::Max => values.iter().max().map(|&v| v.clone()).ok_or_else(empty),
                Reduction::Min => values.iter().min().map(|&v| v.clone()).ok_or_else(empty),
            }
        })
    },
};

/// A shape with some axes removed.
pub(super) fn without(shape: &[usize], axes: &[usize]) -> Vec<usize> {
    let kept = shape
        .iter()
        .enumerate()
        .filter(|(axis, _)| !axes.contains(axis));
    kept.map(|(_, &size)| size).collect()
}

/// For each element of a reduction's result, the indices of the elements it reduces.
pub fn reduced_indices(shape: &[usize], axes: &[usize]) -> Vec<Vec<usize>> {
    let all = strides(shape);
    let pick = |inside: bool| {
        let axes = (0..shape.len()).filter(|axis| axes.contains(axis) == inside);
        axes.map(|axis| (shape[axis], all[axis]))
            .unzip::<_, _, Vec<_>, Vec<_>>()
    };
    let (outer, outer_strides) = pick(false);
    let (inner, inner_strides) = pick(true);
    let starts = strided(&outer, &outer_strides, 0);
    let groups = starts
        .into_iter()
        .map(|start| strided(&inner, &inner_strides, start));
    groups.collect()
}

/// Applies a function to the elements along axes, which are removed.
pub(super) fn along(
    input: &Tensor,
    axes: &[usize],
    mut f: impl FnMut(&[&Number]) -> Result<Number>,
) -> Result<Tensor> {
    let groups = reduced_indices(&input.shape, axes);
    let values = groups.into_iter().map(|group| {
        let elements = group
            .into_iter()
            .map(|at| &input.values[at])
            .collect::<Vec<_>>();
        f(&elements)
    });
    let values = values.collect::<Result<_>>()?;
    Ok(Tensor::new(without(&input.shape, axes), values))
}
