//! The border of a model: inputs without their batch, outputs.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use dialects::nn::{Constant, Graph, Op, Port, Quantizer};
use dialects::{Overflow, Result, Rounding};

use super::value::{BatchAxis, Value};
use super::{Batch, Converter};
use crate::frontend::onnx::fold::Constants;
use crate::frontend::onnx::graph::{DeclaredDim, OnnxGraph, ValueInfo};
use crate::frontend::onnx::tensor::ElementType;

/// A converter that knows the inputs.
pub fn inputs(model: &OnnxGraph, constants: Constants, batch: Batch) -> Result<Converter> {
    let mut ports = vec![];
    let mut axes = vec![];
    for input in &model.inputs {
        let (shape, axis) = input_shape(model, input, batch)?;
        ports.push(Port {
            name: input.name.clone(),
            shape,
        });
        axes.push(axis);
    }
    let mut graph = Graph::new(graph_name(&model.file), ports);
    graph.source = Some(model.file.to_string());
    let mut values = HashMap::new();
    for (index, (input, batch)) in model.inputs.iter().zip(axes).enumerate() {
        let element = input.element.unwrap_or(ElementType::F32);
        let mut id = dialects::nn::ValueId(index as u32);
        if let Some(quantizer) = integer_type(element) {
            let quantizer = Arc::new(quantizer);
            id = graph.push(
                Op::Quantize {
                    input: id,
                    quantizer,
                },
                &input.name,
            )?;
        }
        values.insert(
            input.name.clone(),
            Value {
                id,
                batch,
                dynamic: true,
                element,
            },
        );
    }
    let leading = |input: &ValueInfo| match input.shape.as_deref() {
        Some([DeclaredDim::Fixed(size), _, ..]) => Some(*size),
        _ => None,
    };
    Ok(Converter {
        graph,
        constants,
        values,
        labels: HashSet::new(),
        leafwise: super::leafwise::Leafwise::default(),
        batch: model.inputs.iter().find_map(leading),
    })
}

/// Integers arrive as the type the file declares: a quantiser says so.
fn integer_type(element: ElementType) -> Option<Quantizer> {
    let (signed, bits) = element.integer()?;
    let rounding = Rounding::Floor;
    Some(Quantizer::fixed(
        signed,
        bits,
        0,
        rounding,
        Overflow::Saturate,
    ))
}

fn input_shape(
    model: &OnnxGraph,
    input: &ValueInfo,
    batch: Batch,
) -> Result<(Vec<usize>, BatchAxis)> {
    let Some(shape) = &input.shape else {
        return Err(model
            .error(format!(
                "the input \"{}\" has no declared shape",
                input.name
            ))
            .help("export the model with static shapes"));
    };
    let has_batch = match (batch, &shape[..]) {
        (Batch::Keep, _) | (_, [] | [DeclaredDim::Fixed(_)]) => false,
        (Batch::Remove, _) => true,
    };
    let mut sizes = vec![];
    for (axis, entry) in shape.iter().enumerate().skip(usize::from(has_batch)) {
        match entry {
            DeclaredDim::Fixed(0) => {
                return Err(model
                    .error(format!("the input \"{}\" has no elements", input.name))
                    .note(format!("its axis {axis} has the size 0"))
                    .help("remove it from the model"));
            }
            DeclaredDim::Fixed(size) => sizes.push(*size),
            _ => {
                let text: Vec<String> = shape.iter().map(|d| d.to_string()).collect();
                return Err(model
                    .error(format!(
                        "axis {axis} of the input \"{}\" has no fixed size",
                        input.name
                    ))
                    .note(format!("its shape is [{}]", text.join(", ")))
                    .help("export the model with static shapes: only the batch may be open"));
            }
        }
    }
    let axis = match has_batch {
        true => BatchAxis::At(0),
        false => BatchAxis::Absent,
    };
    Ok((sizes, axis))
}

/// The file's stem as an identifier.
fn graph_name(file: &str) -> String {
    let stem = Path::new(file).file_stem().unwrap_or_default();
    let legal = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = stem.to_string_lossy().chars().map(legal).collect();
    match name.chars().next() {
        None => "model".to_string(),
        Some(first) if first.is_ascii_digit() => format!("model_{name}"),
        Some(_) => name,
    }
}

/// Gives the graph its results: the model's outputs, but for labels beside scores.
pub fn outputs(converter: &mut Converter, model: &OnnxGraph) -> Result<()> {
    let is_label = |name: &str| {
        let value = converter.values.get(name);
        value.is_some_and(|value| converter.labels.contains(&value.id))
    };
    let names = model.outputs.iter().map(|output| &output.name);
    let (labels, scores): (Vec<_>, Vec<_>) = names.partition(|name| is_label(name));
    let outputs = if scores.is_empty() { labels } else { scores };
    for name in outputs {
        let id = match converter.values.get(name) {
            Some(value) => value.id,
            None => {
                let value = Arc::new(constant_output(converter, model, name)?);
                converter.graph.push(Op::Constant { value }, name)?
            }
        };
        let shape = converter.graph.shape(id).to_vec();
        converter.graph.results.push(id);
        converter.graph.outputs.push(Port {
            name: name.clone(),
            shape,
        });
    }
    Ok(())
}

/// An output that depends on no input.
fn constant_output(converter: &Converter, model: &OnnxGraph, name: &str) -> Result<Constant> {
    let tensor = converter.constants.get(name);
    let found = tensor.and_then(|tensor| Some((&tensor.shape, tensor.to_f64s()?)));
    let Some((shape, values)) = found.filter(|(_, values)| !values.is_empty()) else {
        return Err(model
            .error(format!("the output \"{name}\" holds no numbers"))
            .help("remove it from the model's outputs"));
    };
    let floats: Vec<f32> = values.iter().map(|&v| v as f32).collect();
    let pairs = floats.iter().zip(&values);
    match pairs.into_iter().find(|(float, value)| f64::from(**float) != **value) {
        None => Ok(Constant::float(shape.clone(), floats)),
        Some((_, value)) => Err(model
            .error(format!(
                "the output \"{name}\" is a constant with the value {value}, which float32 does not hold"
            ))
            .help("remove it from the model's outputs")),
    }
}
