//! What a circuit takes and how fast it is, before any synthesis.
//!
//! Everything here is an estimate from `target/`; a synthesis and a place-and-route run
//! decide. `Report` serialises to JSON and prints as text.

mod chart;
mod estimate;
mod explain;
mod history;
mod html;
mod path;
mod resources;
mod stream_html;
mod stream_paths;
mod streams;
mod table;
mod text;

pub use estimate::Estimate;
pub use explain::{search_table, step_table};
pub use history::{History, StepEstimate, by_layer};
pub use path::PathOp;
pub use resources::Resources;
pub use streams::{Actor, StreamReport};
pub use table::align;

use std::collections::BTreeMap;

use dialects::fx::{Graph, Op};
use serde::Serialize;

use crate::schedule;
use crate::target::{self, Target};
use estimate::Figures;
use path::critical_path;

/// Devices whose use is reported whatever the target is.
const DEVICES: &[&str] = &["vu13p", "vu9p", "ku115", "zu7ev", "lfe5u-85", "hx8k"];

/// What the driver knows about the model and the graph cannot tell; unknown is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The model file.
    pub model: Option<String>,
    /// By the layer names of the graph.
    pub layers: BTreeMap<String, Pruning>,
    pub history: Option<History>,
}

/// What pruning found in a layer, or in all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Pruning {
    /// Products of the layer as the model has it, those by zero included.
    pub products: Option<u64>,
    /// Products that reach an output and are not by zero.
    pub products_left: Option<u64>,
    pub neurons: Option<u64>,
    /// Neurons that reach an output.
    pub neurons_left: Option<u64>,
}

/// The report of one graph for one target.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub model: Option<String>,
    /// The name of the circuit.
    pub top: String,
    pub target: &'static str,
    pub family: &'static str,
    /// What `lut` counts on the target; devices have LUTs.
    pub area_unit: &'static str,
    pub timing: Timing,
    pub layers: Vec<Layer>,
    pub total: Resources,
    pub pruning: Pruning,
    pub devices: Vec<Use>,
    /// The ops of one path that takes longest, in order.
    pub critical_path: Vec<PathOp>,
    /// How the circuit came about; absent where that was not recorded.
    pub history: Option<History>,
}

/// Delays in nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timing {
    /// The clock period of the schedule; `None` for a combinational circuit.
    pub clock_ns: Option<f64>,
    pub latency_clocks: u32,
    /// Input to output: clocks times the period, or times the longest path where that is
    /// longer; of a combinational circuit the longest path.
    pub latency_ns: f64,
    /// Clocks from one input to the next.
    pub interval_clocks: u32,
    /// The longest path without a register, the register's own time included.
    pub longest_path_ns: f64,
    /// The clock the longest path allows, in megahertz.
    pub fmax_mhz: Option<f64>,
    /// Whether the longest path fits the clock period.
    pub clock_met: Option<bool>,
}

/// What one layer became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Layer {
    pub name: String,
    #[serde(flatten)]
    pub resources: Resources,
    /// The first and the last stage with an op of the layer.
    pub stages: Option<(u32, u32)>,
    pub pruning: Pruning,
}

/// The use of one device, estimated with the tables of its own family; the schedule is the
/// target's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Use {
    pub device: &'static str,
    pub part: &'static str,
    pub lut: u64,
    pub ff: u64,
    pub dsp: u64,
    pub bram: u64,
    /// In percent of the device, two decimals; `None` where the device has none of it and
    /// none is needed.
    pub lut_percent: Option<f64>,
    pub ff_percent: Option<f64>,
    pub dsp_percent: Option<f64>,
    pub bram_percent: Option<f64>,
    pub fits: bool,
}

/// The report of a graph; latency and clock are those its schedule wrote on it.
pub fn report(graph: &Graph, target: &Target, facts: &Facts) -> Report {
    let figures = Figures::of(graph, target);
    let layers = layers(graph, &figures, facts);
    let total = layers.iter().fold(Resources::default(), |sum, layer| {
        sum.plus(&layer.resources)
    });
    Report {
        model: facts.model.clone(),
        top: graph.name.clone(),
        target: target.name,
        family: target.family.name,
        area_unit: target.family.area_unit(),
        timing: timing(graph, figures.path_ps()),
        critical_path: critical_path(graph, target),
        history: facts.history.clone(),
        total,
        pruning: facts
            .layers
            .values()
            .fold(Pruning::default(), Pruning::plus),
        devices: uses(graph, target),
        layers,
    }
}

