//! Flags that several commands share.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use compiler::config::{Config, MAX_FRACTION_BITS};
use compiler::context::Remark;
use compiler::failure::Failure;
use compiler::limits::Moved;
use compiler::options::{
    ExtraStages, MAX_EFFORT, MAX_SLACK, Options, PrimitiveChoice, Sampled, Scores,
};
use compiler::pipeline::Choice;
use compiler::precision::{InputPrecision, Precision};
use compiler::runner::{Settings, StepRecord};
use compiler::target::{self, Target};
use compiler::tensor_file::TensorFile;
use compiler::validate::Effort;
use dialects::{Diagnostic, Number, Result};

/// How the steps run.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Looking inside")]
pub struct StepFlags {
    /// Print the module after this step, or after each with `all`, to standard error
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub print_after: Vec<String>,

    /// Stop after this step
    #[arg(long, value_name = "NAME")]
    pub stop_after: Option<String>,

    /// Leave this pass out
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub skip: Vec<String>,

    /// Run only the first N steps
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,

    /// Write the module after each step to numbered files in this folder
    #[arg(long, value_name = "DIR")]
    pub dump_dir: Option<PathBuf>,

    /// Print what each step took and left to standard error
    #[arg(long)]
    pub time: bool,

    /// Do not verify after each step
    #[arg(long)]
    pub no_verify: bool,

    /// Compare the module before and after each step: as expressions, and on corner and seeded
    /// inputs. The first difference stops; the smallest module that shows it is written
    #[arg(long, overrides_with = "no_check_passes")]
    pub check_passes: bool,

    /// Do not compare [default, but for debug builds]
    #[arg(long)]
    pub no_check_passes: bool,

    /// Compare on N inputs, whatever that takes
    #[arg(long, value_name = "N", conflicts_with = "no_check_passes")]
    pub check_inputs: Option<usize>,
}

impl StepFlags {
    /// How hard the flags ask to check, if they do.
    pub fn asked(&self) -> Option<Effort> {
        match (self.check_inputs, self.check_passes) {
            (Some(count), _) => Some(Effort::vectors(count)),
            (None, true) => Some(Effort::FULL),
            (None, false) => None,
        }
    }

    /// How hard steps are checked.
    fn effort(&self) -> Option<Effort> {
        match self.no_check_passes {
            true => None,
            false => self.asked().or(Settings::default().check_passes),
        }
    }

    /// What the check of each step found, where that was asked for.
    pub fn verdicts(&self, steps: &[StepRecord]) -> String {
        if self.asked().is_none() {
            return String::new();
        }
        let mut text = String::new();
        for step in steps {
            let verdict = match &step.verdict {
                Some(verdict) => verdict.to_string(),
                None => "changed nothing".to_string(),
            };
            let _ = writeln!(text, "check: {:24} {verdict}", step.name);
        }
        text
    }

    pub fn settings(&self) -> Settings {
        Settings {
            check_passes: self.effort(),
            verify: !self.no_verify,
            dump_dir: self.dump_dir.clone(),
            limit: self.limit,
            stop_after: self.stop_after.clone(),
            skip: self.skip.clone(),
            print_after: self.print_after.clone(),
            ..Settings::default()
        }
    }
}

/// What the circuit has to be.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The circuit")]
pub struct OptionFlags {
    /// Read choices from this file; a flag wins over it
    #[arg(long, value_name = "KAON.TOML")]
    pub config: Option<PathBuf>,

    /// Clock to schedule for, in megahertz [default: 200]
    #[arg(long, value_name = "F")]
    pub clock_mhz: Option<f64>,

    /// Exactly N clock cycles from input to output, by default at about the fastest clock
    /// they allow; 0 is a combinational circuit
    #[arg(long, value_name = "N")]
    pub stages: Option<u32>,

