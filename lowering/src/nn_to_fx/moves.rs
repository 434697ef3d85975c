//! Ops that only move elements cost nothing: wires.

use dialects::nn::{
    Graph, Op, ValueId, concatenated_indices, gathered_indices, sliced_indices, transposed_indices,
};

/// For each element of the result, the value and index it is; `None` for other ops.
pub fn sources(graph: &Graph, op: &Op) -> Option<Vec<(ValueId, usize)>> {
    let from = |input: &ValueId, indices: Vec<usize>| {
        Some(indices.into_iter().map(|at| (*input, at)).collect())
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
                    .map(|(input, at)| (inputs[input], at))
                    .collect(),
            )
        }
        _ => None,
    }
}
