//! A folder that appears whole: files are written beside it, and one rename shows them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dialects::{Diagnostic, Result};

use crate::failure::reason;

use super::manifest::{FileRecord, Manifest};
use super::{MANIFEST, sha256};

/// The files of a folder that is not there yet. Dropped unfinished, it leaves nothing.
pub struct Staging {
    target: PathBuf,
    aside: tempfile::TempDir,
    files: Vec<FileRecord>,
}

/// Whether a folder is one that kaon wrote.
pub fn is_output(folder: &Path) -> bool {
    Manifest::read(folder).is_ok()
}

impl Staging {
    /// Prepares to write `target`.
    ///
    /// Errors: `target` exists and is neither empty nor an output of kaon; no right to write
    /// beside it.
    pub fn begin(target: &Path) -> Result<Staging> {
        check_target(target)?;
        let unwritable = |error| failed(target, "cannot be written", &error);
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(unwritable)?;
        let aside = tempfile::Builder::new()
            .prefix(".kaon-")
            .tempdir_in(parent)
            .map_err(unwritable)?;
        Ok(Staging {
            target: target.to_path_buf(),
            aside,
            files: vec![],
        })
    }

    /// Adds a file; `path` is relative, with forward slashes.
    pub fn write(&mut self, path: &str, bytes: impl AsRef<[u8]>) -> Result<()> {
        let bytes = bytes.as_ref();
        let file = self.aside.path().join(path);
        let written = match file.parent() {
            Some(parent) => fs::create_dir_all(parent),
            None => Ok(()),
        };
        written
            .and_then(|()| fs::write(&file, bytes))
            .map_err(|error| failed(&self.target.join(path), "cannot be written", &error))?;
        self.files.push(FileRecord {
            path: path.to_string(),
            bytes: bytes.len() as u64,
            sha256: sha256(bytes),
        });
        Ok(())
    }

    /// The files so far, in the order of their paths.
    pub fn files(&self) -> Vec<FileRecord> {
        let mut files = self.files.clone();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// Shows the folder, with the manifest that lists its files. A folder that kaon wrote
    /// earlier goes; files in it that kaon did not write stay.
    pub fn finish(self, mut manifest: Manifest) -> Result<PathBuf> {
        manifest.files = self.files();
        let text = manifest.to_json();
        let unwritable = |error| failed(&self.target, "cannot be written", &error);
        fs::write(self.aside.path().join(MANIFEST), text).map_err(unwritable)?;
        readable(self.aside.path()).map_err(unwritable)?;
        let old = self.aside.path().with_extension("old");
        let replaces = self.target.exists();
        if replaces {
            let foreign = foreign_files(&self.target);
            fs::rename(&self.target, &old).map_err(unwritable)?;
            for path in foreign {
                let (from, to) = (old.join(&path), self.aside.path().join(&path));
                if let Some(parent) = to.parent().filter(|_| !to.exists()) {
                    fs::create_dir_all(parent)
                        .and_then(|()| fs::rename(from, &to))
                        .map_err(unwritable)?;
                }
            }
        }
        if let Err(error) = fs::rename(self.aside.path(), &self.target) {
            if replaces {
                // What was there is better than nothing; if it cannot go back it stays aside.
                let _ = fs::rename(&old, &self.target);
            }
            return Err(unwritable(error));
        }
        if replaces {
            fs::remove_dir_all(&old).map_err(unwritable)?;
        }
        Ok(self.target.clone())
    }
}

/// Adds files to a folder that kaon wrote, or replaces them; the manifest lists them.
///
/// Stopped in between, the folder is whole without them.
pub fn add(folder: &Path, files: &[(&str, String)]) -> Result<()> {
    let mut manifest = Manifest::read(folder)?;
    let place = |path: &str, text: &str| {
        let written = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            io::Write::write_all(&mut file, text.as_bytes())?;
            let usual = fs::metadata(folder.join(MANIFEST))?.permissions();
            file.as_file().set_permissions(usual)?;
            file.persist(folder.join(path))?;
            Ok(())
        };
        written().map_err(|error| failed(&folder.join(path), "cannot be written", &error))
    };
    let added = |record: &FileRecord| files.iter().any(|file| file.0 == record.path);
    let listed = manifest.files.len();
    manifest.files.retain(|record| !added(record));
    if manifest.files.len() < listed {
        place(MANIFEST, &manifest.to_json())?;
    }
    for (path, text) in files {
        place(path, text)?;
        manifest.files.push(FileRecord {
            path: (*path).to_string(),
            bytes: text.len() as u64,
            sha256: sha256(text.as_bytes()),
        });
    }
    manifest.files.sort_by(|a, b| a.path.cmp(&b.path));
    place(MANIFEST, &manifest.to_json())
}

/// Temporary folders are for their owner only; an output is as open as any other folder.
fn readable(folder: &Path) -> io::Result<()> {
    let probe = folder.join(".probe");
    fs::create_dir(&probe)?;
    let usual = fs::metadata(&probe)?.permissions();
    fs::remove_dir(&probe)?;
    fs::set_permissions(folder, usual)
}

/// Whether `target` may be written: it is new, empty, or an output of kaon.
pub fn check_target(target: &Path) -> Result<()> {
    let refuse = |what: &str| {
        let finding = Diagnostic::new(what).in_file(target.display().to_string());
        Err(finding.help("give -o a new folder, or one that kaon wrote"))
    };
    if target.is_file() {
        return refuse("the output folder is a file");
    }
    let empty = match fs::read_dir(target) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => true,
    };
    match empty || is_output(target) {
        true => Ok(()),
        false => refuse("the output folder exists and was not written by kaon"),
    }
}

/// The files of an output that its manifest does not list, relative to it.
fn foreign_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(manifest) = Manifest::read(folder) else {
        return vec![];
    };
    let listed = manifest.files.iter().map(|file| PathBuf::from(&file.path));
    let listed: BTreeSet<PathBuf> = listed.chain([PathBuf::from(MANIFEST)]).collect();
    let mut found = vec![];
    let mut open = vec![PathBuf::new()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(folder.join(&at))
            .into_iter()
            .flatten()
            .flatten()
        {
            let path = at.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(path),
                _ if listed.contains(&path) => {}
                _ => found.push(path),
            }
        }
    }
    found.sort();
    found
}

fn failed(path: &Path, what: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::new(format!("the output {what}: {}", reason(error)))
        .in_file(path.display().to_string())
}
