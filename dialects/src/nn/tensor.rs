//! Tensors of exact numbers, shapes and broadcasting.

use crate::{Diagnostic, Number, Result};

/// A tensor of exact numbers, last axis fastest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub values: Vec<Number>,
}

impl Tensor {
    pub fn new(shape: Vec<usize>, values: Vec<Number>) -> Self {
        debug_assert_eq!(elements(&shape), values.len());
        Tensor { shape, values }
    }

    /// The exact values of floats; `None` when one is NaN or infinite.
    pub fn from_f32(shape: Vec<usize>, values: &[f32]) -> Option<Self> {
        let values = values.iter().map(|&value| Number::from_f32(value));
        Some(Tensor::new(shape, values.collect::<Option<_>>()?))
    }
}

/// A small tensor of float32 parameters that broadcasts against a value.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatTensor {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

impl FloatTensor {
    pub fn scalar(value: f32) -> Self {
        FloatTensor {
            shape: vec![],
            values: vec![value],
        }
    }

    /// The one value, when all elements are the same.
    pub fn uniform(&self) -> Option<f32> {
        let first = *self.values.first()?;
        self.values
            .iter()
            .all(|&value| value == first)
            .then_some(first)
    }

    /// The parameter of each element of a value of that shape.
    pub fn broadcast(&self, shape: &[usize]) -> Result<Vec<f32>> {
        let from = broadcast_indices(&self.shape, shape)?;
        Ok(from.into_iter().map(|at| self.values[at]).collect())
    }
}

/// How many elements a shape has.
pub fn elements(shape: &[usize]) -> usize {
    shape.iter().product()
}

fn shape_text(shape: &[usize]) -> String {
    let sizes = shape.iter().map(usize::to_string).collect::<Vec<_>>();
    format!("[{}]", sizes.join(", "))
}

/// The shape two operands broadcast to, as numpy does it.
pub fn broadcast_shapes(a: &[usize], b: &[usize]) -> Result<Vec<usize>> {
    let rank = a.len().max(b.len());
    let size = |shape: &[usize], axis: usize| {
        let missing = rank - shape.len();
        if axis < missing {
            1
        } else {
            shape[axis - missing]
        }
    };
    (0..rank)
        .map(|axis| match (size(a, axis), size(b, axis)) {
            (a, b) if a == b => Ok(a),
            (1, b) => Ok(b),
            (a, 1) => Ok(a),
            _ => Err(Diagnostic::new(format!(
                "shapes {} and {} do not broadcast",
                shape_text(a),
                shape_text(b)
            ))),
        })
        .collect()
}

/// For each element of `to`, the index of the element of `from` it reads.
pub fn broadcast_indices(from: &[usize], to: &[usize]) -> Result<Vec<usize>> {
    if broadcast_shapes(from, to)? != to {
        return Err(Diagnostic::new(format!(
            "shape {} does not broadcast to {}",
            shape_text(from),
            shape_text(to)
        )));
    }
    let missing = to.len() - from.len();
    let mut strides = vec![0; to.len()];
    let mut step = 1;
    for axis in (0..from.len()).rev() {
        if from[axis] != 1 {
            strides[axis + missing] = step;
        }
        step *= from[axis];
    }
    Ok(strided(to, &strides, 0))
}

/// The indices `start + Σ position·stride` of all positions of a shape, last axis fastest.
pub fn strided(shape: &[usize], strides: &[usize], start: usize) -> Vec<usize> {
    let mut indices = vec![start];
    for (&size, &stride) in shape.iter().zip(strides) {
        let outer = std::mem::take(&mut indices);
        indices.reserve(outer.len() * size);
        for base in outer {
            indices.extend((0..size).map(|position| base + position * stride));
        }
    }
    indices
}

/// The strides of a dense tensor.
pub fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// The index of an axis counted from the front, or from the back when negative.
pub fn axis(value: i64, rank: usize) -> Result<usize> {
    let shifted = if value < 0 {
        value + rank as i64
    } else {
        value
    };
    usize::try_from(shifted)
        .ok()
        .filter(|&axis| axis < rank)
        .ok_or_else(|| Diagnostic::new(format!("axis {value} does not exist in rank {rank}")))
}
