//! nn-fold-batchnorm: batch normalisation as a multiplication and an addition.
//!
//! Before   nn.batch_norm(%x, gamma, beta, mean, variance)
//! After    nn.add(nn.mul(%x, a), b)   a = gamma / sqrt(variance + epsilon), b = beta - mean * a
//!
//! Needs      constant parameters, so `nn-fold-constants` first.
//! Leaves     no nn.batch_norm; a and b are the float32 values of the formula.
//! Never      rounds anything that depends on an input.

use std::sync::Arc;

use dialects::nn::{Constant, Graph, Op, ValueId, scale_and_shift};
use dialects::{Diagnostic, Result};

use super::{Changed, Pass, Run};
use crate::context::PassContext;

pub const PASS: Pass = Pass {
    name: "nn-fold-batchnorm",
    summary: "batch normalisation as a multiplication and an addition",
    source: include_str!("nn_fold_batchnorm.rs"),
    run: Run::Nn(run),
};

fn run(graph: &mut Graph, _: &PassContext) -> Result<Changed> {
    let is_norm = |op: &Op| matches!(op, Op::BatchNorm { .. });
    if !graph.nodes.iter().any(|node| is_norm(&node.op)) {
        return Ok(Changed::No);
    }
    let mut folded = graph.rebuilt(|new, _, node, op| {
        let layer = node.layer.as_str();
        let Op::BatchNorm {
            input,
            gamma,
            beta,
            mean,
            variance,
            epsilon,
        } = op
        else {
            return new.push(op, layer);
        };
        let channels = new.shape(input).last().copied().unwrap_or(1);
        let parameters = [gamma, beta, mean, variance];
        let [gamma, beta, mean, variance] = parameters.map(|value| floats(new, value, channels));
        let (gamma, beta, mean, variance) = (gamma?, beta?, mean?, variance?);
        let lines = (0..channels)
            .map(|c| scale_and_shift(gamma[c], beta[c], mean[c], variance[c], epsilon));
        let (scales, shifts): (Vec<f32>, Vec<f32>) = lines.unzip();
        let mut constant = |values: Vec<f32>| {
            if let Some(value) = values.iter().find(|value| !value.is_finite()) {
                let finding = format!("batch normalisation has a scale or shift of {value}");
                return Err(Diagnostic::new(finding).in_layer(layer));
            }
            let value = Arc::new(Constant::float(vec![channels], values));
            new.push(Op::Constant { value }, layer)
        };
        let (scale, shift) = (constant(scales)?, constant(shifts)?);
        let scaled = Op::Mul {
            lhs: input,
            rhs: scale,
        };
        let lhs = new.push(scaled, layer)?;
        new.push(Op::Add { lhs, rhs: shift }, layer)
    })?;
    super::nn_drop_dead::drop_dead(&mut folded)?;
    *graph = folded;
    Ok(Changed::Yes)
}

/// One float32 parameter per channel.
fn floats(graph: &Graph, value: ValueId, channels: usize) -> Result<Vec<f32>> {
    let constant = graph.constant(value).ok_or_else(|| {
        let layer = graph.node(value).layer.clone();
        Diagnostic::new("batch normalisation has parameters that are not constant").in_layer(layer)
    })?;
    let numbers = constant.tensor()?.values;
    let float = |c: usize| numbers[if numbers.len() == 1 { 0 } else { c }].to_f32();
    Ok((0..channels).map(float).collect())
}
