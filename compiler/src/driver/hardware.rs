//! The hardware text of a compiled folder: what its Verilog was printed from.

use std::path::Path;

use dialects::{Diagnostic, Result};

use super::circuit::Circuit;
use super::primitives::form;
use super::read_file;
use super::report::target_of;
use crate::options::PrimitiveChoice;
use crate::output::{self, Manifest};

/// The text, from its file where the folder holds one, else made again from the design; its
/// hash is the manifest's.
///
/// Errors: a folder without hardware; one that another kaon compiled to another text.
pub fn hardware(folder: &Path) -> Result<String> {
    let manifest = Manifest::read(folder)?;
    let place = folder.display().to_string();
    let Some(hash) = &manifest.hardware_sha256 else {
        return Err(
            Diagnostic::new("the folder holds no hardware that CIRCT can read")
                .in_file(place)
                .note("it was compiled without --emit verilog and --emit hw")
                .help("compile with --emit verilog or --emit hw"),
        );
    };
    if manifest
        .files
        .iter()
        .any(|file| file.path == output::HARDWARE)
    {
        return read_file(folder, output::HARDWARE);
    }
    let design = Circuit::of_folder(folder)?;
    let choice: PrimitiveChoice = manifest.choices.primitives.parse().map_err(|_| {
        Diagnostic::new("the manifest names primitives that do not exist")
            .in_file(place.clone())
            .help("compile the model again")
    })?;
    let target = target_of(folder, &manifest)?;
    let text = design.hardware(form(choice, &target)?)?;
    match output::sha256(text.as_bytes()) == *hash {
        true => Ok(text),
        false => Err(Diagnostic::new(
            "the hardware text made from the design is not the one the Verilog was printed from",
        )
        .in_file(place)
        .note(format!(
            "the folder was made by kaon {}",
            manifest.tools.kaon
        ))
        .help("compile the model again, or simulate with --engine verilator")),
    }
}
