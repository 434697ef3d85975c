//! `kaon`: from a trained model to a circuit.

mod calibrate;
mod compile;
mod predict;
mod report;
mod scan;
mod simulate;
mod synth;
mod verify;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use compiler::catalogue;
use compiler::failure::Failure;

use crate::answer::{Answer, finish, refuse};
use crate::streams::Streams;

/// Trained models become circuits that answer in nanoseconds.
#[derive(Debug, Parser)]
#[command(
    name = "kaon",
    version,
    term_width = 100,
    subcommand_required = false,
    arg_required_else_help = true,
    after_help = EXAMPLES
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    /// List the passes and lowerings
    #[arg(long, exclusive = true)]
    list: bool,

    /// Explain a pass or a lowering
    #[arg(long, value_name = "NAME", exclusive = true)]
    explain: Option<String>,
}

const EXAMPLES: &str = "Examples:
  kaon compile model.onnx -o out                      SystemVerilog for a 200 MHz clock
  kaon compile model.onnx -o out --clock-mhz 360 --target vu13p
  kaon predict out --input x.npy --output y.npy       bit-exact answers on this machine
  kaon simulate out --input x.npy                     the same from the hardware, clock by clock
  kaon verify out                                     proofs that all of these are one function
  kaon report out --device zu7ev                      latency and resources before synthesis
  kaon synth out                                      a real synthesis beside the estimate
  kaon calibrate model.onnx --data x.npy              types for a float model, from data
  kaon scan model.onnx --data x.npy                   accuracy and resources against bits

Exit codes: 0 done, 1 the input, 2 usage, 101 a fault of kaon.";

#[derive(Debug, Subcommand)]
enum Command {
    Compile(Box<compile::CompileArgs>),
    Predict(Box<predict::PredictArgs>),
    Simulate(simulate::SimulateArgs),
    Report(report::ReportArgs),
    Verify(verify::VerifyArgs),
    Synth(synth::SynthArgs),
    Calibrate(Box<calibrate::CalibrateArgs>),
    Scan(Box<scan::ScanArgs>),
    Completions(CompletionArgs),
}

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  kaon completions bash > ~/.local/share/bash-completion/completions/kaon"
)]
struct CompletionArgs {
    shell: Shell,
}

/// Runs the program; the exit code.
pub fn run(arguments: Vec<OsString>, streams: &mut Streams) -> u8 {
    match Cli::try_parse_from(arguments) {
        Ok(cli) => {
            let outcome = dispatch(cli, streams);
            finish(outcome, streams)
        }
        Err(error) => refuse(&error, streams),
    }
}

fn dispatch(cli: Cli, streams: &mut Streams) -> Result<Answer, Failure> {
    if let Some(name) = &cli.explain {
        let text = catalogue::explain(name).map_err(Failure::Usage)?;
        return Ok(text.into());
    }
    if cli.list {
        return Ok(catalogue::list().into());
    }
    match cli.command {
        Some(Command::Compile(args)) => compile::run(&args, streams),
        Some(Command::Predict(args)) => predict::run(&args, streams),
        Some(Command::Simulate(args)) => simulate::run(&args, streams),
        Some(Command::Report(args)) => report::run(&args),
        Some(Command::Verify(args)) => verify::run(&args, streams),
        Some(Command::Synth(args)) => synth::run(&args, streams),
        Some(Command::Calibrate(args)) => calibrate::run(&args),
        Some(Command::Scan(args)) => scan::run(&args),
        Some(Command::Completions(args)) => Ok(completions(args.shell)),
        None => Err(Failure::usage("no subcommand was given; see kaon --help")),
    }
}

fn completions(shell: Shell) -> Answer {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "kaon", &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned().into()
}
