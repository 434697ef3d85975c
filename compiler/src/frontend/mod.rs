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

use crate::bounded;
use crate::failure::reason;
use crate::limits::{Limits, way_out};

/// The `nn` graph of the model at `path`, within the usual limits.
pub fn load(path: &Path) -> Result<Graph> {
    load_within(path, &Limits::default())
}

/// The `nn` graph of the model at `path`: ONNX, QONNX, XGBoost, LightGBM or conifer, told by
/// its content.
pub fn load_within(path: &Path, limits: &Limits) -> Result<Graph> {
    match trees_in(path, limits)? {
        Some(graph) => Ok(graph),
        None => onnx::convert(onnx::load_within(path, limits)?, onnx::Batch::Remove),
    }
}

/// A reader of tree models.
type Parse = fn(&str, &[u8]) -> Result<Graph>;

/// The graph of a file that holds trees; whatever else is wrong with it, the ONNX reader says.
fn trees_in(path: &Path, limits: &Limits) -> Result<Option<Graph>> {
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
    if trees_by_head(&head).is_none() {
        return Ok(None);
    }
    let most = limits.model_mib << 20;
    if size > most {
        return Err(Diagnostic::new(format!(
            "the model file has {} MiB, and kaon reads at most {} MiB",
            size >> 20,
            limits.model_mib
        ))
        .in_file(place)
        .help("train fewer or shallower trees: a circuit holds every node")
        .help(way_out("model_mib", (size >> 20) + 1)));
    }
    let bytes = bounded::read(path, most).map_err(|error| {
        Diagnostic::new(format!("the model file cannot be read: {}", reason(&error)))
            .in_file(&*place)
            .help("check the path and its permissions")
    })?;
    parse_trees(&place, &bytes)
}

/// The graph of trees in a model file's bytes, if there are any; `place` is its name in messages.
pub fn parse_trees(place: &str, bytes: &[u8]) -> Result<Option<Graph>> {
    let Some(kind) = trees_by_head(bytes) else {
        return Ok(None);
    };
    let parse: Parse =
        match kind {
            Kind::LightGbm => lightgbm::parse,
            Kind::Ubjson => xgboost::parse_ubjson,
            Kind::Json => match json_kind(bytes) {
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
    parse(place, bytes).map(Some)
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
