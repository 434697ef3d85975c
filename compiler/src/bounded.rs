//! Files of strangers, read no further than a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Text that a person or kaon wrote, at most this long: configurations, targets, manifests,
/// modules.
pub const TEXT: u64 = 1 << 28;

/// Arrays of samples, at most this long.
pub const ARRAY: u64 = 1 << 31;

/// The bytes of a file.
///
/// Errors: what the system says; a file, or a device that never ends, of more than `most`.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    let too_long = |most: u64| {
        let text = format!("it is longer than the {} MiB that kaon reads", most >> 20);
        io::Error::new(io::ErrorKind::FileTooLarge, text)
    };
    if meta.len() > most {
        return Err(too_long(most));
    }
    // A pipe has no size; what does not end is read to a small limit only.
    let most = if meta.is_file() {
        meta.len()
    } else {
        most.min(1 << 28)
    };
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(too_long(most)),
        false => Ok(bytes),
    }
}

/// The text of a file; see [`read`].
pub fn read_text(path: &Path) -> io::Result<String> {
    let bytes = read(path, TEXT)?;
    let no_text = |_| io::Error::new(io::ErrorKind::InvalidData, "it is no text in UTF-8");
    String::from_utf8(bytes).map_err(no_text)
}
