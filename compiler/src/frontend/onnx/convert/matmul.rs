//! Gemm and MatMul: dense layers where one side is made of constants, else products and sums.

use dialects::Result;
use dialects::nn::{Op, Reduction};

use super::layer::Layer;
use super::value::{BatchAxis, Value};
use super::{Row, onnx};

pub const ROWS: &[Row] = &[onnx("Gemm", gemm), onnx("MatMul", matmul)];

/// Y = alpha * A' * B' + beta * C.
fn gemm(layer: &mut Layer) -> Result<Vec<Value>> {
    let a = layer.operand(0, "A")?;
    let b = layer.operand(1, "B")?;
    let c = layer.optional_operand(2, "C")?;
    layer.computes_in_floats(&[a, b])?;
    for (value, name) in [(a, "A"), (b, "B")] {
        if layer.rank(value) != 2 {
            return Err(layer.contradiction(format!(
                "{name} of Gemm has the shape {}, and is a matrix",
                layer.shape_text(value)
            )));
        }
    }
    let node = layer.node;
    let a = match node.int_or("transA", 0)? {
        0 => a,
        _ => swap_last(layer, a)?,
    };
    let b = match node.int_or("transB", 0)? {
        0 => b,
        _ => swap_last(layer, b)?,
    };
    let mut y = product(layer, a, b)?;
    let alpha = node.float_or("alpha", 1.0)?;
    if alpha != 1.0 {
        let factor = layer.push_scalar(alpha)?;
        y = layer.binary(y, factor, |lhs, rhs| Op::Mul { lhs, rhs })?;
    }
    let beta = node.float_or("beta", 1.0)?;
    if let Some(mut c) = c.filter(|_| beta != 0.0) {
        if beta != 1.0 {
            let factor = layer.push_scalar(beta)?;
            c = layer.binary(c, factor, |lhs, rhs| Op::Mul { lhs, rhs })?;
        }
        y = layer.binary(y, c, |lhs, rhs| Op::Add { lhs, rhs })?;
    }
    Ok(vec![y])
}

fn matmul(layer: &mut Layer) -> Result<Vec<Value>> {
    let a = layer.operand(0, "A")?;
    let b = layer.operand(1, "B")?;
    layer.computes_in_floats(&[a, b])?;
    Ok(vec![product(layer, a, b)?])
}

/// The value with its last two ONNX axes exchanged.
pub fn swap_last(layer: &mut Layer, value: Value) -> Result<Value> {
    let rank = layer.rank(value);
    let mut order: Vec<usize> = (0..rank).collect();
    order.swap(rank - 2, rank - 1);
    super::transpose::permute(layer, value, &order)
}

/// A · B as ONNX's MatMul has it.
pub fn product(layer: &mut Layer, a: Value, b: Value) -> Result<Value> {
    let (rank_a, rank_b) = (layer.rank(a), layer.rank(b));
    let inner = |layer: &Layer, value: Value, axis: usize| -> Result<usize> {
        layer
            .axis(value, axis as i64)
            .map(|axis| layer.shape(value)[axis])
    };
    if rank_a == 0 || rank_b == 0 {
        return Err(layer.contradiction(format!("{} is given a scalar", layer.op())));
    }
    let columns = inner(layer, a, rank_a - 1)?;
    let rows = inner(layer, b, rank_b.saturating_sub(2))?;
    if columns != rows {
        return Err(layer.contradiction(format!(
            "{} multiplies {} by {}: {columns} columns meet {rows} rows",
            layer.op(),
            layer.shape_text(a),
            layer.shape_text(b)
        )));
    }
    match (a.dynamic, b.dynamic) {
        (true, true) => of_values(layer, a, b),
        (_, false) if is_stack(layer, b) => stacked(layer, a, b),
        (_, false) => {
            let weight = weights(layer, b, rank_a, rank_b)?;
            let y = dense(layer, a, weight)?;
            match rank_b {
                1 => drop_last(layer, y),
                _ => Ok(y),
            }
        }
        // A·B = (Bᵀ·Aᵀ)ᵀ, and nn.dense multiplies by the transpose of its weights.
        (false, true) => {
            let one_row = rank_a == 1;
            let weight = match one_row {
                true => {
                    let shape = vec![1, columns];
                    layer.reshape(a, shape)?
                }
                false => matrix(layer, a, rank_b, rank_a)?,
            };
            if rank_b == 1 {
                let y = dense(layer, b, weight)?;
                return if one_row { drop_last(layer, y) } else { Ok(y) };
            }
            let turned = swap_last(layer, b)?;
            let y = dense(layer, turned, weight)?;
            match one_row {
                true => drop_last(layer, y),
                false => swap_last(layer, y),
            }
        }
    }
}

/// Whether a constant factor is more than one matrix.
fn is_stack(layer: &Layer, b: Value) -> bool {
    let shape = layer.shape(b);
    let outer = shape.len().saturating_sub(2);
    shape[..outer].iter().any(|&size| size != 1)
}

