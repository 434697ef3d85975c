//! `kaon simulate` with nothing installed: what it measures, and what it refuses.

use serde_json::Value;

use super::program::{Scratch, demo, have_circt, kaon};

fn compiled(flags: &[&str]) -> (Scratch, String) {
    let scratch = Scratch::new();
    let out = scratch.at("out");
    let compile = ["compile", &demo("model.onnx"), "-o", &out];
    kaon(&[&compile[..], flags].concat()).done();
    (scratch, out)
}

#[test]
fn latency_and_interval_are_measured() {
    if !have_circt() {
        return;
    }
    for flags in [&["--emit", "verilog,hw"][..], &["--primitives", "modules"]] {
        let (_scratch, out) = compiled(flags);
        let simulate = ["simulate", &out, "--input", &demo("inputs.npy"), "--json"];
        let said: Value = serde_json::from_str(&kaon(&simulate).done()).expect("JSON");
        let facts = [
            "engine",
            "samples",
            "different",
            "latency_clocks",
            "interval_clocks",
        ];
        let facts = facts.map(|fact| said[fact].to_string());
        assert_eq!(facts, ["\"arc\"", "1000", "0", "4", "1"]);
    }
}

#[test]
fn a_manifest_that_claims_another_latency_is_found_out() {
    if !have_circt() {
        return;
    }
    let (scratch, out) = compiled(&[]);
    let manifest = format!("{out}/kaon.json");
    let honest = std::fs::read_to_string(&manifest).expect("a manifest");
    let lies = [
        ("\"latency_clocks\": 4", "\"latency_clocks\": 3"),
        ("\"interval_clocks\": 1", "\"interval_clocks\": 2"),
    ];
    let mut said = Vec::new();
    for (truth, lie) in lies {
        assert!(honest.contains(truth));
        std::fs::write(&manifest, honest.replace(truth, lie)).expect("a manifest");
        let ended = kaon(&["simulate", &out, "--input", &demo("inputs.npy")]);
        said.push(ended.whole(scratch.path()));
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn what_cannot_be_simulated_says_the_way_out() {
    if !have_circt() {
        return;
    }
    let (scratch, out) = compiled(&["--emit", "firrtl"]);
    let inputs = demo("inputs.npy");
    let no_hardware = kaon(&["simulate", &out, "--input", &inputs]);
    let no_verilog = kaon(&[
        "simulate",
        &out,
        "--input",
        &inputs,
        "--engine",
        "verilator",
    ]);
    let trace = scratch.at("waves.txt");
    let no_format = kaon(&["simulate", &out, "--input", &inputs, "--trace", &trace]);
    let manifest = format!("{out}/kaon.json");
    let text = std::fs::read_to_string(&manifest).expect("a manifest");
    let (start, end) = ("\"hardware_sha256\": null", "\"hardware_sha256\": \"00\"");
    assert!(text.contains(start));
    std::fs::write(&manifest, text.replace(start, end)).expect("a manifest");
    let other_text = kaon(&["simulate", &out, "--input", &inputs]);
    let ended = [no_hardware, no_verilog, no_format, other_text];
    let said = ended.map(|ended| ended.whole(scratch.path()));
    insta::assert_snapshot!(said.join("\n"));
}
