//! Ops that only move elements cost nothing: wires.

use super::{
    Graph, Op, ValueId, concatenated_indices, gathered_indices, sliced_indices, transposed_indices,
    windowed_indices,
};

/// For each element of the result, the value and index it is, or that it is zero; `None` for
/// other ops.
pub fn sources(graph: &Graph, op: &Op) -> Option<Vec<Option<(ValueId, usize)>>> {
    let from = |input: &ValueId, indices: Vec<usize>| {
        let source = |at| Some((*input, at));
        Some(indices.into_iter().map(source).collect())
    };
    match op {
        Op::Reshape { input, .. } => {
            let count = graph.shape(*input).iter().product();
            from(input, (0..count).collect())
        }
        Op::Transpose { input, permutation } => {
            from(input, transposed_indices(graph.shape(*input), permutation))
        }
        Op::Slice {
            input,
            starts,
            sizes,
            steps,
        } => from(
            input,
            sliced_indices(graph.shape(*input), starts, sizes, steps),
        ),
        Op::Gather {
            input,
            indices,
            axis,
        } => from(input, gathered_indices(graph.shape(*input), indices, *axis)),
        Op::Concat { inputs, axis } => {
            let shapes = inputs.iter().map(|v| graph.shape(*v)).collect::<Vec<_>>();
            let found = concatenated_indices(&shapes, *axis);
            Some(
                found
                    .into_iter()
                    .map(|(input, at)| Some((inputs[input], at)))
                    .collect(),
            )
        }
        Op::Window { input, window } => {
            let found = windowed_indices(graph.shape(*input), window).into_iter();
            Some(found.map(|at| at.map(|at| (*input, at))).collect())
        }
        _ => None,
    }
}
