//! Whose fault a failure is: what decides the exit code.

use std::fmt;
use std::io;

use dialects::Diagnostic;

/// The operating system's words without its error number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    let mut characters = words.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// A finding and who has to act on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The model, a file or a tool is not what it has to be.
    Input(Diagnostic),
    /// The request makes no sense.
    Usage(Diagnostic),
    /// Ours: a pass broke its contract.
    Ours(Diagnostic),
}

impl Failure {
    pub fn usage(sentence: impl Into<String>) -> Self {
        Failure::Usage(Diagnostic::new(sentence))
    }

    pub fn diagnostic(&self) -> &Diagnostic {
        match self {
            Failure::Input(finding) | Failure::Usage(finding) | Failure::Ours(finding) => finding,
        }
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Input(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Ours(_) => 101,
        }
    }

    /// The same failure with something done to its diagnostic.
    #[must_use]
    pub fn map(self, change: impl FnOnce(Diagnostic) -> Diagnostic) -> Self {
        match self {
            Failure::Input(finding) => Failure::Input(change(finding)),
            Failure::Usage(finding) => Failure::Usage(change(finding)),
            Failure::Ours(finding) => Failure::Ours(change(finding)),
        }
    }
}

/// A room that returns a diagnostic speaks about its input.
impl From<Diagnostic> for Failure {
    fn from(finding: Diagnostic) -> Self {
        Failure::Input(finding)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic().fmt(f)?;
        match self {
            Failure::Ours(_) => write!(
                f,
                "\n   = note: this is a fault of kaon, not of the model\n   \
                 = help: rerun with --dump-dir DIR and report the last two files in it"
            ),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

/// What is wrong with a TOML text, and the line where.
pub fn malformed(sentence: &str, text: &str, error: &toml::de::Error) -> Diagnostic {
    let message = error.message().lines().collect::<Vec<_>>().join(" ");
    let finding = Diagnostic::new(format!("{sentence}: {message}"));
    match error.span() {
        Some(span) => {
            let before = text.get(..span.start).unwrap_or(text);
            let number = before.matches('\n').count() + 1;
            let line = text.lines().nth(number - 1).unwrap_or_default();
            let line: String = line.trim().chars().take(120).collect();
            finding.note(format!("line {number}: {line}"))
        }
        None => finding,
    }
}
