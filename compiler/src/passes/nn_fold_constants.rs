//! nn-fold-constants: compute once what does not depend on an input.
//!
//! Before   nn.dense(%x, nn.transpose(nn.quantize(nn.constant dense<[[0.26, -0.5]]>)))
//! After    nn.dense(%x, nn.constant {integers = dense<[[1], [-2]]>, scale = 0.25})
//!
//! Needs      nothing.
//! Leaves     quantised constants as integers and scale: their exact product is the weight.
//! Never      rounds: a result that no constant holds exactly is left to be computed; nor folds
//!            what a recurrence begins with, so that its first step stays as the others are.

use std::sync::Arc;

use dialects::nn::{self, Constant, ElementQuantizer, Graph, Op, Quantizer, Tensor, Values};
use dialects::nn::{FloatTensor, concatenated_indices, gathered_indices, sliced_indices};
use dialects::{Result, nn::transposed_indices};

use super::{Changed, Pass, Run};
use crate::context::PassContext;

pub const PASS: Pass = Pass {
    name: "nn-fold-constants",
    summary: "compute once what does not depend on an input",
    source: include_str!("nn_fold_constants.rs"),
    run: Run::Nn(run),
};

fn run(graph: &mut Graph, _: &PassContext) -> Result<Changed> {
    let mut changed = false;
    let folded = graph.rebuilt(|new, _, node, op| {
        let value = match &op {
            Op::Constant { .. } => None,
            op => fold(new, op).map_err(|finding| finding.in_layer(node.layer.clone()))?,
        };
        changed |= value.is_some();
        let op = value.map_or(op, |value| Op::Constant {
            value: Arc::new(value),
        });
        new.push(op, &node.layer)
    })?;
    if changed {
        *graph = folded;
        super::nn_drop_dead::drop_dead(graph)?;
    }
    Ok(changed.into())
}

/// The constant an op on constants is, if there is one that holds it exactly.
fn fold(graph: &Graph, op: &Op) -> Result<Option<Constant>> {
    let operands = op.operands();
    let constants = operands.iter().map(|v| graph.constant(*v).map(|c| &**c));
    let Some(constants) = constants.collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    let shape = graph.infer(op)?;
    let moved = |from: &[usize]| constants[0].rearranged(shape.clone(), from).map(Some);
    match op {
        Op::Quantize { quantizer, .. } => quantized(&constants[0].tensor()?, quantizer),
        Op::Bipolar { scale, .. } => {
            let signs = constants[0].tensor()?.values;
            let signs = signs
                .iter()
                .map(|value| if value.is_negative() { -1 } else { 1 });
            let scale = FloatTensor::clone(scale);
            let integers = signs.collect();
            let values = Values::Scaled { integers, scale };
            Ok(Some(Constant { shape, values }))
        }
        Op::Reshape { .. } => moved(&(0..shape.iter().product()).collect::<Vec<_>>()),
        Op::Transpose { permutation, .. } => {
            moved(&transposed_indices(&constants[0].shape, permutation))
        }
        Op::Slice {
            starts,
            sizes,
            steps,
            ..
        } => moved(&sliced_indices(&constants[0].shape, starts, sizes, steps)),
        Op::Gather { indices, axis, .. } => {
            moved(&gathered_indices(&constants[0].shape, indices, *axis))
        }
        Op::Concat { axis, .. } => Ok(joined(&constants, *axis, shape)),
        Op::Function { output: None, .. } | Op::Softmax { .. } | Op::State { .. } => Ok(None),
        op => {
            let tensors = constants.iter().map(|constant| constant.tensor());
            let tensors = tensors.collect::<Result<Vec<_>>>()?;
            let Some(def) = op.def() else { return Ok(None) };
            let result = (def.eval)(op, &tensors.iter().collect::<Vec<_>>())?;
            Ok(Constant::from_tensor(&result))
        }
    }
}

/// Integers relative to the zero point, and the scale.
pub(super) fn quantized(tensor: &Tensor, quantizer: &Quantizer) -> Result<Option<Constant>> {
    let elements = quantizer.elements(&tensor.shape)?;
    let integer = |(value, element): (&dialects::Number, &ElementQuantizer)| {
        let zero_point = element.zero_point.to_i128()?;
        i64::try_from(element.integer(value) - zero_point).ok()
    };
    let integers = tensor.values.iter().zip(&elements).map(integer);
    let integers = integers.collect::<Option<Vec<_>>>();
    Ok(integers.map(|integers| Constant {
        shape: tensor.shape.clone(),
        values: nn::Values::Scaled {
            integers,
            scale: quantizer.scale.clone(),
        },
    }))
}

/// Constants of one kind, and one scale, end to end.
fn joined(constants: &[&Constant], axis: usize, shape: Vec<usize>) -> Option<Constant> {
    let shapes = constants
        .iter()
        .map(|c| c.shape.as_slice())
        .collect::<Vec<_>>();
    let from = concatenated_indices(&shapes, axis);
    let floats = constants.iter().map(|constant| match &constant.values {
        Values::Float(values) => Some(values),
        Values::Scaled { .. } => None,
    });
    if let Some(floats) = floats.collect::<Option<Vec<_>>>() {
        let values = from.iter().map(|&(input, at)| floats[input][at]);
        return Some(Constant::float(shape, values.collect()));
    }
    let scaled = constants.iter().map(|constant| match &constant.values {
        Values::Scaled { integers, scale } => Some((integers, scale.uniform()?)),
        Values::Float(_) => None,
    });
    let scaled = scaled.collect::<Option<Vec<_>>>()?;
    let scale = scaled[0].1;
    if scaled.iter().any(|(_, other)| *other != scale) {
        return None;
    }
    let integers = from
        .iter()
        .map(|&(input, at)| scaled[input].0[at])
        .collect();
    let scale = FloatTensor::scalar(scale);
    let values = Values::Scaled { integers, scale };
    Some(Constant { shape, values })
}
