//! The meaning of a graph: its exact numbers, op by op.

use smallvec::SmallVec;

use super::tensor::{Tensor, broadcast_indices, broadcast_shapes};
use super::{Graph, Op};
use crate::{Diagnostic, Number, Result};

/// The results for one sample.
///
/// Errors: inputs of another number or shape than the ports, a function without an output
/// type or outside its domain, a division by zero.
pub fn eval(graph: &Graph, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
    let values = eval_nodes(graph, inputs)?;
    Ok(graph
        .results
        .iter()
        .map(|v| values[v.index()].clone())
        .collect())
}

/// The value of every node for one sample.
pub fn eval_nodes(graph: &Graph, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
    let shapes = |shapes: Vec<&Vec<usize>>| format!("{shapes:?}");
    let wanted: Vec<_> = graph.inputs.iter().map(|port| &port.shape).collect();
    let given: Vec<_> = inputs.iter().map(|tensor| &tensor.shape).collect();
    if wanted != given {
        return Err(Diagnostic::new(format!(
            "the function takes inputs of shapes {}, it was given {}",
            shapes(wanted),
            shapes(given)
        )));
    }
    let mut values: Vec<Tensor> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let value = match (&node.op, node.op.def()) {
            (Op::Input { index }, _) => inputs[*index as usize].clone(),
            (op, Some(def)) => {
                let operands = op.operands();
                let of: SmallVec<[&Tensor; 5]> =
                    operands.iter().map(|v| &values[v.index()]).collect();
                (def.eval)(op, &of).map_err(|finding| finding.in_layer(node.layer.clone()))?
            }
            (_, None) => unreachable!("only inputs have no row"),
        };
        values.push(value);
    }
    Ok(values)
}

/// Applies a function to every element.
pub(super) fn map(input: &Tensor, f: impl FnMut(&Number) -> Result<Number>) -> Result<Tensor> {
    let values = input.values.iter().map(f).collect::<Result<_>>()?;
    Ok(Tensor::new(input.shape.clone(), values))
}

/// Applies a function to pairs of elements, operands broadcast.
pub(super) fn zip(
    lhs: &Tensor,
    rhs: &Tensor,
    mut f: impl FnMut(&Number, &Number) -> Result<Number>,
) -> Result<Tensor> {
    let shape = broadcast_shapes(&lhs.shape, &rhs.shape)?;
    let left = broadcast_indices(&lhs.shape, &shape)?;
    let right = broadcast_indices(&rhs.shape, &shape)?;
    let pairs = left.into_iter().zip(right);
    let values = pairs.map(|(l, r)| f(&lhs.values[l], &rhs.values[r]));
    let values = values.collect::<Result<_>>()?;
    Ok(Tensor::new(shape, values))
}
