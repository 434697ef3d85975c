//! A file that appears whole: it is written beside its place, and a rename shows it.
//!
//! Killed at any moment, a run leaves the old file or the new one, and perhaps a hidden
//! `.kaon-*` beside it.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::{Access, access};

/// Puts these bytes in a file.
///
/// Errors: the operating system's; then the file is as it was before.
pub fn replace(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    replace_with(path, |file| file.write_all(bytes.as_ref()))
}

/// Puts in a file what `write` writes. Links are followed, and a new file is as open as any
/// other that the user makes. What is no file, such as a pipe or a device, is written as it is.
///
/// Errors: those of `write` and of the file system; then the file is as it was before.
pub fn replace_with<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    replace_by_name(path, |aside| {
        write(&mut File::options().write(true).truncate(true).open(aside)?)
    })
}

/// The same for what writes files by their names.
///
/// Errors: as for [`replace_with`].
pub fn replace_by_name<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let before = match fs::metadata(path) {
        Ok(found) if !found.is_file() => return write(path),
        Ok(found) => Some(found.permissions()),
        Err(_) => None,
    };
    // A link to a file that is not there yet is replaced itself.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    access(folder, Access::WRITE_OK | Access::EXEC_OK).map_err(io::Error::from)?;
    if before.is_some() {
        access(&target, Access::WRITE_OK).map_err(io::Error::from)?;
    }
    let permissions = before.unwrap_or_else(|| Permissions::from_mode(0o666));
    let aside = tempfile::Builder::new()
        .prefix(".kaon-")
        .permissions(permissions.clone())
        .tempfile_in(folder)?;
    write(aside.path())?;
    if target.exists() {
        fs::set_permissions(aside.path(), permissions)?;
    }
    aside.persist(&target).map_err(|failed| failed.error)?;
    Ok(())
}
