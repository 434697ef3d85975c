//! Trees from file to hardware: the circuit of every kind of model answers what the emulator does.

use std::path::Path;

use serde_json::Value;

use super::program::{Scratch, have_circt, kaon};

/// The file of a case in `testsuite/trees`.
fn case(name: &str, file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("trees");
    root.join(name).join(file).display().to_string()
}

#[test]
fn circuits_of_trees_answer_what_the_emulator_does() {
    if !have_circt() {
        return;
    }
    for (name, file, flags) in [
        // Patterns of float32, NaN for what is missing.
        ("xgboost_squared", "model.json", "--fraction-bits 40"),
        ("lightgbm_multiclass", "model.txt", "--scores argmax"),
        ("onnx_classifier_labels_2", "model.onnx", "--effort 0"),
        ("onnx_regressor_max", "model.onnx", "--primitives none"),
        // Fixed point, and a function of the sum.
        (
            "xgboost_logistic_base",
            "model.json",
            "--input-precision fixed<10,4>",
        ),
    ] {
        let scratch = Scratch::new();
        let out = scratch.at("out");
        let (model, inputs) = (case(name, file), case(name, "inputs.npy"));
        let mut compile = vec!["compile", &model, "-o", &out];
        compile.extend(flags.split(' '));
        kaon(&compile).done();
        let simulate = ["simulate", &out, "--input", &inputs, "--json"];
        let said: Value = serde_json::from_str(&kaon(&simulate).done()).expect("JSON");
        assert_eq!(said["different"], 0, "{name}: {said}");
        assert_eq!(said["interval_clocks"], 1, "{name}: {said}");
        assert_eq!(said["samples"], 60, "{name}: {said}");
    }
}
