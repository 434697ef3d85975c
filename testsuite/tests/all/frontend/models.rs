//! The shared models mean what their frameworks computed.
//!
//! `KAON_SAMPLES=n` compares n samples of each model instead of a few.

use std::path::{Path, PathBuf};

use compiler::frontend;
use dialects::nn::{Graph, Op};

use kaon_testsuite::missing;

use crate::frontend::support::{Evaluator, read_npy, sample, type_functions};

/// How a model's exact values compare with the reference on its first samples.
fn row(file: &Path, inputs: &Path, expected: &Path, samples: usize) -> String {
    let mut graph = match frontend::load(file) {
        Ok(graph) => graph,
        Err(d) => return format!("refused: {}", d.sentence),
    };
    type_functions(&mut graph);
    let evaluator = Evaluator::new(&graph).unwrap();
    let (Some(x), Some(y)) = (read_npy(inputs), read_npy(expected)) else {
        return "converted, without a reference".into();
    };
    // The reference of a model with several outputs is that of the last.
    let last = graph.outputs.len() - 1;
    let size = graph.outputs[last].shape.iter().product::<usize>();
    assert_eq!(y.values.len() / y.shape[0], size, "{}", file.display());
    let largest = y.values.iter().map(|v| v.to_f64().abs());
    let largest = largest.fold(1e-30, f64::max);
    let (mut equal, mut worst, mut total) = (0, 0f64, 0);
    // A second or so of exact arithmetic a model.
    let affordable = (1_000_000 / products(&graph).max(1)).max(1);
    for at in 0..samples.min(x.shape[0]).min(affordable) {
        let input = sample(&x, at, &graph.inputs[0].shape);
        let found = evaluator.eval(&[input]).unwrap();
        let expected = &y.values[at * size..(at + 1) * size];
        for (found, expected) in found[last].values.iter().zip(expected) {
            total += 1;
            equal += usize::from(found.to_f32() == expected.to_f32());
            worst = worst.max((found - expected).to_f64().abs() / largest);
        }
    }
    match (equal == total, worst) {
        (true, _) => "equal as float32".into(),
        // A decade above the largest difference: the last digits are the reference's.
        (false, worst) => format!("within 1e{:.0}", worst.log10().ceil()),
    }
}

/// The products of one sample.
fn products(graph: &Graph) -> usize {
    let of = graph.nodes.iter().map(|node| match &node.op {
        Op::Dense { weight, .. } => {
            let columns = graph.shape(*weight).last().copied().unwrap_or(1);
            node.shape.iter().product::<usize>() * columns
        }
        _ => 0,
    });
    of.sum()
}

#[test]
fn models() {
    let Some(folder) = missing::models() else {
        return;
    };
    let samples = std::env::var("KAON_SAMPLES").map_or(6, |v| v.parse().unwrap());
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    paths.sort();
    let mut rows = vec![];
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let file = path.join("model.onnx");
        if file.is_file() {
            let expected = match name.as_str() {
                // `expected.npy` is from its own types, in `fixed_point.json`.
                "axol1tl_v1" => path.join("expected_qonnx.npy"),
                _ => path.join("expected.npy"),
            };
            let row = row(&file, &path.join("inputs.npy"), &expected, samples);
            rows.push(format!("{name:24} {row}"));
        }
    }
    let mut imports: Vec<_> = std::fs::read_dir(folder.join("hls4ml_onnx"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "onnx"))
        .collect();
    imports.sort();
    for file in imports {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let [x, y] = ["in.npy", "out.npy"].map(|extension| file.with_extension(extension));
        rows.push(format!("{name:24} {}", row(&file, &x, &y, samples)));
    }
    insta::assert_snapshot!(rows.join("\n"));
}

/// onnxruntime's layers on integers, per tensor and per channel, odd zero points and ties.
#[test]
fn int8_nodes() {
    equal_as_float32("int8_nodes", 6);
}

/// Recurrent layers in every direction and form, products of two values and with a stack of
/// matrices, layer norm.
#[test]
fn recurrent_nodes() {
    for case in cases("recurrent_nodes", 13) {
        let row = compared(&case);
        let is_near = ["equal as float32", "within 1e-6", "within 1e-7"].contains(&row.as_str());
        assert!(is_near, "{}: {row}", case.display());
    }
}

/// Convolutions, poolings and what moves elements of images, with every way to pad.
#[test]
fn spatial_nodes() {
    equal_as_float32("spatial_nodes", 28);
}

fn equal_as_float32(name: &str, count: usize) {
    for case in cases(name, count) {
        assert_eq!(compared(&case), "equal as float32", "{}", case.display());
    }
}

/// The folders of a folder of models of the test suite.
fn cases(name: &str, count: usize) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("models")
        .join(name);
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    cases.sort();
    assert_eq!(cases.len(), count);
    cases
}

fn compared(case: &Path) -> String {
    let [model, x, y] = ["model.onnx", "inputs.npy", "expected.npy"].map(|name| case.join(name));
    row(&model, &x, &y, usize::MAX)
}
