//! `kaon.json`: what a program needs to know about a compiled folder.
//!
//! Exact numbers are text such as `2^-4` or `5*2^-7`; the float beside each is for reading.
//! Nothing here depends on the time, the machine or the user.

use std::collections::BTreeMap;
use std::path::Path;

use dialects::{Diagnostic, Number, Result, flow, fx};
use lowering::interface::{Interface, PackedPort};
use serde::{Deserialize, Serialize};

use super::MANIFEST;
use crate::bounded;
use crate::failure::reason;
use crate::options::{ExtraStages, LayerPrecision, Options};
use crate::pipeline::Choice;
use crate::precision::{InputPrecision, Precision};
use crate::target::Target;

/// The version of the manifest's own shape.
const FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The shape of this file.
    pub format: u32,
    pub model: ModelFile,
    pub top: String,
    /// Absent when the compilation stopped before hardware.
    pub pins: Option<Pins>,
    pub timing: Option<Timing>,
    /// Of the hardware text that the Verilog was printed from; absent without Verilog and
    /// without the text.
    #[serde(default)]
    pub hardware_sha256: Option<String>,
    pub target: TargetRecord,
    pub choices: Choices,
    pub operations: Option<Operations>,
    /// What pruning found, by layer.
    pub layers: BTreeMap<String, PruningRecord>,
    /// The last step that ran, when that was not the pipeline's last.
    pub stopped_after: Option<String>,
    /// Sentences a user may want to read: limits reached, layers that can overflow.
    pub remarks: Vec<RemarkRecord>,
    pub tools: ToolVersions,
    /// Every other file of the folder.
    pub files: Vec<FileRecord>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFile {
    /// The file's name without its folder.
    pub file: String,
    pub sha256: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pins {
    /// Absent in a combinational design, as are the next three.
    pub clock: Option<String>,
    /// Synchronous, high; only the valid bits have one.
    pub reset: Option<String>,
    pub in_valid: Option<String>,
    pub out_valid: Option<String>,
    pub inputs: Vec<Pin>,
    pub outputs: Vec<Pin>,
}

/// One packed port, element 0 in its lowest bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pin {
    pub pin: String,
    /// The model's name.
    pub name: String,
    pub shape: Vec<usize>,
    pub width: u32,
    /// How software turns a real number into the integer of an input.
    pub rounding: String,
    pub overflow: String,
    /// The integers are the patterns of float32.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub float32: bool,
    /// Of a stream: the tokens of a sample. The pin is as wide as one.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub tokens: usize,
    /// Of a stream: which element of the tensor each lane carries, token after token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<usize>,
    /// Of a stream those of one token.
    pub elements: Vec<Element>,
}

fn one() -> usize {
    1
}

fn is_one(count: &usize) -> bool {
    *count == 1
}

/// One scalar: its real value is `integer * scale + offset`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Element {
    pub lowest_bit: u32,
    pub width: u32,
    pub signed: bool,
    pub scale: String,
    pub scale_float: f64,
    pub offset: String,
    pub offset_float: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Clock cycles from an input to its output; 0 is combinational.
    pub latency_clocks: u32,
    /// Clock cycles from an input to the next.
    pub interval_clocks: u32,
    /// Of streams: clock cycles from a token of the input to the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_clocks: Option<u32>,
    pub clock_ps: Option<u32>,
    pub clock_mhz: Option<f64>,
    pub latency_ns: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRecord {
    pub family: String,
    pub device: String,
}

/// What the user chose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choices {
    pub clock_ps: u32,
    pub stages: Option<u32>,
    #[serde(default)]
    pub clock_slack: u32,
    pub latency_ps: Option<u32>,
    pub extra_stages: ExtraStages,
    pub register_inputs: bool,
    pub register_outputs: bool,
    pub scores: String,
    pub fraction_bits: u32,
    pub precision: Option<Precision>,
    pub input_precision: Option<InputPrecision>,
    pub output_precision: Option<Precision>,
    pub layers: BTreeMap<String, LayerPrecision>,
    pub effort: u32,
    pub primitives: String,
    #[serde(default)]
    pub pipeline: Choice,
}

