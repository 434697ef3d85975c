//! What mutations begin with: shared models, cases of the test suite, files of a compilation.

use std::fs;
use std::path::{Path, PathBuf};

use compiler::driver::{self, Emit, Request};
use compiler::options::Options;
use compiler::output;
use compiler::runner::Settings;
use compiler::target::Target as Device;

use super::Target;
use super::targets::{SEPARATOR, archive};
use crate::reference;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder whose name ends so, in order; none where there is no folder.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = vec![];
    let mut open = vec![folder.to_path_buf()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(at).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => open.push(path),
                false if path.to_string_lossy().ends_with(end) => found.push(path),
                false => {}
            }
        }
    }
    found.sort();
    found
}

fn contents(paths: Vec<PathBuf>, longest: u64) -> Vec<Vec<u8>> {
    let short = |path: &PathBuf| fs::metadata(path).is_ok_and(|meta| meta.len() <= longest);
    let paths = paths.into_iter().filter(short);
    paths.filter_map(|path| fs::read(path).ok()).collect()
}

/// The inputs that once found a fault, with their names.
pub fn findings(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = root().join("fuzz/findings").join(target);
    let named = |path: PathBuf| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some((name, fs::read(path).ok()?))
    };
    files(&folder, "").into_iter().filter_map(named).collect()
}

/// Inputs to begin with, findings left out.
pub fn corpus(target: &Target) -> Vec<Vec<u8>> {
    target.seeds()
}

fn model_files() -> Vec<PathBuf> {
    let mut found = files(&root().join("models"), ".onnx");
    found.extend(files(&reference::models(), ".onnx"));
    found
}

/// Models up to 64 KiB: single operators, and small networks.
pub fn models() -> Vec<Vec<u8>> {
    contents(model_files(), 1 << 16)
}

/// Single operators, small enough to be compiled many times.
pub fn small_models() -> Vec<Vec<u8>> {
    contents(model_files(), 1 << 12)
}

/// Shrunk models: the shared ones are megabytes.
pub fn trees() -> Vec<Vec<u8>> {
    contents(files(&root().join("fuzz/seeds/trees"), ""), 1 << 14)
}

pub fn arrays() -> Vec<Vec<u8>> {
    let mut found = contents(files(&root().join("models"), ".npy"), 1 << 12);
    let shared = reference::models().join("onnx_node_tests");
    found.extend(contents(files(&shared, ".npy"), 1 << 9));
    found
}

/// Every key of `kaon.toml` with a value it takes.
const CONFIG: &str = r#"
top = "trigger"
clock_mhz = 240
latency_ns = 50
extra_stages = "auto"
register_inputs = true
register_outputs = false
target = "vu13p"
scores = "logits"
precision = "fixed<16,6>"
fraction_bits = 10
effort = 1
primitives = "auto"
[input]
precision = "fixed<12,4>"
[output]
precision = "ap_ufixed<12,4,RND_CONV,SAT>"
[pipeline]
skip = ["fx-narrow-widths"]
[layers."dense_1"]
weight = "fixed<6,3>"
bias = "fixed<10,7>"
product = "ap_fixed<14,9>"
accumulator = "ap_fixed<12,8>"
result = "ap_fixed<11,8,TRN,WRAP>"
"#;

pub fn configs() -> Vec<Vec<u8>> {
    let shorter = "stages = 4\nextra_stages = 3\ntarget_file = \"mine.toml\"\n";
    vec![CONFIG.into(), shorter.into()]
}

const DEVICE: &str = r#"
name = "mine"
base = "ultrascale_plus"
lut_inputs = 6
wide_mux_levels = 3
[chain]
cell_bits = 8
passed_percent = 50
[delays]
net = 300
nets = [300, 310, 320, 330, 340, 350, 360, 370]
lut = 50
register = 80
[dsp]
wide = 27
narrow = 18
[capacity]
lut = 100000
[devices.one]
delay_percent = 90
lut = 5000
"#;

pub fn target_files() -> Vec<Vec<u8>> {
    let shorter = "base = \"ice40\"\n[delays]\nlut = 400\n";
    vec![DEVICE.into(), shorter.into()]
}

pub fn nn_texts() -> Vec<Vec<u8>> {
    texts("nn")
}

pub fn fx_texts() -> Vec<Vec<u8>> {
    texts("fx")
}

fn texts(level: &str) -> Vec<Vec<u8>> {
    let mut paths = files(&root().join("passes"), ".mlir");
    paths.extend(files(&root().join("lowering"), ".mlir"));
    let of_level = format!("kaon.level = \"{level}\"");
    let mut found = contents(paths, 1 << 12);
    found.retain(|text| String::from_utf8_lossy(text).contains(&of_level));
    found
}

pub fn manifests() -> Vec<Vec<u8>> {
    let name = |file: &&(String, String)| file.0 == output::MANIFEST;
    let compiled = compiled();
    let manifest = compiled.iter().find(name);
    manifest.iter().map(|file| file.1.clone().into()).collect()
}

pub fn folders() -> Vec<Vec<u8>> {
    let files = compiled();
    match files.is_empty() {
        true => vec![],
        false => vec![archive(&files).into()],
    }
}

/// The text files of a small model's compilation, with their paths.
fn compiled() -> Vec<(String, String)> {
    let work = tempfile::tempdir().expect("a temporary folder");
    let model = root().join("models/int8_nodes/qgemm/model.onnx");
    let request = Request {
        model,
        options: Options::default(),
        target: Device::default(),
        settings: Settings::default(),
    };
    let folder = work.path().join("out");
    let compilation = driver::compile(&request, None, &mut |_| {});
    let compilation = compilation.unwrap_or_else(|failure| panic!("{failure}"));
    driver::write(&compilation, &[Emit::Fx], &folder).unwrap_or_else(|error| panic!("{error}"));
    let name = |path: &Path| {
        let name = path.strip_prefix(&folder).expect("a file of the folder");
        name.to_string_lossy().into_owned()
    };
    let text = |path: PathBuf| Some((name(&path), fs::read_to_string(&path).ok()?));
    let texts = files(&folder, "").into_iter().filter_map(text);
    texts.filter(|file| !file.1.contains(SEPARATOR)).collect()
}
