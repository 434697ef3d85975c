//! Bad usage and bad input, end to end: the message whole, the exit code, nothing left behind.

use super::program::{Scratch, demo, kaon, kaon_opt};

/// Compiles something that must be refused.
fn refused(model: &dyn Fn(&Scratch) -> String, flags: &[&str]) -> String {
    let scratch = Scratch::new();
    let model = model(&scratch);
    let before = scratch.entries();
    let output = scratch.at("out");
    let mut arguments = vec!["compile", &model, "-o", &output];
    arguments.extend(flags);
    let ended = kaon(&arguments);
    assert_ne!(ended.code, 0, "{}", ended.output);
    assert_eq!(scratch.entries(), before, "something was left behind");
    ended.whole(scratch.path())
}

fn demo_with(flags: &[&str]) -> String {
    refused(&|_| demo("model.onnx"), flags)
}

#[test]
fn files_that_are_no_models() {
    let missing = refused(&|scratch| scratch.at("nothing.onnx"), &[]);
    insta::assert_snapshot!("missing_model", missing);
    let empty = refused(&|scratch| scratch.file("empty.onnx", ""), &[]);
    insta::assert_snapshot!("empty_model", empty);
    let garbage = refused(&|scratch| scratch.file("garbage.onnx", [0x17; 999]), &[]);
    insta::assert_snapshot!("garbage_model", garbage);
    let whole = std::fs::read(demo("model.onnx")).unwrap();
    let cut = refused(&|scratch| scratch.file("cut.onnx", &whole[..9000]), &[]);
    insta::assert_snapshot!("truncated_model", cut);
}

#[test]
fn flags_that_make_no_sense() {
    insta::assert_snapshot!("precision", demo_with(&["--precision", "fixed<0,3>"]));
    insta::assert_snapshot!(
        "precision_mode",
        demo_with(&["--precision", "fixed<8,3,AP_RUND>"])
    );
    insta::assert_snapshot!("target", demo_with(&["--target", "vu99p"]));
    insta::assert_snapshot!("clock", demo_with(&["--clock-mhz", "0"]));
    insta::assert_snapshot!("emit", demo_with(&["--emit", "vhdl"]));
    insta::assert_snapshot!("scores", demo_with(&["--scores", "loudest"]));
    insta::assert_snapshot!("skip", demo_with(&["--skip", "fx-rewrit"]));
    insta::assert_snapshot!("skip_lowering", demo_with(&["--skip", "lower-nn-to-fx"]));
    insta::assert_snapshot!("stop_after", demo_with(&["--stop-after", "the-end"]));
    insta::assert_snapshot!("no_output", {
        let ended = kaon(&["compile", "model.onnx"]);
        ended.whole(std::path::Path::new("none"))
    });
}

#[test]
fn configurations() {
    let with = |text: &str| {
        let scratch = Scratch::new();
        let (model, config) = (demo("model.onnx"), scratch.file("kaon.toml", text));
        let output = scratch.at("out");
        let ended = kaon(&["compile", &model, "-o", &output, "--config", &config]);
        assert_eq!(scratch.entries(), ["kaon.toml"]);
        ended.whole(scratch.path())
    };
    insta::assert_snapshot!("config_key", with("clock_mhz = 240\nclok = 3\n"));
    insta::assert_snapshot!(
        "config_type",
        with("[layers.\"Gemm_0\"]\nresult = \"fixed<16>\"\n")
    );
    insta::assert_snapshot!(
        "config_layer",
        with("[layers.\"dense_9\"]\nresult = \"fixed<16,6>\"\n")
    );
    insta::assert_snapshot!("config_syntax", with("clock_mhz = \n"));
    insta::assert_snapshot!("config_target", with("target = \"vu99p\"\n"));
}

#[test]
fn folders_that_are_not_ours_are_left_alone() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path().join("thesis")).unwrap();
    let chapter = scratch.file("thesis/chapter.tex", "years of work");
    let ended = kaon(&["compile", &demo("model.onnx"), "-o", &scratch.at("thesis")]);
    insta::assert_snapshot!("foreign_folder", ended.whole(scratch.path()));
    assert_eq!(std::fs::read_to_string(chapter).unwrap(), "years of work");
    assert_eq!(scratch.entries(), ["thesis"]);
    let ended = kaon(&["report", &scratch.at("thesis")]);
    insta::assert_snapshot!("report_foreign_folder", ended.whole(scratch.path()));
}

#[test]
fn inputs_that_do_not_fit() {
    let scratch = Scratch::new();
    let predict = |input: &str| {
        let ended = kaon(&["predict", &demo("model.onnx"), "--input", input]);
        assert_eq!(ended.code, 1, "{}", ended.output);
        ended.whole(scratch.path())
    };
    insta::assert_snapshot!("input_missing", predict(&scratch.at("x.npy")));
    insta::assert_snapshot!("input_garbage", predict(&scratch.file("x.npy", "no array")));
    insta::assert_snapshot!("input_shape", predict(&demo("labels.npy")));
}

#[test]
fn modules_that_are_none() {
    let opt = |arguments: &[&str], text: &str| {
        let ended = kaon_opt(arguments, text);
        ended.whole(std::path::Path::new("none"))
    };
    insta::assert_snapshot!("opt_nothing", opt(&["-"], ""));
    insta::assert_snapshot!("opt_pass", opt(&["-", "-p", "fx-polish"], ""));
    let text = "module attributes {kaon.level = \"hw\"} {}";
    insta::assert_snapshot!("opt_level", opt(&["-"], text));
    let broken = "module attributes {kaon.level = \"fx\"} { func.func @f() { } }";
    insta::assert_snapshot!("opt_broken", opt(&["-"], broken));
}
