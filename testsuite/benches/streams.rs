//! Circuits of streams: how the time from a model to Verilog grows with the image, and how
//! many samples a second the emulator of each family answers.
//!
//! `cargo bench -p kaon-testsuite --bench streams -- [SIDE]`
//!
//! The networks of the first table are two convolutions of 3 by 3 with eight channels and a
//! dense layer over the largest value of each channel, of random 6-bit weights, on images of 8 by 8 up to
//! SIDE by SIDE. `s` is processor time of all threads, which other work on the machine
//! disturbs least. Models of the second table are found through `KAON_MODELS`; samples are
//! theirs, the time is the emulator's on all threads, conversions left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use compiler::driver::{Predictor, read_arrays};
use kaon_testsuite::clock::processor_seconds;
use kaon_testsuite::random_fx::Random;
use kaon_testsuite::reference;
use kaon_testsuite::wire::{self, Message};
use tools::Streams;

/// Channels of an image, and of the layers behind it.
const CHANNELS: [i64; 3] = [3, 8, 8];
const CLASSES: i64 = 10;
/// Side of the pooling's windows.
const POOL: i64 = 4;

/// Family, model and flags.
const FAMILIES: &[(&str, &str, &[&str])] = &[
    (
        "dense",
        "jet_mlp_qkeras6",
        &["--input-precision", "fixed<16,6>"],
    ),
    (
        "dense in steps",
        "jet_mlp_qkeras6",
        &["--input-precision", "fixed<16,6>", "--reuse", "8"],
    ),
    ("convolution, parallel", "digits_cnn_w6a6", &[]),
    ("convolution, streamed", "digits_cnn_w6a6", &["--stream"]),
    (
        "ResNet-8, streamed",
        "tiny_ic01_int8",
        &["--stream", "--interval", "65536"],
    ),
    ("set of particles", "lhc_deepsets_w6a6", &["--stream"]),
    (
        "LSTM, streamed",
        "pen_lstm",
        &["--stream", "--input-data", "@inputs.npy"],
    ),
    (
        "GRU, streamed",
        "libras_gru",
        &["--stream", "--input-data", "@inputs.npy"],
    ),
    ("forest", "higgs_xgb_q8", &[]),
];

fn main() {
    let arguments = std::env::args().skip(1);
    let side = arguments
        .filter(|text| text != "--bench")
        .find_map(|text| text.parse().ok());
    images(side.unwrap_or(64));
    families();
}

