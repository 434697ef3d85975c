//! ONNX's own operator tests, with every input bound to a constant: what folds must fold right.

use std::path::Path;

use compiler::frontend::onnx::{self, Tensor, TensorData};
use ndarray::ArrayD;
use ndarray_npy::ReadableElement;

use crate::onnx_reader::models;

fn read_as<T: ReadableElement + Clone>(
    path: &Path,
    data: impl Fn(Vec<T>) -> TensorData,
) -> Option<Tensor> {
    let array: ArrayD<T> = ndarray_npy::read_npy(path).ok()?;
    let shape = array.shape().to_vec();
    Some(Tensor::new(shape, data(array.iter().cloned().collect())))
}

/// A reference array in its own element type.
pub fn read_npy(path: &Path) -> Option<Tensor> {
    read_as(path, TensorData::F32)
        .or_else(|| read_as(path, TensorData::F64))
        .or_else(|| read_as(path, TensorData::I64))
        .or_else(|| read_as(path, TensorData::I32))
        .or_else(|| read_as(path, TensorData::I16))
        .or_else(|| read_as(path, TensorData::I8))
        .or_else(|| read_as(path, TensorData::U64))
        .or_else(|| read_as(path, TensorData::U32))
        .or_else(|| read_as(path, TensorData::U16))
        .or_else(|| read_as(path, TensorData::U8))
        .or_else(|| read_as(path, TensorData::Bool))
}

/// Equal bit for bit, except that functions and sums in float32 may differ in the last place or two.
fn agrees(a: &Tensor, b: &Tensor) -> bool {
    match (a.floats(), b.floats()) {
        (Some(x), Some(y)) => {
            a.shape == b.shape
                && x.iter().zip(y).all(|(&x, &y)| {
                    x == y
                        || x.is_nan() && y.is_nan()
                        || (x - y).abs() <= 4.0 * f32::EPSILON * x.abs()
                })
        }
        _ => a == b,
    }
}

#[test]
fn folded_operators_agree_with_the_onnx_tests() {
    let Some(folder) = models::find("onnx_node_tests") else {
        return;
    };
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    cases.sort();
    let (mut folded, mut stays, mut refused) = (vec![], vec![], vec![]);
    for case in cases.iter().filter(|c| c.is_dir()) {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let mut graph = match onnx::load(&case.join("model.onnx")) {
            Ok(graph) => graph,
            Err(d) => {
                refused.push(format!("{name}: {}", d.sentence));
                continue;
            }
        };
        let names: Vec<String> = graph.inputs.iter().map(|v| v.name.clone()).collect();
        for (i, input) in names.iter().enumerate() {
            let path = case.join(format!("input_{i}.npy"));
            let tensor = read_npy(&path).unwrap_or_else(|| panic!("{}", path.display()));
            graph.bind(input, tensor).unwrap();
        }
        if let Err(d) = onnx::fold::fold_constants(&mut graph, |_| None) {
            refused.push(format!("{name}: {}", d.sentence));
            continue;
        }
        if !graph.nodes.is_empty() {
            stays.push(graph.nodes[0].op_type.clone());
            continue;
        }
        for (i, output) in graph.outputs.iter().enumerate() {
            let expected = read_npy(&case.join(format!("output_{i}.npy"))).unwrap();
            let found = &graph.initializers[&output.name];
            assert!(
                agrees(found, &expected),
                "{name}: {found:?} is not {expected:?}"
            );
        }
        folded.push(name);
    }
    stays.sort();
    stays.dedup();
    println!(
        "{} fold and agree; not folded: {}",
        folded.len(),
        stays.join(" ")
    );
    if !cases.is_empty() {
        assert!(folded.len() >= 150, "{}", folded.len());
        insta::assert_snapshot!(stays.join(" "), @"ArgMax ArgMin ArrayFeatureExtractor AveragePool BatchNormalization Binarizer BitShift BitwiseAnd BitwiseOr BitwiseXor Clip Conv Cos DequantizeLinear Elu GRU Gelu Gemm GlobalAveragePool GlobalMaxPool HardSigmoid HardSwish Hardmax LSTM LayerNormalization LeakyRelu LogSoftmax MaxPool PRelu Pad QLinearMatMul QuantizeLinear RNN ReduceL1 ReduceL2 ReduceSumSquare Selu Sigmoid Sin Softmax Softplus Softsign Swish Tanh ThresholdedRelu TopK");
        insta::assert_snapshot!(refused.join("\n"), @r#"
        test_not_2d: the model uses ONNX operator set 1, and kaon reads 6 to 27
        test_not_3d: the model uses ONNX operator set 1, and kaon reads 6 to 27
        test_reduce_max_bool_inputs: ReduceMax takes numbers, and is given bool
        test_reduce_max_empty_set: ReduceMax of no elements has no value
        test_reduce_min_empty_set: ReduceMin of no elements has no value
        "#);
    }
}