impl Report {
    /// The report as JSON, with a newline at its end.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("a report has no map with keys other than strings") + "\n"
    }
}

impl Pruning {
    /// Both together; what only one side knows is that side's.
    fn plus(self, other: &Pruning) -> Pruning {
        let add = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        Pruning {
            products: add(self.products, other.products),
            products_left: add(self.products_left, other.products_left),
            neurons: add(self.neurons, other.neurons),
            neurons_left: add(self.neurons_left, other.neurons_left),
        }
    }
}

/// Layers with a node, in the order of their first ones; then those with facts only.
fn layers(graph: &Graph, figures: &Figures, facts: &Facts) -> Vec<Layer> {
    let mut found: Vec<Layer> = graph
        .layers
        .iter()
        .map(|name| Layer {
            name: name.clone(),
            resources: Resources::default(),
            stages: None,
            pruning: facts.layers.get(name).copied().unwrap_or_default(),
        })
        .collect();
    let mut first = vec![usize::MAX; found.len()];
    let stages = schedule::stages_of(graph);
    for (at, node) in graph.nodes.iter().enumerate() {
        let index = node.layer.0 as usize;
        let Some(layer) = found.get_mut(index) else {
            continue;
        };
        figures.count(&mut layer.resources, at);
        let works = match node.op {
            Op::Input { .. } | Op::Constant { .. } => continue,
            Op::Register { .. } => None,
            _ => stages[at],
        };
        first[index] = first[index].min(at);
        if let Some(stage) = works {
            let (first, last) = layer.stages.unwrap_or((stage, stage));
            layer.stages = Some((first.min(stage), last.max(stage)));
        }
    }
    let mut found: Vec<(usize, Layer)> = first.into_iter().zip(found).collect();
    found.retain(|(first, layer)| *first < usize::MAX || facts.layers.contains_key(&layer.name));
    let gone = facts
        .layers
        .iter()
        .filter(|(name, _)| !graph.layers.contains(name));
    let gone = gone.map(|(name, pruning)| Layer {
        name: name.clone(),
        resources: Resources::default(),
        stages: None,
        pruning: *pruning,
    });
    found.extend(gone.map(|layer| (usize::MAX, layer)));
    found.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    found.into_iter().map(|(_, layer)| layer).collect()
}

fn timing(graph: &Graph, path: u64) -> Timing {
    let latency = graph.latency.unwrap_or(0);
    let nanoseconds = |picoseconds: u64| picoseconds as f64 / 1e3;
    let clock = graph.clock_ps.filter(|_| latency > 0).map(u64::from);
    let latency_ps = match clock {
        Some(clock) => clock.max(path) * u64::from(latency),
        None => path,
    };
    Timing {
        clock_ns: clock.map(nanoseconds),
        latency_clocks: latency,
        latency_ns: nanoseconds(latency_ps),
        interval_clocks: 1,
        longest_path_ns: nanoseconds(path),
        fmax_mhz: (latency > 0).then(|| (1e7 / path.max(1) as f64).round() / 10.0),
        clock_met: clock.map(|clock| path <= clock),
    }
}

/// The target first, then the usual devices.
fn uses(graph: &Graph, target: &Target) -> Vec<Use> {
    let usual = DEVICES.iter().filter_map(|name| target::find(name).ok());
    let usual = usual.filter(|device| device.name != target.name);
    std::iter::once(*target)
        .chain(usual)
        .filter_map(|device| use_of(graph, &device))
        .collect()
}

fn use_of(graph: &Graph, target: &Target) -> Option<Use> {
    let capacity = target.device.capacity?;
    let sum = Figures::of(graph, target).sum();
    let percent = |used: u64, of: u32| match (used, of) {
        (0, 0) => None,
        (used, of) => Some((used as f64 * 1e4 / f64::from(of.max(1))).round() / 1e2),
    };
    let fits = [
        (sum.lut, capacity.lut),
        (sum.ff, capacity.ff),
        (sum.dsp, capacity.dsp),
        (sum.bram, capacity.bram),
    ];
    Some(Use {
        device: target.name,
        part: target.device.part,
        lut: sum.lut,
        ff: sum.ff,
        dsp: sum.dsp,
        bram: sum.bram,
        lut_percent: percent(sum.lut, capacity.lut),
        ff_percent: percent(sum.ff, capacity.ff),
        dsp_percent: percent(sum.dsp, capacity.dsp),
        bram_percent: percent(sum.bram, capacity.bram),
        fits: fits.iter().all(|&(used, of)| used <= u64::from(of)),
    })
}