/// How many ops there are, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operations {
    /// As lowering gave them, nothing pruned.
    pub lowered: BTreeMap<String, usize>,
    /// Pruned, every multiplication still one op.
    pub pruned: BTreeMap<String, usize>,
    /// In the circuit.
    pub design: BTreeMap<String, usize>,
}

/// Products by weights and the sums of them, as the model has them and as are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PruningRecord {
    pub products: Option<u64>,
    pub products_left: Option<u64>,
    pub neurons: Option<u64>,
    pub neurons_left: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemarkRecord {
    pub from: String,
    pub layer: Option<String>,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolVersions {
    pub kaon: String,
    pub circt: String,
}

impl Default for ToolVersions {
    fn default() -> Self {
        ToolVersions {
            kaon: env!("CARGO_PKG_VERSION").to_string(),
            circt: lowering::circt::VERSION.to_string(),
        }
    }
}

impl Manifest {
    /// The manifest of a compilation that made nothing yet.
    pub fn new(model: ModelFile, top: &str, options: &Options, target: &Target) -> Self {
        Manifest {
            format: FORMAT,
            model,
            top: top.to_string(),
            pins: None,
            timing: None,
            hardware_sha256: None,
            target: TargetRecord {
                family: target.family.name.to_string(),
                device: target.name.to_string(),
            },
            choices: Choices {
                clock_ps: options.clock_ps,
                stages: options.stages,
                clock_slack: options.clock_slack,
                latency_ps: options.latency_ps,
                extra_stages: options.extra_stages,
                register_inputs: options.register_inputs,
                register_outputs: options.register_outputs,
                scores: options.scores.name().to_string(),
                fraction_bits: options.fraction_bits,
                precision: options.default_precision,
                input_precision: options.input_precision,
                output_precision: options.output_precision,
                layers: options.layers.clone(),
                effort: options.effort,
                primitives: options.primitives.name().to_string(),
                pipeline: options.pipeline.clone(),
            },
            operations: None,
            layers: BTreeMap::new(),
            stopped_after: None,
            remarks: vec![],
            tools: ToolVersions::default(),
            files: vec![],
        }
    }

    /// The manifest of a folder.
    ///
    /// Errors: none there, or not one of kaon's.
    pub fn read(folder: &Path) -> Result<Manifest> {
        let path = folder.join(MANIFEST);
        let place = path.display().to_string();
        let refuse = |sentence: String| {
            Diagnostic::new(sentence)
                .in_file(place.clone())
                .help("make a folder with: kaon compile MODEL -o DIR")
        };
        if !path.exists() {
            let finding = Diagnostic::new("this is no folder that kaon compiled");
            return Err(finding
                .in_file(folder.display().to_string())
                .note(format!("it holds no {MANIFEST}"))
                .help("make one with: kaon compile MODEL -o DIR"));
        }
        let text = bounded::read_text(&path)
            .map_err(|error| refuse(format!("the manifest cannot be read: {}", reason(&error))))?;
        Manifest::parse(&text).map_err(refuse)
    }

    /// The manifest in a text, or the sentence that says why there is none.
    pub fn parse(text: &str) -> Result<Manifest, String> {
        let manifest: Manifest = serde_json::from_str(text)
            .map_err(|error| format!("the manifest cannot be understood: {error}"))?;
        // It becomes part of file names and of other tools' commands.
        if lowering::names::identifier(&manifest.top) != manifest.top {
            let top = &manifest.top;
            return Err(format!(
                "the manifest names the top module `{top}`, which is no name"
            ));
        }
        match manifest.format {
            FORMAT => Ok(manifest),
            other => Err(format!(
                "the manifest has format {other}, this kaon reads {FORMAT}"
            )),
        }
    }

    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("a manifest has only strings for keys") + "\n"
    }
}

