//! Proofs about a compiled folder.

use std::fs;
use std::path::Path;
use std::time::Instant;

use dialects::{Diagnostic, Result};
use lowering::circt::Circt;
use lowering::fx_to_hw;
use lowering::interface::Interface;
use lowering::primitives::Primitives;

use super::circuit::is_of_streams;
use super::primitives::primitives;
use super::{read_file, read_graph, read_layers, verify_streams};
use crate::failure::reason;
use crate::options::PrimitiveChoice;
use crate::output::{self, Manifest};
use crate::target;
use crate::verify::{Session, Verdict, Verification, about, hw_text, verilog};

const HARDWARE: &str = "design.hw.mlir";
const TEXT: &str = "verify.txt";
const DATA: &str = "verify.json";

/// Proves that the layers, the emulator, the hardware text and the Verilog of a folder are one
/// function, and writes the report into the folder.
///
/// Errors: a file that is not the one that kaon wrote, or a description that is another function.
pub fn verify(folder: &Path) -> Result<Verification> {
    let began = Instant::now();
    let manifest = Manifest::read(folder)?;
    for record in &manifest.files {
        check_hash(folder, &record.path, &record.sha256)?;
    }
    if is_of_streams(folder)? {
        let found = verify_streams::verify(folder, known(&manifest)?, began)?;
        return written(folder, found);
    }
    let emulator = read_graph(folder, output::EMULATOR)?;
    let design = read_graph(folder, output::DESIGN)?;
    let interface = Interface::of(&design);
    let top = interface.top.clone();
    let holds = |file: &str| manifest.files.iter().any(|record| record.path == file);
    let mut session = Session::new(&emulator, interface);
    let mut steps = vec![];
    let mut skipped = vec![];
    let lowered = lowering::nn_to_fx::lower(&read_layers(folder)?)?;
    let step = session.layers(&lowered);
    steps.push(step.map_err(|finding| about(finding, output::LAYERS))?);

    let (hardware, reader) = match holds(HARDWARE) {
        true => (read_file(folder, HARDWARE)?, HARDWARE.to_string()),
        false if holds(output::TARGET) => (String::new(), String::new()),
        false => match again(&manifest, &design)? {
            Some(text) => (text, format!("made again from {}", output::DESIGN)),
            None => (String::new(), String::new()),
        },
    };
    if hardware.is_empty() {
        let sentence =
            "hardware: the folder holds no design.hw.mlir, and its target came from a file";
        skipped.push(sentence.to_string());
    } else {
        let circuit = hw_text::read(&hardware).map_err(|finding| about(finding, HARDWARE))?;
        let step = session.circuit("hardware", &reader, &circuit);
        steps.push(step.map_err(|finding| about(finding, HARDWARE))?);
    }

    let file = format!("{top}.sv");
    match (holds(&file), verilog::version()) {
        (false, _) => skipped.push("Verilog: the folder holds none".to_string()),
        (true, Some(version)) => {
            let text = read_file(folder, &file)?;
            let circuit = verilog::read(&text, &top).map_err(|finding| about(finding, &file))?;
            let step = session.circuit("Verilog", &format!("{file}, read by {version}"), &circuit);
            steps.push(step.map_err(|finding| about(finding, &file))?);
        }
        (true, None) => {
            let printed = match hardware.is_empty() {
                false => Circt::get()?.export_verilog(&hardware)? == read_file(folder, &file)?,
                true => false,
            };
            skipped.push(match printed {
                true => "Verilog: yosys is not installed; the text is CIRCT's print of the hardware, byte for byte".to_string(),
                false => "Verilog: yosys is not installed".to_string(),
            });
        }
    }
    let proved = steps.iter().all(|step| step.verdict() == Verdict::Proved) && skipped.is_empty();
    let verification = Verification {
        top,
        verdict: if proved {
            Verdict::Proved
        } else {
            Verdict::Sampled
        },
        layers: session.proofs(&steps),
        evaluated: session.evaluated(),
        steps,
        skipped,
        seconds: began.elapsed().as_secs_f64(),
    };
    written(folder, verification)
}

/// The report as files of the folder.
fn written(folder: &Path, verification: Verification) -> Result<Verification> {
    let lasting = verification.lasting();
    let files = [(TEXT, lasting.to_string()), (DATA, lasting.to_json())];
    output::add(folder, &files)?;
    Ok(verification)
}

fn check_hash(folder: &Path, file: &str, sha256: &str) -> Result<()> {
    let path = folder.join(file);
    let refuse = |sentence: String| {
        Diagnostic::new(sentence)
            .in_file(path.display().to_string())
            .help("compile the model again")
    };
    let bytes = fs::read(&path)
        .map_err(|error| refuse(format!("the file cannot be read: {}", reason(&error))))?;
    match output::sha256(&bytes) == sha256 {
        true => Ok(()),
        false => Err(refuse(
            "the file is not the one that kaon wrote: its hash differs from the manifest's"
                .to_string(),
        )),
    }
}

/// The hardware text of a design whose target kaon knows by name.
fn again(manifest: &Manifest, design: &dialects::fx::Graph) -> Result<Option<String>> {
    let text = known(manifest)?.map(|primitives| fx_to_hw::lower_with(design, primitives));
    text.transpose()
}

/// What adders are made of in a folder whose target kaon knows by name.
fn known(manifest: &Manifest) -> Result<Option<Primitives>> {
    let names = PrimitiveChoice::ALL.into_iter();
    let choice = names
        .clone()
        .find(|choice| choice.name() == manifest.choices.primitives);
    let (Some(choice), Ok(target)) = (choice, target::find(&manifest.target.device)) else {
        return Ok(None);
    };
    primitives(choice, &target).map(Some)
}
