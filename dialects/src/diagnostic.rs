//! What went wrong, where, and the way out: the one error type of every room.
//!
//! A `Diagnostic` is a value. Rooms return it; only `tools/` prints it.

use std::fmt;

/// One finding: a sentence, the place it is about, notes and ways out.
///
/// Printed as
/// ```text
/// error: nn.softmax has no hardware lowering
///   --> classifier.onnx, layer "softmax_1"
///    = note: reached by lower-nn-to-fx
///    = help: drop the final softmax, or stop with --emit nn
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diagnostic {
    pub sentence: String,
    pub file: Option<String>,
    pub layer: Option<String>,
    pub notes: Vec<String>,
    pub helps: Vec<String>,
    /// The fault is kaon's and not the input's.
    pub ours: bool,
    /// Further findings of the same check, printed after this one.
    pub others: Vec<Diagnostic>,
}

pub type Result<T, E = Diagnostic> = std::result::Result<T, E>;

impl Diagnostic {
    pub fn new(sentence: impl Into<String>) -> Self {
        Diagnostic {
            sentence: sentence.into(),
            ..Default::default()
        }
    }

    /// A check of kaon's own work that failed.
    pub fn ours(sentence: impl Into<String>) -> Self {
        Diagnostic {
            ours: true,
            ..Diagnostic::new(sentence)
        }
    }

    /// The file the finding is about; a file named earlier is kept.
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file.get_or_insert_with(|| file.into());
        self
    }

    /// The layer the finding is about; a layer named earlier is kept.
    pub fn in_layer(mut self, layer: impl Into<String>) -> Self {
        self.layer.get_or_insert_with(|| layer.into());
        self
    }

    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.helps.push(help.into());
        self
    }

    /// One diagnostic out of all findings of a check; `Ok` when there are none.
    pub fn collect(findings: impl IntoIterator<Item = Diagnostic>) -> Result<()> {
        let mut findings = findings.into_iter();
        match findings.next() {
            None => Ok(()),
            Some(mut first) => {
                first.others.extend(findings);
                Err(first)
            }
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.sentence)?;
        match (&self.file, &self.layer) {
            (Some(file), Some(layer)) => write!(f, "\n  --> {file}, layer \"{layer}\"")?,
            (Some(file), None) => write!(f, "\n  --> {file}")?,
            (None, Some(layer)) => write!(f, "\n  --> layer \"{layer}\"")?,
            (None, None) => {}
        }
        for note in &self.notes {
            write!(f, "\n   = note: {note}")?;
        }
        for help in &self.helps {
            write!(f, "\n   = help: {help}")?;
        }
        for other in &self.others {
            write!(f, "\n{other}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}
