//! nn.dense: y[…, o] = Σ_i product(weight[o, i] * input[…, i]).
//!
//! | input   | weight | result  |
//! | […, i]  | [o, i] | […, o]  |
//!
//! `product` is the identity, or a quantiser through which every product and then the sum
//! passes: `ap_fixed` accumulators that cast each product to their own type.

use std::sync::Arc;

use super::quantize::{print_quantizer, read_quantizer};
use super::{Op, OpDef, Tensor, wrong_row};
use crate::{Diagnostic, Number};

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
        let [rows, columns] = weight.shape[..] else {
            return Err(Diagnostic::new("weights have two axes"));
        };
        let cast = match product {
            Some(product) => Some(product.elements(&[])?.remove(0)),
            None => None,
        };
        let through = |value: Number| match &cast {
            Some(cast) => cast.quantize(&value),
            None => value,
        };
        let mut values = Vec::new();
        for token in input.values.chunks(columns) {
            for row in weight.values.chunks(columns) {
                let mut sum = Number::zero();
                for (x, w) in token.iter().zip(row) {
                    if !w.is_zero() {
                        sum = &sum + &through(x * w);
                    }
                }
                values.push(through(sum));
            }
        }
        let mut shape = input.shape.clone();
        if let Some(last) = shape.last_mut() {
            *last = rows;
        }
        Ok(Tensor::new(shape, values))
    },
};
