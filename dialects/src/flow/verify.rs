//! The rules of the level.

use super::{Border, Functions, Graph, Op};
use crate::{Diagnostic, Result, fx};

/// Checks kernels, operands, streams and borders.
///
/// Errors: every rule that is broken, the layer named.
pub fn verify(graph: &Graph) -> Result<()> {
    for kernel in &graph.kernels {
        fx::verify(kernel)?;
    }
    let functions = graph.functions();
    for body in &graph.bodies {
        let single = |borders: &[Border]| matches!(borders, [only] if only.tokens == 1);
        if !body.kernels.is_empty() || !body.bodies.is_empty() {
            return Err(Diagnostic::new(format!(
                "the body `{}` has functions of its own",
                body.name
            )));
        }
        if !single(&body.inputs) || !single(&body.outputs) {
            return Err(Diagnostic::new(format!(
                "the body `{}` does not make one token of one",
                body.name
            )));
        }
        function(
            body,
            Functions {
                bodies: &[],
                ..functions
            },
        )?;
    }
    function(graph, functions)
}

/// Checks one function, which names these.
fn function(graph: &Graph, functions: Functions) -> Result<()> {
    for (at, border) in graph.inputs.iter().enumerate() {
        check(border)?;
        let node = graph.nodes.get(at);
        let fits = |node: &super::Node| {
            node.op == Op::Input { index: at } && node.stream == border.stream()
        };
        if !node.is_some_and(fits) {
            return Err(Diagnostic::new(format!(
                "input `{}` is not the stream that its port says",
                border.port.name
            )));
        }
    }
    for (at, node) in graph.nodes.iter().enumerate().skip(graph.inputs.len()) {
        let named = |finding: Diagnostic| finding.in_layer(node.layer.clone());
        if node.op.operands().iter().any(|of| of.index() >= at) {
            return Err(named(Diagnostic::new("an operand stands behind its user")));
        }
        let stream = graph.infer_with(&node.op, functions).map_err(named)?;
        if stream != node.stream {
            return Err(named(Diagnostic::new(format!(
                "flow.{} makes another stream than it says",
                node.op.name()
            ))));
        }
    }
    if graph.outputs.len() != graph.results.len() {
        return Err(Diagnostic::new("results and output ports are not as many"));
    }
    for (border, value) in graph.outputs.iter().zip(&graph.results) {
        check(border)?;
        if graph.nodes.get(value.index()).map(|node| &node.stream) != Some(&border.stream()) {
            return Err(Diagnostic::new(format!(
                "output `{}` is not the stream that its port says",
                border.port.name
            )));
        }
    }
    Ok(())
}

/// Every element once, and each lane of one type in all tokens.
fn check(border: &Border) -> Result<()> {
    let Border {
        port,
        tokens,
        order,
    } = border;
    let mut seen = vec![false; port.elements.len()];
    let once = |at: &usize| {
        seen.get_mut(*at)
            .is_some_and(|seen| !std::mem::replace(seen, true))
    };
    let whole = order.len() == port.elements.len() && order.iter().all(once);
    if *tokens == 0 || order.is_empty() || !order.len().is_multiple_of(*tokens) || !whole {
        return Err(Diagnostic::new(format!(
            "the tokens of port `{}` do not carry each of its elements once",
            port.name
        )));
    }
    let lanes = border.stream().lanes;
    let types = order.iter().map(|at| port.elements[*at].ty);
    match types.zip(lanes.iter().cycle()).all(|(a, b)| a == *b) {
        true => Ok(()),
        false => Err(Diagnostic::new(format!(
            "a lane of port `{}` has another type in another token",
            port.name
        ))),
    }
}
