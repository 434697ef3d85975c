//! From a model to a folder, and what the folder is good for.

use std::collections::BTreeMap;
use std::path::Path;

use compiler::engine::verilator;
use compiler::output::Manifest;
use serde_json::Value;

use super::program::{Scratch, demo, have, have_circt, kaon};

/// Every file of a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => open.push(path),
                false => {
                    let name = path.strip_prefix(folder).expect("a file of the folder");
                    let bytes = std::fs::read(&path).expect("a file");
                    found.insert(name.display().to_string(), bytes);
                }
            }
        }
    }
    found
}

#[test]
fn the_demo_from_onnx_to_simulated_verilog() {
    if !have_circt() {
        return;
    }
    let scratch = Scratch::new();
    let out = scratch.at("out");
    kaon(&["compile", &demo("model.onnx"), "-o", &out]).done();
    let (inputs, expected, labels) = (demo("inputs.npy"), demo("expected.npy"), demo("labels.npy"));
    let answers = scratch.at("y.npy");
    let mut predict = vec!["predict", &out, "--input", &inputs, "--json"];
    predict.extend(["--compare", &expected, "--labels", &labels]);
    predict.extend(["--output", &answers]);
    let said = kaon(&predict).done();
    for fact in [
        "\"samples\": 1000",
        "\"values\": 2000",
        "\"equal\": 2000",
        "\"input_numbers_rounded\": 0",
        "\"accuracy\": 0.865",
    ] {
        assert!(said.contains(fact), "{fact} is not in {said}");
    }
    // The answers written are the reference, so they compare equal themselves.
    kaon(&["predict", &out, "--input", &inputs, "--compare", &answers]).done();
    let mut engines = vec!["arc"];
    if have(verilator::available()) {
        engines.push("verilator");
    }
    for engine in engines {
        let simulate = ["simulate", &out, "--input", &inputs, "--engine", engine];
        let said = kaon(&simulate).done();
        assert!(
            said.contains("all 2000 values equal the emulator's"),
            "{said}"
        );
    }
}

#[test]
fn values_that_leave_their_type_are_counted_by_layer() {
    let scratch = Scratch::new();
    let (model, inputs) = (demo("model.onnx"), demo("inputs.npy"));
    let count = |flags: &[&str]| {
        let arguments = [
            "predict",
            &model,
            "--input",
            &inputs,
            "--overflows",
            "--json",
        ];
        kaon(&[&arguments[..], flags].concat()).done()
    };
    // The model's own quantisers saturate; the layers in between are exact.
    let counted: serde_json::Value = serde_json::from_str(&count(&[])).expect("JSON");
    let layers = counted["overflows"].as_object().expect("a table");
    assert_eq!(layers["Quant_0"]["values"], 10_000);
    assert_eq!(layers["Quant_0"]["overflowed"], 0);
    assert!(!layers.contains_key("Gemm_3"));
    let layer = "[layers.\"Gemm_3\"]\nresult = \"ap_fixed<4,1>\"\n";
    let config = scratch.file("kaon.toml", layer);
    let counted = count(&["--config", &config]);
    let counted: serde_json::Value = serde_json::from_str(&counted).expect("JSON");
    let last = &counted["overflows"]["Gemm_3"];
    assert_eq!(last["values"], 2000);
    assert!(
        last["overflowed"].as_u64().expect("a number") > 100,
        "{last}"
    );
}

#[test]
fn a_difference_from_the_reference_is_an_exit_code() {
    let scratch = Scratch::new();
    let (model, inputs) = (demo("model.onnx"), demo("inputs.npy"));
    let expected = std::fs::read(demo("expected.npy")).unwrap();
    let mut changed = expected.clone();
    let last = changed.len() - 1;
    changed[last] ^= 0x40;
    let changed = scratch.file("changed.npy", changed);
    let ended = kaon(&["predict", &model, "--input", &inputs, "--compare", &changed]);
    assert_eq!(ended.code, 1);
    assert!(
        ended.output.contains("1999 of 2000 values equal"),
        "{}",
        ended.output
    );
    assert!(
        ended.errors.contains("1 of 2000 values differ"),
        "{}",
        ended.errors
    );
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    if !have_circt() {
        return;
    }
    let scratch = Scratch::new();
    let emit = "nn,fx,hw,verilog,firrtl,object";
    let compile = |name: &str| {
        let out = scratch.at(name);
        kaon(&["compile", &demo("model.onnx"), "-o", &out, "--emit", emit]).done();
        files(Path::new(&out))
    };
    let (one, two) = (compile("one"), compile("two"));
    let names = one.keys().cloned().collect::<Vec<_>>();
    insta::assert_snapshot!("files", names.join("\n"));
    for (name, bytes) in &one {
        assert!(two.get(name) == Some(bytes), "{name} differs");
    }
    let manifest = Manifest::read(Path::new(&scratch.at("one"))).expect("a manifest");
    let listed = manifest.files.iter().map(|file| file.path.clone());
    let listed = listed.chain(["kaon.json".to_string()]);
    let mut listed = listed.collect::<Vec<_>>();
    listed.sort();
    assert_eq!(listed, names);
}

