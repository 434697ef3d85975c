//! Tree ensembles of ai.onnx.ml: classifier, regressor, and the operator of version 5.
//!
//! A classifier of two classes whose leaves all speak of one class answers with a pair:
//! [1 - s, s] where every weight is positive, else [-s, s]. Its label is left out of a model's
//! outputs where its scores are among them.

use std::sync::Arc;

use dialects::Result;
use dialects::nn::{Aggregate, Answer, Curve, Ensemble, Function, Op};

use super::layer::Layer;
use super::tree_nodes::{self, Nodes};
use super::value::{BatchAxis, Value};
use super::{Row, ml};
use crate::frontend::onnx::tensor::ElementType;

pub const ROWS: &[Row] = &[
    ml("TreeEnsemble", ensemble),
    ml("TreeEnsembleClassifier", classifier),
    ml("TreeEnsembleRegressor", regressor),
];

/// What happens to the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transform {
    None,
    Softmax,
    Logistic,
}

fn transform(layer: &Layer, name: &str) -> Result<Transform> {
    match name {
        "NONE" => Ok(Transform::None),
        "SOFTMAX" => Ok(Transform::Softmax),
        "LOGISTIC" => Ok(Transform::Logistic),
        "SOFTMAX_ZERO" | "PROBIT" => Err(layer
            .error(format!(
                "the post_transform {name} of {} is not supported",
                layer.op()
            ))
            .help("export with post_transform NONE, and transform the scores behind the circuit")),
        _ => Err(layer.contradiction(format!("{} has the post_transform \"{name}\"", layer.op()))),
    }
}

fn transformed(layer: &mut Layer, scores: Value, transform: Transform) -> Result<Value> {
    let input = scores.id;
    match transform {
        Transform::None => Ok(scores),
        Transform::Softmax => {
            let axis = layer.shape(scores).len() - 1;
            layer.push_like(Op::Softmax { input, axis }, scores)
        }
        Transform::Logistic => {
            let curve = Curve {
                function: Function::Sigmoid,
                alpha: 1.0,
                gamma: 1.0,
            };
            super::activation::function(layer, scores, curve)
        }
    }
}

/// The operand, features along its last axis.
fn features(layer: &mut Layer) -> Result<Value> {
    let x = layer.operand(0, "X")?;
    match (layer.shape(x).len(), x.batch) {
        (1, BatchAxis::At(0) | BatchAxis::Absent) => Ok(x),
        _ => Err(layer
            .error(format!(
                "{} reads an input of shape {}, and takes samples of features",
                layer.op(),
                layer.shape_text(x)
            ))
            .help("export the model with an input of shape [N, features]")),
    }
}

fn push(layer: &mut Layer, x: Value, ensemble: Ensemble) -> Result<Value> {
    let op = Op::TreeEnsemble {
        input: x.id,
        ensemble: Arc::new(ensemble),
    };
    let scores = layer.push_like(op, x)?;
    Ok(Value {
        element: ElementType::F32,
        ..scores
    })
}

fn aggregate(layer: &Layer, name: &str) -> Result<Aggregate> {
    match name {
        "SUM" => Ok(Aggregate::Sum),
        "AVERAGE" => Ok(Aggregate::Average),
        "MIN" => Ok(Aggregate::Min),
        "MAX" => Ok(Aggregate::Max),
        _ => Err(layer.contradiction(format!(
            "{} has the aggregate_function \"{name}\"",
            layer.op()
        ))),
    }
}

/// `base_values`, one for each target; none is zero.
fn base(layer: &Layer, targets: usize) -> Result<Vec<f64>> {
    let values = tree_nodes::numbers(layer, "base_values", "base_values_as_tensor")?;
    match values {
        None => Ok(vec![0.0; targets]),
        Some(values) if values.is_empty() => Ok(vec![0.0; targets]),
        Some(values) if values.len() == targets => Ok(values),
        Some(values) => Err(layer.contradiction(format!(
            "{} has {} base_values for {targets} targets",
            layer.op(),
            values.len()
        ))),
    }
}

fn regressor(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = features(layer)?;
    let targets = layer.node.int_or("n_targets", 1)?;
    let targets = tree_nodes::count(layer, "n_targets", targets)?;
    let aggregate = aggregate(layer, layer.node.string_or("aggregate_function", "SUM")?)?;
    let name = layer.node.string_or("post_transform", "NONE")?.to_string();
    let transform = transform(layer, &name)?;
    if transform != Transform::None && targets == 1 {
        return Err(layer
            .error(format!(
                "the post_transform {name} of a TreeEnsembleRegressor with one target is not supported"
            ))
            .note("runtimes differ: onnxruntime leaves it out")
            .help("export with post_transform NONE, and a Sigmoid behind it"));
    }
    let nodes = Nodes::read(layer, "target")?;
    let ensemble = Ensemble {
        trees: nodes.trees(layer, targets, aggregate)?,
        aggregate,
        base: base(layer, targets)?,
        missing: None,
        answer: Answer::Scores,
    };
    let alone = match &ensemble.trees[..] {
        [tree] if ensemble.base == [0.0] && transform == Transform::None => Some(tree.clone()),
        _ => None,
    };
    if let (Some(tree), Some(name)) = (alone, layer.node.output(0)) {
        layer.model.leafwise.begin(name, x, &tree);
    }
    let scores = push(layer, x, ensemble)?;
    Ok(vec![transformed(layer, scores, transform)?])
}

