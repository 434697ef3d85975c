//! The emitted hardware, cycle by cycle, beside the emulator.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dialects::{Diagnostic, Result, flow};
use lowering::interface::{Interface, Pace};

use super::circuit::Circuit;
use super::primitives::read_verilog;
use super::{Predictor, hardware};
use crate::engine::real::{to_integers, to_real};
use crate::engine::{Simulation, arc, verilator};
use crate::output::{MANIFEST, Manifest, Timing};
use crate::tensor_file::TensorFile;

/// What simulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The hardware text, in this process.
    Arc,
    /// The Verilog, by Verilator.
    Verilator,
}

/// What to simulate with what.
#[derive(Debug)]
pub struct Request<'a> {
    pub folder: &'a Path,
    pub arrays: &'a [TensorFile],
    pub engine: Engine,
    /// Copies of the circuit in a thread, for arc; otherwise what suits the samples.
    pub lanes: Option<usize>,
    /// A file for the values of all named signals, cycle by cycle.
    pub trace: Option<PathBuf>,
}

/// What the hardware answered, and whether the emulator says the same.
#[derive(Debug)]
pub struct Agreement {
    pub samples: usize,
    /// One array per output port: its shape, samples first, and its numbers.
    pub outputs: Vec<(Vec<usize>, Vec<f32>)>,
    /// Output elements that differ from the emulator's.
    pub different: usize,
    pub values: usize,
    /// Clocks from the first input to its answer, as measured.
    pub latency: u32,
    /// Clocks between two samples, as measured: the fewest after which all answers are right.
    pub interval: u32,
    pub timings: Timings,
}

/// What took how long.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timings {
    pub build: Duration,
    pub run: Duration,
}

/// Simulates a compiled folder.
///
/// Errors: a folder without what the engine reads; no Verilator; a latency or an interval that
/// the manifest does not claim; arrays that do not fit the ports, where `place` says what the
/// finding is about.
pub fn simulate(request: &Request, place: impl Fn(Diagnostic) -> Diagnostic) -> Result<Agreement> {
    let folder = request.folder;
    if let Some(file) = &request.trace {
        arc::Format::of(file)?;
    }
    let circuit = Circuit::of_folder(folder)?;
    let interface = circuit.interface()?;
    let pace = &interface.pace;
    let quantised = to_integers(&circuit.inputs(), request.arrays).map_err(place)?;
    let samples = quantised.samples;
    let inputs = quantised.integers.iter().map(|&value| i128::from(value));
    let inputs = pace.sent(&inputs.collect::<Vec<i128>>());
    let text = match request.engine {
        Engine::Arc => hardware(folder)?,
        Engine::Verilator => read_verilog(folder, true)?,
    };
    let emulated = Predictor::of_folder(folder)?.predict(request.arrays)?;
    let expected = emulated.integers.iter().map(|&value| i128::from(value));
    let expected: Vec<i128> = expected.collect();
    if expected.len() != samples * pace.answer.len() {
        return Err(Diagnostic::new(
            "the emulator and the design have different outputs",
        ));
    }
    let mut timings = Timings::default();
    let began = Instant::now();
    let (simulation, interval) = match request.engine {
        Engine::Verilator => {
            let simulator = verilator::Simulator::build(&text, &interface)?;
            timings.build = began.elapsed();
            let began = Instant::now();
            let simulation = simulator.run(&inputs, samples)?;
            timings.run = began.elapsed();
            // Its harness gives samples and takes answers at the pace of the interface.
            (simulation, pace.interval)
        }
        Engine::Arc => {
            let lanes = request.lanes.unwrap_or(arc::lanes_for(samples));
            let simulator = arc::Simulator::build(&text, &interface, lanes)?;
            timings.build = began.elapsed();
            let interval = match pace.interval {
                1 => interval(&simulator, &interface, &inputs, &expected)?,
                // Every answer has to come at its own clock when samples do.
                claimed => claimed,
            };
            let began = Instant::now();
            let simulation = simulator.run_every(&inputs, samples, interval)?;
            if let Circuit::Streams(graph) = &circuit {
                paused(&simulator, graph, pace, &inputs, &simulation)?;
            }
            timings.run = began.elapsed();
            (simulation, interval)
        }
    };
    let Simulation { outputs, latency } = simulation;
    let outputs = pace.received(&outputs);
    if samples > 0 {
        check_claims(folder, latency, interval)?;
    }
    if let Some(file) = &request.trace {
        let hw = match request.engine {
            Engine::Arc => text,
            Engine::Verilator => hardware(folder)?,
        };
        let period = circuit.clock_ps().unwrap_or(1000);
        arc::trace(&hw, &interface, &inputs, period, file)?;
    }
    let pairs = outputs.iter().zip(&expected);
    let different = pairs.filter(|(a, b)| a != b).count();
    Ok(Agreement {
        samples,
        different,
        values: outputs.len(),
        outputs: to_real(&circuit.outputs(), &outputs, samples),
        latency,
        interval,
        timings,
    })
}

