//! The emitted hardware, cycle by cycle, beside the emulator.

use std::path::Path;
use std::time::{Duration, Instant};

use dialects::{Diagnostic, Result};
use lowering::interface::Interface;

use super::primitives::read_verilog;
use super::{Predictor, read_graph};
use crate::engine::real::{to_integers, to_real};
use crate::engine::verilator::Simulator;
use crate::output;
use crate::tensor_file::TensorFile;

/// What the hardware answered, and whether the emulator says the same.
pub struct Agreement {
    pub samples: usize,
    /// One array per output port: its shape, samples first, and its numbers.
    pub outputs: Vec<(Vec<usize>, Vec<f32>)>,
    /// Output elements that differ from the emulator's.
    pub different: usize,
    pub values: usize,
    /// Clocks from the first input to its answer, as measured.
    pub latency: u32,
    pub build_time: Duration,
    pub run_time: Duration,
}

/// Simulates the Verilog of a compiled folder with Verilator.
///
/// Errors: no Verilog in the folder, no Verilator; arrays that do not fit the ports, where
/// `place` says what the finding is about.
pub fn simulate(
    folder: &Path,
    arrays: &[TensorFile],
    place: impl Fn(Diagnostic) -> Diagnostic,
) -> Result<Agreement> {
    let graph = read_graph(folder, output::DESIGN)?;
    let interface = Interface::of(&graph);
    let verilog = read_verilog(folder, true)?;
    let quantised = to_integers(&graph.inputs, arrays).map_err(place)?;
    let samples = quantised.samples;
    let began = Instant::now();
    let simulator = Simulator::build(&verilog, &interface)?;
    let build_time = began.elapsed();
    let inputs = quantised.integers.iter().map(|&value| i128::from(value));
    let began = Instant::now();
    let simulation = simulator.run(&inputs.collect::<Vec<_>>(), samples)?;
    let run_time = began.elapsed();
    let emulated = Predictor::of_folder(folder)?.predict(arrays)?;
    let outputs = &simulation.outputs;
    if outputs.len() != emulated.integers.len() {
        return Err(Diagnostic::new(
            "the emulator and the design have different outputs",
        ));
    }
    let pairs = outputs.iter().zip(&emulated.integers);
    let different = pairs.filter(|(a, b)| **a != i128::from(**b)).count();
    Ok(Agreement {
        samples,
        different,
        values: outputs.len(),
        outputs: to_real(&graph.outputs, outputs, samples),
        latency: simulation.latency,
        build_time,
        run_time,
    })
}
