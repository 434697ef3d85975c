//! Reductions over static axes, Softmax and ArgMax.

use dialects::Result;
use dialects::nn::{Function, Op, Reduction};

use super::activation::{curve, function};
use super::arithmetic::negated;
use super::layer::Layer;
use super::value::{BatchAxis, Value};
use super::{Row, onnx};
use crate::frontend::onnx::tensor::{ElementType, Tensor};

pub const ROWS: &[Row] = &[
    onnx("ReduceSum", |l| arithmetic(l, Reduction::Sum)),
    onnx("ReduceMean", |l| arithmetic(l, Reduction::Mean)),
    onnx("ReduceMax", |l| chosen(l, Reduction::Max)),
    onnx("ReduceMin", |l| chosen(l, Reduction::Min)),
    onnx("ReduceL1", |l| of_sizes(l, false)),
    onnx("ReduceSumSquare", |l| Ok(vec![squares(l)?])),
    onnx("ReduceL2", |l| of_sizes(l, true)),
    onnx("Softmax", softmax),
    onnx("ArgMax", |l| arg(l, false)),
    onnx("ArgMin", |l| arg(l, true)),
];

fn arithmetic(layer: &mut Layer, kind: Reduction) -> Result<Vec<Value>> {
    let x = layer.operand(0, "data")?;
    layer.computes_in_floats(&[x])?;
    Ok(vec![reduce(layer, x, kind)?])
}

/// Also on integers, where nothing can overflow.
fn chosen(layer: &mut Layer, kind: Reduction) -> Result<Vec<Value>> {
    let x = layer.operand(0, "data")?;
    Ok(vec![reduce(layer, x, kind)?])
}

fn squares(layer: &mut Layer) -> Result<Value> {
    let x = layer.operand(0, "data")?;
    layer.computes_in_floats(&[x])?;
    let square = layer.binary(x, x, |lhs, rhs| Op::Mul { lhs, rhs })?;
    reduce(layer, square, Reduction::Sum)
}

/// The sum of absolute values, or the root of the sum of squares.
fn of_sizes(layer: &mut Layer, euclidean: bool) -> Result<Vec<Value>> {
    if euclidean {
        let sum = squares(layer)?;
        return Ok(vec![function(layer, sum, curve(Function::Sqrt))?]);
    }
    let x = layer.operand(0, "data")?;
    layer.computes_in_floats(&[x])?;
    let size = layer.push_like(Op::Abs { input: x.id }, x)?;
    Ok(vec![reduce(layer, size, Reduction::Sum)?])
}

fn reduce(layer: &mut Layer, x: Value, kind: Reduction) -> Result<Value> {
    let given = match (layer.node.ints("axes")?, layer.node.input(1)) {
        (Some(axes), _) => axes.to_vec(),
        (None, None) => vec![],
        (None, Some(name)) => layer.constant(1).and_then(Tensor::to_i64s).ok_or_else(|| {
            layer
                .error(format!(
                    "the axes of {} (\"{name}\") are not constant",
                    layer.op()
                ))
                .help("export the model with static shapes")
        })?,
    };
    if given.is_empty() && layer.node.int_or("noop_with_empty_axes", 0)? != 0 {
        return Ok(x);
    }
    let given = match given.is_empty() {
        true => (0..layer.rank(x) as i64).collect(),
        false => given,
    };
    let keeps = layer.node.int_or("keepdims", 1)? != 0;
    remove(layer, x, &given, keeps, |input, axes| Op::Reduce {
        input,
        kind,
        axes,
    })
}

/// An op that removes axes, which become 1 where they are kept.
fn remove(
    layer: &mut Layer,
    x: Value,
    onnx_axes: &[i64],
    keeps: bool,
    op: impl Fn(dialects::nn::ValueId, Vec<usize>) -> Op,
) -> Result<Value> {
    let axes = onnx_axes.iter().map(|&a| layer.axis(x, a));
    let mut axes = axes.collect::<Result<Vec<_>>>()?;
    axes.sort_unstable();
    axes.dedup();
    if axes.is_empty() {
        return Ok(x);
    }
    let mut kept_shape = layer.shape(x).to_vec();
    for &axis in &axes {
        kept_shape[axis] = 1;
    }
    let result = layer.push_like(op(x.id, axes.clone()), x)?;
    if keeps {
        return layer.reshape(result, kept_shape);
    }
    let batch = match x.batch {
        // The nn axes before the batch are the ONNX axes before it.
        BatchAxis::At(batch) => {
            BatchAxis::At(batch - axes.iter().filter(|&&axis| axis < batch).count())
        }
        other => other,
    };
    Ok(Value { batch, ..result })
}

/// Operator sets before 13 normalise over all axes from `axis` on.
fn softmax(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "input")?;
    layer.computes_in_floats(&[x])?;
    let whole_rest = layer.node.version < 13;
    let onnx_axis = layer.node.int_or("axis", if whole_rest { 1 } else { -1 })?;
    let input = x.id;
    if whole_rest && onnx_axis == layer.rank(x) as i64 {
        return Err(layer.contradiction("the axis of Softmax is behind its last one"));
    }
    let axis = layer.axis(x, onnx_axis)?;
    let shape = layer.shape(x).to_vec();
    if !whole_rest || axis + 1 == shape.len() {
        return Ok(vec![layer.push_like(Op::Softmax { input, axis }, x)?]);
    }
    if matches!(x.batch, BatchAxis::At(batch) if batch > axis) {
        return Err(layer.mixes_batch("it normalises over all axes behind its own"));
    }
    let mut flat_shape = shape[..axis].to_vec();
    flat_shape.push(shape[axis..].iter().product());
    let flat = layer.reshape(x, flat_shape)?;
    let input = flat.id;
    let y = layer.push_like(Op::Softmax { input, axis }, x)?;
    Ok(vec![layer.reshape(y, shape)?])
}

fn arg(layer: &mut Layer, smallest: bool) -> Result<Vec<Value>> {
    let mut x = layer.operand(0, "data")?;
    if smallest {
        x = negated(layer, x)?;
    }
    let axis = layer.node.int_or("axis", 0)?;
    let keeps = layer.node.int_or("keepdims", 1)? != 0;
    let select_last = layer.node.int_or("select_last_index", 0)? != 0;
    let position = remove(layer, x, &[axis], keeps, |input, axes| Op::Argmax {
        input,
        axis: axes[0],
        select_last,
    })?;
    Ok(vec![Value {
        element: ElementType::I64,
        ..position
    }])
}
