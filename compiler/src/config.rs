//! `kaon.toml`: the choices of a compilation in a file.
//!
//! ```toml
//! top = "trigger"                 # name of the top module
//! clock_mhz = 240
//! clock_slack = 15                # percent: with stages alone, how much slower than the fastest clock
//! latency_ns = 50                 # at most, from input to output
//! extra_stages = "auto"           # or a number: stages that save registers
//! register_inputs = true          # a register at every input port
//! register_outputs = false        # none at the output ports
//! target = "vu13p"                # or target_file = "mine.toml", beside this file
//! scores = "logits"               # softmax | logits | argmax
//! precision = "fixed<16,6>"       # results of float layers
//! fraction_bits = 10              # where no type is given
//! effort = 1                      # how long passes search: 0 to 3
//! primitives = "auto"             # adders in Verilog: auto | none | amd | modules
//! stream = true                   # positions one after the other, see docs/flow.md
//! reuse = 4                       # dense layers in so many steps
//! interval = 256                  # or in as many as that leaves time for
//!
//! [input]
//! precision = "fixed<12,4>"
//!
//! [output]
//! precision = "fixed<12,4>"
//!
//! [pipeline]                      # see docs/optimising.md
//! skip = ["fx-narrow-widths"]
//!
//! [limits]                        # see docs/limits.md
//! operations = 400000
//!
//! [layers."dense_1"]
//! weight = "fixed<6,3>"
//! bias = "fixed<10,7>"
//! accumulator = "ap_fixed<12,8>"
//! result = "ap_fixed<11,8>"
//! reuse = 8
//! ```
//!
//! A flag on the command line wins over the file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dialects::{Diagnostic, Result};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::bounded;
use crate::failure::{malformed, reason};
use crate::limits::Moved;
use crate::options::{
    ExtraStages, LayerPrecision, MAX_EFFORT, MAX_SLACK, Options, PrimitiveChoice, Scores,
};
use crate::pipeline::Choice;
use crate::precision::{InputPrecision, Precision};

/// The file's fields, all of them optional.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub top: Option<String>,
    pub clock_mhz: Option<f64>,
    pub stages: Option<u32>,
    pub clock_slack: Option<u32>,
    pub latency_ns: Option<f64>,
    #[serde(default, deserialize_with = "extra_stages")]
    pub extra_stages: Option<ExtraStages>,
    pub register_inputs: Option<bool>,
    pub register_outputs: Option<bool>,
    pub target: Option<String>,
    pub target_file: Option<PathBuf>,
    pub scores: Option<Scores>,
    pub precision: Option<Precision>,
    pub fraction_bits: Option<u32>,
    pub effort: Option<u32>,
    pub primitives: Option<PrimitiveChoice>,
    pub stream: Option<bool>,
    pub reuse: Option<u32>,
    pub interval: Option<u32>,
    #[serde(default)]
    pub input: Border<InputPrecision>,
    #[serde(default)]
    pub output: Border<Precision>,
    #[serde(default)]
    pub pipeline: Choice,
    #[serde(default)]
    pub limits: Moved,
    #[serde(default)]
    pub layers: BTreeMap<String, LayerPrecision>,
}

/// What the file says about the inputs or the outputs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Border<T> {
    pub precision: Option<T>,
}

impl<T> Default for Border<T> {
    fn default() -> Self {
        Border { precision: None }
    }
}

impl Config {
    /// Errors: an unreadable file, TOML's own findings with their line, an unknown key.
    pub fn read(path: &Path) -> Result<Config> {
        let place = path.display().to_string();
        let text = bounded::read_text(path).map_err(|error| {
            Diagnostic::new(format!(
                "the configuration cannot be read: {}",
                reason(&error)
            ))
            .in_file(place.clone())
        })?;
        Config::parse(&text).map_err(|finding| finding.in_file(place))
    }

    pub fn parse(text: &str) -> Result<Config> {
        toml::from_str(text).map_err(|error| {
            let finding = malformed("the configuration is wrong", text, &error);
            finding.help("docs/numerics.md shows a whole file")
        })
    }

