//! From the checked ONNX graph to `nn`, one file a family of operators.
//!
//! Every `nn` node carries the ONNX node's name as its layer. Nothing is optimised here: a
//! node becomes what it means. The batch dimension disappears.

mod activation;
mod arithmetic;
mod batch_norm;
mod broadcast;
mod clip;
mod compare;
mod concat;
mod conv;
mod features;
mod gather;
mod identity;
mod layer;
mod leafwise;
mod linear_conv;
mod linear_quant;
mod matmul;
mod normalise;
mod pad;
mod pool;
mod ports;
mod quant;
mod recurrent;
mod reduce;
mod reshape;
mod resize;
mod slice;
mod spatial;
mod threshold;
mod transpose;
mod tree_ensemble;
mod tree_nodes;
mod unsupported;
mod value;

use std::collections::{HashMap, HashSet};

use dialects::nn::{self, Graph};
use dialects::{Diagnostic, Result};

use super::fold::Constants;
use super::graph::OnnxGraph;
use super::node::{Domain, OnnxNode};
use super::tensor::Dim;
use layer::Layer;
use value::{BatchAxis, Value};

/// What the first axis of an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// The batch, whatever size the file gives it: `nn` has no such axis.
    Remove,
    /// An axis like any other.
    Keep,
}

/// How one operator becomes `nn`.
struct Row {
    domain: Domain,
    op_type: &'static str,
    /// The node's outputs, in order.
    convert: fn(&mut Layer) -> Result<Vec<Value>>,
}

const fn onnx(op_type: &'static str, convert: fn(&mut Layer) -> Result<Vec<Value>>) -> Row {
    Row {
        domain: Domain::Onnx,
        op_type,
        convert,
    }
}

const fn qonnx(op_type: &'static str, convert: fn(&mut Layer) -> Result<Vec<Value>>) -> Row {
    Row {
        domain: Domain::Qonnx,
        op_type,
        convert,
    }
}

const fn microsoft(op_type: &'static str, convert: fn(&mut Layer) -> Result<Vec<Value>>) -> Row {
    Row {
        domain: Domain::Microsoft,
        op_type,
        convert,
    }
}

const fn ml(op_type: &'static str, convert: fn(&mut Layer) -> Result<Vec<Value>>) -> Row {
    Row {
        domain: Domain::OnnxMl,
        op_type,
        convert,
    }
}

const fn channels_last(
    op_type: &'static str,
    convert: fn(&mut Layer) -> Result<Vec<Value>>,
) -> Row {
    Row {
        domain: Domain::ChannelsLast,
        op_type,
        convert,
    }
}

static FAMILIES: &[&[Row]] = &[
    matmul::ROWS,
    conv::ROWS,
    pool::ROWS,
    arithmetic::ROWS,
    activation::ROWS,
    clip::ROWS,
    batch_norm::ROWS,
    quant::ROWS,
    threshold::ROWS,
    linear_quant::ROWS,
    linear_conv::ROWS,
    reshape::ROWS,
    transpose::ROWS,
    concat::ROWS,
    slice::ROWS,
    gather::ROWS,
    identity::ROWS,
    reduce::ROWS,
    compare::ROWS,
    tree_ensemble::ROWS,
    features::ROWS,
    pad::ROWS,
    resize::ROWS,
    recurrent::ROWS,
    normalise::ROWS,
];

fn rows() -> impl Iterator<Item = &'static Row> {
    FAMILIES.iter().copied().flatten()
}

/// A model under conversion.
struct Converter {
    graph: Graph,
    constants: Constants,
    values: HashMap<String, Value>,
    /// The labels that classifiers give beside their scores.
    labels: HashSet<nn::ValueId>,
    leafwise: leafwise::Leafwise,
    /// The size that the file gives the batch, where it gives one.
    batch: Option<usize>,
}

