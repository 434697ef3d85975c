//! The report of a compilation, or of a folder that holds one.

use std::collections::BTreeMap;
use std::path::Path;

use dialects::{Diagnostic, Result};
use serde::Deserialize;

use super::circuit::{is_of_streams, read_streams};
use super::{Compilation, pruning, read_file, read_graph};
use crate::egraph::Search;
use crate::output::{self, Manifest, PruningRecord};
use crate::report::{self, Facts, History, Pruning, Report, StepEstimate, StreamReport, report};
use crate::target::{self, Target};

/// The report of a compilation that went to the end.
pub fn report_of(compilation: &Compilation) -> Result<Option<Report>> {
    let Some(design) = compilation.design() else {
        return Ok(None);
    };
    let facts = Facts {
        model: Some(compilation.model.file.clone()),
        layers: pruned(compilation)?,
        history: history(compilation),
    };
    Ok(Some(report(design, &compilation.target, &facts)))
}

/// The report of a circuit of streams that went to the end.
pub fn stream_report(compilation: &Compilation) -> Result<Option<StreamReport>> {
    let streams = compilation.streams();
    let report = streams.map(|design| StreamReport::of(design, &compilation.target));
    report.transpose()
}

/// The report of a folder that holds a circuit of streams; `None` for another.
///
/// Errors: as for [`report_of_folder`].
pub fn stream_report_of_folder(
    folder: &Path,
    device: Option<Target>,
) -> Result<Option<StreamReport>> {
    if !is_of_streams(folder)? {
        return Ok(None);
    }
    let manifest = Manifest::read(folder)?;
    let target = match device {
        Some(device) => device,
        None => target_of(folder, &manifest)?,
    };
    let design = read_streams(folder, output::STREAMS)?;
    StreamReport::of(&design, &target).map(Some)
}

/// The steps with their estimates, when those were made.
fn history(compilation: &Compilation) -> Option<History> {
    let steps = compilation.steps.iter().filter_map(|record| {
        Some(StepEstimate {
            step: record.name.to_string(),
            changed: record.changed,
            estimate: record.estimate?,
        })
    });
    let steps: Vec<StepEstimate> = steps.collect();
    let lowered = compilation.lowered().filter(|_| !steps.is_empty())?;
    let searches = compilation.searches.iter().map(|search| Search {
        growth: vec![],
        ..search.clone()
    });
    Some(History {
        target: compilation.target.name.to_string(),
        layers: report::by_layer(lowered, &compilation.target),
        searches: searches.collect(),
        steps,
    })
}

/// What is read of a stored report: the part that cannot be made again from the design.
#[derive(Deserialize)]
struct Stored {
    #[serde(default)]
    history: Option<History>,
}

fn stored_history(folder: &Path) -> Result<Option<History>> {
    let text = read_file(folder, output::REPORT)?;
    let stored: Stored = serde_json::from_str(&text).map_err(|error| {
        Diagnostic::new(format!("the report cannot be understood: {error}"))
            .in_file(folder.join(output::REPORT).display().to_string())
            .help("compile the model again")
    })?;
    Ok(stored.history)
}

/// The report of a folder, for its own target or for another device. How the circuit came
/// about is read from the report that was written with it.
///
/// Errors: no such folder, or one without a design; a file changed since.
pub fn report_of_folder(folder: &Path, device: Option<Target>) -> Result<Report> {
    let manifest = Manifest::read(folder)?;
    let design = read_graph(folder, output::DESIGN)?;
    let target = match device {
        Some(device) => device,
        None => target_of(folder, &manifest)?,
    };
    let layers = manifest.layers.into_iter();
    let facts = Facts {
        model: Some(manifest.model.file),
        layers: layers.map(|(name, record)| (name, from(record))).collect(),
        history: stored_history(folder)?,
    };
    Ok(report(&design, &target, &facts))
}

/// The target a folder was compiled for.
pub(super) fn target_of(folder: &Path, manifest: &Manifest) -> Result<Target> {
    let name = &manifest.target.device;
    match manifest
        .files
        .iter()
        .any(|file| file.path == output::TARGET)
    {
        true => target::file::parse(&read_file(folder, output::TARGET)?, name),
        false => target::find(name),
    }
}

/// What pruning found, by layer.
pub fn pruned(compilation: &Compilation) -> Result<BTreeMap<String, Pruning>> {
    match (compilation.layers(), compilation.lowered()) {
        (Some(layers), Some(lowered)) => pruning::pruning(layers, lowered),
        _ => Ok(BTreeMap::new()),
    }
}

pub fn record(pruning: &Pruning) -> PruningRecord {
    PruningRecord {
        products: pruning.products,
        products_left: pruning.products_left,
        neurons: pruning.neurons,
        neurons_left: pruning.neurons_left,
    }
}

fn from(record: PruningRecord) -> Pruning {
    Pruning {
        products: record.products,
        products_left: record.products_left,
        neurons: record.neurons,
        neurons_left: record.neurons_left,
    }
}
