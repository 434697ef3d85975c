//! Passes and lowerings: each `passes/<pass>/<case>.mlir` and `lowering/<lowering>/<case>.mlir`
//! is one trial.
//!
//! The module is read, verified and run; the output, or the refusal, is a snapshot beside
//! the case; what it computes is compared before and after, on all inputs when they are few,
//! else on corners and random ones; a pass run again changes nothing; printed and read
//! back, and with its values renamed, the input gives the same output.
//! The first lines of a case may say more, see `case.rs`.
//!
//! The trials `process/…` are about kaon as a process, see `process/mod.rs`.
//!
//! `INSTA_UPDATE=always cargo test --test passes` writes the snapshots.

mod case;
mod meaning;
mod process;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use compiler::passes::{PASSES, Pass};
use compiler::pipeline::LOWERINGS;
use compiler::runner::Lowering;
use libtest_mimic::{Arguments, Failed, Trial};

/// What a folder of cases is about.
#[derive(Clone, Copy)]
pub enum Subject {
    Pass(&'static Pass),
    Lowering(&'static Lowering),
}

impl Subject {
    pub fn name(self) -> &'static str {
        match self {
            Subject::Pass(pass) => pass.name,
            Subject::Lowering(lowering) => lowering.name,
        }
    }

    fn folder(self) -> PathBuf {
        let room = match self {
            Subject::Pass(_) => "passes",
            Subject::Lowering(_) => "lowering",
        };
        root().join(room).join(self.name())
    }
}

fn main() {
    process::become_kaon();
    let arguments = Arguments::from_args();
    let passes = PASSES.iter().map(|pass| Subject::Pass(pass));
    let lowerings = LOWERINGS.iter().map(|lowering| Subject::Lowering(lowering));
    let subjects: Vec<Subject> = passes.chain(lowerings).collect();
    let mut trials = Vec::new();
    for &subject in &subjects {
        let folder = subject.folder();
        let cases = files(&folder, "mlir");
        let count = cases.len();
        let name = format!("{} has cases", subject.name());
        trials.push(Trial::test(name, move || match count {
            0 => Err(format!("no case in {}", folder.display()).into()),
            _ => Ok(()),
        }));
        for path in cases {
            let name = format!("{}/{}", subject.name(), stem(&path));
            trials.push(Trial::test(name, move || case::check(subject, &path)));
        }
    }
    trials.push(Trial::test("every snapshot has a case", move || {
        unreferenced(&subjects)
    }));
    trials.extend(process::trials());
    libtest_mimic::run(&arguments, trials).exit();
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    found.sort();
    found
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Folders that are about nothing, snapshots without a case.
fn unreferenced(subjects: &[Subject]) -> Result<(), Failed> {
    let known: BTreeSet<PathBuf> = subjects.iter().map(|subject| subject.folder()).collect();
    let mut lost = Vec::new();
    for room in ["passes", "lowering"] {
        let entries = fs::read_dir(root().join(room))?;
        for folder in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if !known.contains(&folder) {
                lost.push(format!("{} is no pass or lowering", folder.display()));
            }
            let cases: BTreeSet<String> = files(&folder, "mlir").iter().map(|p| stem(p)).collect();
            let snapshots = files(&folder, "snap")
                .into_iter()
                .chain(files(&folder, "new"));
            let without = snapshots.filter(|path| !cases.contains(&stem(path)));
            lost.extend(without.map(|path| format!("{} has no case", path.display())));
        }
    }
    match lost.is_empty() {
        true => Ok(()),
        false => Err(lost.join("\n").into()),
    }
}
