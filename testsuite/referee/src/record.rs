//! One measured circuit as a line of JSON; the files in `records/` are such lines.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::count::Count;
use crate::design::Design;
use crate::synthesis::Finding;
use crate::{Result, because};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    pub model: String,
    pub tool: String,
    /// The tool's options in short: unique among the records of a model and a tool.
    pub variant: String,
    pub stages: u32,
    #[serde(flatten)]
    pub count: Count,
    pub worst_ns: f64,
    pub period_ns: f64,
    pub latency_ns: f64,
    pub adders: u32,
    pub ternary_adders: u32,
    /// The tool's own estimate before synthesis.
    pub estimated_lut: f64,
    pub vectors: u32,
    pub version: String,
    pub options: serde_json::Value,
    /// Of the synthesis: what was measured.
    pub key: String,
    /// The rules it was measured by.
    pub rules: String,
    pub path: String,
}

impl Record {
    pub fn new(design: Design, variant: String, key: String, finding: Finding) -> Record {
        let period = finding.timing.period_ns();
        Record {
            model: design.model,
            tool: design.tool,
            variant,
            stages: design.stages,
            count: finding.count,
            worst_ns: finding.timing.worst_ns,
            period_ns: thousandths(period),
            latency_ns: thousandths(period * f64::from(design.stages)),
            adders: design.adders,
            ternary_adders: design.ternary_adders,
            estimated_lut: thousandths(design.estimated_lut),
            vectors: design.vectors,
            version: design.version,
            options: design.options,
            key,
            rules: finding.rules,
            path: finding.timing.path,
        }
    }

    pub fn is_kaon(&self) -> bool {
        self.tool == "kaon"
    }

    /// The measure of the aims: conservative LUTs times nanoseconds of latency.
    pub fn area_delay(&self) -> f64 {
        f64::from(self.count.lut_conservative) * self.latency_ns
    }

    fn same_row(&self, other: &Record) -> bool {
        (&self.model, &self.tool, &self.variant) == (&other.model, &other.tool, &other.variant)
    }
}

fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The records of a file; none where there is no file.
pub fn read(path: &Path) -> Result<Vec<Record>> {
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(path).map_err(because(path.display()))?;
    let record = |line| serde_json::from_str(line).map_err(because(path.display()));
    text.lines().map(record).collect()
}

/// Puts records in the place of older ones of the same rows.
pub fn merge(records: &mut Vec<Record>, newer: &[Record]) {
    records.retain(|old| !newer.iter().any(|new| new.same_row(old)));
    records.extend_from_slice(newer);
    records.sort_by(|a, b| {
        let row = |r: &Record| (r.model.clone(), r.tool.clone(), r.variant.clone());
        row(a).cmp(&row(b))
    });
}

/// Writes a file of records, one a line.
pub fn write(path: &Path, records: &[Record]) -> Result<()> {
    let mut text = String::new();
    for record in records {
        text += &serde_json::to_string(record).map_err(because("a record"))?;
        text.push('\n');
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(because(folder.display()))?;
    }
    fs::write(path, text).map_err(because(path.display()))
}