fn images(most: i64) {
    println!(
        "{:16} {:>8} {:>8} {:>8} {:>8} {:>8} {:>6} {:>6}",
        "image", "s", "elapsed", "clocks", "LUT", "FF", "BRAM", "DSP"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let mut side = 8;
    while side <= most {
        let (model, project) = (folder.path().join("image.onnx"), folder.path().join("out"));
        fs::write(&model, network(side).0).expect("a model");
        let (before, began) = (processor_seconds(), Instant::now());
        compile(&model, &project, &["--stream"]);
        let seconds = processor_seconds() - before;
        let text = fs::read_to_string(project.join("report.json")).expect("a report");
        let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let total = |key: &str| report["total"][key].as_u64().expect("a count");
        println!(
            "{:16} {seconds:8.2} {:8.2} {:8} {:8} {:8} {:6} {:6}",
            format!("{side} x {side}"),
            began.elapsed().as_secs_f64(),
            report["interval_clocks"].as_u64().expect("a count"),
            total("lut"),
            total("ff"),
            total("bram"),
            total("dsp")
        );
        side *= 2;
    }
}

fn families() {
    println!(
        "\n{:24} {:18} {:>8} {:>12}",
        "emulator", "model", "samples", "samples/s"
    );
    let scratch = tempfile::tempdir().expect("a folder");
    for (family, name, flags) in FAMILIES {
        let model = reference::models().join(name);
        let (file, inputs) = (source(&model), model.join("inputs.npy"));
        let Some(file) = file.filter(|_| inputs.is_file()) else {
            println!("{family:24} {name:18} is not here");
            continue;
        };
        let project = scratch.path().join("out");
        let inside = |flag: &&str| match flag.strip_prefix('@') {
            Some(own) => model.join(own).display().to_string(),
            None => flag.to_string(),
        };
        let flags: Vec<String> = flags.iter().map(inside).collect();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        compile(&file, &project, &flags);
        let arrays = read_arrays(&[inputs]).expect("samples");
        let predictor = Predictor::of_folder(&project).expect("an emulator");
        let (mut best, mut samples) = (f64::INFINITY, 0);
        let began = Instant::now();
        while best.is_infinite() || began.elapsed().as_secs_f64() < 2.0 {
            let answers = predictor.predict(&arrays).expect("answers");
            samples = answers.samples;
            best = best.min(answers.time.as_secs_f64());
        }
        println!(
            "{family:24} {name:18} {samples:8} {:12.1}",
            samples as f64 / best
        );
    }
}

/// The file of a model's folder.
fn source(folder: &Path) -> Option<PathBuf> {
    let names = ["model.onnx", "model.ubj", "model.json", "model.txt"];
    let mut files = names.iter().map(|name| folder.join(name));
    files.find(|file| file.is_file())
}

fn compile(model: &Path, project: &Path, flags: &[&str]) {
    let _ = fs::remove_dir_all(project);
    let mut words: Vec<std::ffi::OsString> = vec!["kaon".into(), "compile".into()];
    words.extend([model.into(), "-o".into(), project.into()]);
    words.extend(flags.iter().map(|flag| flag.into()));
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut streams = Streams {
        input: &mut std::io::empty(),
        output: &mut output,
        errors: &mut errors,
        watched: false,
    };
    let code = tools::kaon::run(words, &mut streams);
    assert_eq!(code, 0, "{}", String::from_utf8_lossy(&errors));
}

/// Convolutions, a pooling and a dense layer over an image of so many pixels a side.
fn network(side: i64) -> Message {
    let mut random = Random::new(1);
    let mut weights = |name: &str, shape: &[i64]| {
        let count: i64 = shape.iter().product();
        let values = (0..count).map(|_| (random.below(63) as f32) - 31.0);
        wire::tensor(name, 1, shape, wire::floats(&values.collect::<Vec<_>>()))
    };
    let mut constants = vec![
        wire::tensor("zero", 1, &[], wire::floats(&[0.0])),
        wire::tensor("bits", 1, &[], wire::floats(&[6.0])),
        wire::tensor("one", 1, &[], wire::floats(&[1.0])),
        wire::tensor("coarse", 1, &[], wire::floats(&[64.0])),
    ];
    let mut nodes = vec![wire::quantise("q0", "x", "one", "v0")];
    for (layer, pair) in CHANNELS.windows(2).enumerate() {
        let (from, to) = (format!("v{layer}"), format!("v{}", layer + 1));
        let (weight, sum) = (format!("w{layer}"), format!("s{layer}"));
        constants.push(weights(&weight, &[pair[1], pair[0], 3, 3]));
        let convolution = wire::node("Conv", &sum, &[&from, &weight], &[&sum])
            .put(5, wire::int_list("kernel_shape", &[3, 3]))
            .put(5, wire::int_list("pads", &[1, 1, 1, 1]));
        nodes.push(convolution);
        nodes.push(wire::quantise(
            &format!("q{}", layer + 1),
            &sum,
            "coarse",
            &to,
        ));
    }
    let last = format!("v{}", CHANNELS.len() - 1);
    nodes.push(
        wire::node("MaxPool", "pool", &[&last], &["pooled"])
            .put(5, wire::int_list("kernel_shape", &[POOL, POOL]))
            .put(5, wire::int_list("strides", &[POOL, POOL])),
    );
    // Over all positions, so that the dense layer has one size.
    nodes.push(wire::node("GlobalMaxPool", "all", &["pooled"], &["whole"]));
    nodes.push(wire::node("Flatten", "flat", &["whole"], &["row"]));
    constants.push(weights("dense", &[CHANNELS[2], CLASSES]));
    nodes.push(wire::node("MatMul", "scores", &["row", "dense"], &["y"]));
    let graph = Message::new()
        .each(1, nodes)
        .bytes(2, "image")
        .each(5, constants)
        .put(11, wire::value("x", &[1, CHANNELS[0], side, side]))
        .put(12, wire::value("y", &[1, CLASSES]));
    wire::model(graph)
}
