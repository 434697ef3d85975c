//! `kaon simulate`.

use std::fmt::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use compiler::driver;
use compiler::failure::Failure;
use dialects::Diagnostic;
use serde::Serialize;

use super::predict::{placed, write_outputs_to};
use crate::answer::{Answer, json};
use crate::progress::Watcher;
use crate::streams::Streams;

/// Run the emitted hardware cycle by cycle and compare it with the emulator
#[derive(Debug, Args)]
#[command(after_help = "Example:
  kaon simulate out --input x.npy
  kaon simulate out --input x.npy --engine verilator
  kaon simulate out --input x.npy --trace waves.fst

Latency and interval are measured, and are errors where the manifest claims others. The exit code
is 101 when a bit differs.")]
pub struct SimulateArgs {
    /// Folder that kaon compiled
    folder: PathBuf,

    /// Inputs, samples first; once for each input of the model
    #[arg(long, value_name = "X.NPY", required = true)]
    input: Vec<PathBuf>,

    /// Where the answers go, as float32
    #[arg(long, value_name = "Y.NPY")]
    output: Vec<PathBuf>,

    /// What simulates: arc needs nothing installed, Verilator is a second opinion
    #[arg(long, value_enum, default_value = "arc")]
    engine: Engine,

    /// Copies of the circuit in a thread, for arc: a power of two, or the next one [default: 1,
    /// and 32 from 524288 samples on]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    lanes: Option<u16>,

    /// Write all named signals to this file, in VCD or FST
    #[arg(long, value_name = "FILE.vcd|FILE.fst")]
    trace: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Engine {
    Arc,
    Verilator,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Engine::Arc => "arc",
            Engine::Verilator => "Verilator",
        }
    }
}

#[derive(Serialize)]
struct Outcome {
    engine: Engine,
    samples: usize,
    values: usize,
    different: usize,
    latency_clocks: u32,
    interval_clocks: u32,
    build_seconds: f64,
    run_seconds: f64,
}

pub fn run(args: &SimulateArgs, streams: &mut Streams) -> Result<Answer, Failure> {
    let arrays = driver::read_arrays(&args.input)?;
    let watcher = Watcher::new(streams);
    watcher.say(match args.engine {
        Engine::Arc => "arc builds and runs the design",
        Engine::Verilator => "Verilator builds and runs the design",
    });
    let request = driver::SimulationRequest {
        folder: &args.folder,
        arrays: &arrays,
        engine: match args.engine {
            Engine::Arc => driver::Engine::Arc,
            Engine::Verilator => driver::Engine::Verilator,
        },
        lanes: args.lanes.map(usize::from),
        trace: args.trace.clone(),
    };
    let agreement = driver::simulate(&request, |finding| placed(finding, &args.input))?;
    drop(watcher);
    if !args.output.is_empty() && args.output.len() != agreement.outputs.len() {
        let outputs = agreement.outputs.len();
        return Err(Failure::usage(format!(
            "--output was given {} times, the model has {outputs} outputs",
            args.output.len()
        )));
    }
    write_outputs_to(&agreement.outputs, &args.output)?;
    let outcome = Outcome {
        engine: args.engine,
        samples: agreement.samples,
        values: agreement.values,
        different: agreement.different,
        latency_clocks: agreement.latency,
        interval_clocks: agreement.interval,
        build_seconds: agreement.timings.build.as_secs_f64(),
        run_seconds: agreement.timings.run.as_secs_f64(),
    };
    let failure = (outcome.different > 0).then(|| {
        Failure::Ours(Diagnostic::new(format!(
            "{} of {} values of the hardware differ from the emulator's",
            outcome.different, outcome.values
        )))
    });
    let text = match args.json {
        true => json(&outcome)?,
        false => describe(&outcome),
    };
    Ok(Answer { text, failure })
}

fn describe(outcome: &Outcome) -> String {
    let samples = outcome.samples;
    let every = match outcome.interval_clocks {
        1 => "one a clock".to_string(),
        clocks => format!("one in {clocks} clocks"),
    };
    let mut text = match outcome.latency_clocks {
        0 => format!("{samples} samples through a combinational circuit\n"),
        1 => format!("{samples} samples, {every}; the first answer after 1 clock\n"),
        clocks => format!("{samples} samples, {every}; the first answer after {clocks} clocks\n"),
    };
    if outcome.different == 0 {
        writeln!(text, "all {} values equal the emulator's", outcome.values)
            .expect("writing to a string");
    }
    writeln!(
        text,
        "{} took {:.1} s to build and {:.2} s to run",
        outcome.engine.name(),
        outcome.build_seconds,
        outcome.run_seconds
    )
    .expect("writing to a string");
    text
}
