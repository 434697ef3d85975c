//! XGBoost models, JSON and UBJSON, to `nn`.
//!
//! A tree goes left where a feature is less than the threshold, both float32; leaves and base
//! scores are float32 and added up. XGBoost adds in float32, one rounding per tree; here the
//! sum is exact.

mod objective;
mod schema;

use dialects::nn::ensemble::{Missing, Test, Tree};
use dialects::nn::{Aggregate, Answer, Ensemble, Graph};
use dialects::{Diagnostic, Result};

use super::trees::{Factor, MOST_NODES, RawNode, RawSplit, forest, grow};
use super::ubjson;
use objective::Objective;
use schema::{Booster, Learner, Model, RawTree};

/// The `nn` graph of a model in JSON.
pub fn parse_json(file: &str, bytes: &[u8]) -> Result<Graph> {
    let model = serde_json::from_slice(bytes);
    let model = model.map_err(|error| unreadable(error.is_eof(), &error));
    model
        .and_then(convert)
        .map_err(|finding| finding.in_file(file))
}

/// The `nn` graph of a model in UBJSON.
pub fn parse_ubjson(file: &str, bytes: &[u8]) -> Result<Graph> {
    let model = ubjson::from_slice(bytes);
    let model = model.map_err(|error| unreadable(error.is_eof, &error));
    model
        .and_then(convert)
        .map_err(|finding| finding.in_file(file))
}

fn unreadable(cut: bool, error: &dyn std::fmt::Display) -> Diagnostic {
    let sentence = match cut {
        true => "the XGBoost model is cut short".to_string(),
        false => format!("the XGBoost model cannot be read: {error}"),
    };
    Diagnostic::new(sentence).help("save the model again with Booster.save_model(\"model.json\")")
}

fn convert(model: Model) -> Result<Graph> {
    let Learner {
        gradient_booster: booster,
        learner_model_param: param,
        objective,
    } = model.learner;
    let features = count("num_feature", &param.num_feature)?;
    let classes = count("num_class", &param.num_class)?;
    let targets = count("num_target", &param.num_target)?;
    let outputs = classes.max(targets).max(1);
    let objective = Objective::of(&objective, outputs)?;
    let (trees, weights) = trees_of(booster)?;
    let base = objective.base(&param.base_score, outputs)?;
    let nodes = trees.trees.iter().map(|tree| tree.left_children.len());
    let nodes: usize = nodes.sum();
    if nodes > MOST_NODES {
        return Err(Diagnostic::new(format!(
            "the model has {nodes} nodes in its trees, kaon takes {MOST_NODES}"
        ))
        .help("train fewer or shallower trees: a circuit holds every node"));
    }
    if trees.trees.is_empty() {
        return Err(Diagnostic::new("the model has no trees").help("train it first"));
    }
    if trees.tree_info.len() != trees.trees.len() {
        return Err(Diagnostic::new(format!(
            "the model has {} trees, and {} of them have a class",
            trees.trees.len(),
            trees.tree_info.len()
        ))
        .help("save the model again"));
    }
    let numbered = trees.trees.iter().zip(&trees.tree_info).enumerate();
    let trees = numbered.map(|(index, (tree, &target))| {
        let weight = weights.as_ref().map(|weights| weights[index]);
        let named = |what: String| {
            Diagnostic::new(format!("tree {index}: {what}")).help("save the model again")
        };
        let target = u32::try_from(target).map_err(|_| named(format!("class {target}")))?;
        tree_of(tree, target, weight).map_err(named)
    });
    let ensemble = Ensemble {
        trees: trees.collect::<Result<_>>()?,
        aggregate: Aggregate::Sum,
        base,
        missing: None,
        answer: Answer::Scores,
    };
    forest(
        "xgboost",
        features,
        ensemble,
        Factor::One,
        objective.link().into(),
    )
}

fn count(name: &str, text: &str) -> Result<usize> {
    text.parse().map_err(|_| {
        Diagnostic::new(format!("`{name}` of the model is \"{text}\", no number"))
            .help("save the model again")
    })
}

/// The trees, and the weight of each where the booster is `dart`.
fn trees_of(booster: Booster) -> Result<(schema::Trees, Option<Vec<f32>>)> {
    let refuse = |sentence: String| {
        Err(Diagnostic::new(sentence).help("kaon reads the boosters gbtree and dart"))
    };
    let (trees, weights) = match booster {
        Booster {
            name,
            model: Some(model),
            ..
        } if name == "gbtree" => {
            let weights = model.weight_drop.clone();
            (model, weights)
        }
        Booster {
            name,
            gbtree: Some(inner),
            weight_drop: Some(weights),
            ..
        } if name == "dart" => match inner.model {
            Some(model) => (model, Some(weights)),
            None => return refuse("the booster `dart` of the model holds no trees".into()),
        },
        Booster { name, .. } => {
            return refuse(format!("the booster `{name}` of the model has no trees"));
        }
    };
    match &weights {
        Some(weights) if weights.len() != trees.trees.len() => refuse(format!(
            "the model has {} trees and {} weights for them",
            trees.trees.len(),
            weights.len()
        )),
        _ => Ok((trees, weights)),
    }
}

fn tree_of(tree: &RawTree, target: u32, weight: Option<f32>) -> Result<Tree, String> {
    let width = tree.tree_param.size_leaf_vector.as_deref().unwrap_or("0");
    if !matches!(width, "0" | "1") {
        return Err("its leaves are vectors (multi_strategy = multi_output_tree); train with one_output_per_tree".into());
    }
    let count = tree.left_children.len();
    let lengths = [
        tree.right_children.len(),
        tree.split_indices.len(),
        tree.split_conditions.len(),
        tree.default_left.len(),
    ];
    if lengths.iter().any(|&length| length != count) {
        return Err(format!(
            "its {count} nodes have arrays of other lengths: {lengths:?}"
        ));
    }
    // A dart tree's leaf counts with its weight, exactly.
    let leaf = |value: f32| f64::from(value) * weight.map_or(1.0, f64::from);
    grow(count, 0, Some(target), |at| {
        let (left, right) = (tree.left_children[at], tree.right_children[at]);
        let value = tree.split_conditions[at];
        if left == -1 {
            let (id, values) = (at as i64, vec![leaf(value)]);
            return Ok(RawNode::Leaf { id, values });
        }
        if tree.split_type.get(at).is_some_and(|&kind| kind != 0) {
            return Err(format!(
                "node {at} splits on categories; encode them as numbers and train without enable_categorical"
            ));
        }
        let child = |at: i32| usize::try_from(at).map_err(|_| format!("node {at} does not exist"));
        Ok(RawNode::Split(RawSplit {
            feature: tree.split_indices[at],
            test: Test::Lt,
            threshold: f64::from(value),
            members: vec![],
            missing: Missing::to(tree.default_left[at].0),
            on_true: child(left)?,
            on_false: child(right)?,
        }))
    })
}