    /// With --stages alone: how much slower than the fastest clock, to save registers and
    /// LUTs [default: 15]
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_SLACK)))]
    pub clock_slack: Option<u32>,

    /// At most T nanoseconds from input to output, with the fewest registers
    #[arg(long, value_name = "T")]
    pub latency_ns: Option<f64>,

    /// More stages than the clock needs, N at most, where each saves a quarter of the
    /// registers
    #[arg(long, value_name = "auto|N")]
    pub extra_stages: Option<ExtraStages>,

    /// Put a register at every input port
    #[arg(long)]
    pub register_inputs: bool,

    /// Put no registers at the output ports
    #[arg(long)]
    pub no_register_outputs: bool,

    #[arg(long, value_name = "NAME", help = target_help())]
    pub target: Option<String>,

    /// Target from a file: a known one with other numbers
    #[arg(long, value_name = "TARGET.TOML", conflicts_with = "target")]
    pub target_file: Option<PathBuf>,

    /// Type of the results of float layers, such as fixed<16,6>
    #[arg(long, value_name = "TYPE")]
    pub precision: Option<Precision>,

    /// Type of the inputs, where the model does not quantise them; float32 for trees that
    /// compare patterns of floats
    #[arg(long, value_name = "TYPE")]
    pub input_precision: Option<InputPrecision>,

    /// Type of the outputs [default: all bits they have]
    #[arg(long, value_name = "TYPE")]
    pub output_precision: Option<Precision>,

    /// Bits behind the point where no type is given [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=MAX_FRACTION_BITS as i64))]
    pub fraction_bits: Option<u32>,

    /// What becomes of a softmax at the end: softmax, logits or argmax [default: softmax]
    #[arg(long, value_name = "KIND")]
    pub scores: Option<Scores>,

    /// How long passes that search may search [default: 1]
    #[arg(long, value_name = "0..3", value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_EFFORT)))]
    pub effort: Option<u32>,

    /// Adders in Verilog: auto, none, amd or modules [default: auto]
    #[arg(long, value_name = "KIND")]
    pub primitives: Option<PrimitiveChoice>,

    /// Stream a convolution's positions, or a set's members, one token after the other
    #[arg(long)]
    pub stream: bool,

    /// Fold every dense layer into R steps on R times less hardware
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub reuse: Option<u32>,

    /// Fold every dense layer into as many steps as N clock cycles for a sample leave time for
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1 << 20), conflicts_with = "reuse")]
    pub interval: Option<u32>,

    /// Leave these rules of the e-graph out, or whole themes of them
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub without_rule: Vec<String>,

    /// Move a limit on the model's size, see docs/limits.md: NAME=N
    #[arg(long, value_name = "NAME=N", value_delimiter = ',', value_parser = limit)]
    pub limits: Vec<(String, u64)>,

    /// Sample inputs; their ranges choose the input's type where nothing else does
    #[arg(long, value_name = "X.NPY")]
    pub input_data: Vec<PathBuf>,
}

impl OptionFlags {
    /// The file's choices, then the flags'.
    pub fn resolve(&self) -> Result<(Options, Target), Failure> {
        let config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        let mut options = Options::default();
        config
            .apply(&mut options)
            .map_err(|finding| match &self.config {
                Some(path) => finding.in_file(path.display().to_string()),
                None => finding,
            })?;
        let flags = Config {
            clock_mhz: self.clock_mhz,
            stages: self.stages,
            clock_slack: self.clock_slack,
            latency_ns: self.latency_ns,
            extra_stages: self.extra_stages,
            register_inputs: self.register_inputs.then_some(true),
            register_outputs: self.no_register_outputs.then_some(false),
            scores: self.scores,
            precision: self.precision,
            fraction_bits: self.fraction_bits,
            effort: self.effort,
            primitives: self.primitives,
            stream: self.stream.then_some(true),
            reuse: self.reuse,
            interval: self.interval,
            pipeline: Choice {
                without_rules: self.without_rule.clone(),
                ..Choice::default()
            },
            limits: Moved(self.limits.iter().cloned().collect()),
            ..Config::default()
        };
        let flags = Config {
            input: self.input_precision.into(),
            output: self.output_precision.into(),
            ..flags
        };
        flags.apply(&mut options).map_err(Failure::Usage)?;
        if !self.input_data.is_empty() {
            options.input_ranges = Some(ranges(&self.input_data)?);
        }
        let target = self.target(&config, &mut options)?;
        Ok((options, target))
    }

