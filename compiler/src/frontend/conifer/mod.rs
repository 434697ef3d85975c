//! conifer's JSON to `nn`: score = (sum of leaves + init_predict) * norm.
//!
//! With types of fixed point in its `config`, input, thresholds and scores are cast to them as
//! `ap_fixed` casts: what conifer's circuits compute. Numbers of a model that came from XGBoost
//! are the float32 that their nine digits name.

mod schema;

use std::sync::Arc;

use dialects::nn::ensemble::{Missing, Test, Tree};
use dialects::nn::{Aggregate, Answer, Ensemble, Graph, Op};
use dialects::{Diagnostic, Number, Result};

use super::trees::{Factor, LinkKind, MOST_NODES, RawNode, RawSplit, forest, grow};
use crate::precision::Precision;
use schema::{Model, RawTree};

/// Casts and conventions of one model.
struct Reading {
    test: Test,
    float32: bool,
    threshold: Option<Precision>,
    score: Option<Precision>,
}

/// The `nn` graph of a model.
pub fn parse(file: &str, bytes: &[u8]) -> Result<Graph> {
    let model = serde_json::from_slice(bytes).map_err(|error| {
        let what = match error.is_eof() {
            true => "the conifer model is cut short".to_string(),
            false => format!("the conifer model cannot be read: {error}"),
        };
        Diagnostic::new(what)
    });
    model.and_then(convert).map_err(|finding| {
        let finding = finding.in_file(file);
        match finding.helps.is_empty() {
            true => finding.help("save the model again with conifer's Model.save"),
            false => finding,
        }
    })
}

fn convert(model: Model) -> Result<Graph> {
    let targets = match model.n_classes {
        0 => return Err(Diagnostic::new("`n_classes` of the model is 0")),
        1 | 2 => 1,
        classes => classes,
    };
    let test = match model.splitting_convention.as_str() {
        "<" => Test::Lt,
        "<=" => Test::Le,
        other => {
            return Err(Diagnostic::new(format!(
                "the splitting convention `{other}` of the model is not known"
            )));
        }
    };
    let types = model.config.types()?;
    let reading = Reading {
        test,
        float32: model.library == "xgboost",
        threshold: types.threshold,
        score: types.score,
    };
    let nodes: usize = model.trees.iter().flatten().map(|t| t.feature.len()).sum();
    if nodes > MOST_NODES {
        return Err(Diagnostic::new(format!(
            "the model has {nodes} nodes in its trees, kaon takes {MOST_NODES}"
        ))
        .help("train fewer or shallower trees: a circuit holds every node"));
    }
    let mut trees = Vec::new();
    for (iteration, classes) in model.trees.iter().enumerate() {
        if classes.len() != targets {
            return Err(Diagnostic::new(format!(
                "iteration {iteration} has {} trees for {targets} classes",
                classes.len()
            )));
        }
        for (class, tree) in classes.iter().enumerate() {
            let named =
                |what| Diagnostic::new(format!("tree {iteration} of class {class}: {what}"));
            trees.push(reading.tree(tree, class as u32).map_err(named)?);
        }
    }
    let base = match model.init_predict[..] {
        [score] => vec![score; targets],
        _ => model.init_predict.clone(),
    };
    if base.len() != targets {
        return Err(Diagnostic::new(format!(
            "`init_predict` has {} numbers for {targets} classes",
            base.len()
        )));
    }
    let base = base
        .into_iter()
        .map(|score| reading.cast(score, reading.score));
    let ensemble = Ensemble {
        trees,
        aggregate: Aggregate::Sum,
        base: base.collect(),
        missing: None,
        answer: Answer::Scores,
    };
    let factor = factor(model.norm)?;
    let graph = forest(
        "conifer",
        model.n_features,
        ensemble,
        factor,
        LinkKind::Identity.into(),
    )?;
    cast_borders(graph, types.input, types.score)
}

/// A norm that is 1, a float32, or one over a whole number.
fn factor(norm: f64) -> Result<Factor> {
    let divisor = (1.0 / norm).round();
    match norm {
        1.0 => Ok(Factor::One),
        norm if f64::from(norm as f32) == norm => Ok(Factor::By(norm as f32)),
        norm if (1.0..16_777_216.0).contains(&divisor) && 1.0 / divisor == norm => {
            Ok(Factor::Over(divisor as usize))
        }
        _ => Err(Diagnostic::new(format!(
            "`norm` of the model is {norm}, neither a float32 nor one over a whole number"
        ))),
    }
}

/// The graph with casts behind its input and in front of its output.
fn cast_borders(graph: Graph, input: Option<Precision>, score: Option<Precision>) -> Result<Graph> {
    let mut read = None;
    let mut cast = graph.rebuilt(|new, _, node, op| {
        let op = match (op, input) {
            (Op::TreeEnsemble { input, ensemble }, Some(precision)) => {
                let quantizer = Arc::new(precision.quantizer());
                let input = new.push(Op::Quantize { input, quantizer }, "x")?;
                Op::TreeEnsemble { input, ensemble }
            }
            (op, _) => op,
        };
        let value = new.push(op, &node.layer)?;
        read = Some(value);
        Ok(value)
    })?;
    if let (Some(precision), Some(input)) = (score, read) {
        let quantizer = Arc::new(precision.quantizer());
        let value = cast.push(Op::Quantize { input, quantizer }, "score")?;
        cast.results = vec![value];
    }
    Ok(cast)
}

impl Reading {
    fn cast(&self, value: f64, ty: Option<Precision>) -> f64 {
        let value = match self.float32 {
            true => f64::from(value as f32),
            false => value,
        };
        let element = ty.and_then(|ty| ty.quantizer().elements(&[]).ok()?.pop());
        match (element, Number::from_f64(value)) {
            (Some(element), Some(number)) => element.quantize(&number).to_f64(),
            _ => value,
        }
    }

    fn tree(&self, tree: &RawTree, target: u32) -> Result<Tree, String> {
        let count = tree.feature.len();
        let lengths = [
            tree.threshold.len(),
            tree.value.len(),
            tree.children_left.len(),
            tree.children_right.len(),
        ];
        let weights = tree.weight.len();
        if lengths.iter().any(|&length| length != count) || (weights != count && weights != 0) {
            return Err(format!(
                "its {count} nodes have arrays of other lengths: {lengths:?}"
            ));
        }
        grow(count, 0, Some(target), |at| {
            let feature = tree.feature[at];
            if feature == -2 {
                let values = vec![self.cast(tree.value[at], self.score)];
                let id = at as i64;
                return Ok(RawNode::Leaf { id, values });
            }
            let feature =
                u32::try_from(feature).map_err(|_| format!("node {at} reads feature {feature}"))?;
            if tree
                .weight
                .get(at)
                .is_some_and(|row| row.only != Some(feature))
            {
                return Err(format!(
                    "node {at} compares a sum of features; train trees with axis-aligned splits"
                ));
            }
            let child =
                |at: i64| usize::try_from(at).map_err(|_| format!("node {at} does not exist"));
            Ok(RawNode::Split(RawSplit {
                feature,
                test: self.test,
                threshold: self.cast(tree.threshold[at], self.threshold),
                members: vec![],
                missing: Missing::default(),
                on_true: child(tree.children_left[at])?,
                on_false: child(tree.children_right[at])?,
            }))
        })
    }
}
