//! RNN, LSTM and GRU, every step written out: dense layers, gates and products.

mod cells;
mod gates;

use dialects::nn::{Constant, Op, State};
use dialects::{Diagnostic, Result};
use std::sync::Arc;

use super::layer::Layer;
use super::value::{BatchAxis, Value};
use super::{Row, onnx};
use crate::frontend::onnx::tensor::Tensor;
use cells::{Cell, Weights};
use gates::Gate;

pub const ROWS: &[Row] = &[
    onnx("RNN", |l| recurrent(l, &cells::RNN)),
    onnx("LSTM", |l| recurrent(l, &cells::LSTM)),
    onnx("GRU", |l| recurrent(l, &cells::GRU)),
];

/// Where the events of the operator are.
#[derive(Clone, Copy)]
struct Events {
    /// Whether ONNX's batch comes before the steps.
    first: bool,
    /// The axis that `nn` still has for the batch is that of several events.
    kept: bool,
}

fn recurrent(layer: &mut Layer, cell: &'static Cell) -> Result<Vec<Value>> {
    let x = layer.operand(0, "X")?;
    layer.computes_in_floats(&[x])?;
    if let Some(clip) = layer.node.float("clip")? {
        return Err(layer
            .error(format!(
                "{} cuts its sums off at {clip} (attribute \"clip\"), which is not supported",
                layer.op()
            ))
            .help("train the network without clip"));
    }
    let events = Events {
        first: layer.node.int_or("layout", 0)? != 0,
        kept: x.batch == BatchAxis::Absent,
    };
    let steps = steps_first(layer, x, events)?;
    let count = layer.shape(steps)[0];
    same_lengths(layer, count)?;
    let directions: &[bool] = match layer.node.string_or("direction", "forward")? {
        "forward" => &[false],
        "reverse" => &[true],
        "bidirectional" => &[false, true],
        other => {
            return Err(layer.contradiction(format!(
                "{} runs in the unknown direction \"{other}\"",
                layer.op()
            )));
        }
    };
    let all = gates::of(layer, cell.gates, directions.len())?;
    let (mut sequences, mut ends) = (vec![], vec![]);
    for (direction, &reverse) in directions.iter().enumerate() {
        let gates = &all[direction * cell.gates.len()..][..cell.gates.len()];
        let (sequence, end) = run(layer, cell, steps, events, gates, direction, reverse)?;
        sequences.push(sequence);
        ends.push(end);
    }
    let sequence = stacked(layer, &sequences, 1)?;
    let sequence = answer(layer, sequence, events, 2)?;
    let mut outputs = vec![sequence];
    for state in 0..cell.states {
        let last = ends.iter().map(|end| end[state]);
        let last = stacked(layer, &last.collect::<Vec<_>>(), 0)?;
        outputs.push(answer(layer, last, events, 1)?);
    }
    Ok(outputs)
}

/// The steps of one direction: all its outputs [steps, events?, hidden], its last states.
fn run(
    layer: &mut Layer,
    cell: &'static Cell,
    steps: Value,
    events: Events,
    gates: &[Gate],
    direction: usize,
    reverse: bool,
) -> Result<(Value, Vec<Value>)> {
    let weights = Weights::of(layer, cell, direction)?;
    let inputs = weights.of_inputs(layer, steps)?;
    let name = unused_name(layer, reverse);
    let mut states = vec![];
    for index in 0..cell.states {
        // initial_h and, of LSTM, initial_c.
        let begin = match initial(layer, 5 + index, direction, events)? {
            Some(begin) => begin,
            None => {
                let events = layer.shape(inputs);
                let events = &events[1..events.len() - 1];
                let shape = [events, &[weights.hidden]].concat();
                let zeros = vec![0.0; shape.iter().product()];
                layer.push_constant(Constant::float(shape, zeros))?
            }
        };
        states.push(begin);
    }
    mark(layer, &name, 0, &mut states)?;
    let count = layer.shape(steps)[0];
    let mut outputs: Vec<Option<Value>> = vec![None; count];
    for at in 0..count {
        let step = if reverse { count - 1 - at } else { at };
        let input = part(layer, inputs, 0, step, 1)?;
        let rest = layer.shape(input)[1..].to_vec();
        let input = layer.reshape(input, rest)?;
        states = (cell.step)(layer, &weights, gates, input, &states)?;
        mark(layer, &name, at + 1, &mut states)?;
        outputs[step] = Some(states[0]);
    }
    let outputs = outputs.into_iter().flatten().collect::<Vec<_>>();
    let sequence = stacked(layer, &outputs, 0)?;
    Ok((sequence, states))
}

/// A name that no recurrence has yet: the node's.
fn unused_name(layer: &Layer, reverse: bool) -> String {
    let base = match reverse {
        true => format!("{} in reverse", layer.node.name),
        false => layer.node.name.clone(),
    };
    let is_taken = |name: &str| {
        let nodes = layer.model.graph.nodes.iter();
        nodes
            .rev()
            .any(|node| matches!(&node.op, Op::State { state, .. } if state.recurrence == name))
    };
    let mut names = std::iter::once(base.clone()).chain((2..).map(|at| format!("{base} {at}")));
    names
        .find(|name| !is_taken(name))
        .expect("there are names without end")
}