/// A stack of matrices, each for its own rows: Σ_k a[…, g, m, k] · b[g, k, n].
fn stacked(layer: &mut Layer, a: Value, b: Value) -> Result<Value> {
    let (of_a, of_b) = (layer.shape(a).to_vec(), layer.shape(b).to_vec());
    let ([outer @ .., inner, columns], [front @ .., rows, _]) = (&of_b[..], &of_a[..]) else {
        return Err(layer.contradiction(format!("{} is given a stack and a vector", layer.op())));
    };
    let Some(lead) = front.strip_suffix(outer) else {
        return Err(layer
            .error(format!(
                "{} multiplies {} by a stack of weight matrices of shape {of_b:?}, one for each of other axes",
                layer.op(),
                layer.shape_text(a)
            ))
            .help("give both the same axes in front of their matrices"));
    };
    let (lead, stack): (usize, usize) = (lead.iter().product(), outer.iter().product());
    let a = layer.reshape(a, vec![lead, stack, *rows, *inner])?;
    let a = layer.transpose(a, vec![0, 2, 1, 3])?;
    let b = layer.reshape(b, vec![stack, *inner, *columns])?;
    let weight = layer.transpose(b, vec![0, 2, 1])?;
    let y = dense(layer, a, weight)?;
    let y = layer.transpose(y, vec![0, 2, 1, 3])?;
    layer.reshape(y, [front, &[*rows, *columns]].concat())
}

/// The product of two values that both depend on the input: Σ_k a[…, m, k] · b[…, k, n].
fn of_values(layer: &mut Layer, a: Value, b: Value) -> Result<Value> {
    let (vector_a, vector_b) = (layer.rank(a) == 1, layer.rank(b) == 1);
    // A vector stands for one row, or one column.
    let b = if vector_b { b } else { swap_last(layer, b)? };
    let a = with_one(layer, a, 1)?;
    let b = with_one(layer, b, if vector_b { 1 } else { 2 })?;
    let products = layer.binary(a, b, |lhs, rhs| Op::Mul { lhs, rhs })?;
    let last = layer.shape(products).len() - 1;
    let op = Op::Reduce {
        input: products.id,
        kind: Reduction::Sum,
        axes: vec![last],
    };
    let sums = layer.push_like(op, products)?;
    // […, m, n], less the axis of one that stands for a vector.
    let mut shape = layer.shape(sums).to_vec();
    if vector_b {
        shape.pop();
    }
    if vector_a && !vector_b {
        shape.remove(shape.len() - 2);
    }
    layer.reshape(sums, shape)
}

/// The value with an axis of one before its last `behind` axes.
fn with_one(layer: &mut Layer, value: Value, behind: usize) -> Result<Value> {
    let mut shape = layer.shape(value).to_vec();
    if shape.len() < behind || value.batch == BatchAxis::Merged {
        return Err(layer.mixes_batch("it multiplies along the batch"));
    }
    shape.insert(shape.len() - behind, 1);
    layer.reshape(value, shape)
}

/// B as the weights [outputs, inputs] of a dense layer.
fn weights(layer: &mut Layer, b: Value, rank_a: usize, rank_b: usize) -> Result<Value> {
    if rank_b == 1 {
        let inputs = layer.shape(b)[0];
        return layer.reshape(b, vec![1, inputs]);
    }
    let b = matrix(layer, b, rank_a, rank_b)?;
    layer.transpose(b, vec![1, 0])
}

/// A constant factor as one matrix.
fn matrix(layer: &mut Layer, value: Value, other_rank: usize, rank: usize) -> Result<Value> {
    let shape = layer.shape(value).to_vec();
    let (outer, last) = shape.split_at(rank - 2);
    if outer.iter().any(|&size| size != 1) || rank > other_rank.max(2) {
        return Err(layer
            .error(format!(
                "{} has a stack of weight matrices of shape {shape:?}, which is not supported",
                layer.op()
            ))
            .help("split the layer into one MatMul for each matrix"));
    }
    layer.reshape(value, last.to_vec())
}

pub fn dense(layer: &mut Layer, input: Value, weight: Value) -> Result<Value> {
    let op = Op::Dense {
        input: input.id,
        weight: weight.id,
        product: None,
    };
    let id = layer.push(op)?;
    Ok(Value {
        id,
        dynamic: input.dynamic || weight.dynamic,
        ..input
    })
}

/// Without the last axis, which has one element.
fn drop_last(layer: &mut Layer, value: Value) -> Result<Value> {
    let mut shape = layer.shape(value).to_vec();
    shape.pop();
    if value.batch == BatchAxis::Merged && shape.is_empty() {
        return Err(layer.mixes_batch("its result has no axis but the batch"));
    }
    layer.reshape(value, shape)
}
