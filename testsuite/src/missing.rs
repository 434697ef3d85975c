//! What a machine may lack: a test without it is skipped by name, or fails when `KAON_STRICT=1`.

use std::path::PathBuf;

use crate::reference;

/// Says that a test is skipped, and why.
///
/// Panics under `KAON_STRICT=1`: there, what is missing is a failure.
pub fn skip(reason: &str) {
    let strict = std::env::var("KAON_STRICT").is_ok_and(|value| value == "1");
    assert!(!strict, "{reason}");
    eprintln!("SKIPPED: {reason}");
}

/// The folder of the shared models; `None`, said aloud, when it is not there.
pub fn models() -> Option<PathBuf> {
    let folder = reference::models();
    if folder.is_dir() {
        return Some(folder);
    }
    let place = folder.display();
    skip(&format!("no shared models in {place} (set KAON_MODELS)"));
    None
}
