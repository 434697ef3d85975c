//! What each target does with its input, and what has to hold when the input is accepted.

use std::fs;
use std::path::Path;

use compiler::config::Config;
use compiler::context::PassContext;
use compiler::driver::{self, Predictor};
use compiler::failure::Failure;
use compiler::frontend::{
    self,
    onnx::{self, Batch},
};
use compiler::module::Module;
use compiler::options::Options;
use compiler::output::{self, Manifest, sha256};
use compiler::runner::{self, Settings};
use compiler::target::Target as Device;
use compiler::tensor_file::TensorFile;
use compiler::{pipeline, target};
use dialects::{fx, nn};
use lowering::fx_to_hw;

use crate::levels;

/// A model's bytes to `nn`. What is accepted is a valid module.
fn read(bytes: &[u8]) -> Option<nn::Graph> {
    let graph = onnx::parse("model.onnx", bytes.to_vec(), None).ok()?;
    let graph = onnx::convert(graph, Batch::Remove).ok()?;
    if let Err(finding) = nn::verify(&graph) {
        panic!("the reader accepted a model and made an invalid module: {finding}");
    }
    Some(graph)
}

pub fn onnx(bytes: &[u8]) {
    read(bytes);
}

/// Tree ensembles to `nn`; what is accepted is a valid module that can be printed.
pub fn trees(bytes: &[u8]) {
    let Ok(Some(graph)) = frontend::parse_trees("model", bytes) else {
        return;
    };
    if let Err(finding) = nn::verify(&graph) {
        panic!("the reader accepted trees and made an invalid module: {finding}");
    }
    if elements(&graph) <= 300 {
        nn_text(nn::print(&graph).as_bytes());
    }
}

/// Elements of all values, constants included.
fn elements(graph: &nn::Graph) -> usize {
    let sizes = graph.nodes.iter().map(|node| node.shape.iter().product());
    sizes.fold(0, usize::saturating_add)
}

/// A model through every step to hardware text; the levels compute the same numbers.
pub fn compile(bytes: &[u8]) {
    let Some(graph) = read(bytes) else {
        return;
    };
    if elements(&graph) > 600 || graph.nodes.len() > 60 {
        return;
    }
    let options = Options {
        input_precision: "fixed<8,4>".parse().ok(),
        fraction_bits: 4,
        ..Options::default()
    };
    let settings = Settings {
        verify: true,
        round_trip: true,
        ..Settings::default()
    };
    let device = Device::default();
    let cx = PassContext::new(&options, &device);
    let module = Module::Nn(graph);
    let steps = pipeline::steps();
    let outcome = match runner::run(module, &steps, &settings, &cx, &mut |_| {}) {
        Ok(outcome) => outcome,
        Err(Failure::Ours(finding)) => panic!("{finding}"),
        Err(_) => return,
    };
    let Module::Fx(design) = &outcome.module else {
        panic!("the pipeline ends in fx");
    };
    if let Some(Module::Nn(layers)) = outcome.kept.get(pipeline::LAYERS) {
        levels::compare(layers, design, 3, 4);
    }
    let _ = fx_to_hw::lower(design);
}

pub fn npy(bytes: &[u8]) {
    if let Ok(array) = TensorFile::parse(bytes) {
        let count = array.shape.iter().product::<usize>();
        assert_eq!(count, array.values.len(), "a shape that is not its array's");
        for at in 0..array.values.len().min(4) {
            let _ = array.values.exact(at);
        }
    }
}

pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(config) = Config::parse(text) {
        let _ = config.apply(&mut Options::default());
    }
}

pub fn target_file(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // Each target read stays in memory, so a graph is timed on the first ones only.
    if let Ok(device) = target::file::parse(text, "mine") {
        let graph = crate::random_fx::graph(1, 20, 12);
        let _ = device.costs(&graph);
    }
}

pub fn manifest(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(manifest) = Manifest::parse(text) {
        let again = Manifest::parse(&manifest.to_json());
        assert_eq!(again.as_ref().ok(), Some(&manifest), "a manifest read back");
    }
}

/// Stands before the path of each file of an archive.
pub const SEPARATOR: &str = "\n=== ";

/// Files as one text.
pub fn archive(files: &[(String, String)]) -> String {
    let file = |(path, text): &(String, String)| format!("{SEPARATOR}{path}\n{text}");
    files.iter().map(file).collect()
}

/// A compiled folder; the hashes in its manifest are made right, as an attacker would.
pub fn folder(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let work = tempfile::tempdir().expect("a temporary folder");
    let mut manifest = None;
    let mut records = vec![];
    for part in text.split(SEPARATOR).skip(1).take(20) {
        let (path, text) = part.split_once('\n').unwrap_or((part, ""));
        match path {
            output::MANIFEST => manifest = Some(text),
            output::DESIGN
            | output::EMULATOR
            | output::LAYERS
            | output::REPORT
            | output::TARGET => {
                fs::write(work.path().join(path), text).expect("a temporary file");
                records.push(serde_json::json!({
                    "path": path, "bytes": text.len(), "sha256": sha256(text.as_bytes())
                }));
            }
            _ => {}
        }
    }
    let manifest = manifest.unwrap_or_default();
    let manifest = match serde_json::from_str::<serde_json::Value>(manifest) {
        Ok(mut value) if value.is_object() => {
            value["files"] = records.into();
            value.to_string()
        }
        _ => manifest.to_string(),
    };
    fs::write(work.path().join(output::MANIFEST), manifest).expect("a temporary file");
    use_folder(work.path());
}

fn use_folder(folder: &Path) {
    if let Ok(report) = driver::report_of_folder(folder, None) {
        let _ = (report.to_string(), report.to_json(), report.explanation());
    }
    let _ = driver::read_layers(folder);
    let Ok(graph) = driver::read_graph(folder, output::EMULATOR) else {
        return;
    };
    // LLVM takes its time; a graph that is small shows as much.
    if graph.nodes.len() > 80 {
        return;
    }
    if Predictor::new(graph.clone()).is_ok() {
        levels::compare_emulator(&graph, 5, 3);
    }
}

pub fn nn_text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(graph) = nn::read(text) else {
        return;
    };
    let printed = nn::print(&graph);
    let again = nn::read(&printed);
    let again = again.unwrap_or_else(|finding| panic!("what is printed reads back: {finding}"));
    assert_eq!(again, graph, "a module read back");
    if elements(&graph) > 300 {
        return;
    }
    let zeros = graph.inputs.iter().map(|port| {
        let count = port.shape.iter().product();
        nn::Tensor::new(port.shape.clone(), vec![dialects::Number::zero(); count])
    });
    let _ = nn::eval(&graph, &zeros.collect::<Vec<_>>());
    let _ = lowering::nn_to_fx::lower(&graph);
}

pub fn fx_text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(graph) = fx::read(text) else {
        return;
    };
    let printed = fx::print(&graph);
    let again = fx::read(&printed);
    let again = again.unwrap_or_else(|finding| panic!("what is printed reads back: {finding}"));
    assert_eq!(again, graph, "a module read back");
    if graph.nodes.len() <= 200 {
        for sample in crate::random_fx::samples(&graph, 1, 2) {
            let _ = fx::eval(&graph, &sample);
        }
        let _ = fx_to_hw::lower(&graph);
    }
}
