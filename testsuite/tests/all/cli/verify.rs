//! `kaon verify` on folders.

use std::path::Path;

use compiler::driver;
use compiler::verify::{Verdict, verilog};
use kaon_testsuite::missing::skip;

use super::program::{Scratch, demo, kaon};

#[test]
fn a_tampered_folder_is_refused() {
    let scratch = Scratch::new();
    let out = scratch.at("out");
    kaon(&["compile", &demo("model.onnx"), "-o", &out]).done();
    let out = Path::new(&out);
    let file = out.join("emulator.fx.mlir");
    let text = std::fs::read_to_string(&file).expect("the demo has an emulator");
    std::fs::write(&file, text.replacen("fx.add", "fx.sub", 1)).expect("a writable folder");
    let refusal = driver::verify(out).expect_err("the file is another one");
    let sentence = refusal.to_string();
    assert!(
        sentence.contains("its hash differs from the manifest's"),
        "{sentence}"
    );
}

#[test]
fn the_demo_is_proved_whole_and_says_so_in_its_folder() {
    if verilog::version().is_none() {
        skip("yosys is not installed");
        return;
    }
    let scratch = Scratch::new();
    let out = scratch.at("out");
    kaon(&["compile", &demo("model.onnx"), "-o", &out]).done();
    let out = Path::new(&out);
    let verification = driver::verify(out).expect("the demo is right");
    assert_eq!(verification.verdict, Verdict::Proved, "{verification}");
    let layers = verification.layers.iter();
    let open = layers
        .filter(|layer| layer.linear != layer.linear_proved || layer.other != layer.other_proved);
    assert_eq!(open.count(), 0, "{verification}");
    // The folder is as consistent as before, and verifies again.
    let again = driver::verify(out).expect("the manifest lists the report");
    assert_eq!(again.lasting().to_json(), verification.lasting().to_json());
}
