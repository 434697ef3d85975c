//! The exact evaluator of `nn` on machine integers, layer by layer.
//!
//! Its values are those of `nn::eval`, which computes with rationals of unlimited size; here a
//! value is integers of one unit. Where 128 bits do not hold them, the op is evaluated by its
//! definition. Nothing is written out position by position, so that networks too large for
//! a circuit of their own run in time and memory proportional to their products.

mod compute;
mod plan;
mod scaled;

use dialects::nn::{Graph, Op, Tensor, ValueId};
use dialects::{Diagnostic, Number, Result};
use rayon::prelude::*;

use crate::tensor_file::TensorFile;
use compute::{Memory, Value};
use plan::Prepared;

/// A graph ready to be evaluated.
pub struct Layers {
    graph: Graph,
    prepared: Vec<Prepared>,
    /// The last node that reads each value; results are read at the end.
    last: Vec<usize>,
    /// Values that only move inputs: what reads one gives the input its type.
    inputs: Vec<bool>,
}

/// The results of some samples.
pub struct Answers {
    pub samples: usize,
    /// One array per output: its shape, samples first, and its numbers, rounded once.
    pub outputs: Vec<(Vec<usize>, Vec<f32>)>,
    pub rounded: usize,
    pub overflowed: usize,
    /// Whether the types of the outputs hold numbers from 0 to about 1 alone.
    pub probability: bool,
}

impl Layers {
    /// Errors: constants or quantisers that make no sense, see `nn::eval`.
    pub fn new(graph: Graph) -> Result<Layers> {
        let mut prepared = Vec::with_capacity(graph.nodes.len());
        let mut inputs = Vec::with_capacity(graph.nodes.len());
        let mut last = vec![0; graph.nodes.len()];
        for (at, node) in graph.nodes.iter().enumerate() {
            let next = plan::prepare(&graph, node, &prepared)
                .map_err(|finding| finding.in_layer(node.layer.clone()))?;
            let of = node.op.operands();
            for operand in &of {
                last[operand.index()] = at;
            }
            inputs.push(match (&node.op, &next) {
                (Op::Input { .. }, _) => true,
                (_, Prepared::Move(_)) => of.iter().any(|v| inputs[v.index()]),
                _ => false,
            });
            prepared.push(next);
        }
        for result in &graph.results {
            last[result.index()] = graph.nodes.len();
        }
        Ok(Layers {
            graph,
            prepared,
            last,
            inputs,
        })
    }

    /// The results of one sample, as `nn::eval` has them.
    pub fn eval(&self, sample: &[Tensor]) -> Result<Vec<Tensor>> {
        let results = self.run(sample, &mut Memory::default())?;
        let tensor = |(value, result): (Value, &dialects::nn::ValueId)| {
            Tensor::new(self.graph.shape(*result).to_vec(), value.numbers())
        };
        Ok(results
            .into_iter()
            .zip(&self.graph.results)
            .map(tensor)
            .collect())
    }

    /// Real numbers in, real numbers out.
    ///
    /// Errors: arrays that do not fit the inputs, numbers that are not finite.
    pub fn predict(&self, arrays: &[TensorFile]) -> Result<Answers> {
        let samples = self.samples(arrays)?;
        let rows = (0..samples)
            .into_par_iter()
            .map_init(Memory::default, |memory, at| {
                let before = (memory.rounded, memory.overflowed);
                let sample = self.sample(arrays, at)?;
                let results = self.run(&sample, memory)?;
                let floats = |value: Value| {
                    let numbers = value.numbers();
                    numbers.iter().map(Number::to_f32).collect::<Vec<_>>()
                };
                let found = results.into_iter().map(floats).collect::<Vec<_>>();
                let counts = (memory.rounded - before.0, memory.overflowed - before.1);
                Ok((found, counts))
            });
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let mut outputs: Vec<(Vec<usize>, Vec<f32>)> = vec![];
        for port in &self.graph.outputs {
            outputs.push(([&[samples], &port.shape[..]].concat(), vec![]));
        }
        let (mut rounded, mut overflowed) = (0, 0);
        for (row, counts) in rows {
            for ((_, values), found) in outputs.iter_mut().zip(row) {
                values.extend(found);
            }
            rounded += counts.0;
            overflowed += counts.1;
        }
        Ok(Answers {
            samples,
            probability: self.graph.results.iter().all(|v| self.is_probability(*v)),
            outputs,
            rounded,
            overflowed,
        })
    }

