//! A fault that a command shows: `kaon-opt IN.MLIR --reduce 'COMMAND'`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use dialects::{Diagnostic, Result};

use super::reduce;
use crate::failure::reason;
use crate::module::Module;

/// What stands for the file in a command.
const FILE: &str = "{}";

/// The smallest module found on which the command, run by `sh`, still ends as it does on
/// the module given: with the same exit code, which is not 0.
///
/// Errors: a command that succeeds, or that cannot be run.
pub fn by_command(module: &Module, command: &str) -> Result<Module> {
    let folder = tempfile::tempdir().map_err(|error| {
        Diagnostic::new(format!(
            "no temporary folder can be made: {}",
            reason(&error)
        ))
    })?;
    let file = folder.path().join("reduced.mlir");
    let wanted = exit_code(module, &file, command)?;
    if wanted == 0 {
        return Err(
            Diagnostic::new(format!("`{command}` succeeds, so it shows no fault"))
                .note("a module is made smaller while the command fails with the same exit code")
                .help("turn a success into a failure with: ! COMMAND"),
        );
    }
    let shows = |module: &Module| exit_code(module, &file, command).is_ok_and(|c| c == wanted);
    Ok(reduce(module, &shows))
}

/// How the command ends on a module; its output is nobody's.
fn exit_code(module: &Module, file: &Path, command: &str) -> Result<i32> {
    let place = file.display().to_string();
    fs::write(file, module.print()).map_err(|error| {
        Diagnostic::new(format!("the module cannot be written: {}", reason(&error)))
            .in_file(place.clone())
    })?;
    let text = match command.contains(FILE) {
        true => command.replace(FILE, &place),
        false => format!("{command} {place}"),
    };
    let ended = Command::new("sh")
        .args(["-c", &text])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let ended = ended.map_err(|error| {
        Diagnostic::new(format!("`{command}` cannot be run: {}", reason(&error)))
    })?;
    // No code: a signal ended it, as good a fault as any other.
    Ok(ended.code().unwrap_or(-1))
}
