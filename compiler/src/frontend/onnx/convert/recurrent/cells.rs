//! One step of each recurrent layer, as ONNX defines it.

use dialects::Result;
use dialects::nn::{Function, Op};

use super::gates::Gate;
use super::{of_direction, part};
use crate::frontend::onnx::convert::layer::Layer;
use crate::frontend::onnx::convert::matmul::dense;
use crate::frontend::onnx::convert::value::Value;

/// From the products of the inputs and the states before, the output first, to the states after.
type Step = fn(&mut Layer, &Weights, &[Gate], Value, &[Value]) -> Result<Vec<Value>>;

/// A kind of recurrent layer.
pub struct Cell {
    /// The parts of its weights, each as wide as the state.
    parts: usize,
    /// The functions of its gates, where the node names no others.
    pub gates: &'static [Function],
    pub states: usize,
    pub step: Step,
}

pub static RNN: Cell = Cell {
    parts: 1,
    gates: &[Function::Tanh],
    states: 1,
    step: rnn,
};

pub static LSTM: Cell = Cell {
    parts: 4,
    gates: &[Function::Sigmoid, Function::Tanh, Function::Tanh],
    states: 2,
    step: lstm,
};

pub static GRU: Cell = Cell {
    parts: 3,
    gates: &[Function::Sigmoid, Function::Tanh],
    states: 1,
    step: gru,
};

/// The parameters of one direction.
pub struct Weights {
    pub hidden: usize,
    parts: usize,
    /// [parts · hidden, inputs].
    input: Value,
    /// [parts · hidden, hidden].
    recurrent: Value,
    /// Of the inputs and of the state, [parts · hidden] each.
    biases: Option<(Value, Value)>,
    /// Of LSTM: what the gates i, o, f see of the cell.
    peepholes: Option<Value>,
}

impl Weights {
    pub fn of(layer: &mut Layer, cell: &Cell, direction: usize) -> Result<Weights> {
        let (w, r) = (layer.operand(1, "W")?, layer.operand(2, "R")?);
        let b = layer.optional_operand(3, "B")?;
        let p = match cell.parts {
            4 => layer.optional_operand(7, "P")?,
            _ => None,
        };
        let given = [Some(w), Some(r), b, p].into_iter().flatten();
        if given.clone().any(|value| value.dynamic) {
            return Err(layer
                .error(format!("the weights of {} depend on the input", layer.op()))
                .help("export the model for inference, with its parameters frozen"));
        }
        let (of_w, of_r) = (layer.shape(w).to_vec(), layer.shape(r).to_vec());
        let fits = |layer: &Layer, hidden: usize| {
            let directions = of_w[0];
            let shape_is = |value: Option<Value>, size: usize| {
                value.is_none_or(|value| layer.shape(value) == [directions, size])
            };
            direction < directions
                && of_w.len() == 3
                && of_w[1] == cell.parts * hidden
                && of_r == [directions, cell.parts * hidden, hidden]
                && shape_is(b, 2 * cell.parts * hidden)
                && shape_is(p, 3 * hidden)
        };
        let hidden = of_r.last().copied().unwrap_or(0);
        if !fits(layer, hidden) {
            return Err(layer.contradiction(format!(
                "{} has weights of the shapes {of_w:?} and {of_r:?}",
                layer.op()
            )));
        }
        let width = cell.parts * hidden;
        let biases = match b {
            Some(b) => {
                let b = of_direction(layer, b, direction)?;
                Some((
                    part(layer, b, 0, 0, width)?,
                    part(layer, b, 0, width, width)?,
                ))
            }
            None => None,
        };
        Ok(Weights {
            hidden,
            parts: cell.parts,
            input: of_direction(layer, w, direction)?,
            recurrent: of_direction(layer, r, direction)?,
            biases,
            peepholes: p.map(|p| of_direction(layer, p, direction)).transpose()?,
        })
    }

    /// X · Wᵀ and the bias of the inputs, for all steps.
    pub fn of_inputs(&self, layer: &mut Layer, steps: Value) -> Result<Value> {
        let products = dense(layer, steps, self.input)?;
        match self.biases {
            Some((bias, _)) => add(layer, products, bias),
            None => Ok(products),
        }
    }

    /// H · Rᵀ and the bias of the state, of the parts from `first` on.
    fn of_state(
        &self,
        layer: &mut Layer,
        state: Value,
        first: usize,
        count: usize,
    ) -> Result<Value> {
        let rows = (first * self.hidden, count * self.hidden);
        let matrix = part(layer, self.recurrent, 0, rows.0, rows.1)?;
        let products = dense(layer, state, matrix)?;
        match self.biases {
            Some((_, bias)) => {
                let bias = part(layer, bias, 0, rows.0, rows.1)?;
                add(layer, products, bias)
            }
            None => Ok(products),
        }
    }