    /// The answers, and the smallest and the largest number of every value on the way.
    ///
    /// Errors: as of [`Layers::predict`].
    pub fn observe(&self, arrays: &[TensorFile]) -> Result<(Answers, Vec<(f64, f64)>)> {
        let answers = self.predict(arrays)?;
        let nothing = || vec![(f64::INFINITY, f64::NEG_INFINITY); self.graph.nodes.len()];
        let reach = (0..answers.samples)
            .into_par_iter()
            .map(|at| {
                let mut memory = Memory {
                    reach: Some(nothing()),
                    ..Memory::default()
                };
                self.run(&self.sample(arrays, at)?, &mut memory)?;
                Ok(memory.reach.unwrap_or_default())
            })
            .try_reduce(nothing, |a, b| {
                let pairs = a.into_iter().zip(b);
                Ok(pairs.map(|(a, b)| (a.0.min(b.0), a.1.max(b.1))).collect())
            })?;
        Ok((answers, reach))
    }

    /// Whether a value comes out of a quantiser for numbers from 0 to about 1.
    fn is_probability(&self, value: ValueId) -> bool {
        let Prepared::Quantize(kinds, _) = &self.prepared[value.index()] else {
            return false;
        };
        let ends = kinds
            .iter()
            .flat_map(|kind| [kind.real(kind.min), kind.real(kind.max)]);
        let mut ends = ends.map(|end| end.to_f64());
        ends.all(|end| (0.0..=2.0).contains(&end))
    }

    fn samples(&self, arrays: &[TensorFile]) -> Result<usize> {
        let ports = &self.graph.inputs;
        if ports.len() != arrays.len() {
            return Err(Diagnostic::new(format!(
                "the model has {} inputs, {} arrays were given",
                ports.len(),
                arrays.len()
            ))
            .help("give one array for each input, in the model's order"));
        }
        let mut samples = None;
        for (port, array) in ports.iter().zip(arrays) {
            let size: usize = port.shape.iter().product();
            let fits = array.shape.split_first().filter(|(_, rest)| {
                **rest == port.shape || **rest == [size] || (rest.is_empty() && size == 1)
            });
            match (fits, samples) {
                (Some((count, _)), None) => samples = Some(*count),
                (Some((count, _)), Some(other)) if *count == other => {}
                _ => {
                    return Err(Diagnostic::new(format!(
                        "input `{}` takes samples of shape {:?}, the given array has shape {:?}",
                        port.name, port.shape, array.shape
                    )));
                }
            }
        }
        Ok(samples.unwrap_or(0))
    }

    fn sample(&self, arrays: &[TensorFile], at: usize) -> Result<Vec<Tensor>> {
        let tensor = |(port, array): (&dialects::nn::Port, &TensorFile)| {
            let size: usize = port.shape.iter().product();
            let numbers = (0..size).map(|element| array.values.exact(at * size + element));
            let numbers = numbers.collect::<Option<Vec<_>>>().ok_or_else(|| {
                Diagnostic::new(format!(
                    "input `{}` holds a number that is not finite, in sample {at}",
                    port.name
                ))
            })?;
            Ok(Tensor::new(port.shape.clone(), numbers))
        };
        self.graph.inputs.iter().zip(arrays).map(tensor).collect()
    }

    fn run(&self, sample: &[Tensor], memory: &mut Memory) -> Result<Vec<Value>> {
        let mut values: Vec<Option<Value>> = Vec::with_capacity(self.graph.nodes.len());
        for (at, node) in self.graph.nodes.iter().enumerate() {
            let value = match &node.op {
                Op::Input { index } => Value::of(sample[*index as usize].values.clone()),
                op => {
                    let reads_input = op.operands().iter().any(|v| self.inputs[v.index()]);
                    let site = compute::Site {
                        graph: &self.graph,
                        node,
                        at,
                        prepared: &self.prepared,
                        values: &values,
                        counts: reads_input && matches!(op, Op::Quantize { .. }),
                    };
                    compute::value(&site, memory)
                        .map_err(|finding| finding.in_layer(node.layer.clone()))?
                }
            };
            if let Some(reach) = &mut memory.reach {
                reach[at] = value.ends();
            }
            values.push(Some(value));
            for operand in node.op.operands() {
                if self.last[operand.index()] == at {
                    values[operand.index()] = None;
                }
            }
        }
        let results = self.graph.results.iter();
        Ok(results
            .map(|result| values[result.index()].clone().expect("results are kept"))
            .collect())
    }
}
