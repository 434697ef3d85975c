//! `kaon report`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use compiler::driver;
use compiler::failure::Failure;
use compiler::target;

use crate::answer::Answer;

/// Print latency and resources, as estimated before synthesis, and how they came about
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kaon report out
  kaon report out --device zu7ev
  kaon report out --format json
  kaon report out --format html > report.html")]
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
    Html,
}

pub fn run(args: &ReportArgs) -> Result<Answer, Failure> {
    let device = args.device.as_deref().map(target::find);
    let device = device.transpose().map_err(Failure::Usage)?;
    let format = if args.json { Format::Json } else { args.format };
    if let Some(report) = driver::stream_report_of_folder(&args.folder, device)? {
        let text = match format {
            Format::Json => report.to_json(),
            Format::Text => report.to_string(),
            Format::Html => report.to_html(),
        };
        return Ok(text.into());
    }
    let report = driver::report_of_folder(&args.folder, device)?;
    let text = match format {
        Format::Json => report.to_json(),
        Format::Html => report.to_html(),
        Format::Text => report.to_string() + &report.explanation(),
    };
    Ok(text.into())
}
