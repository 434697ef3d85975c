//! nn.dense: y[…, o] = Σ_i product(weight[o, i] * input[…, i]).
//!
//! | input     | weight    | result    |
//! | […, i]    | [o, i]    | […, o]    |
//! | […, g, i] | [g, o, i] | […, g, o] |
//!
//! Weights with a third axis are a stack of matrices, one for each index g of the input.
//!
//! `product` is the identity, or a quantiser through which every product and then the sum
//! passes: `ap_fixed` accumulators that cast each product to their own type.

use std::sync::Arc;

use super::integers::{Integers, dot};
use super::quantize::{print_quantizer, read_quantizer};
use super::{Op, OpDef, Tensor, wrong_row};
use crate::{Diagnostic, Number, Result};

pub const OP: OpDef = OpDef {
    name: "dense",
    summary: "y[…, o] = sum over i of product(weight[o, i] * input[…, i])",
    operands: &["input", "weight"],
    attributes: &["product"],
    read: |fields| {
        Ok(Op::Dense {
            input: fields.operands[0],
            weight: fields.operands[1],
            product: match fields.has("product") {
                true => match fields.word("product") {
                    Ok("exact") => None,
                    _ => Some(Arc::new(read_quantizer(fields, "product")?)),
                },
                false => None,
            },
        })
    },
    print: |op| match op {
        Op::Dense { product, .. } => vec![(
            "product",
            match product {
                Some(product) => print_quantizer(product),
                None => "\"exact\"".to_string(),
            },
        )],
        _ => wrong_row(op),
    },
    shape: |_, of| match (of[0].split_last(), of[1]) {
        (Some((inner, outer)), [rows, columns]) if inner == columns => {
            Ok(outer.iter().chain([rows]).copied().collect())
        }
        (Some((inner, [outer @ .., of_input])), [stack, rows, columns])
            if inner == columns && of_input == stack =>
        {
            Ok(outer.iter().chain([stack, rows]).copied().collect())
        }
        _ => Err(Diagnostic::new(format!(
            "nn.dense cannot multiply weights of shape {:?} with an input of shape {:?}",
            of[1], of[0]
        ))),
    },
    eval: |op, of| {
        let Op::Dense { product, .. } = op else {
            wrong_row(op)
        };
        let (input, weight) = (of[0], of[1]);
        let (rows, columns) = rows_and_columns(&weight.shape)?;
        let cast = match product {
            Some(product) => Some(product.elements(&[])?.remove(0)),
            None => None,
        };
        let through = |value: Number| match &cast {
            Some(cast) => cast.quantize(&value),
            None => value,
        };
        let shape = (OP.shape)(op, &[&input.shape, &weight.shape])?;
        if let (None, Some(values)) = (&cast, on_grids(input, weight, rows, columns)) {
            return Ok(Tensor::new(shape, values));
        }
        let mut values = Vec::new();
        let tokens = input.values.chunks(columns);
        for (token, matrix) in tokens.zip(weight.values.chunks(rows * columns).cycle()) {
            for row in matrix.chunks(columns) {
                let mut sum = Number::zero();
                for (x, w) in token.iter().zip(row) {
                    if !w.is_zero() {
                        sum = &sum + &through(x * w);
                    }
                }
                values.push(through(sum));
            }
        }
        Ok(Tensor::new(shape, values))
    },
};

/// The sums of exact products on machine integers; `None` where these may be too small.
fn on_grids(input: &Tensor, weight: &Tensor, rows: usize, columns: usize) -> Option<Vec<Number>> {
    let x = Integers::of(&input.values)?;
    let all = weight.values.chunks(columns).map(Integers::of);
    let all = all.collect::<Option<Vec<_>>>()?;
    let units = all.iter().map(|w| &w.unit * &x.unit).collect::<Vec<_>>();
    let mut values = Vec::with_capacity(input.values.len() / columns * rows);
    let stack = all.len() / rows;
    for (at, token) in x.integers.chunks(columns).enumerate() {
        let first = at % stack * rows;
        for (w, unit) in all[first..][..rows].iter().zip(&units[first..]) {
            let reach = x.reach.checked_mul(w.reach)?;
            reach.checked_mul(columns as i128)?;
            let sum = dot(token, &w.integers, reach);
            values.push(&Number::from(sum) * unit);
        }
    }
    Some(values)
}

/// The sizes of one matrix of weights.
pub fn rows_and_columns(shape: &[usize]) -> Result<(usize, usize)> {
    match *shape {
        [rows, columns] | [_, rows, columns] => Ok((rows, columns)),
        _ => Err(Diagnostic::new("weights have two axes, or three")),
    }
}
