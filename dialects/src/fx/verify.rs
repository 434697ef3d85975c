//! The rules of `fx` that IRDL cannot state.

use super::{Graph, IntType, Op, ranges};
use crate::{Diagnostic, Result};

/// Checks order, ports, types and ranges; all findings are collected.
pub fn verify(graph: &Graph) -> Result<()> {
    let mut findings = Vec::new();
    let input_count = graph.input_count();
    for (index, node) in graph.nodes.iter().enumerate() {
        let mut refuse = |sentence: String| {
            let layer = graph.layer_name(node.layer).to_string();
            findings.push(Diagnostic::new(sentence).in_layer(layer));
        };
        let name = node.op.name();
        if node.op.operands().iter().any(|v| v.index() >= index) {
            refuse(format!("fx.{name} reads a value that stands after it"));
        }
        let is_input = matches!(node.op, Op::Input { index: i } if i as usize == index);
        if is_input != (index < input_count) {
            refuse(format!(
                "value {index} is fx.{name}, but inputs stand first and in order"
            ));
        }
        let bits = match &node.op {
            Op::And { lhs, rhs } | Op::Or { lhs, rhs } | Op::Xor { lhs, rhs } => vec![*lhs, *rhs],
            Op::Not { input } => vec![*input],
            Op::Select { condition, .. } => vec![*condition],
            _ => vec![],
        };
        if bits
            .iter()
            .any(|v| v.index() < index && graph.node(*v).ty != IntType::BIT)
        {
            refuse(format!("fx.{name} works on ui1"));
        }
    }
    let outputs: usize = graph.outputs.iter().map(|port| port.elements.len()).sum();
    if outputs != graph.results.len() {
        findings.push(Diagnostic::new(format!(
            "the function returns {} values, its ports have {outputs}",
            graph.results.len()
        )));
    }
    if graph.results.iter().any(|v| v.index() >= graph.nodes.len()) {
        findings.push(Diagnostic::new(
            "the function returns a value that does not exist",
        ));
    }
    Diagnostic::collect(findings)?;
    check_ranges(graph)
}

fn check_ranges(graph: &Graph) -> Result<()> {
    let mut findings = Vec::new();
    for (node, range) in graph.nodes.iter().zip(ranges(graph)?) {
        if !node.ty.contains(range) {
            findings.push(
                Diagnostic::new(format!(
                    "fx.{} has type {}, its values can be in {range}",
                    node.op.name(),
                    node.ty
                ))
                .in_layer(graph.layer_name(node.layer)),
            );
        }
    }
    let elements = graph.outputs.iter().flat_map(|port| &port.elements);
    for (value, element) in graph.results.iter().zip(elements) {
        if graph.node(*value).ty != element.ty {
            findings.push(Diagnostic::new(format!(
                "an output of type {} is given a value of type {}",
                element.ty,
                graph.node(*value).ty
            )));
        }
    }
    Diagnostic::collect(findings)
}
