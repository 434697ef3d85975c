//! Model files in, `nn` out.

pub mod onnx;
mod trees;
mod xgboost;

use std::path::Path;

use dialects::nn::Graph;
use dialects::{Diagnostic, Result};

use crate::failure::reason;

/// The largest model file of trees that is read.
const MOST_BYTES: u64 = 1 << 30;

/// The `nn` graph of the model at `path`: ONNX, QONNX or XGBoost, told by its content.
pub fn load(path: &Path) -> Result<Graph> {
    match trees_in(path)? {
        Some(graph) => Ok(graph),
        None => onnx::convert(onnx::load(path)?, onnx::Batch::Remove),
    }
}

/// The graph of a file that holds trees; whatever else is wrong with it, the ONNX reader says.
fn trees_in(path: &Path) -> Result<Option<Graph>> {
    let Ok(meta) = std::fs::metadata(path) else {
        return Ok(None);
    };
    if !meta.is_file() || meta.len() > MOST_BYTES {
        return Ok(None);
    }
    let file = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        Diagnostic::new(format!("the model file cannot be read: {}", reason(&error)))
            .in_file(&*file)
            .help("check the path and its permissions")
    })?;
    match bytes.trim_ascii_start().first() {
        Some(b'{') => xgboost::parse_json(&file, &bytes).map(Some),
        _ => Ok(None),
    }
}
