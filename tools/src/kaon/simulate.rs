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

/// Run the emitted Verilog cycle by cycle and compare it with the emulator
#[derive(Debug, Args)]
#[command(after_help = "Example:
  kaon simulate out --input x.npy

Every sample enters one clock after the one before. The exit code is 101 when a bit differs.")]
pub struct SimulateArgs {
    /// Folder that kaon compiled
    folder: PathBuf,

    /// Inputs, samples first; once for each input of the model
    #[arg(long, value_name = "X.NPY", required = true)]
    input: Vec<PathBuf>,

    /// Where the answers go, as float32
    #[arg(long, value_name = "Y.NPY")]
    output: Vec<PathBuf>,

    /// What simulates
    #[arg(long, value_enum, default_value = "verilator")]
    engine: Engine,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Engine {
    Verilator,
}

#[derive(Serialize)]
struct Outcome {
    engine: Engine,
    samples: usize,
    values: usize,
    different: usize,
    latency_clocks: u32,
    build_seconds: f64,
    run_seconds: f64,
}

pub fn run(args: &SimulateArgs, streams: &mut Streams) -> Result<Answer, Failure> {
    let arrays = driver::read_arrays(&args.input)?;
    let watcher = Watcher::new(streams);
    watcher.say("Verilator builds and runs the design");
    let agreement = driver::simulate(&args.folder, &arrays, |finding| {
        placed(finding, &args.input)
    })?;
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
        build_seconds: agreement.build_time.as_secs_f64(),
        run_seconds: agreement.run_time.as_secs_f64(),
    };
    let failure = (outcome.different > 0).then(|| {
        Failure::Ours(Diagnostic::new(format!(
            "{} of {} values of the Verilog differ from the emulator's",
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
    let mut text = match outcome.latency_clocks {
        0 => format!("{samples} samples through a combinational circuit\n"),
        1 => format!("{samples} samples, one a clock; the first answer after 1 clock\n"),
        clocks => {
            format!("{samples} samples, one a clock; the first answer after {clocks} clocks\n")
        }
    };
    if outcome.different == 0 {
        writeln!(text, "all {} values equal the emulator's", outcome.values)
            .expect("writing to a string");
    }
    writeln!(
        text,
        "Verilator took {:.1} s to build and {:.2} s to run",
        outcome.build_seconds, outcome.run_seconds
    )
    .expect("writing to a string");
    text
}
