//! The shared tree models mean what their libraries computed, on every sample.
//!
//! Leaves are equal, tree by tree. Scores differ from the library's by what the library's own
//! sums in floating point can be off: n additions of numbers that stay below s are off by at
//! most n · s · 2^-24 in float32, n · s · 2^-53 in float64.

use std::path::Path;
use std::sync::Arc;

use compiler::frontend;
use dialects::nn::{self, Answer, Ensemble, Graph, Op, Tensor};
use kaon_testsuite::missing;

use crate::frontend::support::{read_npy, sample};

/// The model's graph up to its one ensemble, which answers as told.
pub fn answering(graph: &Graph, answer: Answer) -> Graph {
    let mut graph = graph.clone();
    let at = graph
        .nodes
        .iter()
        .position(|node| matches!(node.op, Op::TreeEnsemble { .. }));
    let at = at.expect("the model has an ensemble");
    let Op::TreeEnsemble { input, ensemble } = graph.nodes[at].op.clone() else {
        unreachable!("found by its kind");
    };
    graph.nodes.truncate(at);
    let ensemble = Arc::new(Ensemble {
        answer,
        ..Ensemble::clone(&ensemble)
    });
    let op = Op::TreeEnsemble { input, ensemble };
    let value = graph.push(op, "trees").unwrap();
    graph.outputs[0].shape = graph.shape(value).to_vec();
    graph.results = vec![value];
    graph
}

pub fn ensemble(graph: &Graph) -> &Ensemble {
    let found = graph.nodes.iter().find_map(|node| match &node.op {
        Op::TreeEnsemble { ensemble, .. } => Some(ensemble),
        _ => None,
    });
    found.expect("the model has an ensemble")
}

/// What the sums of one target are at most, and how many numbers are added.
pub fn largest_sum(ensemble: &Ensemble) -> (f64, usize) {
    let largest = |values: &[f64]| values.iter().fold(0f64, |most, v| most.max(v.abs()));
    let mut found = (0f64, 0);
    for target in 0..ensemble.targets() {
        let of_target =
            |tree: &&nn::ensemble::Tree| tree.target.is_none_or(|other| other as usize == target);
        let trees = ensemble.trees.iter().filter(of_target);
        let sum = trees.clone().map(|tree| largest(&tree.values)).sum::<f64>();
        let sum = sum + largest(&ensemble.base);
        found = (found.0.max(sum), found.1.max(trees.count() + 1));
    }
    found
}

/// Whether leaves and scores of a model file are the library's; the scores in words.
fn row(file: &Path) -> String {
    let graph = frontend::load(file).unwrap_or_else(|error| panic!("{error}"));
    let text = nn::print(&graph);
    let again = nn::read(&text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(nn::print(&again), text, "{}", file.display());
    let [leaves, scores] = [Answer::Leaves, Answer::Scores].map(|answer| answering(&graph, answer));
    let beside = |name: &str| read_npy(&file.with_file_name(name));
    let inputs = beside("inputs.npy").unwrap();
    let expected = beside("expected.npy").unwrap();
    let expected_leaves = beside("expected_leaves.npy");
    let float32 = expected
        .values
        .iter()
        .all(|y| dialects::Number::from_f32(y.to_f32()).as_ref() == Some(y));
    let (largest, additions) = largest_sum(ensemble(&graph));
    let unit = if float32 {
        2f64.powi(-24)
    } else {
        2f64.powi(-53)
    };
    let bound = largest * additions as f64 * unit;
    let (mut equal, mut worst) = (0, 0f64);
    let width = scores.outputs[0].shape.iter().product::<usize>();
    for at in 0..inputs.shape[0] {
        let x = sample(&inputs, at, &graph.inputs[0].shape);
        if let Some(leaves_there) = &expected_leaves {
            let found: Tensor = nn::eval(&leaves, std::slice::from_ref(&x))
                .unwrap()
                .remove(0);
            let wanted = sample(leaves_there, at, &leaves.outputs[0].shape);
            assert_eq!(found, wanted, "{}: leaves of sample {at}", file.display());
        }
        let found = nn::eval(&scores, &[x]).unwrap().remove(0);
        for (found, wanted) in found.values.iter().zip(&expected.values[at * width..]) {
            let rounded = if float32 {
                f64::from(found.to_f32())
            } else {
                found.to_f64()
            };
            equal += usize::from(rounded == wanted.to_f64());
            worst = worst.max((found - wanted).abs().to_f64());
        }
    }
    assert!(worst <= bound, "{}: {worst} > {bound}", file.display());
    let leaves = match expected_leaves {
        Some(_) => "leaves equal, ",
        None => "",
    };
    let float = if float32 { "float32" } else { "float64" };
    let total = inputs.shape[0] * width;
    format!("{leaves}{equal} of {total} scores equal as {float}, the others within its sums' error")
}

#[test]
fn tree_models() {
    let Some(folder) = missing::models() else {
        return;
    };
    let files = [
        "diabetes_xgb_reg/model.json",
        "diabetes_xgb_reg/model.ubj",
        "digits_rf/model.onnx",
        "digits_xgb/model.json",
        "digits_xgb/model.ubj",
        "higgs_lgbm/model.txt",
        "higgs_xgb/conifer.json",
        "higgs_xgb/model.json",
        "higgs_xgb/model.ubj",
        "higgs_xgb_q8/conifer.json",
        "higgs_xgb_q8/model.json",
        "higgs_xgb_q8/model.ubj",
        "iris_tree/model.onnx",
        "satimage_lgbm/model.txt",
    ];
    let rows = files.map(|file| format!("{file:28} {}", row(&folder.join(file))));
    insta::assert_snapshot!(rows.join("\n"));
}
