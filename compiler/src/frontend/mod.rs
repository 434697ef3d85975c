//! Model files in, `nn` out.

mod conifer;
mod lightgbm;
pub mod onnx;
mod trees;
mod ubjson;
mod xgboost;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use dialects::nn::Graph;
use dialects::{Diagnostic, Result};

use crate::failure::reason;

/// The largest model file of trees that is read.
const MOST_BYTES: u64 = 1 << 30;

/// The `nn` graph of the model at `path`: ONNX, QONNX, XGBoost, LightGBM or conifer, told by
/// its content.
pub fn load(path: &Path) -> Result<Graph> {
    match trees_in(path)? {
        Some(graph) => Ok(graph),
        None => onnx::convert(onnx::load(path)?, onnx::Batch::Remove),
    }
}

/// A reader of tree models.
type Parse = fn(&str, &[u8]) -> Result<Graph>;

/// The graph of a file that holds trees; whatever else is wrong with it, the ONNX reader says.
fn trees_in(path: &Path) -> Result<Option<Graph>> {
    let mut head = vec![];
    let Ok(file) = File::open(path) else {
        return Ok(None);
    };
    let size = match file.metadata() {
        Ok(meta) if meta.is_file() => meta.len(),
        _ => return Ok(None),
    };
    if (&file).take(64).read_to_end(&mut head).is_err() {
        return Ok(None);
    }
    let place = path.display().to_string();
    let Some(kind) = trees_by_head(&head) else {
        return Ok(None);
    };
    if size > MOST_BYTES {
        return Err(Diagnostic::new(format!(
            "the model file has {} MiB, and kaon reads at most {} MiB",
            size >> 20,
            MOST_BYTES >> 20
        ))
        .in_file(place)
        .help("train fewer or shallower trees: a circuit holds every node"));
    }
    let bytes = std::fs::read(path).map_err(|error| {
        Diagnostic::new(format!("the model file cannot be read: {}", reason(&error)))
            .in_file(&*place)
            .help("check the path and its permissions")
    })?;
    let parse: Parse =
        match kind {
            Kind::LightGbm => lightgbm::parse,
            Kind::Ubjson => xgboost::parse_ubjson,
            Kind::Json => match json_kind(&bytes) {
                Some(parse) => parse,
                None => {
                    return Err(Diagnostic::new(
                        "the model file is JSON of no kind that kaon reads",
                    )
                    .in_file(place)
                    .note("it is neither a model of XGBoost nor one of conifer")
                    .help("save a booster with save_model(\"model.json\"), not with dump_model"));
                }
            },
        };
    parse(&place, &bytes).map(Some)
}

enum Kind {
    Json,
    Ubjson,
    LightGbm,
}

fn trees_by_head(head: &[u8]) -> Option<Kind> {
    // A UBJSON object begins with the size of its first key.
    let size_marker = |at: &u8| b"iUIlL$#N".contains(at);
    match head {
        [b't', b'r', b'e', b'e', b'\n' | b'\r', ..] => Some(Kind::LightGbm),
        [b'{', next, ..] if size_marker(next) => Some(Kind::Ubjson),
        _ => match head.trim_ascii_start().first() {
            Some(b'{' | b'[') => Some(Kind::Json),
            _ => None,
        },
    }
}

/// Which of the JSON formats an object is, by the first of its keys that tells.
fn json_kind(bytes: &[u8]) -> Option<Parse> {
    let text = bytes.split(|&byte| byte == b'"');
    // Every second piece stands between quotes.
    text.skip(1).step_by(2).find_map(|key| match key {
        b"learner" => Some(xgboost::parse_json as Parse),
        b"splitting_convention" | b"init_predict" | b"n_classes" | b"children_left" => {
            Some(conifer::parse as Parse)
        }
        _ => None,
    })
}
