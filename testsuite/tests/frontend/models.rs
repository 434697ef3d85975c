//! The shared models mean what their frameworks computed.

use compiler::frontend;
use dialects::Number;
use dialects::nn::Op;

use crate::support::{Evaluator, folder, read_npy, sample};

/// What came of one model on its first samples.
fn row(name: &str, file: &str, inputs: &str, expected: &str, samples: usize) -> String {
    let Some(folder) = folder() else {
        return "SKIPPED".into();
    };
    let folder = folder.join(name);
    let graph = match frontend::load(&folder.join(file)) {
        Ok(graph) => graph,
        Err(d) => return format!("refused: {}", d.sentence),
    };
    // The output before a final softmax, which has no exact value.
    let mut graph = graph;
    let mut softmax = "";
    if let Op::Softmax { input, .. } = graph.node(graph.results[0]).op {
        graph.results[0] = input;
        softmax = ", softmax in float64";
    }
    let evaluator = Evaluator::new(&graph).unwrap();
    let x = read_npy(&folder.join(inputs)).unwrap();
    let y = read_npy(&folder.join(expected)).unwrap();
    let size = graph.shape(graph.results[0]).iter().product::<usize>();
    let (mut equal, mut worst, mut total) = (0, 0f64, 0);
    for at in 0..samples.min(x.shape[0]) {
        let input = sample(&x, at, &graph.inputs[0].shape);
        let found = match evaluator.eval(&[input]) {
            Ok(found) => found.into_iter().next().unwrap(),
            Err(d) => return format!("not evaluated: {}", d.sentence),
        };
        let mut found: Vec<Number> = found.values;
        if !softmax.is_empty() {
            let e: Vec<f64> = found.iter().map(|v| v.to_f64().exp()).collect();
            let sum: f64 = e.iter().sum();
            found = e
                .iter()
                .map(|v| Number::from_f64(v / sum).unwrap())
                .collect();
        }
        let expected = &y.values[at * size..(at + 1) * size];
        let largest = expected
            .iter()
            .map(|v| v.to_f64().abs())
            .fold(0.0, f64::max);
        for (found, expected) in found.iter().zip(expected) {
            total += 1;
            equal += usize::from(found.to_f32() == expected.to_f32());
            let difference = (found - expected).to_f64().abs() / largest.max(1e-30);
            worst = worst.max(difference);
        }
    }
    match equal == total {
        true => format!("equal in {total} values{softmax}"),
        false => format!(
            "{equal} of {total} values equal, largest relative difference {worst:.1e}{softmax}"
        ),
    }
}

#[test]
fn models() {
    let only = std::env::var("KAON_ONLY").unwrap_or_default();
    let samples = std::env::var("KAON_SAMPLES").map_or(8, |v| v.parse().unwrap());
    let Some(folder) = folder() else { return };
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    names.sort();
    for path in names {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.join("model.onnx").is_file() && name.contains(&only) {
            let start = std::time::Instant::now();
            println!(
                "{name:24} {} ({:.1} s)",
                row(&name, "model.onnx", "inputs.npy", "expected.npy", samples),
                start.elapsed().as_secs_f32()
            );
        }
    }
}
