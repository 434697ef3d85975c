//! What a user asked for: the choices of a compilation, however they were given.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use dialects::{Diagnostic, Result};
use lowering::nn_to_flow::Placement;

use crate::limits::Limits;
use crate::pipeline::{self, Choice};
use crate::precision::{InputPrecision, Precision};
use crate::runner::Step;

/// Choices that passes and lowerings read. `Default` is what a bare `kaon compile` does.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The clock period the schedule has to meet, in picoseconds.
    pub clock_ps: u32,
    /// Whether the clock holds beside a number of stages or a latency in time, which choose
    /// their own otherwise.
    pub fixed_clock: bool,
    /// Exactly this many clock cycles from input to output instead of as many as the clock
    /// needs; 0 asks for a combinational circuit.
    pub stages: Option<u32>,
    /// With a number of stages alone: how much slower than the fastest clock they allow the
    /// clock may be, in percent, where that saves registers and LUTs.
    pub clock_slack: u32,
    /// At most this time from input to output, in picoseconds.
    pub latency_ps: Option<u32>,
    pub extra_stages: ExtraStages,
    /// Whether a register stands at every input port, and at every output port.
    pub register_inputs: bool,
    pub register_outputs: bool,
    /// The name of the top module instead of the model's.
    pub top: Option<String>,
    /// The type of every float layer's result, where no other type is given.
    pub default_precision: Option<Precision>,
    /// The type of the inputs, when the model does not quantise them itself.
    pub input_precision: Option<InputPrecision>,
    /// The type of the outputs instead of all bits they have.
    pub output_precision: Option<Precision>,
    /// Types by layer name; they win over `default_precision`.
    pub layers: BTreeMap<String, LayerPrecision>,
    /// What becomes of a softmax at the end.
    pub scores: Scores,
    /// Bits behind the binary point of a float layer's result that has no type of its own.
    pub fraction_bits: u32,
    /// What the user's sample data say of each input element, all ports counted together.
    pub input_ranges: Option<Vec<Sampled>>,
    /// How much passes that search may search, 0 to [`MAX_EFFORT`]: counted in work, never in
    /// seconds, so the same effort gives the same circuit.
    pub effort: u32,
    /// What adders are made of in the hardware text.
    pub primitives: PrimitiveChoice,
    /// The text of the file that the target was read from, if it was.
    pub target_file: Option<String>,
    /// When, and on how much hardware: wholly parallel unless asked otherwise.
    pub placement: Placement,
    /// What differs from the default order of the steps.
    pub pipeline: Choice,
    /// How large the model may be.
    pub limits: Limits,
}

/// Within this much of the fastest clock most of the registers that pin it down can go.
pub const DEFAULT_SLACK: u32 = 15;

/// A clock ten times slower leaves nothing to choose.
pub const MAX_SLACK: u32 = 1000;

/// The largest effort that can be asked for.
pub const MAX_EFFORT: u32 = 3;

/// The types and the placement of one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerPrecision {
    /// What the layer gives to the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Precision>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<Precision>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias: Option<Precision>,
    /// What each product is cast to before it is added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<Precision>,
    /// What the sum is cast to; each product too, unless `product` is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accumulator: Option<Precision>,
    /// On how much hardware: a dense layer takes this many steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reuse: Option<u32>,
}

/// The values of one input element in sample data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampled {
    pub lo: f64,
    pub hi: f64,
    /// The fewest bits behind the point that hold every value; more than any type has where
    /// none do.
    pub fraction: i32,
}

/// What becomes of a softmax at the end of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scores {
    /// It is computed, in fixed point.
    #[default]
    Softmax,
    /// It is dropped: its operand has the same order.
    Logits,
    /// The index of the largest score takes its place.
    Argmax,
}

impl Scores {
    pub const ALL: [Scores; 3] = [Scores::Softmax, Scores::Logits, Scores::Argmax];

    pub fn name(self) -> &'static str {
        match self {
            Scores::Softmax => "softmax",
            Scores::Logits => "logits",
            Scores::Argmax => "argmax",
        }
    }
}

impl FromStr for Scores {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Scores::ALL.into_iter().find(|scores| scores.name() == text);
        found.ok_or_else(|| format!("`{text}` is none of softmax, logits, argmax"))
    }
}

/// Stages beyond the fewest, each of which has to save a quarter of the register bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtraStages {
    /// None; a remark tells where one would pay.
    #[default]
    Tell,
    Auto,
    UpTo(u32),
}

impl FromStr for ExtraStages {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.parse()) {
            ("auto", _) => Ok(ExtraStages::Auto),
            (_, Ok(most)) => Ok(ExtraStages::UpTo(most)),
            _ => Err(format!("`{text}` is neither `auto` nor a number")),
        }
    }
}

/// What adders are made of in the hardware text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrimitiveChoice {
    /// Cells by name where the target's family has them, else modules.
    #[default]
    Auto,
    /// `+` and `-`.
    None,
    /// LUTs and carry cells of AMD's.
    Amd,
    /// A module for each kind of adder, which a synthesis is told to keep.
    Modules,
}

impl PrimitiveChoice {
    pub const ALL: [PrimitiveChoice; 4] = [
        PrimitiveChoice::Auto,
        PrimitiveChoice::None,
        PrimitiveChoice::Amd,
        PrimitiveChoice::Modules,
    ];

    pub fn name(self) -> &'static str {
        match self {
            PrimitiveChoice::Auto => "auto",
            PrimitiveChoice::None => "none",
            PrimitiveChoice::Amd => "amd",
            PrimitiveChoice::Modules => "modules",
        }
    }
}

impl FromStr for PrimitiveChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = PrimitiveChoice::ALL
            .into_iter()
            .find(|choice| choice.name() == text);
        found.ok_or_else(|| format!("`{text}` is none of auto, none, amd, modules"))
    }
}

impl Options {
    /// The steps of `kaon compile` under these choices.
    ///
    /// Errors: see [`Choice::steps`]; a choice that is for one pipeline from input to output
    /// beside a placement that makes several.
    pub fn steps(&self) -> Result<Vec<Step>> {
        let steps = self.pipeline.steps()?;
        if self.placement.is_parallel() {
            return Ok(steps);
        }
        let given = [
            ("--stages", self.stages.is_some()),
            ("--latency-ns", self.latency_ps.is_some()),
            ("--register-inputs", self.register_inputs),
            ("--no-register-outputs", !self.register_outputs),
        ];
        match given.iter().find(|(_, given)| *given) {
            None => Ok(pipeline::through_flow(steps)),
            Some((flag, _)) => Err(Diagnostic::new(format!(
                "{flag} is for a wholly parallel circuit, not for one with --stream or --reuse"
            ))
            .help("leave it out, and choose the clock with --clock-mhz")),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            clock_ps: 5000,
            fixed_clock: false,
            stages: None,
            clock_slack: DEFAULT_SLACK,
            latency_ps: None,
            extra_stages: ExtraStages::default(),
            register_inputs: false,
            register_outputs: true,
            top: None,
            default_precision: None,
            input_precision: None,
            output_precision: None,
            layers: BTreeMap::new(),
            scores: Scores::default(),
            fraction_bits: 10,
            input_ranges: None,
            effort: 1,
            primitives: PrimitiveChoice::default(),
            target_file: None,
            placement: Placement::default(),
            pipeline: Choice::default(),
            limits: Limits::default(),
        }
    }
}
