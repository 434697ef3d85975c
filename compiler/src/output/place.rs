//! Where an output folder stands, what may be replaced there, and how it is replaced at once.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use dialects::{Diagnostic, Result};
use rustix::fs::{Access, CWD, RenameFlags, access, renameat_with};

use crate::failure::reason;

use super::{is_output, sha256};

/// A folder that may be written, links followed.
#[derive(Debug, Clone)]
pub struct Place {
    /// As the user wrote it, for messages.
    pub given: PathBuf,
    pub target: PathBuf,
    pub parent: PathBuf,
}

impl Place {
    /// Errors: `given` is a file, a link to nothing, a folder that kaon did not write, or
    /// the current folder; no right to write beside it.
    pub fn of(given: &Path) -> Result<Place> {
        let refuse = |what: &str| {
            let finding = Diagnostic::new(what).in_file(given.display().to_string());
            Err(finding.help("give -o a new folder, or one that kaon wrote"))
        };
        let unusable = |error: io::Error| failed(given, "cannot be written", &error);
        let target = match fs::symlink_metadata(given) {
            Ok(_) => match fs::canonicalize(given) {
                Ok(real) => real,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return refuse("the output folder is a link to nothing");
                }
                Err(error) => return Err(unusable(error)),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => given.to_path_buf(),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return refuse("the output folder would stand in a file");
            }
            Err(error) => return Err(unusable(error)),
        };
        if target.exists() {
            if !target.is_dir() {
                return refuse("the output folder is a file");
            }
            if !is_empty(&target).map_err(unusable)? && !is_output(&target) {
                return refuse("the output folder exists and was not written by kaon");
            }
            if std::env::current_dir().is_ok_and(|here| here.starts_with(&target)) {
                return refuse("the output folder holds the current folder, and is replaced whole");
            }
        }
        let parent = match (target.parent(), target.file_name()) {
            (Some(parent), Some(_)) if parent.as_os_str().is_empty() => PathBuf::from("."),
            (Some(parent), Some(_)) => parent.to_path_buf(),
            _ => return refuse("the output folder has no name"),
        };
        let nearest = parent.ancestors().find(|folder| folder.exists());
        let nearest = nearest.unwrap_or(Path::new("."));
        access(nearest, Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|error| unusable(error.into()))?;
        Ok(Place {
            given: given.to_path_buf(),
            target,
            parent,
        })
    }

    /// What the names of this folder's temporary ones begin with.
    pub fn prefix(&self) -> String {
        let name = self.target.file_name().unwrap_or_default();
        let hash = sha256(name.as_encoded_bytes());
        format!(".kaon-{}-", &hash[..8])
    }

    /// Removes what killed runs left beside the folder. A temporary folder that nobody holds
    /// locked is one.
    pub fn clear(&self) {
        let prefix = self.prefix();
        for entry in fs::read_dir(&self.parent).into_iter().flatten().flatten() {
            let ours = entry.file_name().to_string_lossy().starts_with(&prefix);
            let free = || File::open(entry.path()).is_ok_and(|folder| folder.try_lock().is_ok());
            if ours && free() {
                self.restore(&entry.path());
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Where two folders cannot be exchanged at once, the old one stands aside for a moment:
    /// killed then, it goes back.
    fn restore(&self, aside: &Path) {
        let old = aside.join(OLD);
        if old.is_dir() && !self.target.exists() {
            let _ = fs::rename(old, &self.target);
        }
    }

    /// Puts the folder `aside` in place. What stood there stands in `aside` afterwards.
    ///
    /// Errors: what stood there became another folder meanwhile; it stays.
    pub fn put(&self, aside: &Path) -> Result<Put> {
        let unwritable = |error: io::Error| failed(&self.given, "cannot be written", &error);
        let exchange = |flags: RenameFlags| renameat_with(CWD, aside, CWD, &self.target, flags);
        // Another run may show or remove its folder between a look and a rename.
        for _ in 0..100 {
            match exchange(RenameFlags::NOREPLACE) {
                Ok(()) => return Ok(Put::New),
                Err(rustix::io::Errno::EXIST) => {}
                Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                    return self.put_slowly(aside).map_err(unwritable);
                }
                Err(error) => return Err(unwritable(error.into())),
            }
            match exchange(RenameFlags::EXCHANGE) {
                Ok(()) if is_output(aside) || is_empty(aside).unwrap_or(false) => {
                    return Ok(Put::Exchanged);
                }
                Ok(()) => {
                    exchange(RenameFlags::EXCHANGE).map_err(|error| unwritable(error.into()))?;
                    return Err(changed(&self.given));
                }
                Err(rustix::io::Errno::NOENT) => {}
                Err(error) => return Err(unwritable(error.into())),
            }
        }
        Err(changed(&self.given))
    }

    /// [`Place::put`] on file systems that cannot exchange two folders: the old one goes
    /// aside first.
    fn put_slowly(&self, aside: &Path) -> io::Result<Put> {
        if !self.target.exists() {
            return fs::rename(aside, &self.target).map(|()| Put::New);
        }
        let wrapper = tempfile::Builder::new()
            .prefix(&self.prefix())
            .tempdir_in(&self.parent)?;
        let lock = File::open(wrapper.path())?;
        let _ = lock.lock();
        let old = wrapper.path().join(OLD);
        fs::rename(&self.target, &old)?;
        if let Err(error) = fs::rename(aside, &self.target) {
            fs::rename(&old, &self.target)?;
            return Err(error);
        }
        Ok(Put::New)
    }
}

/// The old folder's name inside a temporary one.
const OLD: &str = "old";

/// How a folder came into place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// Nothing is left of `aside`.
    New,
    /// What was there stands in `aside`.
    Exchanged,
}

/// Whether `target` may be written: it is new, empty, or an output of kaon.
pub fn check_target(target: &Path) -> Result<()> {
    Place::of(target).map(|_| ())
}

fn is_empty(folder: &Path) -> io::Result<bool> {
    Ok(fs::read_dir(folder)?.next().is_none())
}

fn changed(given: &Path) -> Diagnostic {
    Diagnostic::new("the output folder was replaced by something else meanwhile")
        .in_file(given.display().to_string())
        .help("compile again, into a folder that nothing else writes")
}

pub fn failed(path: &Path, what: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::new(format!("the output {what}: {}", reason(error)))
        .in_file(path.display().to_string())
}