/// The states after a step as what they are.
fn mark(layer: &mut Layer, recurrence: &str, step: usize, states: &mut [Value]) -> Result<()> {
    for (part, value) in states.iter_mut().enumerate() {
        let state = Arc::new(State {
            recurrence: recurrence.to_string(),
            part,
            step,
        });
        let op = Op::State {
            input: value.id,
            state,
            quantizer: None,
        };
        let dynamic = true;
        *value = Value {
            dynamic,
            ..layer.push_like(op, *value)?
        };
    }
    Ok(())
}

/// X as [steps, events?, inputs].
fn steps_first(layer: &mut Layer, x: Value, events: Events) -> Result<Value> {
    let (step, event) = if events.first { (1, 0) } else { (0, 1) };
    match x.batch {
        _ if layer.rank(x) != 3 => Err(layer.contradiction(format!(
            "X of {} has the shape {}, and has three axes",
            layer.op(),
            layer.shape_text(x)
        ))),
        BatchAxis::At(axis) if axis == event => Ok(Value {
            batch: BatchAxis::Absent,
            ..x
        }),
        BatchAxis::Absent if step == 0 => Ok(x),
        BatchAxis::Absent => layer.transpose(x, vec![1, 0, 2]),
        _ => Err(layer.mixes_batch("its steps are the batch")),
    }
}

/// A result with the events where ONNX has them: behind `before` other axes, or first.
fn answer(layer: &mut Layer, value: Value, events: Events, before: usize) -> Result<Value> {
    let place = if events.first { 0 } else { before };
    if !events.kept {
        return Ok(Value {
            batch: BatchAxis::At(place),
            ..value
        });
    }
    let rank = layer.shape(value).len();
    let mut order: Vec<usize> = (0..rank).filter(|&axis| axis != before).collect();
    order.insert(place, before);
    layer.transpose(value, order)
}

/// One value after the other along a new axis.
fn stacked(layer: &mut Layer, values: &[Value], axis: usize) -> Result<Value> {
    let mut inputs = vec![];
    for value in values {
        let mut shape = layer.shape(*value).to_vec();
        shape.insert(axis, 1);
        inputs.push(layer.reshape(*value, shape)?.id);
    }
    layer.concat(inputs, axis, values[0])
}

/// Some elements along an axis.
fn part(layer: &mut Layer, x: Value, axis: usize, start: usize, count: usize) -> Result<Value> {
    let mut sizes = layer.shape(x).to_vec();
    if sizes[axis] == count {
        return Ok(x);
    }
    let mut starts = vec![0; sizes.len()];
    starts[axis] = start as i64;
    sizes[axis] = count;
    let steps = vec![1; sizes.len()];
    let op = Op::Slice {
        input: x.id,
        starts,
        sizes,
        steps,
    };
    layer.push_like(op, x)
}

/// The slice of a parameter that belongs to one direction.
fn of_direction(layer: &mut Layer, value: Value, direction: usize) -> Result<Value> {
    let one = part(layer, value, 0, direction, 1)?;
    let rest = layer.shape(one)[1..].to_vec();
    layer.reshape(one, rest)
}

/// A state to begin with; `None` for zeros.
fn initial(
    layer: &mut Layer,
    index: usize,
    direction: usize,
    events: Events,
) -> Result<Option<Value>> {
    let Some(value) = layer.optional_operand(index, "initial state")? else {
        return Ok(None);
    };
    let (before, place) = if events.first { (1, 0) } else { (0, 1) };
    let value = match value.batch {
        BatchAxis::At(axis) if axis == place => Value {
            batch: BatchAxis::Absent,
            ..value
        },
        BatchAxis::Absent if layer.rank(value) == 3 => {
            let mut shape = layer.shape(value).to_vec();
            match (events.kept, shape[place]) {
                (true, _) if before == 0 => value,
                (true, _) => layer.transpose(value, vec![1, 0, 2])?,
                (false, 1) => {
                    shape.remove(place);
                    layer.reshape(value, shape)?
                }
                (false, _) => {
                    return Err(layer.mixes_batch("its initial state differs from event to event"));
                }
            }
        }
        _ => return Err(layer.mixes_batch("its initial state has the batch on another axis")),
    };
    of_direction(layer, value, direction).map(Some)
}

/// Refuses sequences that end before the last step.
fn same_lengths(layer: &Layer, steps: usize) -> Result<()> {
    if layer.node.input(4).is_none() {
        return Ok(());
    }
    let lengths = layer.constant(4).and_then(Tensor::to_i64s);
    match lengths {
        Some(lengths) if lengths.iter().all(|&length| length == steps as i64) => Ok(()),
        _ => Err(varying(layer)),
    }
}

fn varying(layer: &Layer) -> Diagnostic {
    layer
        .error(format!(
            "{} has sequences of several lengths (sequence_lens), which is not supported",
            layer.op()
        ))
        .help("pad all sequences to one length, and train the network on them so")
}
