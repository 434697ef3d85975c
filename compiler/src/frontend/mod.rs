//! Model files in, `nn` out.

pub mod onnx;

use std::path::Path;

use dialects::Result;
use dialects::nn::Graph;

/// The `nn` graph of the model at `path`: ONNX or QONNX, told by its content.
pub fn load(path: &Path) -> Result<Graph> {
    onnx::convert(onnx::load(path)?, onnx::Batch::Remove)
}
