//! Shared models, `.npy` files, and an evaluator that computes constants once.

use std::path::Path;

use dialects::nn::{self, Graph, Op, Tensor};
use dialects::{Number, Overflow, Result, Rounding};
use ndarray::ArrayD;
use ndarray_npy::ReadableElement;

fn numbers<T: ReadableElement + Clone>(
    path: &Path,
    number: impl Fn(T) -> Option<Number>,
) -> Option<Tensor> {
    let array: ArrayD<T> = ndarray_npy::read_npy(path).ok()?;
    let values = array.iter().cloned().map(number);
    Some(Tensor::new(
        array.shape().to_vec(),
        values.collect::<Option<_>>()?,
    ))
}

/// The exact numbers of a file; `None` for NaN, infinities and what is no number.
pub fn read_npy(path: &Path) -> Option<Tensor> {
    let int = |v: i64| Some(Number::from(v));
    numbers(path, Number::from_f32)
        .or_else(|| numbers(path, Number::from_f64))
        .or_else(|| numbers(path, int))
        .or_else(|| numbers(path, |v: i32| int(v.into())))
        .or_else(|| numbers(path, |v: i16| int(v.into())))
        .or_else(|| numbers(path, |v: i8| int(v.into())))
        .or_else(|| numbers(path, |v: u8| int(v.into())))
        .or_else(|| numbers(path, |v: u16| int(v.into())))
        .or_else(|| numbers(path, |v: u32| int(v.into())))
        .or_else(|| numbers(path, |v: u64| int(v.try_into().ok()?)))
        .or_else(|| numbers(path, |v: bool| int(v.into())))
}

/// Sample `at` of a batch, in the shape of a port.
pub fn sample(batch: &Tensor, at: usize, shape: &[usize]) -> Tensor {
    let size = shape.iter().product::<usize>();
    Tensor::new(
        shape.to_vec(),
        batch.values[at * size..(at + 1) * size].to_vec(),
    )
}

/// Gives every function without a type one with 60 fraction bits.
pub fn type_functions(graph: &mut Graph) {
    let ty = nn::Quantizer::fixed(true, 100, 60, Rounding::HalfEven, Overflow::Saturate);
    for node in &mut graph.nodes {
        if let Op::Function { output, .. } = &mut node.op {
            output.get_or_insert_with(|| ty.clone().into());
        }
    }
}

/// Softmax in float64, for comparison only: `nn` has no value for it.
fn softmax(x: &Tensor, axis: usize) -> Tensor {
    let mut values: Vec<f64> = x.values.iter().map(Number::to_f64).collect();
    for group in nn::reduced_indices(&x.shape, &[axis]) {
        let top = group.iter().map(|&at| values[at]).fold(f64::MIN, f64::max);
        let sum: f64 = group.iter().map(|&at| (values[at] - top).exp()).sum();
        for at in group {
            values[at] = (values[at] - top).exp() / sum;
        }
    }
    let values = values.into_iter().map(|v| Number::from_f64(v).unwrap());
    Tensor::new(x.shape.clone(), values.collect())
}

/// A graph whose constant nodes are evaluated.
pub struct Evaluator<'a> {
    graph: &'a Graph,
    constants: Vec<Option<Tensor>>,
}

impl<'a> Evaluator<'a> {
    pub fn new(graph: &'a Graph) -> Result<Self> {
        let mut constants: Vec<Option<Tensor>> = vec![];
        for node in &graph.nodes {
            let operands = node.op.operands();
            let of: Option<Vec<&Tensor>> = operands
                .iter()
                .map(|v| constants[v.index()].as_ref())
                .collect();
            let value = match (&node.op, node.op.def(), of) {
                (Op::Input { .. } | Op::Softmax { .. }, ..) | (_, None, _) | (.., None) => None,
                (op, Some(def), Some(of)) => Some((def.eval)(op, &of)?),
            };
            constants.push(value);
        }
        Ok(Evaluator { graph, constants })
    }

    pub fn eval(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
        let mut values: Vec<Option<Tensor>> = vec![None; self.graph.nodes.len()];
        let live = self.graph.live();
        for (index, node) in self.graph.nodes.iter().enumerate() {
            if self.constants[index].is_some() || !live[index] {
                continue;
            }
            let value = match (&node.op, node.op.def()) {
                (Op::Input { index }, _) => inputs[*index as usize].clone(),
                (Op::Softmax { input, axis }, _) => {
                    let x = values[input.index()].as_ref();
                    softmax(x.expect("operands stand before users"), *axis)
                }
                (op, Some(def)) => {
                    let operands = op.operands();
                    let of: Vec<&Tensor> = operands
                        .iter()
                        .filter_map(|v| {
                            let constant = self.constants[v.index()].as_ref();
                            constant.or(values[v.index()].as_ref())
                        })
                        .collect();
                    (def.eval)(op, &of).map_err(|finding| finding.in_layer(&*node.layer))?
                }
                (_, None) => unreachable!("only inputs have no row"),
            };
            values[index] = Some(value);
        }
        let result = |v: &nn::ValueId| {
            let constant = self.constants[v.index()].clone();
            constant.or(values[v.index()].clone())
        };
        Ok(self.graph.results.iter().filter_map(result).collect())
    }
}
