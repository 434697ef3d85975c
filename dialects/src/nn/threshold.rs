//! nn.threshold: scale * (how many thresholds of its channel the input reaches) + bias.
//!
//! Thresholds have shape [channels, steps] or [1, steps]; the channel is the last axis of
//! the input. Source: the QONNX operator `MultiThreshold`.

use std::sync::Arc;

use super::{FloatTensor, Op, OpDef, Tensor, print_f32, print_floats, wrong_row};
use crate::{Diagnostic, Number, Result};

pub const OP: OpDef = OpDef {
    name: "threshold",
    summary: "scale * (how many thresholds of its channel the input reaches) + bias",
    operands: &["input"],
    attributes: &["thresholds", "scale", "bias"],
    read: |fields| {
        Ok(Op::Threshold {
            input: fields.operands[0],
            thresholds: Arc::new(fields.floats("thresholds")?),
            scale: fields.float("scale")?,
            bias: fields.float("bias")?,
        })
    },
    print: |op| match op {
        Op::Threshold {
            thresholds,
            scale,
            bias,
            ..
        } => vec![
            ("thresholds", print_floats(thresholds)),
            ("scale", print_f32(*scale)),
            ("bias", print_f32(*bias)),
        ],
        _ => wrong_row(op),
    },
    shape: |op, of| match op {
        Op::Threshold { thresholds, .. } => steps(thresholds, of[0]).map(|_| of[0].to_vec()),
        _ => wrong_row(op),
    },
    eval: |op, of| match op {
        Op::Threshold {
            thresholds,
            scale,
            bias,
            ..
        } => {
            let (channels, steps) = steps(thresholds, &of[0].shape)?;
            let number = |value| {
                Number::from_f32(value)
                    .ok_or_else(|| Diagnostic::new(format!("a threshold is {value}")))
            };
            let (scale, bias) = (number(*scale)?, number(*bias)?);
            let mut values = Vec::with_capacity(of[0].values.len());
            for (at, value) in of[0].values.iter().enumerate() {
                let channel = at % channels;
                let row = &thresholds.values[channel * steps..][..steps];
                let mut reached = 0i64;
                for &threshold in row {
                    reached += i64::from(*value >= number(threshold)?);
                }
                values.push(&(&scale * &Number::from(reached)) + &bias);
            }
            Ok(Tensor::new(of[0].shape.clone(), values))
        }
        _ => wrong_row(op),
    },
};

/// (channels, steps) of a threshold table for inputs of that shape.
fn steps(thresholds: &FloatTensor, input: &[usize]) -> Result<(usize, usize)> {
    match thresholds.shape[..] {
        [channels, steps] if channels == 1 || input.last() == Some(&channels) => {
            Ok((channels, steps))
        }
        _ => Err(Diagnostic::new(
            "thresholds need the shape [channels, steps], the channels being the input's last axis",
        )),
    }
}
