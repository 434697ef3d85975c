//! The meaning of a graph: its integers, op by op.

use super::{Graph, Op};
use crate::{Diagnostic, Result};

/// The results for one sample of inputs, all ports counted together.
///
/// Registers are the identity: a sample meets the same arithmetic in whatever cycle.
/// Errors: a wrong number of inputs, or an input outside its type.
pub fn eval(graph: &Graph, inputs: &[i128]) -> Result<Vec<i128>> {
    let values = eval_nodes(graph, inputs)?;
    Ok(graph.results.iter().map(|v| values[v.index()]).collect())
}

/// The value of every node for one sample.
pub fn eval_nodes(graph: &Graph, inputs: &[i128]) -> Result<Vec<i128>> {
    if inputs.len() != graph.input_count() {
        return Err(Diagnostic::new(format!(
            "the function takes {} inputs, {} were given",
            graph.input_count(),
            inputs.len()
        )));
    }
    let mut values = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let value = match (&node.op, node.op.def()) {
            (Op::Input { index }, _) => {
                let value = inputs[*index as usize];
                if !node.ty.range().holds(value) {
                    return Err(Diagnostic::new(format!(
                        "input {index} is {value}, outside its type {}",
                        node.ty
                    )));
                }
                value
            }
            (op, Some(def)) => {
                let operands = op.operands();
                let of: smallvec::SmallVec<[i128; 3]> =
                    operands.iter().map(|v| values[v.index()]).collect();
                (def.eval)(op, &of, node.ty)
            }
            (_, None) => unreachable!("only inputs have no row"),
        };
        values.push(value);
    }
    Ok(values)
}
