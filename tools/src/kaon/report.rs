//! `kaon report`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use compiler::driver;
use compiler::failure::Failure;
use compiler::target;

use crate::answer::Answer;

/// Print latency and resources, as estimated before synthesis
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kaon report out
  kaon report out --device zu7ev
  kaon report out --format json")]
pub struct ReportArgs {
    /// Folder that kaon compiled
    folder: PathBuf,

    #[arg(long, value_enum, default_value = "text")]
    format: Format,

    /// The same as --format json
    #[arg(long)]
    json: bool,

    /// Estimate for this device or family instead of the target; the schedule stays
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub fn run(args: &ReportArgs) -> Result<Answer, Failure> {
    let device = args.device.as_deref().map(target::find);
    let device = device.transpose().map_err(Failure::Usage)?;
    let report = driver::report_of_folder(&args.folder, device)?;
    let text = match args.json || args.format == Format::Json {
        true => report.to_json(),
        false => report.to_string(),
    };
    Ok(text.into())
}
