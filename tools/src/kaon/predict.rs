//! `kaon predict`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use compiler::driver::{self, Comparison, Overflow, Prediction, Predictor, Request};
use compiler::failure::Failure;
use compiler::pipeline;
use compiler::tensor_file::TensorFile;
use dialects::{Diagnostic, nn};
use serde::Serialize;

use super::compile::compile;
use crate::answer::{Answer, json};
use crate::flags::{OptionFlags, StepFlags};
use crate::streams::Streams;

/// Compute bit-exact answers on this machine
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kaon predict out --input x.npy --output y.npy
  kaon predict model.onnx --input x.npy --compare expected.npy --labels labels.npy
  kaon predict model.onnx --input x.npy --overflows --precision 'ap_fixed<16,6>'

An input file is an array with the samples along its first axis; a model with several
inputs takes --input once for each, in the model's order. With --compare the exit code is 1
when a value differs.")]
pub struct PredictArgs {
    /// Model file, or a folder that kaon compiled
    from: PathBuf,

    /// Inputs, samples first
    #[arg(long, value_name = "X.NPY", required = true)]
    input: Vec<PathBuf>,

    /// Where the answers go, as float32
    #[arg(long, value_name = "Y.NPY")]
    output: Vec<PathBuf>,

    /// Compare with these answers, as float32
    #[arg(long, value_name = "Y.NPY")]
    compare: Vec<PathBuf>,

    /// Compare the largest score with these labels
    #[arg(long, value_name = "LABELS.NPY")]
    labels: Option<PathBuf>,

    /// Count the values that leave their type, by layer, with the exact evaluator (slow)
    #[arg(long)]
    overflows: bool,

    /// What computes: the circuit's function as native code, or the layers one after the other;
    /// both give the same answers [default: native, layers for a model too large to be one
    /// circuit]
    #[arg(long, value_name = "ENGINE")]
    engine: Option<Engine>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    options: OptionFlags,

    #[command(flatten)]
    steps: StepFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum Engine {
    Native,
    Layers,
}

#[derive(Serialize)]
struct Outcome {
    samples: usize,
    engine: Engine,
    seconds: f64,
    samples_per_second: f64,
    input_numbers_rounded: usize,
    input_numbers_out_of_range: usize,
    comparison: Vec<Comparison>,
    accuracy: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overflows: Option<BTreeMap<String, Overflow>>,
    outputs: Vec<String>,
}

pub fn run(args: &PredictArgs, streams: &mut Streams) -> Result<Answer, Failure> {
    let engine = match args.engine {
        Some(engine) => engine,
        None if args.from.is_dir() => Engine::Native,
        None if driver::operations(&args.from)? > driver::LARGE => Engine::Layers,
        None => Engine::Native,
    };
    let (predictor, layers) = functions(args, engine, streams)?;
    let arrays = driver::read_arrays(&args.input)?;
    let prediction = predictor.predict(&arrays);
    let prediction = prediction.map_err(|finding| placed(finding, &args.input))?;
    write_outputs(&prediction, &args.output)?;
    let mut comparison = Vec::new();
    check_count("--compare", args.compare.len(), &prediction)?;
    for (path, (shape, values)) in args.compare.iter().zip(&prediction.outputs) {
        comparison.push(driver::compare(
            shape,
            values,
            &TensorFile::read(path)?,
            path,
        )?);
    }
    let accuracy = match &args.labels {
        Some(path) => Some(prediction.accuracy(&TensorFile::read(path)?, path)?),
        None => None,
    };
    let seconds = prediction.time.as_secs_f64();
    let outcome = Outcome {
        samples: prediction.samples,
        engine,
        seconds,
        samples_per_second: prediction.samples as f64 / seconds.max(1e-9),
        input_numbers_rounded: prediction.rounded,
        input_numbers_out_of_range: prediction.overflowed,
        comparison,
        accuracy,
        overflows: match args.overflows {
            true => Some(driver::overflows(&layers, &arrays)?),
            false => None,
        },
        outputs: args
            .output
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
    };
    let text = match args.json {
        true => json(&outcome)?,
        false => describe(&outcome, &args.compare),
    };
    let failure = difference(&outcome, &args.compare);
    Ok(Answer { text, failure })
}

/// What answers, and the layers it was made from.
fn functions(
    args: &PredictArgs,
    engine: Engine,
    streams: &mut Streams,
) -> Result<(Predictor, nn::Graph), Failure> {
    if args.from.is_dir() {
        check_compiled(&args.from, &args.options)?;
        let layers = driver::read_layers(&args.from)?;
        let predictor = match engine {
            Engine::Native => Predictor::of_folder(&args.from)?,
            Engine::Layers => Predictor::of_layers(layers.clone())?,
        };
        return Ok((predictor, layers));
    }
    let (options, target) = args.options.resolve()?;
    let request = Request {
        model: args.from.clone(),
        options,
        target,
        settings: args.steps.settings(),
    };
    let last = match engine {
        Engine::Native => pipeline::BEHAVIOUR,
        Engine::Layers => pipeline::LAYERS,
    };
    let compilation = compile(&request, &args.steps, Some(last), streams)?;
    let nothing = || {
        Failure::usage(
            "the steps stopped before there was anything to run; drop --stop-after and --limit",
        )
    };
    let layers = compilation.layers().ok_or_else(nothing)?.clone();
    let predictor = match engine {
        Engine::Layers => Predictor::of_layers(layers.clone())?,
        Engine::Native => Predictor::new(compilation.behaviour().ok_or_else(nothing)?.clone())?,
    };
    Ok((predictor, layers))
}

/// Errors: a flag that says what the circuit is, beside a folder that has it (usage).
fn check_compiled(folder: &Path, options: &OptionFlags) -> Result<(), Failure> {
    let flags = [
        ("--config", options.config.is_some()),
        ("--clock-mhz", options.clock_mhz.is_some()),
        ("--stages", options.stages.is_some()),
        ("--clock-slack", options.clock_slack.is_some()),
        ("--latency-ns", options.latency_ns.is_some()),
        ("--extra-stages", options.extra_stages.is_some()),
        ("--register-inputs", options.register_inputs),
        ("--no-register-outputs", options.no_register_outputs),
        ("--target", options.target.is_some()),
        ("--precision", options.precision.is_some()),
        ("--input-precision", options.input_precision.is_some()),
        ("--output-precision", options.output_precision.is_some()),
        ("--fraction-bits", options.fraction_bits.is_some()),
        ("--scores", options.scores.is_some()),
        ("--target-file", options.target_file.is_some()),
        ("--effort", options.effort.is_some()),
        ("--primitives", options.primitives.is_some()),
        ("--without-rule", !options.without_rule.is_empty()),
        ("--input-data", !options.input_data.is_empty()),
    ];
    match flags.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((flag, _)) => Err(Failure::Usage(
            Diagnostic::new(format!(
                "{} is compiled already: {flag} cannot change it",
                folder.display()
            ))
            .help("give the model instead of the folder, or compile it again with the flag"),
        )),
    }
}

