//! Passes, pipelines, cost tables and effort, chosen without recompiling.

use compiler::output::Manifest;

use super::program::{Scratch, demo, kaon, kaon_opt};

const SUM: &str = r#"module attributes {kaon.level = "fx"} {
  func.func @sum(%x0: si8, %x1: si8) -> (si9) {
    %0 = "fx.add"(%x0, %x1) : (si8, si8) -> si9 loc("total")
    return %0 : si9
  }
}
"#;

/// The steps of a compilation of the demo, by the names of their dumps.
fn steps(scratch: &Scratch, flags: &[&str]) -> Vec<String> {
    let (model, out, dumps) = (demo("model.onnx"), scratch.at("out"), scratch.at("dumps"));
    let _ = std::fs::remove_dir_all(&dumps);
    let made = [
        "compile",
        &model,
        "-o",
        &out,
        "--emit",
        "fx",
        "--dump-dir",
        &dumps,
    ];
    kaon(&[&made[..], flags].concat()).done();
    let names = std::fs::read_dir(dumps).expect("dumps").map(|entry| {
        let name = entry.expect("an entry").file_name().display().to_string();
        let name = name.split_once('-').expect("a number").1;
        name.split_once('.').expect("an ending").0.to_string()
    });
    let mut files: Vec<String> = names.collect();
    files.sort();
    files
}

/// The demo under other steps gives the same answers.
fn answers_are_the_same(scratch: &Scratch) {
    let (out, inputs, expected) = (scratch.at("out"), demo("inputs.npy"), demo("expected.npy"));
    let said = kaon(&["predict", &out, "--input", &inputs, "--compare", &expected]).done();
    assert!(said.contains("all 2000 values equal"), "{said}");
}

#[test]
fn other_passes_take_the_place_of_the_default_ones() {
    let scratch = Scratch::new();
    let fx = |names: Vec<String>| -> Vec<String> {
        names
            .into_iter()
            .filter(|name| name.starts_with("fx-"))
            .collect()
    };
    let default = fx(steps(&scratch, &[]));
    assert!(
        default.contains(&"fx-narrow-widths".to_string()),
        "{default:?}"
    );
    let passes = "fx-drop-dead,fx-reduce-strength,fx-schedule";
    let found = fx(steps(&scratch, &["--passes", passes]));
    assert_eq!(found, ["fx-drop-dead", "fx-reduce-strength", "fx-schedule"]);
    answers_are_the_same(&scratch);
    let manifest = Manifest::read(scratch.at("out").as_ref()).expect("a manifest");
    let recorded = manifest.choices.pipeline.fx.expect("the passes chosen");
    assert_eq!(recorded.join(","), passes);
}

#[test]
fn one_more_pass_and_one_less() {
    let scratch = Scratch::new();
    let count = |steps: &[String], name: &str| steps.iter().filter(|step| *step == name).count();
    let default = steps(&scratch, &[]);
    let config = "[pipeline]\nskip = [\"fx-narrow-widths\"]\ninsert = [\"nn-drop-dead before nn-fold-constants\"]\n";
    let config = scratch.file("kaon.toml", config);
    let flags = [
        "--config",
        &config,
        "--insert",
        "fx-drop-dead after fx-rewrite",
    ];
    let found = steps(&scratch, &flags);
    for (name, more) in [
        ("nn-drop-dead", 1),
        ("fx-drop-dead", 1),
        ("fx-narrow-widths", -1),
    ] {
        let change = count(&found, name) as i64 - count(&default, name) as i64;
        assert_eq!(change, more, "{name}");
    }
    answers_are_the_same(&scratch);
}

#[test]
fn pipelines_that_make_no_sense() {
    let refused = |flags: &[&str]| {
        let scratch = Scratch::new();
        let made = ["compile", &demo("model.onnx"), "-o", &scratch.at("out")];
        let ended = kaon(&[&made[..], flags].concat());
        assert_eq!(ended.code, 2, "{}", ended.output);
        ended.whole(scratch.path())
    };
    let passes = |names: &str| refused(&["--passes", names]);
    insta::assert_snapshot!("passes_unknown", passes("fx-rewrite,fx-rewrit"));
    insta::assert_snapshot!("passes_of_nn", passes("nn-drop-dead"));
    insta::assert_snapshot!("passes_lowering", passes("lower-nn-to-fx,fx-rewrite"));
    let insert = |place: &str| refused(&["--insert", place]);
    insta::assert_snapshot!("insert_words", insert("fx-drop-dead"));
    insta::assert_snapshot!("insert_place", insert("fx-drop-dead after fx-rewrit"));
    insta::assert_snapshot!("insert_level", insert("fx-drop-dead after nn-check-size"));
}