    /// One part of a vector of all.
    fn pick(&self, layer: &mut Layer, x: Value, index: usize) -> Result<Value> {
        let last = layer.shape(x).len() - 1;
        part(layer, x, last, index * self.hidden, self.hidden)
    }
}

fn add(layer: &mut Layer, a: Value, b: Value) -> Result<Value> {
    layer.binary(a, b, |lhs, rhs| Op::Add { lhs, rhs })
}

fn sub(layer: &mut Layer, a: Value, b: Value) -> Result<Value> {
    layer.binary(a, b, |lhs, rhs| Op::Sub { lhs, rhs })
}

fn mul(layer: &mut Layer, a: Value, b: Value) -> Result<Value> {
    layer.binary(a, b, |lhs, rhs| Op::Mul { lhs, rhs })
}

/// h' = f(x·W + h·R).
fn rnn(
    layer: &mut Layer,
    weights: &Weights,
    gates: &[Gate],
    input: Value,
    states: &[Value],
) -> Result<Vec<Value>> {
    let before = weights.of_state(layer, states[0], 0, weights.parts)?;
    let total = add(layer, input, before)?;
    let output = gates[0].apply(layer, total)?;
    Ok(vec![output])
}

/// i, o, f = σ(…), c' = f·c + i·g(…), h' = o·h(c'); `input_forget` means f = 1 - i.
fn lstm(
    layer: &mut Layer,
    weights: &Weights,
    gates: &[Gate],
    input: Value,
    states: &[Value],
) -> Result<Vec<Value>> {
    let couples = layer.node.int_or("input_forget", 0)? != 0;
    let (h, c) = (states[0], states[1]);
    let before = weights.of_state(layer, h, 0, weights.parts)?;
    let total = add(layer, input, before)?;
    // What a gate sees of the cell, if it sees anything of it.
    let seen = |layer: &mut Layer, gate: Value, cell: Value, index: usize| {
        let Some(peepholes) = weights.peepholes else {
            return Ok(gate);
        };
        let peephole = weights.pick(layer, peepholes, index)?;
        let part = mul(layer, cell, peephole)?;
        add(layer, gate, part)
    };
    let i = weights.pick(layer, total, 0)?;
    let i = seen(layer, i, c, 0)?;
    let i = gates[0].apply(layer, i)?;
    let new = weights.pick(layer, total, 3)?;
    let new = gates[1].apply(layer, new)?;
    let new = mul(layer, i, new)?;
    let f = match couples {
        true => {
            let one = layer.push_scalar(1.0)?;
            sub(layer, one, i)?
        }
        false => {
            let f = weights.pick(layer, total, 2)?;
            let f = seen(layer, f, c, 2)?;
            gates[0].apply(layer, f)?
        }
    };
    let kept = mul(layer, f, c)?;
    let next = add(layer, kept, new)?;
    let o = weights.pick(layer, total, 1)?;
    let o = seen(layer, o, next, 1)?;
    let o = gates[0].apply(layer, o)?;
    let shown = gates[2].apply(layer, next)?;
    let output = mul(layer, o, shown)?;
    Ok(vec![output, next])
}

/// z, r = σ(…), n = g(x·W + (r·h)·R), or g(x·W + r·(h·R)) with `linear_before_reset`,
/// h' = (1 - z)·n + z·h, which is n + z·(h - n).
fn gru(
    layer: &mut Layer,
    weights: &Weights,
    gates: &[Gate],
    input: Value,
    states: &[Value],
) -> Result<Vec<Value>> {
    let late = layer.node.int_or("linear_before_reset", 0)? != 0;
    let h = states[0];
    let before = weights.of_state(layer, h, 0, 2)?;
    let last = layer.shape(input).len() - 1;
    let first = part(layer, input, last, 0, 2 * weights.hidden)?;
    let first = add(layer, first, before)?;
    let z = weights.pick(layer, first, 0)?;
    let z = gates[0].apply(layer, z)?;
    let r = weights.pick(layer, first, 1)?;
    let r = gates[0].apply(layer, r)?;
    let old = match late {
        true => {
            let products = weights.of_state(layer, h, 2, 1)?;
            mul(layer, r, products)?
        }
        false => {
            let kept = mul(layer, r, h)?;
            weights.of_state(layer, kept, 2, 1)?
        }
    };
    let n = weights.pick(layer, input, 2)?;
    let n = add(layer, n, old)?;
    let n = gates[1].apply(layer, n)?;
    let apart = sub(layer, h, n)?;
    let moved = mul(layer, z, apart)?;
    let output = add(layer, n, moved)?;
    Ok(vec![output])
}
