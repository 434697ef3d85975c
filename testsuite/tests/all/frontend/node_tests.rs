//! ONNX's and QONNX's own operator tests: right, or refused with a reason. None wrong.
//!
//! Each case is converted several times: every input dynamic, and each input alone with the
//! others bound to constants. What converts must give the reference.

use std::collections::BTreeMap;
use std::path::Path;

use compiler::frontend::onnx::{self, Batch};
use dialects::Number;
use dialects::nn::{Graph, Op, Tensor};

use kaon_testsuite::missing;

use crate::frontend::support::{Evaluator, read_npy, type_functions};
use crate::onnx_reader::node_tests::read_npy as read_typed;

/// Whether sums of float32 numbers were rounded on the way to the reference.
fn rounds(graph: &Graph) -> bool {
    graph.nodes.iter().any(|node| {
        matches!(
            node.op,
            Op::Dense { .. }
                | Op::Reduce { .. }
                | Op::BatchNorm { .. }
                | Op::Function { .. }
                | Op::Softmax { .. }
                | Op::Div { .. }
        )
    }) || graph.nodes.len() > graph.inputs.len() + 2
}

/// Whether x / scale is half a step in float32 and not in truth: the reference then rounds
/// another number than the quantiser does.
fn float32_tie(graph: &Graph, inputs: &[Tensor], at: usize) -> bool {
    let quantizers = graph.nodes.iter().filter_map(|node| match &node.op {
        Op::Quantize { input, quantizer } if input.index() == 0 => Some(quantizer),
        _ => None,
    });
    let scales = quantizers.filter_map(|quantizer| quantizer.scale.uniform());
    let half = Number::pow2(-1);
    scales.into_iter().any(|scale| {
        let x = &inputs[0].values[at];
        let exact = x.checked_div(&Number::from_f32(scale).unwrap()).unwrap();
        let is_tie = &exact - &Number::dyadic(exact.floor(), 0) == half;
        (x.to_f32() / scale).fract().abs() == 0.5 && !is_tie
    })
}

/// Whether the test was written down with four digits behind the point.
fn has_four_digits(expected: &Tensor) -> bool {
    let digits = |value: &Number, digits: f64| {
        let value = value.to_f64();
        (value * digits).round() / digits == value
            || (value as f32) == ((value * digits).round() / digits) as f32
    };
    let mut values = expected.values.iter();
    values.all(|v| digits(v, 1e4)) && expected.values.iter().any(|v| !digits(v, 1e3))
}

/// The first difference from the reference that is not its own rounding.
fn difference(
    graph: &Graph,
    inputs: &[Tensor],
    found: &[Tensor],
    expected: &[Tensor],
) -> Option<String> {
    for (found, expected) in found.iter().zip(expected) {
        if found.shape != expected.shape {
            return Some(format!("shape {:?} for {:?}", found.shape, expected.shape));
        }
        let largest = expected.values.iter().map(|v| v.to_f64().abs());
        let largest = largest.fold(0.0, f64::max);
        let allowed = match rounds(graph) {
            true if has_four_digits(expected) => 1e-4,
            true => 1e-6 * largest,
            false => 0.0,
        };
        for (at, (a, b)) in found.values.iter().zip(&expected.values).enumerate() {
            let apart = (a - b).to_f64().abs();
            if a.to_f32() != b.to_f32() && apart > allowed && !float32_tie(graph, inputs, at) {
                return Some(format!("element {at} is {a}, not {b}"));
            }
        }
    }
    None
}

enum Outcome {
    Right,
    Refused(String),
    Wrong(String),
}

/// One case with the inputs `dynamic` left open.
fn run(case: &Path, dynamic: &[usize]) -> Outcome {
    let mut model = match onnx::load(&case.join("model.onnx")) {
        Ok(model) => model,
        Err(d) => return Outcome::Refused(d.sentence),
    };
    let names: Vec<String> = model.inputs.iter().map(|v| v.name.clone()).collect();
    let mut inputs = vec![];
    for (index, name) in names.iter().enumerate() {
        let path = case.join(format!("input_{index}.npy"));
        if dynamic.contains(&index) {
            match read_npy(&path) {
                Some(input) => inputs.push(input),
                None => return Outcome::Refused("the test's input is not finite".into()),
            }
        } else {
            model.bind(name, read_typed(&path).unwrap()).unwrap();
        }
    }
    let count = model.outputs.len();
    let mut graph = match onnx::convert(model, Batch::Keep) {
        Ok(graph) => graph,
        Err(d) => {
            assert!(!d.helps.is_empty() && d.file.is_some(), "{d}");
            return Outcome::Refused(d.sentence);
        }
    };
    type_functions(&mut graph);
    let found = Evaluator::new(&graph).and_then(|evaluator| evaluator.eval(&inputs));
    let expected = (0..count).map(|i| read_npy(&case.join(format!("output_{i}.npy"))));
    match (found, expected.collect::<Option<Vec<_>>>()) {
        (Err(d), _) => Outcome::Wrong(d.sentence),
        (_, None) => Outcome::Refused("the test's output is not finite".into()),
        (Ok(found), Some(expected)) => match difference(&graph, &inputs, &found, &expected) {
            Some(difference) => Outcome::Wrong(difference),
            None => Outcome::Right,
        },
    }
}

/// Its answers of -139 and -136 are 117 and 120 there; onnxruntime's and kaon's are -128.
const WRAPS: &str = "test_qlinearmatmul_3D_int8_float32";

fn table(name: &str) -> Option<String> {
    let folder = missing::models()?.join(name);
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    cases.sort();
    let mut by_op: BTreeMap<String, (usize, BTreeMap<String, usize>)> = BTreeMap::new();
    let (mut right, mut wrong) = (0, vec![]);
    for case in &cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let (op, count) = match onnx::load(&case.join("model.onnx")) {
            Ok(model) => (model.nodes[0].op_type.clone(), model.inputs.len()),
            Err(_) => (name.clone(), 0),
        };
        let mut variants = vec![(0..count).collect::<Vec<_>>()];
        if count > 1 {
            variants.extend((0..count).map(|index| vec![index]));
        }
        let (mut is_right, mut reason) = (false, String::new());
        for variant in variants {
            match run(case, &variant) {
                Outcome::Wrong(_) if name == WRAPS => {
                    reason = "the test's output wraps around where others saturate".to_string();
                }
                Outcome::Right => is_right = true,
                Outcome::Wrong(how) => wrong.push(format!("{name} {variant:?}: {how}")),
                // The first input alone tells best what is missing.
                Outcome::Refused(why) if variant.len() <= 1 && reason.is_empty() => reason = why,
                Outcome::Refused(_) => {}
            }
        }
        let entry = by_op.entry(op).or_default();
        match is_right {
            true => {
                entry.0 += 1;
                right += 1;
            }
            false => *entry.1.entry(reason).or_default() += 1,
        }
    }
    assert!(wrong.is_empty(), "wrong:\n{}", wrong.join("\n"));
    let mut lines = vec![format!("{right} of {} right", cases.len())];
    for (op, (right, refused)) in by_op {
        let reasons = refused
            .iter()
            .map(|(why, n)| format!("; {n} refused: {why}"));
        lines.push(format!(
            "{op}: {right} right{}",
            reasons.collect::<String>()
        ));
    }
    Some(lines.join("\n"))
}

#[test]
fn onnx_node_tests() {
    if let Some(table) = table("onnx_node_tests") {
        insta::assert_snapshot!(table);
    }
}

#[test]
fn qonnx_node_tests() {
    if let Some(table) = table("qonnx_node_tests") {
        insta::assert_snapshot!(table);
    }
}