#[test]
fn configurations_of_the_pipeline_that_make_no_sense() {
    let refused = |text: &str| {
        let scratch = Scratch::new();
        let config = scratch.file("kaon.toml", text);
        let made = ["compile", &demo("model.onnx"), "-o", &scratch.at("out")];
        kaon(&[&made[..], &["--config", &config]].concat()).whole(scratch.path())
    };
    insta::assert_snapshot!(
        "config_skip",
        refused("[pipeline]\nskip = [\"fx-balance\"]\n")
    );
    insta::assert_snapshot!(
        "config_insert",
        refused("[pipeline]\ninsert = [\"fx-drop-dead\"]\n")
    );
    insta::assert_snapshot!(
        "config_rule",
        refused("[pipeline]\nwithout_rules = [\"mul\"]\n")
    );
    insta::assert_snapshot!(
        "config_two_targets",
        refused("target = \"ecp5\"\ntarget_file = \"mine.toml\"\n")
    );
}

#[test]
fn a_cost_table_from_a_file() {
    let scratch = Scratch::new();
    let cost = |flags: &[&str]| {
        let all = ["-", "-p", "fx-narrow-widths", "--cost", "--json"];
        kaon_opt(&[&all[..], flags].concat(), SUM).done()
    };
    let same = scratch.file("same.toml", "base = \"vu13p\"\nname = \"vu13p\"\n");
    assert_eq!(
        cost(&["--target-file", &same]),
        cost(&["--target", "vu13p"])
    );
    let slow = scratch.file("slow.toml", "base = \"vu13p\"\n[delays]\nlut = 5000\n");
    let slow = cost(&["--target-file", &slow]);
    assert!(slow.contains("\"target\": \"slow\""), "{slow}");
    assert!(slow != cost(&["--target", "vu13p"]).replace("vu13p", "slow"));
}

#[test]
fn a_folder_remembers_its_cost_table() {
    let scratch = Scratch::new();
    let table = "base = \"zu7ev\"\n[delays]\nnet = 900\n[device]\nlut = 99\n";
    scratch.file("small.toml", table);
    let config = scratch.file("kaon.toml", "target_file = \"small.toml\"\n");
    let out = scratch.at("out");
    let made = ["compile", &demo("model.onnx"), "-o", &out, "--emit", "fx"];
    kaon(&[&made[..], &["--config", &config]].concat()).done();
    let report = kaon(&["report", &out]).done();
    let written = std::fs::read_to_string(scratch.at("out/report.txt")).expect("a report");
    assert!(written.starts_with(&report));
    assert!(report.contains(" on small (ultrascale_plus)"), "{report}");
    let line = report
        .lines()
        .find(|line| line.starts_with("small "))
        .expect("the device");
    assert!(line.ends_with("too large"), "{line}");
    let kept = std::fs::read_to_string(scratch.at("out/target.toml")).expect("the table");
    assert_eq!(kept, table);
}

#[test]
fn cost_tables_that_make_no_sense() {
    let refused = |text: &str| {
        let scratch = Scratch::new();
        let file = scratch.file("mine.toml", text);
        kaon_opt(&["-", "--target-file", &file], SUM).whole(scratch.path())
    };
    insta::assert_snapshot!(
        "target_key",
        refused("base = \"vu13p\"\n[delays]\nnett = 5\n")
    );
    insta::assert_snapshot!("target_base", refused("base = \"vu99p\"\n"));
    insta::assert_snapshot!("target_no_base", refused("lut_inputs = 4\n"));
    insta::assert_snapshot!(
        "target_bounds",
        refused("base = \"vu13p\"\nlut_inputs = 8\n[delays]\nnet = 99999\n")
    );
    insta::assert_snapshot!("target_dsp", refused("base = \"generic\"\ndsp = true\n"));
    insta::assert_snapshot!(
        "target_dsp_key",
        refused("base = \"vu13p\"\n[dsp]\nwidth = 3\n")
    );
    insta::assert_snapshot!(
        "target_size",
        refused("base = \"generic\"\n[device]\nlut = 9\n")
    );
    insta::assert_snapshot!("target_missing", {
        kaon_opt(&["-", "--target-file", "missing.toml"], SUM).whole("no/folder".as_ref())
    });
}
