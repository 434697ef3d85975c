//! kaon as a process of its own: killed, out of space, out of memory, beside others.
//!
//! The program of these tests is kaon itself when it is called so: what limits and signals
//! do, they do to a process.

mod bounds;
mod crash;
mod same;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use compiler::output::{Manifest, sha256};
use libtest_mimic::{Failed, Trial};

/// The first argument that makes this program kaon.
const AS_KAON: &str = "--as-kaon";
const AS_KAON_OPT: &str = "--as-kaon-opt";

/// Runs kaon on the other arguments and ends, when the first one asks for it.
pub fn become_kaon() {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    let program: Option<fn(_, &mut tools::Streams) -> u8> = match arguments.get(1) {
        Some(first) if first == AS_KAON => Some(tools::kaon::run),
        Some(first) if first == AS_KAON_OPT => Some(tools::opt::run),
        _ => None,
    };
    if let Some(program) = program {
        arguments.remove(1);
        let mut streams = tools::Streams {
            input: &mut std::io::stdin(),
            output: &mut std::io::stdout(),
            errors: &mut std::io::stderr(),
            watched: false,
        };
        let code = program(arguments, &mut streams);
        std::process::exit(code.into());
    }
}

pub fn trials() -> Vec<Trial> {
    let mut trials = crash::trials();
    trials.extend(bounds::trials());
    trials.extend(same::trials());
    trials
}

type Check = fn() -> Result<(), Failed>;

fn trial(name: &str, check: Check) -> Trial {
    Trial::test(format!("process/{name}"), check)
}

/// kaon with some arguments.
fn kaon(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a program"));
    command.arg(AS_KAON).args(arguments);
    command.stdin(Stdio::null());
    command
}

/// A program behind a line of shell that sets limits.
fn under(limits: &str, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    let own = std::env::current_exe().expect("a program");
    command.args(["-c", &format!("{limits}; exec \"$@\""), "sh"]);
    command.arg(own).arg(program).args(arguments);
    command.stdin(Stdio::null());
    command
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A model that compiles at once.
fn model() -> String {
    let path = super::root().join("models/int8_nodes/qgemm/model.onnx");
    path.display().to_string()
}

/// Every file below a folder, relative to it, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    let mut open = vec![PathBuf::new()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(folder.join(&at))
            .into_iter()
            .flatten()
            .flatten()
        {
            let path = at.join(entry.file_name());
            match entry.path().is_dir() {
                true => open.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

/// The manifest of a folder in which exactly the listed files are, as they were written.
fn complete(folder: &Path) -> Result<Manifest, Failed> {
    let manifest = Manifest::read(folder).map_err(|finding| finding.to_string())?;
    for file in &manifest.files {
        let bytes = fs::read(folder.join(&file.path))?;
        if sha256(&bytes) != file.sha256 {
            return Err(format!("{} is not what was written", file.path).into());
        }
    }
    let found = files(folder).len();
    match found == manifest.files.len() + 1 {
        true => Ok(manifest),
        false => Err(format!("{found} files, {} listed", manifest.files.len()).into()),
    }
}

/// What stands in a folder, by name.
fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn expect(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Failed> {
    match holds {
        true => Ok(()),
        false => Err(otherwise().into()),
    }
}
