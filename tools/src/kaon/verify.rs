//! `kaon verify`.

use std::path::PathBuf;

use clap::Args;
use compiler::driver;
use compiler::failure::Failure;
use compiler::verify::Verdict;
use dialects::Diagnostic;

use crate::answer::Answer;
use crate::progress::Watcher;
use crate::streams::Streams;

/// Prove that layers, emulator, hardware text and Verilog are one function
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kaon verify out
  kaon verify out --strict

The report is written into the folder as well: verify.txt and verify.json.
What could not be proved is compared on samples, and the report says so.")]
pub struct VerifyArgs {
    /// Folder that kaon compiled
    folder: PathBuf,

    /// Fail where something was sampled or skipped
    #[arg(long)]
    strict: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &VerifyArgs, streams: &mut Streams) -> Result<Answer, Failure> {
    let watcher = Watcher::new(streams);
    watcher.say("every description is read back and compared");
    let verification = driver::verify(&args.folder)?;
    drop(watcher);
    let open = args.strict && verification.verdict != Verdict::Proved;
    let failure = open.then(|| {
        let finding = Diagnostic::new("not everything is proved");
        let finding = finding.in_file(args.folder.display().to_string());
        Failure::from(finding.help("leave out --strict to accept samples"))
    });
    let text = match args.json {
        true => verification.to_json(),
        false => verification.to_string(),
    };
    Ok(Answer { text, failure })
}
