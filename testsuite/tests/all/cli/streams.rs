//! Circuits of streams and placements at the command line.

use std::path::Path;

use super::program::{Scratch, demo, have_circt, kaon, root};

#[test]
fn budgets() {
    if !have_circt() {
        return;
    }
    let scratch = Scratch::new();
    let output = scratch.at("out");
    let model = root().join("testsuite/models/recurrent_nodes/rnn_relu_reverse/model.onnx");
    let model = model.display().to_string();
    let types = ["--input-precision", "fixed<10,4>", "--fraction-bits", "6"];
    let with = |budget: &str| {
        let mut arguments = vec!["compile", &model, "-o", &output, "--budget", budget];
        arguments.extend(types);
        kaon(&arguments)
    };
    // The fastest that fits is written, and the table says what else there was.
    let said = with("lut=400,dsp=0.1%").done();
    let table = said.split("\n\n").next().expect("a table");
    insta::assert_snapshot!("budget", table);
    std::fs::remove_dir_all(&output).expect("the folder that was written");
    for (name, budget) in [
        ("budget_too_small", "lut=10"),
        ("budget_word", "many"),
        ("budget_resource", "gold=3"),
        ("budget_share", "lut=120%"),
    ] {
        let ended = with(budget);
        assert_ne!(ended.code, 0, "{}", ended.output);
        insta::assert_snapshot!(name, ended.whole(scratch.path()));
        assert!(!Path::new(&output).exists(), "{name} left something behind");
    }
}

#[test]
fn what_is_proved_of_a_circuit_of_streams() {
    if !have_circt() {
        return;
    }
    let scratch = Scratch::new();
    let output = scratch.at("out");
    let model = root().join("testsuite/models/recurrent_nodes/gru_reset_before/model.onnx");
    let model = model.display().to_string();
    let types = ["--input-precision", "fixed<10,4>", "--fraction-bits", "6"];
    let compile = ["compile", &model, "-o", &output, "--stream"];
    kaon(&[&compile[..], &types[..]].concat()).done();
    kaon(&["verify", &output]).done();
    let report = std::fs::read_to_string(scratch.at("out/verify.txt")).expect("a report");
    insta::assert_snapshot!("verify", report);
}

#[test]
fn what_a_circuit_of_streams_has_not() {
    let scratch = Scratch::new();
    let (model, output) = (demo("model.onnx"), scratch.at("out"));
    for (name, flags) in [
        ("stream_of_nothing", &["--stream"][..]),
        ("stream_firrtl", &["--reuse", "16", "--emit", "firrtl"]),
        ("stream_stages", &["--reuse", "16", "--stages", "3"]),
        ("reuse_and_interval", &["--reuse", "2", "--interval", "3"]),
    ] {
        let ended = kaon(&[&["compile", &model, "-o", &output], flags].concat());
        assert_ne!(ended.code, 0, "{name}");
        insta::assert_snapshot!(name, ended.whole(scratch.path()));
        assert!(scratch.entries().is_empty(), "{name} left something behind");
    }
}

/// A reuse factor for one layer, from kaon.toml: the numbers stay what they are.
#[test]
fn one_layer_in_steps() {
    if !have_circt() {
        return;
    }
    let scratch = Scratch::new();
    let config = scratch.file("kaon.toml", "[layers.\"Gemm_1\"]\nreuse = 4\n");
    let (model, output) = (demo("model.onnx"), scratch.at("out"));
    let said = kaon(&["compile", &model, "-o", &output, "--config", &config]).done();
    let report = said.split("files in").next().expect("a report");
    insta::assert_snapshot!("one_layer_in_steps", report);
    let answers = |from: &str| {
        let (input, output) = (demo("inputs.npy"), scratch.at("y.npy"));
        kaon(&["predict", from, "--input", &input, "--output", &output]).done();
        std::fs::read(output).expect("answers")
    };
    assert_eq!(answers(&output), answers(&model));
}