/// Samples that are sent again with pauses between their tokens.
const PAUSED: usize = 16;

/// Errors: a circuit of streams that answers otherwise when tokens come late.
fn paused(
    simulator: &arc::Simulator,
    graph: &flow::Graph,
    pace: &Pace,
    inputs: &[i128],
    simulation: &Simulation,
) -> Result<()> {
    let count = PAUSED.min(inputs.len() / pace.order.len().max(1));
    let few = &inputs[..count * pace.order.len()];
    let found = simulator.run_with_gaps(graph, few, count, 1)?;
    match found[..] == simulation.outputs[..found.len()] {
        true => Ok(()),
        false => Err(Diagnostic::new(
            "the circuit answers otherwise when there are pauses between tokens",
        )),
    }
}

/// The interval as the circuit has it. Where no interval gives right answers it is 1, and the
/// comparison of all samples says how many are wrong.
///
/// Errors: answers that come at another time than `out_valid` says.
fn interval(
    simulator: &arc::Simulator,
    interface: &Interface,
    inputs: &[i128],
    expected: &[i128],
) -> Result<u32> {
    if interface.is_combinational() || expected.is_empty() {
        return Ok(1);
    }
    let measured = simulator.measure(inputs, expected)?;
    match (measured.interval, measured.valid, &measured.data[..]) {
        (Some(interval), ..) => Ok(interval),
        (None, Some(valid), [first, ..]) if !measured.data.contains(&valid) => {
            Err(Diagnostic::new(format!(
                "out_valid comes {} after the input, the answer {first}",
                clocks(valid)
            ))
            .note(format!("measured on the hardware of `{}`", interface.top))
            .help("compile the model again"))
        }
        _ => Ok(1),
    }
}

/// Errors: a manifest that claims another latency or interval than the hardware has.
fn check_claims(folder: &Path, latency: u32, interval: u32) -> Result<()> {
    let Some(Timing {
        latency_clocks,
        interval_clocks,
        ..
    }) = Manifest::read(folder)?.timing
    else {
        return Ok(());
    };
    // A combinational circuit answers at once: there is nothing to count.
    let interval = if latency == 0 {
        interval_clocks
    } else {
        interval
    };
    let claims = [
        ("a latency", latency_clocks, latency),
        ("an interval", interval_clocks, interval),
    ];
    match claims.into_iter().find(|(_, claim, found)| claim != found) {
        None => Ok(()),
        Some((what, claim, found)) => Err(Diagnostic::new(format!(
            "the manifest claims {what} of {}, the hardware has {}",
            clocks(claim),
            clocks(found)
        ))
        .in_file(folder.join(MANIFEST).display().to_string())
        .help("compile the model again")),
    }
}

fn clocks(count: u32) -> String {
    match count {
        1 => "1 clock".to_string(),
        _ => format!("{count} clocks"),
    }
}
