//! Every ONNX file of the shared models loads and folds, or is refused with a reason.

use std::collections::BTreeMap;
use std::path::PathBuf;

use compiler::frontend::onnx::{self, DeclaredDim, Domain, OnnxGraph};
use kaon_testsuite::missing;

pub fn find(name: &str) -> Option<PathBuf> {
    Some(missing::models()?.join(name))
}

/// The first dimension of an input is the batch.
pub fn fold(graph: &mut OnnxGraph) -> dialects::Result<()> {
    let inputs = graph.inputs.clone();
    onnx::fold::fold_constants(graph, |name| {
        inputs.iter().find(|v| v.name == name)?.batched_dims()
    })
}

fn onnx_files() -> Vec<PathBuf> {
    let Some(folder) = missing::models() else {
        return vec![];
    };
    let mut files = vec![];
    let mut open = vec![folder];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "onnx") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn all_load_or_are_refused_with_a_reason() {
    let (mut read, mut refused) = (0, BTreeMap::<String, Vec<String>>::new());
    let files = onnx_files();
    for path in &files {
        let result = onnx::load(path).and_then(|mut graph| fold(&mut graph).map(|()| graph));
        match result {
            Ok(graph) => {
                read += 1;
                assert!(!graph.outputs.is_empty());
            }
            Err(d) => {
                assert!(d.file.is_some() && !d.helps.is_empty(), "{d}");
                let name = path
                    .parent()
                    .unwrap()
                    .file_name()
                    .unwrap()
                    .to_string_lossy();
                refused
                    .entry(d.sentence)
                    .or_default()
                    .push(name.into_owned());
            }
        }
    }
    println!("{read} of {} files read", files.len());
    for (sentence, names) in &refused {
        println!("  {sentence}: {}", names.join(", "));
    }
    if !files.is_empty() {
        let summary: Vec<String> = refused
            .iter()
            .map(|(s, n)| format!("{s}: {}", n.join(", ")))
            .collect();
        insta::assert_snapshot!(summary.join("\n"), @"the model uses ONNX operator set 1, and kaon reads 6 to 27: test_not_2d, test_not_3d");
    }
}

/// Shape → Gather → Unsqueeze → Concat folds to [batch, −1], Pow to the standard deviation; the
/// quantisers of constant weights and the Transposes behind them stay.
#[test]
fn a_traced_reshape_folds_around_the_batch() {
    let Some(path) = find("mnist_tfc_1w1a/model.onnx") else {
        return;
    };
    let mut graph = onnx::load(&path).unwrap();
    fold(&mut graph).unwrap();
    let ops: Vec<&str> = graph.nodes.iter().map(|n| n.op_type.as_str()).collect();
    insta::assert_snapshot!(ops.join(" "), @"Reshape Mul Sub BipolarQuant BipolarQuant Transpose MatMul BatchNormalization BipolarQuant BipolarQuant Transpose MatMul BatchNormalization BipolarQuant BipolarQuant Transpose MatMul BatchNormalization BipolarQuant BipolarQuant Transpose MatMul Sub Div Mul Add");
    let reshape = &graph.nodes[0];
    let target = &graph.initializers[reshape.input(1).unwrap()];
    insta::assert_debug_snapshot!(target.data, @r#"
    Dims(
        [
            Batch,
            Known(
                -1,
            ),
        ],
    )
    "#);
}

#[test]
fn quantisers_of_every_spelling_are_one_domain() {
    for (model, count) in [
        ("gamma_trigger_w6a6", 8),
        ("mnist_tfc_1w1a", 8),
        ("unsw_nb15_w2a2", 8),
    ] {
        let Some(path) = find(&format!("{model}/model.onnx")) else {
            return;
        };
        let graph = onnx::load(&path).unwrap();
        let quantisers = graph
            .nodes
            .iter()
            .filter(|n| n.domain == Domain::Qonnx)
            .count();
        assert_eq!(quantisers, count, "{model}");
    }
}

#[test]
fn declared_shapes() {
    let Some(path) = find("phoneme_int8_qdq/model.onnx") else {
        return;
    };
    let graph = onnx::load(&path).unwrap();
    let input = &graph.inputs[0];
    assert_eq!(
        input.shape,
        Some(vec![DeclaredDim::Named("N".into()), DeclaredDim::Fixed(5)])
    );
    assert_eq!(input.fixed_shape(), None);
}
