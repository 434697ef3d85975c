//! The shared tree models mean what their libraries computed, on every sample.
//!
//! Leaves are equal, tree by tree. Scores differ from the library's by what the library's own
//! sums in floating point can be off: n additions of numbers that stay below s are off by at
//! most n · s · 2^-24 in float32, n · s · 2^-53 in float64.

use std::path::Path;
use std::sync::Arc;

use compiler::driver::{Predictor, Request, compile};
use compiler::options::{Options, Scores};
use compiler::runner::Settings;
use compiler::target::Target;
use compiler::tensor_file::TensorFile;
use compiler::{frontend, pipeline};
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

/// The typed model's scores beside the library's, in words: how far they are off, which is
/// within the bound of the remark and what the library's own sums are off, and on how many samples
/// the class may differ for that.
fn typed(folder: &Path, file: &str) -> String {
    let request = Request {
        model: folder.join(file),
        options: Options {
            scores: Scores::Logits,
            ..Options::default()
        },
        target: Target::default(),
        settings: Settings::default(),
    };
    let compilation = compile(&request, Some(pipeline::BEHAVIOUR), &mut |_| {});
    let compilation = compilation.unwrap_or_else(|error| panic!("{error}"));
    let said = compilation.remarks.iter().find_map(|remark| {
        let rest = remark.text.split_once("no score is more than ")?.1;
        rest.split(' ').next()?.parse::<f64>().ok()
    });
    let graph = frontend::load(&folder.join(file)).unwrap();
    let (largest, additions) = largest_sum(ensemble(&graph));
    let bound = said.expect("leaves are rounded") + largest * additions as f64 * 2f64.powi(-24);
    let predictor = Predictor::new(compilation.behaviour().unwrap().clone()).unwrap();
    let inputs = TensorFile::read(&folder.join("inputs.npy")).unwrap();
    let samples = inputs.shape[0];
    let found = predictor.predict(&[inputs]).unwrap().outputs.remove(0).1;
    let expected = read_npy(&folder.join("expected.npy")).unwrap();
    let expected: Vec<f64> = expected.values.iter().map(|value| value.to_f64()).collect();
    assert_eq!(found.len(), expected.len(), "{}", folder.display());
    let off = found.iter().zip(&expected);
    let off = off.map(|(found, wanted)| (f64::from(*found) - wanted).abs());
    let worst = off.fold(0f64, f64::max);
    assert!(worst <= bound, "{}: {worst} > {bound}", folder.display());
    let width = found.len() / samples;
    // One score decides by its sign: its rival is zero.
    let class = |scores: &[f64]| match scores {
        [score] => (usize::from(*score > 0.0), score.abs()),
        _ => {
            let mut order: Vec<usize> = (0..scores.len()).collect();
            order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
            (order[0], scores[order[0]] - scores[order[1]])
        }
    };
    let (mut near, mut other) = (0, 0);
    for (found, wanted) in found.chunks(width).zip(expected.chunks(width)) {
        let found: Vec<f64> = found.iter().map(|score| f64::from(*score)).collect();
        let ((ours, _), (theirs, margin)) = (class(&found), class(wanted));
        let may = margin <= if width == 1 { bound } else { 2.0 * bound };
        assert!(may || ours == theirs, "{}", folder.display());
        near += usize::from(may);
        other += usize::from(ours != theirs);
    }
    format!(
        "off by {worst:.1e} of {bound:.1e}; {other} labels differ of {near} samples that near a border, of {samples}"
    )
}

#[test]
fn typed_tree_models() {
    let Some(folder) = missing::models() else {
        return;
    };
    let files = [
        ("higgs_xgb", "model.json"),
        ("higgs_xgb_q8", "model.json"),
        ("digits_xgb", "model.json"),
        ("higgs_lgbm", "model.txt"),
        ("satimage_lgbm", "model.txt"),
        ("digits_rf", "model.onnx"),
        ("iris_tree", "model.onnx"),
    ];
    let rows = files.map(|(name, file)| format!("{name:14} {}", typed(&folder.join(name), file)));
    insta::assert_snapshot!(rows.join("\n"));
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
