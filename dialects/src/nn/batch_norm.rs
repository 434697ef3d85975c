//! nn.batch_norm: input * a + b with a = gamma / sqrt(variance + epsilon) and
//! b = beta - mean * a, both in float32.
//!
//! Parameters belong to the last axis. From a and b on the arithmetic is exact.
//! Source: the ONNX operator `BatchNormalization` in inference form.

use super::{Op, OpDef, Tensor, print_f32, wrong_row};
use crate::{Diagnostic, Number};

/// The float32 scale and shift of one channel, by the formula above.
pub fn scale_and_shift(
    gamma: f32,
    beta: f32,
    mean: f32,
    variance: f32,
    epsilon: f32,
) -> (f32, f32) {
    let scale = gamma / (variance + epsilon).sqrt();
    (scale, beta - mean * scale)
}

pub const OP: OpDef = OpDef {
    name: "batch_norm",
    summary: "input * a + b, a = gamma / sqrt(variance + epsilon), b = beta - mean * a",
    operands: &["input", "gamma", "beta", "mean", "variance"],
    attributes: &["epsilon"],
    read: |fields| {
        Ok(Op::BatchNorm {
            input: fields.operands[0],
            gamma: fields.operands[1],
            beta: fields.operands[2],
            mean: fields.operands[3],
            variance: fields.operands[4],
            epsilon: fields.float("epsilon")?,
        })
    },
    print: |op| match op {
        Op::BatchNorm { epsilon, .. } => vec![("epsilon", print_f32(*epsilon))],
        _ => wrong_row(op),
    },
    shape: |_, of| {
        let channels = of[0].last().copied();
        let fits =
            |shape: &[usize]| shape.len() == 1 && (Some(shape[0]) == channels || shape[0] == 1);
        match of[1..].iter().all(|shape| fits(shape)) {
            true => Ok(of[0].to_vec()),
            false => Err(Diagnostic::new(format!(
                "batch norm has parameters of shape {:?} for an input of shape {:?}",
                of[1], of[0]
            ))),
        }
    },
    eval: |op, of| {
        let Op::BatchNorm { epsilon, .. } = op else {
            wrong_row(op)
        };
        let channels = of[0].shape.last().copied().unwrap_or(1);
        let float = |tensor: &Tensor, channel: usize| {
            let at = if tensor.values.len() == 1 { 0 } else { channel };
            tensor.values[at].to_f32()
        };
        let mut lines = Vec::with_capacity(channels);
        for c in 0..channels {
            let [gamma, beta, mean, variance] = [1, 2, 3, 4].map(|operand| float(of[operand], c));
            let (a, b) = scale_and_shift(gamma, beta, mean, variance, *epsilon);
            let exact = Number::from_f32(a).zip(Number::from_f32(b));
            lines.push(exact.ok_or_else(|| {
                Diagnostic::new(format!(
                    "channel {c} of a batch norm has the scale {a} and shift {b}"
                ))
            })?);
        }
        let values = of[0].values.iter().enumerate();
        let values = values.map(|(at, value)| {
            let (a, b) = &lines[at % channels];
            &(value * a) + b
        });
        Ok(Tensor::new(of[0].shape.clone(), values.collect()))
    },
};
