//! Activations: exact pieces where they are piecewise linear, real functions where not.

use dialects::Result;
use dialects::nn::{Curve, Function, Op};

use super::layer::Layer;
use super::value::Value;
use super::{Row, onnx};

pub const ROWS: &[Row] = &[
    onnx("Relu", relu),
    onnx("LeakyRelu", leaky_relu),
    onnx("PRelu", prelu),
    onnx("ThresholdedRelu", thresholded_relu),
    onnx("Sign", sign),
    onnx("HardSigmoid", hard_sigmoid),
    onnx("HardSwish", hard_swish),
    onnx("Sigmoid", sigmoid),
    onnx("Tanh", tanh),
    onnx("Elu", elu),
    onnx("Selu", selu),
    onnx("Softplus", softplus),
    onnx("Softsign", softsign),
    onnx("Sqrt", sqrt),
    onnx("Exp", exp),
    onnx("Log", log),
    onnx("Reciprocal", reciprocal),
];

fn float_operand(layer: &mut Layer) -> Result<Value> {
    let x = layer.operand(0, "X")?;
    layer.computes_in_floats(&[x])?;
    Ok(x)
}

/// Also on integers, where nothing can overflow.
fn relu(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "X")?;
    Ok(vec![layer.push_like(Op::Relu { input: x.id }, x)?])
}

fn sign(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = layer.operand(0, "input")?;
    Ok(vec![layer.push_like(Op::Sign { input: x.id }, x)?])
}

fn leaky_relu(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = float_operand(layer)?;
    let alpha = layer.node.float_or("alpha", 0.01)?;
    let slope = layer.push_scalar(alpha)?.id;
    let input = x.id;
    Ok(vec![layer.push_like(Op::Prelu { input, slope }, x)?])
}

fn prelu(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = float_operand(layer)?;
    let slope = layer.operand(1, "slope")?;
    layer.computes_in_floats(&[slope])?;
    let mut pair = [x, slope];
    layer.align(&mut pair)?;
    let [x, slope] = pair;
    let (input, slope) = (x.id, slope.id);
    Ok(vec![layer.push_like(Op::Prelu { input, slope }, x)?])
}

/// x where x > alpha, else 0: x times max(sign(x - alpha), 0).
fn thresholded_relu(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = float_operand(layer)?;
    let alpha = layer.node.float_or("alpha", 1.0)?;
    let alpha = layer.push_scalar(alpha)?;
    let above = layer.binary(x, alpha, |lhs, rhs| Op::Sub { lhs, rhs })?;
    let sign = layer.push(Op::Sign { input: above.id })?;
    let step = layer.push_like(Op::Relu { input: sign }, x)?;
    let gated = layer.binary(x, step, |lhs, rhs| Op::Mul { lhs, rhs })?;
    Ok(vec![gated])
}

/// max(0, min(1, alpha * x + beta)).
pub fn line_between_0_and_1(layer: &mut Layer, x: Value, alpha: f32, beta: f32) -> Result<Value> {
    let alpha = layer.push_scalar(alpha)?;
    let beta = layer.push_scalar(beta)?;
    let line = layer.binary(x, alpha, |lhs, rhs| Op::Mul { lhs, rhs })?;
    let line = layer.binary(line, beta, |lhs, rhs| Op::Add { lhs, rhs })?;
    let one = layer.push_scalar(1.0)?;
    let below = layer.binary(line, one, |lhs, rhs| Op::Min { lhs, rhs })?;
    let zero = layer.push_scalar(0.0)?;
    layer.binary(below, zero, |lhs, rhs| Op::Max { lhs, rhs })
}

fn hard_sigmoid(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = float_operand(layer)?;
    let alpha = layer.node.float_or("alpha", 0.2)?;
    let beta = layer.node.float_or("beta", 0.5)?;
    Ok(vec![line_between_0_and_1(layer, x, alpha, beta)?])
}

fn hard_swish(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = float_operand(layer)?;
    let gate = line_between_0_and_1(layer, x, 1.0 / 6.0, 0.5)?;
    let gated = layer.binary(x, gate, |lhs, rhs| Op::Mul { lhs, rhs })?;
    Ok(vec![gated])
}

/// A real function without a type yet.
pub fn function(layer: &mut Layer, x: Value, curve: Curve) -> Result<Value> {
    let op = Op::Function {
        input: x.id,
        curve,
        output: None,
    };
    layer.push_like(op, x)
}

fn plain(layer: &mut Layer, name: Function) -> Result<Vec<Value>> {
    let x = float_operand(layer)?;
    Ok(vec![function(layer, x, curve(name))?])
}

/// A function without parameters.
pub fn curve(function: Function) -> Curve {
    Curve {
        function,
        alpha: 1.0,
        gamma: 1.0,
    }
}

fn sigmoid(layer: &mut Layer) -> Result<Vec<Value>> {
    plain(layer, Function::Sigmoid)
}

fn tanh(layer: &mut Layer) -> Result<Vec<Value>> {
    plain(layer, Function::Tanh)
}

fn softplus(layer: &mut Layer) -> Result<Vec<Value>> {
    plain(layer, Function::Softplus)
}

fn sqrt(layer: &mut Layer) -> Result<Vec<Value>> {
    plain(layer, Function::Sqrt)
}

fn exp(layer: &mut Layer) -> Result<Vec<Value>> {
    plain(layer, Function::Exp)
}

fn log(layer: &mut Layer) -> Result<Vec<Value>> {
    plain(layer, Function::Log)
}

fn reciprocal(layer: &mut Layer) -> Result<Vec<Value>> {
    plain(layer, Function::Reciprocal)
}

fn elu(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = float_operand(layer)?;
    let curve = Curve {
        function: Function::Elu,
        alpha: layer.node.float_or("alpha", 1.0)?,
        gamma: 1.0,
    };
    Ok(vec![function(layer, x, curve)?])
}

fn selu(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = float_operand(layer)?;
    let curve = Curve {
        function: Function::Selu,
        alpha: layer.node.float_or("alpha", 1.673_263_2)?,
        gamma: layer.node.float_or("gamma", 1.050_701)?,
    };
    Ok(vec![function(layer, x, curve)?])
}

/// x / (1 + |x|).
fn softsign(layer: &mut Layer) -> Result<Vec<Value>> {
    let x = float_operand(layer)?;
    let size = layer.push_like(Op::Abs { input: x.id }, x)?;
    let one = layer.push_scalar(1.0)?;
    let below = layer.binary(size, one, |lhs, rhs| Op::Add { lhs, rhs })?;
    let ratio = layer.binary(x, below, |lhs, rhs| Op::Div { lhs, rhs })?;
    Ok(vec![ratio])
}
