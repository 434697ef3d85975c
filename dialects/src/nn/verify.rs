//! The rules of `nn` that IRDL cannot state.

use super::{Graph, Op, Values};
use crate::{Diagnostic, Result};

/// Checks order, shapes and parameters; all findings are collected.
pub fn verify(graph: &Graph) -> Result<()> {
    let mut findings = Vec::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        let name = node.op.name();
        let mut refuse = |finding: Diagnostic| findings.push(finding.in_layer(node.layer.clone()));
        if node.op.operands().iter().any(|v| v.index() >= index) {
            refuse(Diagnostic::new(format!(
                "nn.{name} reads a value that stands after it"
            )));
            continue;
        }
        let is_input = matches!(node.op, Op::Input { index: i } if i as usize == index);
        if is_input != (index < graph.inputs.len()) {
            refuse(Diagnostic::new("inputs stand first and in order"));
            continue;
        }
        if is_input {
            continue;
        }
        match graph.infer(&node.op) {
            Ok(shape) if shape == node.shape => {}
            Ok(shape) => refuse(Diagnostic::new(format!(
                "nn.{name} has shape {:?}, its operands give {shape:?}",
                node.shape
            ))),
            Err(finding) => refuse(finding),
        }
        if let Err(finding) = parameters(&node.op, &node.shape) {
            refuse(finding);
        }
    }
    let shapes = graph.outputs.iter().map(|port| port.shape.as_slice());
    let results = graph.results.iter().map(|v| graph.nodes.get(v.index()));
    let results = results.map(|node| node.map_or(&[][..], |node| &node.shape[..]));
    if !shapes.eq(results) {
        findings.push(Diagnostic::new(
            "the results do not have the shapes of the output ports",
        ));
    }
    Diagnostic::collect(findings)
}

fn parameters(op: &Op, shape: &[usize]) -> Result<()> {
    match op {
        Op::Quantize { quantizer, .. } => quantizer.check(shape),
        Op::Function {
            output: Some(output),
            ..
        } => output.check(shape),
        Op::Dense {
            product: Some(product),
            ..
        } => product.elements(&[]).map(|_| ()),
        Op::Constant { value } => match &value.values {
            Values::Float(values) => match values.iter().find(|value| !value.is_finite()) {
                Some(value) => Err(Diagnostic::new(format!("a constant holds {value}"))
                    .help("retrain or re-export: a circuit has no NaN and no infinity")),
                None => Ok(()),
            },
            Values::Scaled { .. } => value.tensor().map(|_| ()),
        },
        _ => Ok(()),
    }
}
