//! Values that left their type, counted by layer with the exact evaluator.

use std::collections::BTreeMap;

use dialects::nn::{self, ElementQuantizer, Op, Tensor};
use dialects::{Diagnostic, Number, Result};
use rayon::prelude::*;
use serde::Serialize;

use crate::tensor_file::TensorFile;

/// What happened at the quantisers of one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Overflow {
    /// Values that were quantised.
    pub values: u64,
    /// Those outside the type: saturated or wrapped, as the type says.
    pub overflowed: u64,
}

/// Runs every sample through the exact evaluator. A sample takes about as many steps on big
/// integers as the model has products.
///
/// Errors: arrays that do not fit the ports, see [`nn::eval`].
pub fn overflows(graph: &nn::Graph, arrays: &[TensorFile]) -> Result<BTreeMap<String, Overflow>> {
    let samples = arrays.first().and_then(|array| array.shape.first());
    let samples = samples.copied().unwrap_or(0);
    let mut casts = Vec::new();
    for (at, node) in graph.nodes.iter().enumerate() {
        if let Some(cast) = Cast::of(graph, node)? {
            casts.push((at, cast));
        }
    }
    let counts = (0..samples)
        .into_par_iter()
        .map(|sample| {
            let values = nn::eval_nodes(graph, &tensors(graph, arrays, sample)?)?;
            let counts = casts.iter().map(|(_, cast)| cast.count(&values));
            Ok(counts.collect::<Vec<_>>())
        })
        .try_reduce(
            || vec![Overflow::default(); casts.len()],
            |a, b| Ok(a.iter().zip(&b).map(|(a, b)| a.plus(b)).collect()),
        )?;
    let mut found = BTreeMap::<String, Overflow>::new();
    for ((at, _), count) in casts.iter().zip(counts) {
        let layer = found.entry(graph.nodes[*at].layer.clone()).or_default();
        *layer = layer.plus(&count);
    }
    Ok(found)
}

impl Overflow {
    fn plus(&self, other: &Overflow) -> Overflow {
        Overflow {
            values: self.values + other.values,
            overflowed: self.overflowed + other.overflowed,
        }
    }

    fn add(&mut self, quantizer: &ElementQuantizer, value: &Number) {
        self.values += 1;
        self.overflowed += u64::from(quantizer.overflows(value));
    }
}

/// A place where values get a type.
enum Cast {
    Quantize {
        input: usize,
        elements: Vec<ElementQuantizer>,
    },
    /// Every product, and the sum of the cast products.
    Products {
        input: usize,
        weight: usize,
        cast: ElementQuantizer,
    },
}

impl Cast {
    /// The cast of a node that depends on an input, if it is one.
    fn of(graph: &nn::Graph, node: &nn::Node) -> Result<Option<Cast>> {
        Ok(match &node.op {
            Op::Quantize { input, quantizer }
            | Op::State {
                input,
                quantizer: Some(quantizer),
                ..
            } if graph.constant(*input).is_none() => Some(Cast::Quantize {
                input: input.index(),
                elements: quantizer.elements(&node.shape)?,
            }),
            Op::Dense {
                input,
                weight,
                product: Some(product),
            } => Some(Cast::Products {
                input: input.index(),
                weight: weight.index(),
                cast: product.elements(&[])?.remove(0),
            }),
            _ => None,
        })
    }

    fn count(&self, values: &[Tensor]) -> Overflow {
        let mut count = Overflow::default();
        match self {
            Cast::Quantize { input, elements } => {
                for (value, element) in values[*input].values.iter().zip(elements) {
                    count.add(element, value);
                }
            }
            Cast::Products {
                input,
                weight,
                cast,
            } => {
                let weight = &values[*weight];
                let columns = weight.shape.last().copied().unwrap_or(1);
                let rows = weight.shape.iter().rev().nth(1).copied().unwrap_or(1);
                let matrices = weight.values.chunks(rows * columns).cycle();
                for (token, matrix) in values[*input].values.chunks(columns).zip(matrices) {
                    for row in matrix.chunks(columns) {
                        let mut sum = Number::zero();
                        for (x, w) in token.iter().zip(row).filter(|(_, w)| !w.is_zero()) {
                            let product = x * w;
                            count.add(cast, &product);
                            sum = &sum + &cast.quantize(&product);
                        }
                        count.add(cast, &sum);
                    }
                }
            }
        }
        count
    }
}

/// One sample of every input.
fn tensors(graph: &nn::Graph, arrays: &[TensorFile], sample: usize) -> Result<Vec<Tensor>> {
    let tensor = |(port, array): (&nn::Port, &TensorFile)| {
        let size: usize = port.shape.iter().product();
        let values = (0..size).map(|at| array.values.exact(sample * size + at));
        let values = values.collect::<Option<Vec<_>>>().ok_or_else(|| {
            Diagnostic::new(format!(
                "input `{}` holds a number that is not finite",
                port.name
            ))
        })?;
        Ok(Tensor::new(port.shape.clone(), values))
    };
    graph.inputs.iter().zip(arrays).map(tensor).collect()
}