#[test]
fn a_folder_of_ours_is_replaced_and_keeps_what_is_not_ours() {
    let scratch = Scratch::new();
    let out = scratch.at("out");
    let compile = |emit: &str| {
        kaon(&["compile", &demo("model.onnx"), "-o", &out, "--emit", emit]).done();
    };
    compile("nn");
    scratch.file("out/notes.txt", "mine");
    compile("fx");
    let names = files(Path::new(&out)).into_keys().collect::<Vec<_>>();
    assert_eq!(
        names,
        [
            "design.fx.mlir",
            "design.nn.mlir",
            "emulator.fx.mlir",
            "kaon.json",
            "notes.txt",
            "report.json",
            "report.txt"
        ]
    );
    assert_eq!(scratch.entries(), ["out"]);
}

#[test]
fn an_unfinished_compilation_says_where_it_stopped() {
    let scratch = Scratch::new();
    let out = scratch.at("out");
    let stop = ["--stop-after", "lower-nn-to-fx"];
    let ended = kaon(&[&["compile", &demo("model.onnx"), "-o", &out][..], &stop].concat());
    let said = ended.done();
    assert!(said.contains("stopped after lower-nn-to-fx"), "{said}");
    let names = files(Path::new(&out)).into_keys().collect::<Vec<_>>();
    assert_eq!(names, ["design.nn.mlir", "kaon.json", "stopped.fx.mlir"]);
    let ended = kaon(&["simulate", &out, "--input", &demo("inputs.npy")]);
    insta::assert_snapshot!("simulate_unfinished", ended.whole(scratch.path()));
}

#[test]
fn a_file_that_changed_is_not_trusted() {
    let scratch = Scratch::new();
    let out = scratch.at("out");
    kaon(&["compile", &demo("model.onnx"), "-o", &out, "--emit", "fx"]).done();
    scratch.file("out/emulator.fx.mlir", "changed");
    let ended = kaon(&["predict", &out, "--input", &demo("inputs.npy")]);
    insta::assert_snapshot!("changed_file", ended.whole(scratch.path()));
}

#[test]
fn a_configuration_is_read_and_a_flag_wins() {
    let scratch = Scratch::new();
    let config = scratch.file("kaon.toml", "top = \"trigger\"\nclock_mhz = 240\n");
    let out = scratch.at("out");
    let mut arguments = vec![
        "compile", "", "-o", &out, "--emit", "fx", "--config", &config,
    ];
    let model = demo("model.onnx");
    arguments[1] = &model;
    kaon(&arguments).done();
    let read = || Manifest::read(Path::new(&out)).expect("a manifest");
    assert_eq!(
        (read().top.as_str(), read().choices.clock_ps),
        ("trigger", 4166)
    );
    arguments.extend(["--clock-mhz", "100"]);
    kaon(&arguments).done();
    assert_eq!(
        (read().top.as_str(), read().choices.clock_ps),
        ("trigger", 10_000)
    );
}

#[test]
fn a_report_tells_how_the_circuit_came_about() {
    let scratch = Scratch::new();
    let out = scratch.at("out");
    let made = ["compile", &demo("model.onnx"), "-o", &out, "--emit", "fx"];
    kaon(&made).done();
    let read = |flags: &[&str]| kaon(&[&["report", &out], flags].concat()).done();
    let stored = std::fs::read_to_string(Path::new(&out).join("report.json")).expect("a report");
    assert_eq!(read(&["--format", "json"]), stored);
    let written = std::fs::read_to_string(Path::new(&out).join("report.txt")).expect("a report");
    assert!(written.starts_with(&read(&[])));
    let report: Value = serde_json::from_str(&stored).expect("JSON");
    let steps = report["history"]["steps"].as_array().expect("steps");
    assert_eq!(steps[0]["step"], "lower-nn-to-fx");
    let last = steps.last().expect("steps");
    for key in ["lut", "ff", "adders", "adder_bits", "registers", "ops"] {
        assert_eq!(last[key], report["total"][key], "{key}");
    }
    let longest = report["timing"]["longest_path_ns"].as_f64();
    let path = report["critical_path"].as_array().expect("a path");
    assert_eq!(path.last().expect("an op")["arrival_ns"].as_f64(), longest);
    assert_eq!(last["longest_path_ps"].as_f64().map(|ps| ps / 1e3), longest);
    // For another device the past stays what it was, for the device it was.
    let other = read(&["--device", "hx8k"]);
    assert!(other.contains("steps, estimated on vu13p"), "{other}");
}
