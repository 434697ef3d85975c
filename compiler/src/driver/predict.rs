//! Bit-exact answers on this machine, from a model or from a compiled folder.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dialects::{Diagnostic, Number, Result, flow, fx, nn};

use super::circuit::{is_of_streams, read_streams};
use super::read_graph;
use crate::engine::layers::{Answers, Layers};
use crate::engine::native::Emulator;
use crate::engine::real::{Quantised, to_integers, to_real};
use crate::engine::streams::Streams;
use crate::frontend;
use crate::output;
use crate::passes;
use crate::tensor_file::TensorFile;

/// What computes the answers; all give the same ones.
enum Machine {
    /// The circuit's function, compiled for this machine.
    Native(fx::Graph, Emulator),
    /// The layers, each on integers.
    Layers(Layers),
    /// The kernels of a circuit of streams, compiled for this machine.
    Streams(Streams),
}

/// A model, or a compiled folder, that answers.
pub struct Predictor {
    machine: Machine,
}

/// Scalar operations of a model from which on its layers are not written out as scalars to
/// answer: compiling them would take longer than most data sets.
pub const LARGE: u64 = 300_000;

/// The scalar operations that the layers of a model are.
///
/// Errors: see [`frontend::load`].
pub fn operations(model: &Path) -> Result<u64> {
    Ok(passes::operations(&frontend::load(model)?))
}

/// The answers to some samples.
pub struct Prediction {
    pub samples: usize,
    /// One array per output port: its shape, samples first, and its numbers.
    pub outputs: Vec<(Vec<usize>, Vec<f32>)>,
    /// The same as the circuit's output integers; empty from the layers, which have none.
    pub integers: Vec<i64>,
    /// Input numbers between two integers of their port, which were rounded.
    pub rounded: usize,
    /// Input numbers beyond their port's range.
    pub overflowed: usize,
    /// Whether the outputs can only be numbers from 0 to 1.
    pub probability: bool,
    /// What the emulator took, conversions left out.
    pub time: Duration,
}

impl Predictor {
    pub fn new(graph: fx::Graph) -> Result<Self> {
        let emulator = Emulator::new(&graph)?;
        let machine = Machine::Native(graph, emulator);
        Ok(Predictor { machine })
    }

    /// The exact evaluator of layers whose values all have types.
    pub fn of_layers(graph: nn::Graph) -> Result<Self> {
        let machine = Machine::Layers(Layers::new(graph)?);
        Ok(Predictor { machine })
    }

    /// The emulator of a circuit of streams.
    pub fn of_streams(graph: flow::Graph) -> Result<Self> {
        let machine = Machine::Streams(Streams::new(graph)?);
        Ok(Predictor { machine })
    }

    /// The emulator of a compiled folder.
    pub fn of_folder(folder: &Path) -> Result<Self> {
        match is_of_streams(folder)? {
            true => Predictor::of_streams(read_streams(folder, output::STREAM_EMULATOR)?),
            false => Predictor::new(read_graph(folder, output::EMULATOR)?),
        }
    }

    /// Errors: arrays that do not fit the ports, see [`to_integers`].
    pub fn predict(&self, arrays: &[TensorFile]) -> Result<Prediction> {
        let (inputs, outputs) = self.ports();
        match &self.machine {
            Machine::Native(_, emulator) => answers(&inputs, &outputs, arrays, |rows, samples| {
                emulator.run(rows, samples)
            }),
            Machine::Streams(streams) => answers(&inputs, &outputs, arrays, |rows, samples| {
                let rows: Vec<i128> = rows.iter().map(|&value| value.into()).collect();
                let found = streams.predict(&rows, samples)?.into_iter();
                let narrow = |value| {
                    i64::try_from(value).map_err(|_| {
                        Diagnostic::new("an output has more than 64 bits, which arrays cannot hold")
                    })
                };
                found.map(narrow).collect()
            }),
            Machine::Layers(layers) => {
                let began = Instant::now();
                let answers = layers.predict(arrays)?;
                Ok(Prediction {
                    time: began.elapsed(),
                    ..answers.into()
                })
            }
        }
    }

    /// The ports of a machine on integers.
    fn ports(&self) -> (Vec<fx::Port>, Vec<fx::Port>) {
        match &self.machine {
            Machine::Native(graph, _) => (graph.inputs.clone(), graph.outputs.clone()),
            Machine::Streams(streams) => (streams.inputs(), streams.outputs()),
            Machine::Layers(_) => (vec![], vec![]),
        }
    }
}