fn ensemble(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = features(layer)?;
    let targets = layer.node.int_or("n_targets", 1)?;
    let targets = tree_nodes::count(layer, "n_targets", targets)?;
    let named = |names: &[&'static str], at: i64| {
        let name = usize::try_from(at).ok().and_then(|at| names.get(at));
        name.copied().unwrap_or("?")
    };
    let function = layer.node.int_or("aggregate_function", 1)?;
    let aggregate = aggregate(layer, named(&["AVERAGE", "SUM", "MIN", "MAX"], function))?;
    let names = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"];
    let name = named(&names, layer.node.int_or("post_transform", 0)?);
    let transform = transform(layer, name)?;
    let ensemble = Ensemble {
        trees: tree_nodes::flat_trees(layer, targets, aggregate)?,
        aggregate,
        base: vec![0.0; targets],
        missing: None,
        answer: Answer::Scores,
    };
    let scores = push(layer, x, ensemble)?;
    Ok(vec![transformed(layer, scores, transform)?])
}

fn classifier(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = features(layer)?;
    let integers = layer.node.ints("classlabels_int64s")?.map(<[i64]>::to_vec);
    let strings = layer.node.attributes.get("classlabels_strings");
    let classes = match (&integers, strings) {
        (Some(labels), _) if !labels.is_empty() => labels.len(),
        (_, Some(crate::frontend::onnx::Attribute::Strs(labels))) => labels.len(),
        _ => return Err(layer.contradiction("TreeEnsembleClassifier has no class labels")),
    };
    let name = layer.node.string_or("post_transform", "NONE")?.to_string();
    let transform = transform(layer, &name)?;
    let nodes = Nodes::read(layer, "class")?;
    let one_class = nodes.only_target().filter(|_| classes == 2);
    let label;
    let scores = match one_class {
        Some(_) => {
            let mut trees = nodes.trees(layer, classes, Aggregate::Sum)?;
            for tree in &mut trees {
                tree.target = Some(0);
            }
            let positive = nodes.weights().all(|weight| weight >= 0.0);
            let ensemble = Ensemble {
                trees,
                aggregate: Aggregate::Sum,
                base: base(layer, 1)?,
                missing: None,
                answer: Answer::Scores,
            };
            let sum = push(layer, x, ensemble)?;
            // All weights positive: a share, whose complement is the other class's.
            let offset = if positive { 1.0 } else { 0.0 };
            let middle = layer.push_scalar(if positive { 0.5 } else { 0.0 })?;
            let offset = layer.push_scalar(offset)?;
            let other = layer.binary(offset, sum, |lhs, rhs| Op::Sub { lhs, rhs })?;
            let above = layer.binary(sum, middle, |lhs, rhs| Op::Sub { lhs, rhs })?;
            let above = layer.push_like(Op::Relu { input: above.id }, x)?;
            let above = layer.push_like(Op::Sign { input: above.id }, x)?;
            let shape = vec![];
            label = layer.push_like(
                Op::Reshape {
                    input: above.id,
                    shape,
                },
                x,
            )?;
            let inputs = vec![other.id, sum.id];
            let pair = layer.push_like(Op::Concat { inputs, axis: 0 }, sum)?;
            match transform {
                Transform::Logistic if positive => {
                    return Err(layer
                        .error("a TreeEnsembleClassifier of two classes with positive weights for one has the post_transform LOGISTIC")
                        .note("runtimes differ: onnxruntime leaves it out")
                        .help("export with weights for both classes, or with post_transform NONE"));
                }
                Transform::Softmax => {
                    return Err(layer
                        .error("a TreeEnsembleClassifier of two classes with weights for one has the post_transform SOFTMAX")
                        .note("runtimes differ: onnxruntime leaves it out")
                        .help("export with weights for both classes, or with post_transform LOGISTIC"));
                }
                transform => transformed(layer, pair, transform)?,
            }
        }
        None => {
            let base = base(layer, classes)?;
            if classes == 2 && base.iter().any(|&base| base != 0.0) {
                return Err(layer
                    .error("a TreeEnsembleClassifier with weights for both of two classes has base_values")
                    .note("runtimes differ: onnxruntime adds them to the first class alone")
                    .help("export the model with base_values added to the leaves"));
            }
            let ensemble = Ensemble {
                trees: nodes.trees(layer, classes, Aggregate::Sum)?,
                aggregate: Aggregate::Sum,
                base,
                missing: None,
                answer: Answer::Scores,
            };
            let scores = push(layer, x, ensemble)?;
            let argmax = Op::Argmax {
                input: scores.id,
                axis: 0,
                select_last: false,
            };
            label = layer.push_like(argmax, x)?;
            transformed(layer, scores, transform)?
        }
    };
    let label = labelled(layer, label, integers.as_deref())?;
    layer.model.labels.insert(label.id);
    Ok(vec![label, scores])
}

/// The label of a class in evenly spaced integers; of others its place.
fn labelled(layer: &mut Layer, place: Value, labels: Option<&[i64]>) -> Result<Value> {
    let place = Value {
        element: ElementType::I64,
        ..place
    };
    let labels = labels.unwrap_or(&[]);
    let first = labels.first().copied().unwrap_or(0);
    let step = labels.get(1).map_or(1, |second| second.wrapping_sub(first));
    let mut numbered = labels.iter().enumerate();
    let even =
        numbered.all(|(at, &label)| label == first.wrapping_add(step.wrapping_mul(at as i64)));
    let small = |value: i64| value.unsigned_abs() <= 1 << 24;
    if (first, step) == (0, 1) || !even || !small(first) || !small(step) {
        return Ok(place);
    }
    let step = layer.push_scalar(step as f32)?;
    let first = layer.push_scalar(first as f32)?;
    let scaled = layer.binary(place, step, |lhs, rhs| Op::Mul { lhs, rhs })?;
    layer.binary(scaled, first, |lhs, rhs| Op::Add { lhs, rhs })
}