/// The `nn` graph of a model.
///
/// Errors: all operators that are not supported, in one finding; every other node that
/// cannot be converted and depends on none of them.
pub fn convert(mut model: OnnxGraph, batch: Batch) -> Result<Graph> {
    let constants = Constants::new(std::mem::take(&mut model.initializers));
    let mut converter = ports::inputs(&model, constants, batch)?;
    let mut unsupported = unsupported::Unsupported::default();
    let mut findings = vec![];
    // Values that a refused node would have made; what reads them is not looked at.
    let mut missing: HashSet<&str> = HashSet::new();
    for node in &model.nodes {
        match converter.node(node, &missing) {
            Ok(Outcome::Done) => continue,
            Ok(Outcome::Unsupported) => unsupported.add(node),
            Ok(Outcome::Skipped) => {}
            Err(finding) => findings.push(finding),
        }
        missing.extend(node.outputs.iter().flatten().map(String::as_str));
    }
    Diagnostic::collect(unsupported.findings().into_iter().chain(findings))?;
    ports::outputs(&mut converter, &model)?;
    let graph = without_dead_nodes(&converter.graph);
    nn::verify(&graph).map_err(|finding| in_model(finding, &model))?;
    Ok(graph)
}

/// A finding of the level's verifier, and those with it, as one about the model.
fn in_model(mut finding: Diagnostic, model: &OnnxGraph) -> Diagnostic {
    let others = std::mem::take(&mut finding.others);
    finding.others = others
        .into_iter()
        .map(|other| in_model(other, model))
        .collect();
    if finding.helps.is_empty() {
        finding =
            finding.help("check the parameters of this layer in the framework that made the model");
    }
    finding.in_file(&*model.file)
}

enum Outcome {
    Done,
    Unsupported,
    /// It reads what a refused node would have made.
    Skipped,
}

impl Converter {
    fn node(&mut self, node: &OnnxNode, missing: &HashSet<&str>) -> Result<Outcome> {
        let (values, graph) = (&self.values, &self.graph);
        let dims_of = |name: &str| {
            let value = values.get(name)?;
            let known = |&size: &usize| Dim::Known(size as i64);
            let mut dims: Vec<Dim> = graph.shape(value.id).iter().map(known).collect();
            match value.batch {
                BatchAxis::Absent => {}
                BatchAxis::At(axis) => dims.insert(axis, Dim::Batch),
                BatchAxis::Merged => return None,
            }
            Some(dims)
        };
        if self.constants.fold(node, dims_of)? {
            return Ok(Outcome::Done);
        }
        if self.convert_leafwise(node)? {
            return Ok(Outcome::Done);
        }
        let is_row = |row: &&Row| node.is(&row.domain, row.op_type);
        let Some(row) = rows().find(is_row) else {
            return Ok(Outcome::Unsupported);
        };
        let mut inputs = node.inputs.iter().flatten();
        if inputs.any(|name| missing.contains(name.as_str())) {
            return Ok(Outcome::Skipped);
        }
        let outputs = (row.convert)(&mut Layer { node, model: self })
            .map_err(|finding| finding.in_file(&*node.file).in_layer(&*node.name))?;
        for (at, name) in node.outputs.iter().enumerate() {
            match (name, outputs.get(at)) {
                (Some(name), Some(value)) => _ = self.values.insert(name.clone(), *value),
                (Some(name), None) => {
                    return Err(node
                        .error(format!(
                            "output {at} of {} (\"{name}\") is not supported",
                            node.op_type
                        ))
                        .help("export the model for inference, without it"));
                }
                (None, _) => {}
            }
        }
        Ok(Outcome::Done)
    }
}

/// The graph with only what its results depend on, and its inputs.
fn without_dead_nodes(graph: &Graph) -> Graph {
    let live = graph.live();
    let mut place = vec![nn::ValueId(0); live.len()];
    let mut kept = Vec::new();
    for (index, node) in graph.nodes.iter().enumerate().filter(|(i, _)| live[*i]) {
        place[index] = nn::ValueId(kept.len() as u32);
        let op = node.op.clone().map_operands(|v| place[v.index()]);
        kept.push(nn::Node { op, ..node.clone() });
    }
    Graph {
        nodes: kept,
        results: graph.results.iter().map(|v| place[v.index()]).collect(),
        ..graph.clone()
    }
}
