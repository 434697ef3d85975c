//! What a subcommand has to say, and how it ends.

use clap::Error;
use clap::error::ErrorKind;
use compiler::failure::Failure;
use dialects::Diagnostic;

use crate::Streams;

/// Text for the output, and the failure that comes after it, if any.
#[derive(Debug, Default)]
pub struct Answer {
    pub text: String,
    pub failure: Option<Failure>,
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Answer {
            text,
            failure: None,
        }
    }
}

/// Prints an outcome; the exit code.
pub fn finish(outcome: Result<Answer, Failure>, streams: &mut Streams) -> u8 {
    let answer = outcome.unwrap_or_else(|failure| Answer {
        text: String::new(),
        failure: Some(failure),
    });
    // A reader that closed the pipe wants no more, and that is no failure.
    let _ = streams.output.write_all(answer.text.as_bytes());
    let _ = streams.output.flush();
    match answer.failure {
        None => 0,
        Some(failure) => {
            let _ = writeln!(streams.errors, "{failure}");
            failure.exit_code()
        }
    }
}

/// Prints what clap says about the arguments: help and version to the output, the rest to
/// the errors.
pub fn refuse(error: &Error, streams: &mut Streams) -> u8 {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = streams.output.write_all(text.as_bytes());
            0
        }
        _ => {
            let _ = streams.errors.write_all(text.as_bytes());
            2
        }
    }
}

/// JSON with a newline at its end.
pub fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value);
    let ours = |error: serde_json::Error| Failure::Ours(Diagnostic::new(error.to_string()));
    Ok(text.map_err(ours)? + "\n")
}