/// A finding about the only input file names it.
pub fn placed(finding: Diagnostic, inputs: &[PathBuf]) -> Diagnostic {
    match inputs {
        [path] => finding.in_file(path.display().to_string()),
        _ => finding,
    }
}

/// Errors: another number of files than outputs (usage).
fn check_count(flag: &str, files: usize, prediction: &Prediction) -> Result<(), Failure> {
    let outputs = prediction.outputs.len();
    match files == 0 || files == outputs {
        true => Ok(()),
        false => Err(Failure::usage(format!(
            "{flag} was given {files} times, the model has {outputs} outputs"
        ))),
    }
}

pub fn write_outputs_to(
    outputs: &[(Vec<usize>, Vec<f32>)],
    paths: &[PathBuf],
) -> Result<(), Failure> {
    for (path, (shape, values)) in paths.iter().zip(outputs) {
        TensorFile::write_f32(path, shape, values.clone())?;
    }
    Ok(())
}

fn write_outputs(prediction: &Prediction, paths: &[PathBuf]) -> Result<(), Failure> {
    check_count("--output", paths.len(), prediction)?;
    write_outputs_to(&prediction.outputs, paths)
}

fn describe(outcome: &Outcome, compare: &[PathBuf]) -> String {
    let mut text = format!(
        "{} samples in {:.3} ms ({:.2} million per second)\n",
        outcome.samples,
        outcome.seconds * 1e3,
        outcome.samples_per_second / 1e6
    );
    let mut line = |line: String| writeln!(text, "{line}").expect("writing to a string");
    if outcome.input_numbers_rounded > 0 {
        line(format!(
            "{} input numbers lie between two values of the input's type and were rounded",
            outcome.input_numbers_rounded
        ));
    }
    if outcome.input_numbers_out_of_range > 0 {
        line(format!(
            "{} input numbers are out of the input's range",
            outcome.input_numbers_out_of_range
        ));
    }
    for (comparison, path) in outcome.comparison.iter().zip(compare) {
        line(equality(comparison, path));
    }
    for (layer, count) in outcome.overflows.iter().flatten() {
        let Overflow { values, overflowed } = count;
        line(format!(
            "layer \"{layer}\": {overflowed} of {values} values left their type"
        ));
    }
    if let Some(accuracy) = outcome.accuracy {
        line(format!("accuracy {accuracy:.4}"));
    }
    for path in &outcome.outputs {
        line(format!("answers in {path}"));
    }
    text
}

fn equality(comparison: &Comparison, path: &Path) -> String {
    let Comparison { values, equal, .. } = comparison;
    match equal == values {
        true => format!("all {values} values equal {}", path.display()),
        false => format!(
            "{equal} of {values} values equal {}, largest difference {:.6}",
            path.display(),
            comparison.largest_difference
        ),
    }
}

fn difference(outcome: &Outcome, compare: &[PathBuf]) -> Option<Failure> {
    let pairs = outcome.comparison.iter().zip(compare);
    let findings = pairs.filter_map(|(comparison, path)| {
        let (sample, element, value, wanted) = comparison.first?;
        let different = comparison.values - comparison.equal;
        let sentence = format!("{different} of {} values differ", comparison.values);
        Some(
            Diagnostic::new(sentence)
                .in_file(path.display().to_string())
                .note(format!(
                    "the first is sample {sample}, element {element}: {value} is not {wanted}"
                )),
        )
    });
    Diagnostic::collect(findings).err().map(Failure::Input)
}
