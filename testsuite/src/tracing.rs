//! Where a reference's float32 arithmetic and the exact numbers part.
//!
//! The layers are evaluated twice: exactly, and in float32 op by op as a framework does. At
//! the first step function (quantiser, sign, table) where the two disagree, the exact number
//! must lie so close to the step that float32 error explains it.

use compiler::tensor_file::TensorFile;
use dialects::nn::{self, Graph, Op, Tensor, ValueId};
use dialects::{Number, Result};

/// The first step where float32 went another way, for one sample.
#[derive(Debug, Clone)]
pub struct Trace {
    pub sample: usize,
    pub layer: String,
    pub element: usize,
    /// The exact number in front of the step, in steps.
    pub exact: f64,
    /// Its distance to the step, in steps; float32 error is larger.
    pub distance: f64,
}

/// `None` when the float32 path takes the same steps, or parts from the exact one further
/// from a step than its error reaches: then the difference is ours.
pub fn trace(graph: &Graph, inputs: &TensorFile, sample: usize) -> Result<Option<Trace>> {
    let input = sample_of(graph, inputs, sample);
    let exact = nn::eval_nodes(graph, std::slice::from_ref(&input))?;
    let mut float: Vec<Vec<f32>> = Vec::with_capacity(graph.nodes.len());
    for (index, node) in graph.nodes.iter().enumerate() {
        let next = match &node.op {
            Op::Input { .. } => input.values.iter().map(Number::to_f32).collect(),
            op => float_op(graph, op, &float)?,
        };
        if let Some(operand) = step_operand(&node.op) {
            let values = exact[index].values.iter().zip(&next);
            let parts = values.enumerate().find(|(_, (e, f))| !close(e, **f));
            if let Some((element, _)) = parts {
                let front = &exact[operand.index()].values[element];
                return Ok(explain(
                    node,
                    front,
                    element,
                    sample,
                    magnitude(graph, operand, &float),
                ));
            }
        }
        float.push(next);
    }
    Ok(None)
}

/// One sample of a model with one input, as exact numbers; NaN counts as zero.
pub fn sample_of(graph: &Graph, inputs: &TensorFile, sample: usize) -> Tensor {
    let port = &graph.inputs[0];
    let size: usize = port.shape.iter().product();
    let numbers = (0..size).map(|at| inputs.values.exact(sample * size + at));
    let numbers = numbers
        .map(|number| number.unwrap_or_else(Number::zero))
        .collect();
    Tensor::new(port.shape.clone(), numbers)
}

fn close(exact: &Number, float: f32) -> bool {
    let exact = exact.to_f64();
    (exact - f64::from(float)).abs() <= 1e-5 * exact.abs().max(1e-3)
}

/// The operand of ops that step; exact ops are compared by what steps behind them.
fn step_operand(op: &Op) -> Option<ValueId> {
    match op {
        Op::Quantize { input, .. }
        | Op::State { input, .. }
        | Op::Bipolar { input, .. }
        | Op::Threshold { input, .. }
        | Op::Sign { input }
        | Op::Function { input, .. } => Some(*input),
        _ => None,
    }
}

/// The largest number that the sums in front of a value go through.
fn magnitude(graph: &Graph, value: ValueId, float: &[Vec<f32>]) -> f64 {
    let mut largest = 0f64;
    let mut left = vec![value];
    while let Some(value) = left.pop() {
        let values = &float[value.index()];
        largest = values
            .iter()
            .fold(largest, |max, x| max.max(f64::from(x.abs())));
        let node = graph.node(value);
        if step_operand(&node.op).is_none() {
            left.extend(node.op.operands());
        }
    }
    largest
}

fn explain(
    node: &nn::Node,
    front: &Number,
    element: usize,
    sample: usize,
    magnitude: f64,
) -> Option<Trace> {
    // In steps: the number in front, and how far the next place is where rounding changes.
    let (exact, step) = match &node.op {
        Op::Quantize { quantizer, .. }
        | Op::State {
            quantizer: Some(quantizer),
            ..
        } => {
            let quantizer = quantizer.elements(&node.shape).ok()?.swap_remove(element);
            let scaled = front.checked_div(&quantizer.scale)?;
            (scaled.to_f64(), quantizer.scale.to_f64())
        }
        _ => (front.to_f64(), 1.0),
    };
    let to_half = (exact * 2.0 - (exact * 2.0).round()).abs() / 2.0;
    // Sums of hundreds of products: a few hundred units in the last place.
    let reach = 512.0 * f64::from(f32::EPSILON) * magnitude / step;
    (to_half <= reach).then(|| Trace {
        sample,
        layer: node.layer.clone(),
        element,
        exact,
        distance: to_half,
    })
}

/// One op in float32, by way of exact operands rounded once per multiplication and addition.
fn float_op(graph: &Graph, op: &Op, known: &[Vec<f32>]) -> Result<Vec<f32>> {
    let operand = |value: &ValueId| &known[value.index()];
    if let Op::Dense {
        input,
        weight,
        product: None,
    } = op
    {
        let (rows, columns) = nn::rows_and_columns(graph.shape(*weight))?;
        let mut sums = Vec::new();
        let matrices = operand(weight).chunks(rows * columns).cycle();
        for (token, matrix) in operand(input).chunks(columns).zip(matrices) {
            for row in matrix.chunks(columns) {
                let products = token.iter().zip(row).map(|(x, w)| x * w);
                sums.push(products.fold(0f32, |sum, product| sum + product));
            }
        }
        return Ok(sums);
    }
    let operands = op.operands();
    let tensors = operands.iter().map(|value| {
        let shape = graph.shape(*value).to_vec();
        Tensor::from_f32(shape, operand(value))
    });
    let tensors = tensors.collect::<Option<Vec<_>>>();
    let Some((tensors, def)) = tensors.zip(op.def()) else {
        return Ok(vec![]);
    };
    let result = (def.eval)(op, &tensors.iter().collect::<Vec<_>>())?;
    Ok(result.values.iter().map(Number::to_f32).collect())
}
