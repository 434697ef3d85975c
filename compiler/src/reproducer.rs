//! The module that a step went wrong on, kept as a file.

use std::path::Path;
use std::{env, fs};

use crate::failure::reason;
use crate::module::Module;
use crate::output::{replace, sha256};

/// Writes the module to the folder of dumps, or where the system keeps temporary files, and
/// says how to see the fault again.
pub fn keep(module: &Module, step: &str, folder: Option<&Path>) -> String {
    let folder = folder.map_or_else(env::temp_dir, Path::to_path_buf);
    let text = module.print();
    let name = format!("kaon-{step}-{}.mlir", &sha256(text.as_bytes())[..8]);
    let file = folder.join(name);
    match fs::create_dir_all(&folder).and_then(|()| replace(&file, text)) {
        Ok(()) => format!("kaon-opt {} -p {step} shows it again", file.display()),
        Err(error) => format!("the module cannot be kept: {}", reason(&error)),
    }
}
