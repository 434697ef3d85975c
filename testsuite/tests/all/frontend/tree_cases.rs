//! Small forests of every library and kind, with missing values, against the libraries' answers.
//!
//! `testsuite/trees/make.py` made them. NaN stands for a missing value; in exact evaluation a
//! number beyond every float does.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compiler::frontend;
use dialects::Number;
use dialects::nn::{self, Answer, Ensemble, Graph, Op, Tensor};
use ndarray::ArrayD;

use crate::frontend::support::{read_npy, sample};
use crate::frontend::trees::{answering, ensemble, largest_sum};

/// What stands for NaN.
fn missing() -> Number {
    Number::pow2(1024 - 24)
}

fn samples(path: &Path) -> Tensor {
    let number = |value: f64| match value.is_nan() {
        true => missing(),
        false => Number::from_f64(value).expect("samples are finite or NaN"),
    };
    let values = match ndarray_npy::read_npy::<_, ArrayD<f32>>(path) {
        Ok(floats) => floats.mapv(f64::from),
        Err(_) => ndarray_npy::read_npy::<_, ArrayD<f64>>(path).unwrap(),
    };
    let numbers = values.iter().map(|&value| number(value)).collect();
    Tensor::new(values.shape().to_vec(), numbers)
}

/// The graph whose ensembles know what a missing value is.
fn with_missing(graph: &Graph) -> Graph {
    let mut graph = graph.clone();
    for node in &mut graph.nodes {
        if let Op::TreeEnsemble { ensemble, .. } = &mut node.op {
            *ensemble = Arc::new(Ensemble {
                missing: Some(missing().to_f64()),
                ..Ensemble::clone(ensemble)
            });
        }
    }
    graph
}

/// How far any score is from the library's, in units of what its floating point may be off.
fn compare(folder: &Path, file: &Path) -> f64 {
    let graph = frontend::load(file).unwrap_or_else(|error| panic!("{error}"));
    let graph = with_missing(&graph);
    let x = samples(&folder.join("inputs.npy"));
    let expected = read_npy(&folder.join("expected.npy")).unwrap();
    let leaves = read_npy(&folder.join("leaves.npy"));
    // ONNX graphs are compared whole, libraries by their sums.
    let scores = match leaves {
        Some(_) => answering(&graph, Answer::Scores),
        None => graph.clone(),
    };
    let by_leaf = leaves.as_ref().map(|_| answering(&graph, Answer::Leaves));
    let width = expected.values.len() / expected.shape[0];
    let (largest, additions) = largest_sum(ensemble(&graph));
    let double = expected
        .values
        .iter()
        .any(|y| Number::from_f32(y.to_f32()).as_ref() != Some(y));
    let unit = 2f64.powi(if double { -53 } else { -24 });
    let bound = (largest + 1.0) * (additions + 1) as f64 * unit;
    let mut worst = 0f64;
    for at in 0..x.shape[0] {
        let input = sample(&x, at, &graph.inputs[0].shape);
        if let (Some(by_leaf), Some(leaves)) = (&by_leaf, &leaves) {
            let found = nn::eval(by_leaf, std::slice::from_ref(&input))
                .unwrap()
                .remove(0);
            let wanted = sample(leaves, at, &by_leaf.outputs[0].shape);
            assert_eq!(found, wanted, "{}: leaves of sample {at}", folder.display());
        }
        let found = nn::eval(&scores, &[input]).unwrap().pop().unwrap();
        assert_eq!(found.values.len(), width, "{}", folder.display());
        for (found, wanted) in found.values.iter().zip(&expected.values[at * width..]) {
            worst = worst.max((found - wanted).abs().to_f64() / bound);
        }
    }
    worst
}

#[test]
fn tree_cases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("trees");
    let folders = fs::read_dir(&root).unwrap();
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    assert!(folders.len() > 30);
    let mut wrong = vec![];
    for folder in folders {
        let models = ["model.json", "model.ubj", "model.txt", "model.onnx"];
        let file = models
            .map(|name| folder.join(name))
            .into_iter()
            .find(|path| path.exists());
        let worst = compare(&folder, &file.expect("a case has a model"));
        if worst > 1.0 {
            wrong.push(format!("{}: {worst}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
