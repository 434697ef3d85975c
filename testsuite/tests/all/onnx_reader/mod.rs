//! The raw ONNX reader: what it accepts, what it refuses and in which words, what it folds.

mod bad_files;
mod bad_graphs;
mod folding;
mod models;
pub mod node_tests;
mod tensors;

use compiler::frontend::onnx::{self, OnnxGraph};
use dialects::Result;

/// Reads a model made in memory.
fn read(message: kaon_testsuite::wire::Message) -> Result<OnnxGraph> {
    onnx::parse("model.onnx", message.0, None)
}

/// The words of the refusal.
fn refusal(message: kaon_testsuite::wire::Message) -> String {
    match read(message) {
        Ok(graph) => panic!("accepted: {graph:?}"),
        Err(diagnostic) => diagnostic.to_string(),
    }
}