/// Real numbers in, real numbers out, by a machine on integers.
fn answers(
    inputs: &[fx::Port],
    outputs: &[fx::Port],
    arrays: &[TensorFile],
    run: impl Fn(&[i64], usize) -> Result<Vec<i64>>,
) -> Result<Prediction> {
    let Quantised {
        integers,
        samples,
        rounded,
        overflowed,
    } = to_integers(inputs, arrays)?;
    let began = Instant::now();
    let integers = run(&integers, samples)?;
    let time = began.elapsed();
    Ok(Prediction {
        samples,
        outputs: to_real(outputs, &integers, samples),
        integers,
        rounded,
        overflowed,
        probability: outputs.iter().all(is_probability),
        time,
    })
}

/// Whether every number of a port is unsigned and at most about 1.
fn is_probability(port: &fx::Port) -> bool {
    let within = |element: &fx::PortElement| {
        let range = element.ty.range();
        let ends = [range.lo, range.hi]
            .map(|end| (&(&Number::from(end) * &element.scale) + &element.offset).to_f64());
        ends.iter().all(|end| (0.0..=2.0).contains(end))
    };
    port.elements.iter().all(within)
}

impl From<Answers> for Prediction {
    fn from(answers: Answers) -> Self {
        Prediction {
            samples: answers.samples,
            outputs: answers.outputs,
            integers: vec![],
            rounded: answers.rounded,
            overflowed: answers.overflowed,
            probability: answers.probability,
            time: Duration::ZERO,
        }
    }
}

/// How an output compares with a reference, as float32.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Comparison {
    pub values: usize,
    /// Equal as float32; zeros of either sign are equal.
    pub equal: usize,
    pub largest_difference: f64,
    /// The first sample and element that differ, with both numbers.
    pub first: Option<(usize, usize, f32, f64)>,
}

/// Compares one output with the reference's array.
///
/// Errors: another number of samples or values.
pub fn compare(
    shape: &[usize],
    values: &[f32],
    expected: &TensorFile,
    place: &Path,
) -> Result<Comparison> {
    if values.len() != expected.values.len() || shape.first() != expected.shape.first() {
        return Err(Diagnostic::new(format!(
            "the output has shape {shape:?}, the reference {:?}",
            expected.shape
        ))
        .in_file(place.display().to_string()));
    }
    let per_sample = values.len() / shape.first().copied().unwrap_or(1).max(1);
    let mut comparison = Comparison {
        values: values.len(),
        equal: 0,
        largest_difference: 0.0,
        first: None,
    };
    for (at, &value) in values.iter().enumerate() {
        let wanted = expected.values.approximate(at);
        if value == wanted as f32 {
            comparison.equal += 1;
            continue;
        }
        let difference = (f64::from(value) - wanted).abs();
        comparison.largest_difference = comparison.largest_difference.max(difference);
        let place = (at / per_sample, at % per_sample);
        comparison
            .first
            .get_or_insert((place.0, place.1, value, wanted));
    }
    Ok(comparison)
}

impl Prediction {
    /// The share of samples whose label is the largest of the scores; with a single score,
    /// whether it is positive, or more than a half where it is a probability.
    ///
    /// Errors: labels that are not one number per sample; several outputs.
    pub fn accuracy(&self, labels: &TensorFile, place: &Path) -> Result<f64> {
        let refuse =
            |sentence: String| Err(Diagnostic::new(sentence).in_file(place.display().to_string()));
        let [(shape, values)] = &self.outputs[..] else {
            return refuse("labels are compared with one output, the model has more".into());
        };
        let scores = values.len() / self.samples.max(1);
        let given = &labels.values;
        let wanted = |at: usize| match given.len() == self.samples {
            true => given.approximate(at),
            false => argmax((0..scores).map(|k| given.approximate(at * scores + k))) as f64,
        };
        if given.len() != self.samples && given.len() != values.len() {
            return refuse(format!(
                "the labels have shape {:?}, the output {shape:?}",
                labels.shape
            ));
        }
        let middle = if self.probability { 0.5 } else { 0.0 };
        let found = |at: usize| {
            let row = &values[at * scores..][..scores];
            match row {
                [score] => f64::from(u8::from(*score > middle)),
                row => argmax(row.iter().map(|&score| f64::from(score))) as f64,
            }
        };
        let right = (0..self.samples).filter(|&at| found(at) == wanted(at));
        Ok(right.count() as f64 / self.samples.max(1) as f64)
    }
}

/// The place of the first largest.
fn argmax(values: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (at, value) in values.enumerate() {
        if value > best.1 {
            best = (at, value);
        }
    }
    best.0
}

/// Reads one array per file.
pub fn read_arrays(paths: &[PathBuf]) -> Result<Vec<TensorFile>> {
    paths.iter().map(|path| TensorFile::read(path)).collect()
}