    /// The flags' target, or the file's; the text of a target's file goes into the options.
    fn target(&self, config: &Config, options: &mut Options) -> Result<Target, Failure> {
        let beside = || self.config.as_deref().and_then(Path::parent);
        let from_config = || {
            let file = config.target_file.as_ref()?;
            Some(beside().map_or(file.clone(), |folder| folder.join(file)))
        };
        let file = match (&self.target, &self.target_file) {
            (Some(name), _) => return target::find(name).map_err(Failure::Usage),
            (None, Some(file)) => Some(file.clone()),
            (None, None) => from_config(),
        };
        match (file, &config.target) {
            (Some(file), _) => {
                let (target, text) = target::file::read(&file)?;
                options.target_file = Some(text);
                Ok(target)
            }
            (None, Some(name)) => Ok(target::find(name)?),
            (None, None) => Ok(Target::default()),
        }
    }
}

/// `NAME=N`.
fn limit(text: &str) -> Result<(String, u64), String> {
    let (name, number) = text.split_once('=').ok_or("a limit is given as NAME=N")?;
    let number = number
        .parse()
        .map_err(|_| format!("`{number}` is no number"))?;
    Ok((name.to_string(), number))
}

fn target_help() -> String {
    format!(
        "Device or family to cost and time for: {} [default: {}]",
        target::names().join(", "),
        Target::default().name
    )
}

/// What the samples of all files say of each element.
pub fn ranges(paths: &[PathBuf]) -> Result<Vec<Sampled>> {
    let mut found = Vec::new();
    for path in paths {
        let array = TensorFile::read(path)?;
        found.extend(ranges_of(&array, path)?);
    }
    Ok(found)
}

fn ranges_of(array: &TensorFile, path: &Path) -> Result<Vec<Sampled>> {
    let refuse = |sentence: String| Diagnostic::new(sentence).in_file(path.display().to_string());
    let samples = array.shape.first().copied().unwrap_or(0);
    if samples == 0 || array.values.is_empty() {
        return Err(refuse("the sample data is empty".into()));
    }
    let width = array.values.len() / samples;
    let nothing = Sampled {
        lo: f64::INFINITY,
        hi: f64::NEG_INFINITY,
        fraction: i32::MIN,
    };
    let mut found = vec![nothing; width];
    for at in 0..array.values.len() {
        let value = array.values.approximate(at);
        let Some(number) = Number::from_f64(value) else {
            return Err(refuse(format!("sample {} holds {value}", at / width)));
        };
        let sampled = &mut found[at % width];
        let fraction = number.trailing_exponent().map_or(i32::MIN, |k| -k as i32);
        *sampled = Sampled {
            lo: sampled.lo.min(value),
            hi: sampled.hi.max(value),
            fraction: sampled.fraction.max(fraction),
        };
    }
    Ok(found)
}

/// One line for each remark.
pub fn remarks(remarks: &[Remark]) -> String {
    let mut text = String::new();
    for remark in remarks {
        let _ = writeln!(text, "remark: {remark}");
    }
    text
}

/// What the steps took and left, as a table.
pub fn times(steps: &[StepRecord]) -> String {
    let mut text =
        String::from("  step                     changed      time    checks      ops\n");
    for step in steps {
        let _ = writeln!(
            text,
            "{:3} {:24} {:7} {:>9} {:>9} {:>8}",
            step.number,
            step.name,
            if step.changed { "yes" } else { "no" },
            format!("{:.1} ms", step.time.as_secs_f64() * 1e3),
            format!("{:.1} ms", step.check_time.as_secs_f64() * 1e3),
            step.ops.values().sum::<usize>(),
        );
    }
    let total = steps.iter().map(|step| step.time + step.check_time);
    let total = total.sum::<std::time::Duration>();
    let _ = writeln!(text, "    all steps: {:.1} ms", total.as_secs_f64() * 1e3);
    text
}
