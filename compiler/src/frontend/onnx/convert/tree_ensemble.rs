//! Tree ensembles of ai.onnx.ml: classifier, regressor, and the operator of version 5.
//!
//! A classifier of two classes whose leaves all speak of one class answers with a pair:
//! [1 - s, s] where every weight is positive, else [-s, s]. Its label is left out of a model's
//! outputs where its scores are among them.

use std::sync::Arc;

use dialects::Result;
use dialects::nn::{Aggregate, Answer, Constant, Curve, Ensemble, Function, Op};

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

/// The label of the class in a place: the place itself where classes are not integers.
fn labelled(layer: &mut Layer, place: Value, labels: Option<&[i64]>) -> Result<Value> {
    let place = Value {
        element: ElementType::I64,
        ..place
    };
    let Some((&first, rest)) = labels.and_then(<[i64]>::split_first) else {
        return Ok(place);
    };
    let before = [first].into_iter().chain(rest.iter().copied());
    let steps: Vec<i128> = rest
        .iter()
        .zip(before)
        .map(|(&label, before)| i128::from(label) - i128::from(before))
        .collect();
    let even = steps.windows(2).all(|pair| pair[0] == pair[1]);
    let scaled = match steps.first() {
        None | Some(1) if even => place,
        Some(&step) if even && float_parts(step).len() == 1 => {
            let step = layer.push_scalar(step as f32)?;
            layer.binary(place, step, |lhs, rhs| Op::Mul { lhs, rhs })?
        }
        _ => staircase(layer, place, &steps)?,
    };
    let parts = float_parts(first.into()).into_iter();
    parts
        .filter(|part| *part != 0.0)
        .try_fold(scaled, |sum, part| {
            let part = layer.push_scalar(part)?;
            layer.binary(sum, part, |lhs, rhs| Op::Add { lhs, rhs })
        })
}

/// The sum of the first steps, as many as the place says.
fn staircase(layer: &mut Layer, place: Value, steps: &[i128]) -> Result<Value> {
    let count = steps.len();
    let shape = vec![1];
    let input = place.id;
    let place = layer.push_like(Op::Reshape { input, shape }, place)?;
    let edges = (0..count).map(|at| at as f32 + 0.5).collect();
    let edges = layer.push_constant(Constant::float(vec![count], edges))?;
    let above = layer.binary(place, edges, |lhs, rhs| Op::Sub { lhs, rhs })?;
    let above = layer.push_like(Op::Relu { input: above.id }, above)?;
    let passed = layer.push_like(Op::Sign { input: above.id }, above)?;
    let parts: Vec<Vec<f32>> = steps.iter().map(|&step| float_parts(step)).collect();
    let most = parts.iter().map(Vec::len).max().unwrap_or(1);
    let weights = (0..most).flat_map(|part| {
        let of = move |parts: &Vec<f32>| parts.get(part).copied().unwrap_or(0.0);
        parts.iter().map(of)
    });
    let weight = Constant::float(vec![1, most * count], weights.collect());
    let weight = layer.push_constant(weight)?.id;
    let inputs = vec![passed.id; most];
    let input = layer.push_like(Op::Concat { inputs, axis: 0 }, passed)?.id;
    let dense = Op::Dense {
        input,
        weight,
        product: None,
    };
    let input = layer.push_like(dense, passed)?.id;
    let shape = vec![];
    layer.push_like(Op::Reshape { input, shape }, passed)
}

/// float32 numbers that add up to an integer; at least one.
fn float_parts(mut integer: i128) -> Vec<f32> {
    let mut parts = vec![];
    loop {
        let part = integer as f32;
        integer -= part as i128;
        parts.push(part);
        if integer == 0 {
            return parts;
        }
    }
}
