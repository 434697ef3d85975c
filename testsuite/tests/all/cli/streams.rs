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

/// A testbench that passes and, with a wrong vector, fails; a trace; a report as a page.
#[test]
fn a_folder_is_complete() {
    if !have_circt() {
        return;
    }
    let scratch = Scratch::new();
    let case = root().join("testsuite/models/recurrent_nodes/gru_reset_before");
    let file = |name: &str| case.join(name).display().to_string();
    let (model, output) = (file("model.onnx"), scratch.at("out"));
    let types = ["--input-precision", "fixed<10,4>", "--fraction-bits", "6"];
    let compile = ["compile", &model, "-o", &output, "--stream"];
    kaon(&[&compile[..], &types[..]].concat()).done();
    let waves = scratch.at("waves.vcd");
    let inputs = file("inputs.npy");
    let trace = ["simulate", &output, "--input", &inputs, "--trace", &waves];
    kaon(&trace).done();
    let text = std::fs::read_to_string(waves).expect("a trace");
    assert!(text.contains("in_valid") && text.contains("$enddefinitions"));
    let report = std::fs::read_to_string(scratch.at("out/report.json")).expect("a report");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert!(report["clock_met"].is_boolean(), "{report}");
    let page = kaon(&["report", &output, "--format", "html"]).done();
    for part in ["<!DOCTYPE html>", "scan", "Actors", "MHz"] {
        assert!(page.contains(part), "{part} is missing");
    }
    let tb = Path::new(&output).join("tb");
    let bench = std::fs::read_dir(&tb).expect("a folder");
    let bench = bench.map(|file| file.expect("a file").file_name().into_string().unwrap());
    let bench = bench.into_iter().find(|name| name.ends_with("_tb.sv"));
    let bench = bench.expect("a testbench");
    let text = std::fs::read_to_string(tb.join(&bench)).expect("a testbench");
    // The command that the testbench itself names.
    let command = text.lines().find_map(|line| line.split_once("$ iverilog"));
    let command = format!("iverilog{}", command.expect("a command").1);
    let run = || {
        let mut shell = std::process::Command::new("sh");
        let ended = shell.current_dir(&tb).args(["-c", &command]).output();
        let ended = ended.expect("a shell");
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        (ended.status.success(), said)
    };
    if let Err(error) = std::process::Command::new("iverilog").arg("-V").output() {
        return kaon_testsuite::missing::skip(&format!("iverilog: {error}"));
    }
    let (passed, said) = run();
    assert!(passed && said.contains("PASS: 32 samples"), "{said}");
    for (file, from, what) in [
        ("y.hex", 0, "token 0: y is "),
        ("leaves.hex", 1, "out_valid is "),
    ] {
        let whole = std::fs::read_to_string(tb.join(file)).expect("vectors");
        let mut lines: Vec<&str> = whole.lines().collect();
        let wrong = lines[from].replace(|_: char| true, "0");
        lines[from] = if wrong == lines[from] { "1" } else { &wrong };
        std::fs::write(tb.join(file), lines.join("\n")).expect("vectors");
        let (passed, said) = run();
        assert!(!passed && said.contains(what), "{said}");
        std::fs::write(tb.join(file), whole).expect("vectors");
    }
}