    /// Puts the file's choices into `options`; the target's name is for the caller.
    pub fn apply(&self, options: &mut Options) -> Result<()> {
        if let Some(mhz) = self.clock_mhz {
            options.clock_ps = clock_ps(mhz)?;
            options.fixed_clock = true;
        }
        if let Some(nanoseconds) = self.latency_ns {
            options.latency_ps = Some(latency_ps(nanoseconds)?);
        }
        options.clock_slack = self.clock_slack.unwrap_or(options.clock_slack);
        if options.clock_slack > MAX_SLACK {
            return Err(Diagnostic::new(format!(
                "a clock slack of {} percent is more than the {MAX_SLACK} kaon takes",
                options.clock_slack
            )));
        }
        let keep = options.extra_stages;
        options.extra_stages = self.extra_stages.unwrap_or(keep);
        let keep = (options.register_inputs, options.register_outputs);
        options.register_inputs = self.register_inputs.unwrap_or(keep.0);
        options.register_outputs = self.register_outputs.unwrap_or(keep.1);
        let Config { top, stages, .. } = self;
        set(&mut options.top, top.clone());
        set(&mut options.stages, *stages);
        set(&mut options.default_precision, self.precision);
        set(&mut options.input_precision, self.input.precision);
        set(&mut options.output_precision, self.output.precision);
        options.scores = self.scores.unwrap_or(options.scores);
        options.fraction_bits = self.fraction_bits.unwrap_or(options.fraction_bits);
        if options.fraction_bits > MAX_FRACTION_BITS {
            return Err(Diagnostic::new(format!(
                "{} fraction bits are more than the {MAX_FRACTION_BITS} kaon takes",
                options.fraction_bits
            )));
        }
        options.primitives = self.primitives.unwrap_or(options.primitives);
        options.effort = self.effort.unwrap_or(options.effort);
        if options.effort > MAX_EFFORT {
            return Err(Diagnostic::new(format!(
                "effort {} is more than the {MAX_EFFORT} kaon takes",
                options.effort
            )));
        }
        if self.target.is_some() && self.target_file.is_some() {
            return Err(
                Diagnostic::new("target and target_file are both given").help("keep one of them")
            );
        }
        let placement = &mut options.placement;
        placement.stream = self.stream.unwrap_or(placement.stream);
        placement.reuse = self.reuse.map_or(placement.reuse, |reuse| reuse as usize);
        let interval = self.interval.map(|interval| interval as usize);
        placement.interval = interval.or(placement.interval);
        let layers = self.layers.iter();
        let layers = layers.filter_map(|(name, layer)| Some((name, layer.reuse?)));
        let layers = layers.map(|(name, reuse)| (name.clone(), reuse as usize));
        placement.layers.extend(layers);
        options.pipeline.extend(self.pipeline.clone());
        options.pipeline.steps()?;
        options.layers.extend(self.layers.clone());
        options.limits.apply(&self.limits)
    }
}

/// Beyond this no float32 has anything to say.
pub const MAX_FRACTION_BITS: u32 = 48;

fn set<T>(choice: &mut Option<T>, given: Option<T>) {
    if given.is_some() {
        *choice = given;
    }
}

/// The period of a clock in picoseconds, rounded down: the schedule then errs on the safe side.
pub fn clock_ps(mhz: f64) -> Result<u32> {
    match mhz.is_finite() && (0.001..=10_000.0).contains(&mhz) {
        true => Ok((1e6 / mhz) as u32),
        false => Err(Diagnostic::new(format!(
            "a clock of {mhz} MHz is none that kaon schedules for; it takes 0.001 to 10000"
        ))),
    }
}

/// A time in picoseconds.
fn latency_ps(nanoseconds: f64) -> Result<u32> {
    match nanoseconds.is_finite() && (0.001..=1e6).contains(&nanoseconds) {
        true => Ok((nanoseconds * 1e3).round() as u32),
        false => Err(Diagnostic::new(format!(
            "a latency of {nanoseconds} ns is none that kaon schedules for; it takes 0.001 to 1000000"
        ))),
    }
}

/// `"auto"`, or a number.
fn extra_stages<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ExtraStages>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Most(u32),
        Word(String),
    }
    match Given::deserialize(from)? {
        Given::Most(most) => Ok(Some(ExtraStages::UpTo(most))),
        Given::Word(word) => word.parse().map(Some).map_err(D::Error::custom),
    }
}

impl<T> From<Option<T>> for Border<T> {
    fn from(precision: Option<T>) -> Self {
        Border { precision }
    }
}