impl Pins {
    /// The pins of the hardware that is made from a scheduled graph.
    pub fn of(graph: &fx::Graph) -> Self {
        let interface = Interface::of(graph);
        let clocked = !interface.is_combinational();
        let control = |name: &str| clocked.then(|| name.to_string());
        Pins {
            clock: control("clk"),
            reset: control("rst"),
            in_valid: control("in_valid"),
            out_valid: control("out_valid"),
            inputs: pins(&interface.inputs, &graph.inputs),
            outputs: pins(&interface.outputs, &graph.outputs),
        }
    }

    /// The pins of a circuit of streams.
    pub fn of_streams(graph: &flow::Graph, interface: &Interface) -> Self {
        let control = |name: &str| Some(name.to_string());
        let pins = |packed: &[PackedPort], borders: &[flow::Border]| {
            let pin = |(pin, border): (&PackedPort, &flow::Border)| {
                let lanes = border.order[..border.order.len() / border.tokens].iter();
                let token = fx::Port {
                    elements: lanes.map(|at| border.port.elements[*at].clone()).collect(),
                    ..border.port.clone()
                };
                Pin {
                    tokens: border.tokens,
                    order: border.order.clone(),
                    ..pin_of(&pin.name, &token)
                }
            };
            packed.iter().zip(borders).map(pin).collect()
        };
        Pins {
            clock: control("clk"),
            reset: control("rst"),
            in_valid: control("in_valid"),
            out_valid: control("out_valid"),
            inputs: pins(&interface.inputs, &graph.inputs),
            outputs: pins(&interface.outputs, &graph.outputs),
        }
    }
}

fn pins(packed: &[PackedPort], ports: &[fx::Port]) -> Vec<Pin> {
    let filled = ports.iter().filter(|port| !port.elements.is_empty());
    let pairs = packed.iter().zip(filled);
    pairs.map(|(pin, port)| pin_of(&pin.name, port)).collect()
}

fn pin_of(pin: &str, port: &fx::Port) -> Pin {
    let mut lowest_bit = 0;
    let element = |element: &fx::PortElement| {
        let at = lowest_bit;
        lowest_bit += element.ty.width;
        let float = Number::to_f64;
        Element {
            lowest_bit: at,
            width: element.ty.width,
            signed: element.ty.signed,
            scale: element.scale.to_string(),
            scale_float: float(&element.scale),
            offset: element.offset.to_string(),
            offset_float: float(&element.offset),
        }
    };
    Pin {
        pin: pin.to_string(),
        name: port.name.clone(),
        shape: port.shape.clone(),
        width: port.width(),
        rounding: port.conversion.rounding.name().to_string(),
        overflow: port.conversion.overflow.name().to_string(),
        float32: port.conversion.float32,
        tokens: 1,
        order: vec![],
        elements: port.elements.iter().map(element).collect(),
    }
}

impl Timing {
    /// The timing of a circuit of streams: to the first token of an answer.
    pub fn of_streams(graph: &flow::Graph, interface: &Interface) -> Self {
        let clock = graph.clock_ps();
        let latency = interface.latency;
        Timing {
            latency_clocks: latency,
            interval_clocks: interface.pace.interval,
            token_clocks: Some(interface.pace.spacing),
            clock_ps: clock,
            clock_mhz: clock.map(|clock| 1e6 / f64::from(clock)),
            latency_ns: clock.map(|clock| f64::from(latency) * f64::from(clock) / 1000.0),
        }
    }

    pub fn of(graph: &fx::Graph) -> Self {
        let latency = graph.latency.unwrap_or(0);
        let clock = graph.clock_ps.filter(|_| latency > 0);
        Timing {
            latency_clocks: latency,
            interval_clocks: 1,
            token_clocks: None,
            clock_ps: clock,
            clock_mhz: clock.map(|clock| 1e6 / f64::from(clock)),
            latency_ns: clock.map(|clock| f64::from(latency) * f64::from(clock) / 1000.0),
        }
    }
}
