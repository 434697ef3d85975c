//! The report of a compilation, or of a folder that holds one.

use std::collections::BTreeMap;
use std::path::Path;

use dialects::Result;

use super::{Compilation, pruning, read_graph};
use crate::output::{self, Manifest, PruningRecord};
use crate::report::{Facts, Pruning, Report, report};
use crate::target::{self, Target};

/// The report of a compilation that went to the end.
pub fn report_of(compilation: &Compilation) -> Result<Option<Report>> {
    let Some(design) = compilation.design() else {
        return Ok(None);
    };
    let facts = Facts {
        model: Some(compilation.model.file.clone()),
        layers: pruned(compilation)?,
    };
    Ok(Some(report(design, &compilation.target, &facts)))
}

/// The report of a folder, for its own target or for another device.
///
/// Errors: no such folder, or one without a design.
pub fn report_of_folder(folder: &Path, device: Option<Target>) -> Result<Report> {
    let manifest = Manifest::read(folder)?;
    let design = read_graph(folder, output::DESIGN)?;
    let target = match device {
        Some(device) => device,
        None => target::find(&manifest.target.device)?,
    };
    let layers = manifest.layers.into_iter();
    let facts = Facts {
        model: Some(manifest.model.file),
        layers: layers.map(|(name, record)| (name, from(record))).collect(),
    };
    Ok(report(&design, &target, &facts))
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
