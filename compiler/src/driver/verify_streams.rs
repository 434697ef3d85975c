//! Proofs about a folder that holds a circuit of streams.
//!
//! What computes is in kernels, and each is proved as a wholly parallel circuit is: its hardware
//! text against the emulator's kernel. What carries tokens between them is compared with the
//! emulator on samples, at the clock cycles of the schedule and with pauses between tokens, and
//! the emulator with the layers on samples of exact numbers.

use std::path::Path;
use std::time::Instant;

use dialects::{Diagnostic, Result, flow};
use lowering::circt::Circt;
use lowering::flow_to_hw::{self, Form};
use lowering::fx_to_hw;
use lowering::interface::Interface;
use lowering::primitives::Primitives;

use super::circuit::read_streams;
use super::{read_file, read_layers};
use crate::engine::arc::Simulator;
use crate::engine::streams::Streams;
use crate::module::Module;
use crate::output::{self, Manifest};
use crate::validate::{Effort, Verdict as Compared, compare_modules};
use crate::verify::{LayerProof, Session, Step, Verdict, Verification, about, hw_text, sample};

/// Samples that go through the whole circuit.
const SAMPLES: usize = 8;
/// Samples that go through the layers: evaluated operations that they are worth.
const EFFORT: Effort = Effort {
    work: 100_000_000,
    least: 2,
    most: 1024,
};

/// Errors: a kernel that is another function than the emulator's; tokens that arrive elsewhere
/// or in another clock cycle.
pub fn verify(
    folder: &Path,
    primitives: Option<Primitives>,
    began: Instant,
) -> Result<Verification> {
    let emulated = read_streams(folder, output::STREAM_EMULATOR)?;
    let design = read_streams(folder, output::STREAMS)?;
    if emulated.kernels.len() != design.kernels.len() {
        return Err(about(
            Diagnostic::new("the design has other kernels than the emulator"),
            output::STREAMS,
        ));
    }
    let mut skipped = vec![];
    let mut steps = vec![of_layers(folder, &emulated, &design)?];
    let mut layers: Vec<LayerProof> = vec![];
    let mut evaluated = 0;
    match primitives {
        None => {
            let sentence = "kernels: the folder's target came from a file";
            skipped.push(sentence.to_string());
        }
        Some(primitives) => {
            let mut kernels = Step::of_parts("kernels", "each kernel's hardware, made again");
            for (emulated, design) in emulated.kernels.iter().zip(&design.kernels) {
                let named = |finding: Diagnostic| {
                    about(
                        finding.note(format!("kernel `{}`", design.name)),
                        output::STREAMS,
                    )
                };
                let mut session = Session::new(emulated, Interface::of(design));
                let hardware = fx_to_hw::lower_with(design, primitives).map_err(named)?;
                let circuit = hw_text::read(&hardware).map_err(named)?;
                let step = session.circuit("hardware", &design.name, &circuit);
                let step = step.map_err(named)?;
                layers.extend(session.proofs(std::slice::from_ref(&step)));
                evaluated += session.evaluated();
                kernels.add(&step);
            }
            kernels.seconds = began.elapsed().as_secs_f64();
            steps.push(kernels);
        }
    }
    let manifest = Manifest::read(folder)?;
    let hardware = match manifest.hardware_sha256 {
        Some(_) => super::hardware(folder)?,
        None => flow_to_hw::lower(&design, Form::default())?,
    };
    steps.push(through(&emulated, &design, &hardware)?);
    let file = format!("{}.sv", design.name);
    let holds = manifest.files.iter().any(|record| record.path == file);
    skipped.push(match holds {
        false => "Verilog: the folder holds none".to_string(),
        true if Circt::get()?.export_verilog(&hardware)? == read_file(folder, &file)? => {
            "Verilog: not read back; it is CIRCT's print of the hardware, byte for byte".to_string()
        }
        true => {
            return Err(about(
                Diagnostic::new("the Verilog is not CIRCT's print of the hardware"),
                &file,
            ));
        }
    });
    Ok(Verification {
        top: design.name.clone(),
        verdict: Verdict::Sampled,
        layers: merged(layers),
        evaluated,
        steps,
        skipped,
        seconds: began.elapsed().as_secs_f64(),
    })
}

/// The layers in exact numbers against the emulator's integers, on samples.
fn of_layers(folder: &Path, emulated: &flow::Graph, design: &flow::Graph) -> Result<Step> {
    let began = Instant::now();
    let layers = Module::Nn(read_layers(folder)?);
    let found = compare_modules(&layers, &Module::Flow(emulated.clone()), EFFORT);
    let found = found.map_err(|difference| {
        let finding = Diagnostic::new("the emulator is not the function of the layers");
        about(finding.note(difference.sentence), output::STREAM_EMULATOR)
    })?;
    let mut step = Step::of_parts("layers", "design.nn.mlir, in exact numbers");
    step.outputs = Interface::of_flow(design)?.pace.answer.len();
    step.samples = match found {
        Compared::Exhausted(samples) | Compared::Sampled(samples) => samples,
        Compared::Proved | Compared::NotCompared(_) => 0,
    };
    step.seconds = began.elapsed().as_secs_f64();
    Ok(step)
}

/// Samples through the whole circuit in the arc engine.
fn through(emulated: &flow::Graph, design: &flow::Graph, hardware: &str) -> Result<Step> {
    let began = Instant::now();
    let interface = Interface::of_flow(design)?;
    let types = design
        .inputs
        .iter()
        .flat_map(|border| &border.port.elements);
    let types: Vec<_> = types.map(|element| element.ty).collect();
    let inputs = sample::rows(&types, SAMPLES);
    let expected = Streams::new(emulated.clone())?.predict(&inputs, SAMPLES)?;
    let simulator = Simulator::build(hardware, &interface, 1)?;
    let pace = &interface.pace;
    let sent = pace.sent(&inputs);
    let found = simulator.run_every(&sent, SAMPLES, pace.interval)?;
    let paused = simulator.run_with_gaps(design, &sent, SAMPLES, 1)?;
    let differs = |what: &str| {
        about(
            Diagnostic::new(format!(
                "the circuit is not the function of the emulator{what}"
            )),
            output::STREAMS,
        )
    };
    if found.latency != interface.latency {
        return Err(differs(": its first answer comes in another clock cycle"));
    }
    if pace.received(&found.outputs) != expected {
        return Err(differs(" at the pace of its schedule"));
    }
    if pace.received(&paused) != expected {
        return Err(differs(" with pauses between tokens"));
    }
    let outputs = interface.pace.answer.len();
    let mut step = Step::of_parts(
        "streams",
        "the whole circuit in the arc engine, and with pauses",
    );
    step.outputs = outputs;
    step.samples = SAMPLES;
    step.seconds = began.elapsed().as_secs_f64();
    Ok(step)
}

/// One row for each layer, whatever the kernels that it is in.
fn merged(layers: Vec<LayerProof>) -> Vec<LayerProof> {
    let mut found: Vec<LayerProof> = vec![];
    for layer in layers {
        match found.iter_mut().find(|known| known.layer == layer.layer) {
            Some(known) => known.add(&layer),
            None => found.push(layer),
        }
    }
    found
}
