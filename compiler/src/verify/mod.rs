//! Proofs about a compiled folder: the layers, the emulator, the hardware text and the Verilog
//! are one function of the inputs.
//!
//! All four are read into sums of atoms, see [`algebra`]. What has the same form is equal for
//! every input; what has not is compared on samples, and the report says so.
//! Invariant: nothing here changes a design, and nothing that is only sampled is called proved.

pub mod algebra;
pub mod circuit;
pub mod hw_text;
mod of_circuit;
mod of_fx;
pub mod prove;
mod report;
pub mod sample;
pub mod verilog;

pub use report::{LayerProof, Step, Verdict, Verification};

use std::time::Instant;

use dialects::fx::Graph;
use dialects::{Diagnostic, Result};
use lowering::interface::Interface;

use algebra::Algebra;
use circuit::Circuit;
use prove::{CircuitProof, Reference};

/// Samples on which every circuit is compared, proved or not.
const SAMPLES: usize = 64;
/// Evaluations of cells that an output without proof is worth.
const WORK: usize = 20_000_000;

/// What is known of a design while it is verified.
pub struct Session<'a> {
    algebra: Algebra,
    emulator: &'a Graph,
    reference: Reference,
}

impl<'a> Session<'a> {
    /// The emulator's function, which the rest is compared with.
    pub fn new(emulator: &'a Graph, interface: Interface) -> Self {
        let mut algebra = Algebra::default();
        let reference = Reference::new(&mut algebra, emulator, interface);
        Session {
            algebra,
            emulator,
            reference,
        }
    }

    /// The layers, lowered anew.
    ///
    /// Errors: layers that are another function.
    pub fn layers(&mut self, lowered: &Graph) -> Result<Step> {
        let began = Instant::now();
        let forms = of_fx::forms(&mut self.algebra, lowered);
        let interface = &self.reference.interface;
        let found = prove::of_graph(&mut self.algebra, lowered, &forms, interface);
        let pairs = found.iter().zip(&self.reference.outputs);
        let proved = pairs.map(|(a, b)| prove::same(&mut self.algebra, a.as_ref(), b.as_ref()));
        let proved = proved.collect();
        let mut step = Step::new("layers", "design.nn.mlir, lowered again", proved, began);
        if step.verdict() != Verdict::Proved {
            let nodes = lowered.nodes.len() + self.emulator.nodes.len();
            step.samples = (WORK / nodes.max(1)).clamp(SAMPLES, 100_000);
            let found = sample::compare_graphs(lowered, self.emulator, interface, step.samples)?;
            if let Some(difference) = found {
                return Err(difference.diagnostic("design.nn.mlir"));
            }
        }
        step.seconds = began.elapsed().as_secs_f64();
        Ok(step)
    }

    /// A circuit that was read back.
    ///
    /// Errors: a circuit that is another function, or not as the manifest says.
    pub fn circuit(&mut self, name: &'static str, reader: &str, circuit: &Circuit) -> Result<Step> {
        let began = Instant::now();
        let interface = self.reference.interface.clone();
        let checked = prove::check(circuit, &interface)?;
        let differ = |found: Option<sample::Difference>| match found {
            Some(difference) => Err(difference.diagnostic(name)),
            None => Ok(()),
        };
        differ(sample::compare(
            &checked,
            self.emulator,
            &interface,
            SAMPLES,
        )?)?;
        let proof = checked.prove(&mut self.algebra, &self.reference);
        let CircuitProof {
            proved,
            cells,
            register_bits,
            atoms,
            ..
        } = proof;
        let mut step = Step::new(name, reader, proved, began);
        step.samples = SAMPLES;
        if step.verdict() != Verdict::Proved {
            let samples = (WORK / cells.max(1)).clamp(SAMPLES, 100_000);
            differ(sample::compare(
                &checked,
                self.emulator,
                &interface,
                samples,
            )?)?;
            step.samples = samples;
        }
        step.cells = cells;
        step.register_bits = register_bits;
        step.atoms = atoms;
        step.seconds = began.elapsed().as_secs_f64();
        Ok(step)
    }

    /// What was proved of every layer of the emulator by all steps.
    pub fn proofs(&self, steps: &[Step]) -> Vec<LayerProof> {
        report::layers(&self.algebra, self.emulator, &self.reference, steps)
    }

    /// Values that functions were evaluated on.
    pub fn evaluated(&self) -> u64 {
        self.algebra.evaluated
    }
}

/// A finding about a file of the folder.
pub fn about(finding: Diagnostic, file: &str) -> Diagnostic {
    finding
        .in_file(file)
        .help("compile the model again; if this stays, kaon is at fault")
}
