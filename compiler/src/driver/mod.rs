//! What `kaon`'s subcommands do, as functions a test can call.
//!
//! Invariant: nothing here prints, and nothing here transforms; it loads, runs the
//! pipeline, asks lowerings for text and hands files to `output/`.

mod budget;
mod circuit;
mod compile;
mod emit;
mod hardware;
mod overflow;
mod predict;
mod primitives;
mod pruning;
mod report;
mod simulate;
mod synth;
mod vectors;
mod verify;
mod verify_streams;
mod write;
mod write_streams;

pub use budget::{Budget, Tradeoff, within};
pub use compile::{Compilation, Request, compile};
pub use emit::Emit;
pub use hardware::hardware;
pub use overflow::{Overflow, overflows};
pub use predict::{Comparison, LARGE, Prediction, Predictor, compare, operations, read_arrays};
pub use primitives::primitives;
pub use report::{report_of, report_of_folder, stream_report, stream_report_of_folder};
pub use simulate::{Agreement, Engine, Request as SimulationRequest, Timings, simulate};
pub use synth::{Synthesis, synthesise};
pub use verify::verify;
pub use write::write;

use std::path::Path;

use dialects::{Diagnostic, Result, fx, nn};

use crate::bounded;
use crate::failure::reason;
use crate::output::{self, Manifest};

/// A module of a compiled folder, checked against the manifest.
///
/// Errors: no such folder, no such file, a file changed since.
pub fn read_graph(folder: &Path, file: &str) -> Result<fx::Graph> {
    let text = read_file(folder, file)?;
    let place = folder.join(file).display().to_string();
    fx::read(&text).map_err(|finding| finding.in_file(place))
}

/// The layers of a compiled folder: the last module of level `nn`.
///
/// Errors: as for [`read_graph`].
pub fn read_layers(folder: &Path) -> Result<nn::Graph> {
    let text = read_file(folder, output::LAYERS)?;
    let place = folder.join(output::LAYERS).display().to_string();
    nn::read(&text).map_err(|finding| finding.in_file(place))
}

/// The text of a file of a compiled folder, checked against the manifest.
pub fn read_file(folder: &Path, file: &str) -> Result<String> {
    let manifest = Manifest::read(folder)?;
    let path = folder.join(file);
    let refuse = |sentence: String| {
        Diagnostic::new(sentence)
            .in_file(path.display().to_string())
            .help("compile the model again")
    };
    let record = manifest.files.iter().find(|record| record.path == file);
    let record = record.ok_or_else(|| {
        let finding = Diagnostic::new(format!("the folder holds no {file}"))
            .in_file(folder.display().to_string());
        match file.ends_with(".sv") {
            true => finding.help("compile with --emit verilog"),
            false => finding
                .note("the compilation stopped before it")
                .help("compile without --stop-after, --limit and --emit nn"),
        }
    })?;
    let bytes = bounded::read(&path, bounded::TEXT)
        .map_err(|error| refuse(format!("the file cannot be read: {}", reason(&error))))?;
    if output::sha256(&bytes) != record.sha256 {
        return Err(refuse(
            "the file is not the one that kaon wrote: its hash differs from the manifest's"
                .to_string(),
        ));
    }
    String::from_utf8(bytes).map_err(|_| refuse("the file is no text".to_string()))
}
