//! `kaon synth`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use compiler::driver::{self, Synthesis};
use compiler::failure::Failure;
use compiler::report::Resources;
use serde::Serialize;

use crate::answer::{Answer, json};
use crate::progress::Watcher;
use crate::streams::Streams;

/// Synthesise the emitted Verilog and print the result beside the estimate
#[derive(Debug, Args)]
#[command(after_help = "Example:
  kaon synth out

A result is kept under ~/.cache/kaon by the content of the Verilog; KAON_CACHE moves it.")]
pub struct SynthArgs {
    /// Folder that kaon compiled
    folder: PathBuf,

    /// What synthesises
    #[arg(long, value_enum, default_value = "yosys")]
    tool: Tool,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Tool {
    Yosys,
}

#[derive(Serialize)]
struct Outcome<'a> {
    synthesis: &'a Synthesis,
    estimate: Resources,
    cached: bool,
}

pub fn run(args: &SynthArgs, streams: &mut Streams) -> Result<Answer, Failure> {
    let Tool::Yosys = args.tool;
    let (estimate, unit) = match driver::stream_report_of_folder(&args.folder, None)? {
        Some(report) => (report.total, report.area_unit),
        None => {
            let report = driver::report_of_folder(&args.folder, None)?;
            (report.total, report.area_unit)
        }
    };
    let watcher = Watcher::new(streams);
    watcher.say("yosys synthesises the design");
    let synthesis = driver::synthesise(&args.folder)?;
    drop(watcher);
    if args.json {
        let cached = synthesis.cached;
        let outcome = Outcome {
            synthesis: &synthesis,
            estimate,
            cached,
        };
        return Ok(json(&outcome)?.into());
    }
    let origin = match synthesis.cached {
        true => "from an earlier run on the same Verilog".to_string(),
        false => format!("in {:.1} s", synthesis.seconds),
    };
    let mut text = format!("{}: {}, {origin}\n\n", synthesis.tool, synthesis.command);
    let unit = format!("{unit:>15}");
    text.push_str(&format!("{unit}       FF      DSP     BRAM\n"));
    let mut row = |name: &str, numbers: [u64; 4]| {
        let numbers = numbers.map(|number| format!("{number:>9}"));
        text.push_str(&format!("{name:9}{}\n", numbers.concat().trim_end()));
    };
    let Resources {
        lut, ff, dsp, bram, ..
    } = estimate;
    row("estimate", [lut, ff, dsp, bram]);
    let Synthesis {
        lut, ff, dsp, bram, ..
    } = synthesis;
    row("yosys", [lut, ff, dsp, bram]);
    let stored = synthesis.stored();
    let stored: Vec<String> = stored
        .map(|(cell, count)| format!("{count} {cell}"))
        .collect();
    if !stored.is_empty() {
        text.push_str(&format!("\nof which {}\n", stored.join(", ")));
    }
    Ok(text.into())
}
