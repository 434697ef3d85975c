//! A folder that appears whole: files are written beside it, and one rename shows them.
//!
//! Killed at any moment, a run leaves the old folder or the new one, and perhaps a temporary
//! folder beside it, which the next run removes.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use dialects::Result;

use super::file::replace;
use super::manifest::{FileRecord, Manifest};
use super::place::{Place, Put, failed};
use super::{MANIFEST, sha256};

/// The files of a folder that is not there yet. Dropped unfinished, it leaves nothing.
pub struct Staging {
    place: Place,
    /// Folders above the target that were made for it, the innermost first.
    made: Vec<PathBuf>,
    aside: tempfile::TempDir,
    /// Held for as long as the temporary folder is in use.
    _lock: Option<File>,
    files: Vec<FileRecord>,
}

/// Whether a folder is one that kaon wrote.
pub fn is_output(folder: &Path) -> bool {
    Manifest::read(folder).is_ok()
}

impl Staging {
    /// Prepares to write `target`; see [`Place::of`].
    pub fn begin(target: &Path) -> Result<Staging> {
        let place = Place::of(target)?;
        let unwritable = |error: io::Error| failed(target, "cannot be written", &error);
        let above = place.parent.ancestors();
        let missing = above.take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let made = missing.map(Path::to_path_buf).collect();
        fs::create_dir_all(&place.parent).map_err(unwritable)?;
        // One at a time: a folder just made and not yet locked looks like one left behind.
        let parent = File::open(&place.parent).map_err(unwritable)?;
        let _ = parent.lock();
        place.clear();
        let aside = tempfile::Builder::new()
            .prefix(&place.prefix())
            .tempdir_in(&place.parent)
            .map_err(unwritable)?;
        let lock = File::open(aside.path()).ok();
        let lock = lock.filter(|folder| folder.lock().is_ok());
        Ok(Staging {
            place,
            made,
            aside,
            _lock: lock,
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
            .map_err(|error| failed(&self.place.given.join(path), "cannot be written", &error))?;
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
    pub fn finish(mut self, mut manifest: Manifest) -> Result<PathBuf> {
        manifest.files = self.files();
        let text = manifest.to_json();
        let given = self.place.given.clone();
        let unwritable = |error| failed(&given, "cannot be written", &error);
        let aside = self.aside.path();
        fs::write(aside.join(MANIFEST), text).map_err(unwritable)?;
        readable(aside).map_err(unwritable)?;
        for path in foreign_files(&self.place.target) {
            keep(&self.place.target.join(&path), &aside.join(&path)).map_err(unwritable)?;
        }
        match self.place.put(aside)? {
            Put::New => self.aside.disable_cleanup(true),
            // Dropped, the temporary folder takes what stood there with it.
            Put::Exchanged => {}
        }
        self.made.clear();
        Ok(given)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if self.made.is_empty() {
            return;
        }
        let _ = fs::remove_dir_all(self.aside.path());
        for folder in &self.made {
            // What somebody else put there meanwhile stays.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Adds files to a folder that kaon wrote, or replaces them; the manifest lists them.
///
/// Stopped in between, the folder is whole without them.
pub fn add(folder: &Path, files: &[(&str, String)]) -> Result<()> {
    let mut manifest = Manifest::read(folder)?;
    let place = |path: &str, text: &str| {
        let file = folder.join(path);
        replace(&file, text).map_err(|error| failed(&file, "cannot be written", &error))
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

/// Gives a user's file a second name in the new folder, or copies it where that cannot be.
/// What the new folder has of that name wins.
fn keep(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::hard_link(from, to) {
        Err(_) => fs::copy(from, to).map(|_| ()),
        Ok(()) => Ok(()),
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
