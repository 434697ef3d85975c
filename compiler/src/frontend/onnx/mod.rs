//! ONNX and QONNX files: first a checked graph of nodes and constants, then `nn`.
//!
//! `load` gives an [`OnnxGraph`]; `fold::Constants` evaluates what depends on no input;
//! `convert` makes the `nn` graph.

mod build;
mod build_node;
mod convert;
mod decode;
pub mod fold;
pub mod graph;
pub mod node;
mod order;
mod proto;
mod sniff;
pub mod tensor;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use dialects::{Diagnostic, Result};
use prost::Message;
use prost::bytes::Bytes;

use crate::failure::reason;
use crate::limits::{Limits, way_out};

pub use convert::{Batch, convert};
pub use graph::{DeclaredDim, OnnxGraph, ValueInfo};
pub use node::{Attribute, Domain, OnnxNode};
pub use tensor::{Dim, ElementType, Tensor, TensorData};

/// Reads and checks the model at `path`, within the usual limits.
pub fn load(path: &Path) -> Result<OnnxGraph> {
    load_within(path, &Limits::default())
}

/// Reads and checks the model at `path`. Its external data may lie in the same folder.
pub fn load_within(path: &Path, limits: &Limits) -> Result<OnnxGraph> {
    let file = path.display().to_string();
    let refuse = |sentence: String| Diagnostic::new(sentence).in_file(&*file);
    let unreadable = |e: std::io::Error| {
        refuse(format!("the model file cannot be read: {}", reason(&e)))
            .help("check the path and its permissions")
    };
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    if !meta.is_file() {
        return Err(
            refuse("the model path is a folder or device, not a file".into())
                .help("give the path of the .onnx file"),
        );
    }
    let handle = File::open(path).map_err(unreadable)?;
    if meta.len() >> 20 >= limits.model_mib {
        let mut head = vec![];
        handle.take(64).read_to_end(&mut head).map_err(unreadable)?;
        return Err(match sniff::looks_like(&head) {
            Some(kind) => not_onnx(&file, Some(kind)),
            None => refuse(format!(
                "the model file has {} MiB, and kaon reads at most {} MiB",
                meta.len() >> 20,
                limits.model_mib
            ))
            .help("a network this large does not fit a circuit: prune it or split it")
            .help(way_out("model_mib", (meta.len() >> 20) + 1)),
        });
    }
    let mut bytes = vec![];
    // No more than the file had when it was looked at: it may grow while it is read.
    let mut whole = handle.take(meta.len());
    whole.read_to_end(&mut bytes).map_err(unreadable)?;
    let folder = path.parent().map(|p| {
        if p.as_os_str().is_empty() {
            Path::new(".")
        } else {
            p
        }
    });
    parse_within(&file, bytes, folder, limits)
}

/// Reads and checks a model in memory, within the usual limits. `file` is its name in messages.
pub fn parse(file: &str, bytes: Vec<u8>, folder: Option<&Path>) -> Result<OnnxGraph> {
    parse_within(file, bytes, folder, &Limits::default())
}

fn parse_within(
    file: &str,
    bytes: Vec<u8>,
    folder: Option<&Path>,
    limits: &Limits,
) -> Result<OnnxGraph> {
    if bytes.is_empty() {
        return Err(Diagnostic::new("the model file is empty")
            .in_file(file)
            .help("export the model again"));
    }
    let kind = sniff::looks_like(&bytes);
    let bytes = Bytes::from(bytes);
    match proto::ModelProto::decode(bytes) {
        Ok(mut model) => match model.graph.take() {
            Some(graph) => build::graph(file, model, graph, folder, limits),
            None => Err(not_onnx(file, kind)),
        },
        Err(_) if kind.is_some() => Err(not_onnx(file, kind)),
        Err(error) => Err(Diagnostic::new("the model file is no ONNX model, or is damaged or cut short")
            .in_file(file)
            .note(format!("protobuf: {error}"))
            .help("export or copy the model again; `onnx.checker.check_model` tells whether a file is whole")),
    }
}

fn not_onnx(file: &str, kind: Option<&str>) -> Diagnostic {
    let sentence = match kind {
        Some(kind) => format!("the model file is no ONNX model: it looks like {kind}"),
        None => "the model file is no ONNX model: it holds no graph".into(),
    };
    let finding = Diagnostic::new(sentence).in_file(file);
    if kind.is_some_and(sniff::is_code) {
        return finding
            .note("a pickle is a program, and kaon runs none")
            .help("export scikit-learn models with skl2onnx, or with conifer's Model.save");
    }
    finding.help(
        "kaon reads ONNX and QONNX: export the model with torch.onnx, tf2onnx, Brevitas or qonnx",
    )
}
