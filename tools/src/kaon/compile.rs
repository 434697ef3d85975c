//! `kaon compile`.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use compiler::driver::{self, Budget, Compilation, Emit, Request, Tradeoff};
use compiler::failure::Failure;
use compiler::output::{Manifest, check_target};
use compiler::pipeline::{self, Choice, Insertion};
use compiler::runner::Settings;
use serde::Serialize;

use crate::answer::{Answer, json};
use crate::flags::{OptionFlags, StepFlags, remarks, times};
use crate::progress::Watcher;
use crate::streams::Streams;

/// Compile a model into a folder with Verilog, manifest, report and emulator
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kaon compile model.onnx -o out
  kaon compile model.onnx -o out --clock-mhz 240 --target vu13p --top trigger
  kaon compile float.onnx -o out --input-precision 'fixed<12,4>' --precision 'fixed<16,6>'
  kaon compile model.onnx -o out --emit verilog,firrtl,object
  kaon compile model.onnx -o out --emit verilog,axis   with an AXI-Stream wrapper
  kaon compile model.onnx -o out --emit nn,fx          no hardware, every level to read
  kaon compile model.onnx -o out --dump-dir steps      the module after every step
  kaon compile model.onnx -o out --target-file mine.toml --effort 2
  kaon compile cnn.onnx -o out --stream                one position a clock
  kaon compile mlp.onnx -o out --reuse 4               dense layers in four steps
  kaon compile model.onnx -o out --budget lut=20000    as fast as that many LUTs allow
  kaon compile model.onnx -o out --insert 'fx-narrow-widths after fx-rewrite'")]
pub struct CompileArgs {
    /// ONNX or QONNX file
    model: PathBuf,

    /// Folder to write; one that kaon wrote before is replaced
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,

    /// What to leave in the folder: nn, fx, hw, verilog, firrtl, object, axis
    #[arg(
        long,
        value_name = "LEVEL",
        value_delimiter = ',',
        default_value = "verilog"
    )]
    emit: Vec<Emit>,

    /// Name of the top module [default: the file's, or its folder's for a file called model]
    #[arg(long, value_name = "NAME")]
    top: Option<String>,

    /// Passes on fx, in this order, instead of the default ones
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "The pipeline"
    )]
    passes: Option<Vec<String>>,

    /// One more pass: 'PASS after NAME' or 'PASS before NAME'
    #[arg(long, value_name = "PLACE", help_heading = "The pipeline")]
    insert: Vec<Insertion>,

    /// The fastest placement that takes no more than this: lut, ff, dsp or bram, as counts or in
    /// percent of the device, such as lut=20000,dsp=5%
    #[arg(
        long,
        value_name = "NAME=MOST,...",
        conflicts_with_all = ["reuse", "interval"],
        help_heading = "The circuit"
    )]
    budget: Option<Budget>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    options: OptionFlags,

    #[command(flatten)]
    steps: StepFlags,
}

#[derive(Serialize)]
struct Outcome<'a> {
    output: String,
    manifest: &'a Manifest,
    report: Option<compiler::report::Report>,
    /// The placements that were tried for a budget.
    considered: Tradeoff,
    steps: &'a [compiler::runner::StepRecord],
}

pub fn run(args: &CompileArgs, streams: &mut Streams) -> Result<Answer, Failure> {
    check_target(&args.output)?;
    let (mut options, target) = args.options.resolve()?;
    options.top = args.top.clone().or(options.top);
    options.pipeline.extend(Choice {
        fx: args.passes.clone(),
        insert: args.insert.clone(),
        ..Choice::default()
    });
    options.steps().map_err(Failure::Usage)?;
    let request = Request {
        model: args.model.clone(),
        options,
        target,
        settings: Settings {
            estimate: true,
            ..args.steps.settings()
        },
    };
    let (compilation, considered) = match &args.budget {
        Some(budget) => within(&request, budget, &args.steps, streams)?,
        None => {
            let until = until(&args.emit);
            let compilation = compile(&request, &args.steps, until, streams)?;
            (compilation, Tradeoff::default())
        }
    };
    let watcher = Watcher::new(streams);
    watcher.say("writing the folder");
    let folder = driver::write(&compilation, &args.emit, &args.output)?;
    drop(watcher);
    let manifest = Manifest::read(&folder)?;
    let report = driver::report_of(&compilation)?;
    if args.json {
        let outcome = Outcome {
            output: folder.display().to_string(),
            manifest: &manifest,
            report,
            considered,
            steps: &compilation.steps,
        };
        return Ok(json(&outcome)?.into());
    }
    let mut text = String::new();
    if !considered.0.is_empty() {
        writeln!(text, "{considered}").expect("writing to a string");
    }
    if let Some(report) = driver::stream_report(&compilation)? {
        writeln!(text, "{report}").expect("writing to a string");
    }
    if let Some(report) = report {
        writeln!(text, "{report}").expect("writing to a string");
    }
    if let Some(step) = manifest
        .stopped_after
        .as_ref()
        .filter(|_| compilation.stopped)
    {
        writeln!(text, "stopped after {step}").expect("writing to a string");
    }
    writeln!(text, "files in {}", folder.display()).expect("writing to a string");
    for file in &manifest.files {
        writeln!(text, "  {:28} {:>9} bytes", file.path, file.bytes).expect("writing to a string");
    }
    Ok(text.into())
}

/// Compiles with a bar, and says what the steps remarked.
pub fn compile(
    request: &Request,
    steps: &StepFlags,
    until: Option<&str>,
    streams: &mut Streams,
) -> Result<Compilation, Failure> {
    let watcher = Watcher::new(streams);
    let compiled = driver::compile(request, until, &mut |event| watcher.event(&event, streams));
    drop(watcher);
    let compiled = compiled?;
    tell(&compiled, steps, streams);
    Ok(compiled)
}

/// Compiles the fastest placement that fits, with a bar for each that is tried.
fn within(
    request: &Request,
    budget: &Budget,
    steps: &StepFlags,
    streams: &mut Streams,
) -> Result<(Compilation, Tradeoff), Failure> {
    let (compiled, considered) = driver::within(request, budget, &mut |request, flags| {
        let watcher = Watcher::new(streams);
        watcher.say(format!("trying {flags}"));
        driver::compile(request, None, &mut |event| watcher.event(&event, streams))
    })?;
    tell(&compiled, steps, streams);
    Ok((compiled, considered))
}

/// What the steps remarked.
fn tell(compiled: &Compilation, steps: &StepFlags, streams: &mut Streams) {
    let _ = write!(streams.errors, "{}", remarks(&compiled.remarks));
    let _ = write!(streams.errors, "{}", steps.verdicts(&compiled.steps));
    if steps.time {
        let _ = write!(streams.errors, "{}", times(&compiled.steps));
    }
}

/// Where the pipeline may end for what is asked for; `None` is its end.
fn until(emit: &[Emit]) -> Option<&'static str> {
    let only_layers = emit.iter().all(|level| *level == Emit::Nn);
    only_layers.then_some(pipeline::LAYERS)
}
