//! What adders are made of: the user's choice on a target, and the files that go with it.

use std::path::Path;

use dialects::{Diagnostic, Result};
use lowering::flow_to_hw::Form;
use lowering::primitives::Primitives;

use super::read_file;
use crate::options::PrimitiveChoice;
use crate::output::Manifest;
use crate::target::Target;

/// The form of every adder.
///
/// Errors: cells that the target's family does not have.
pub fn primitives(choice: PrimitiveChoice, target: &Target) -> Result<Primitives> {
    let chain = &target.family.chain;
    let amd = chain.cells.map(|cell| Primitives::Amd {
        cell,
        passed: chain.passed_percent,
        routed: chain.routed_percent,
    });
    match (choice, amd) {
        (PrimitiveChoice::None, _) => Ok(Primitives::None),
        (PrimitiveChoice::Modules, _) | (PrimitiveChoice::Auto, None) => Ok(Primitives::Modules),
        (PrimitiveChoice::Auto | PrimitiveChoice::Amd, Some(amd)) => Ok(amd),
        (PrimitiveChoice::Amd, None) => {
            let family = target.family.name;
            Err(Diagnostic::new(format!("`{family}` has no AMD primitives"))
                .help("choose another target, or --primitives auto"))
        }
    }
}

/// What the hardware of a circuit of streams is made of.
///
/// Errors: as for [`primitives`].
pub fn form(choice: PrimitiveChoice, target: &Target) -> Result<Form> {
    Ok(Form {
        primitives: primitives(choice, target)?,
        least_memory: target.least_memory(),
    })
}

/// The file of the library that the Verilog of a design reads.
pub fn library_file(top: &str) -> String {
    format!("{top}_primitives.sv")
}

/// The file of the cells for simulators without the vendor's library.
pub fn cells_file(top: &str) -> String {
    format!("tb/{top}_cells.sv")
}

/// The Verilog of a compiled folder with the library it reads, for synthesis, or with the
/// cells too, for simulation.
///
/// Errors: see [`read_file`].
pub fn read_verilog(folder: &Path, simulated: bool) -> Result<String> {
    let manifest = Manifest::read(folder)?;
    let top = manifest.top.as_str();
    let mut text = read_file(folder, &format!("{top}.sv"))?;
    let extra = [(library_file(top), true), (cells_file(top), simulated)];
    for (file, wanted) in extra {
        if wanted && manifest.files.iter().any(|record| record.path == file) {
            text.push('\n');
            text.push_str(&read_file(folder, &file)?);
        }
    }
    Ok(text)
}
