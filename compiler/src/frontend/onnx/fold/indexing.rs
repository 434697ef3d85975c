//! Axes, broadcasting and strided walks over row-major tensors.

use dialects::Result;

use crate::frontend::onnx::node::OnnxNode;

/// An axis counted from either end.
pub fn axis(node: &OnnxNode, axis: i64, rank: usize) -> Result<usize> {
    let counted = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(counted)
        .ok()
        .filter(|&a| a < rank)
        .ok_or_else(|| {
            node.error(format!(
                "axis {axis} of {} is outside a tensor of {rank} dimensions",
                node.op_type
            ))
            .help("the model contradicts itself: export it again")
        })
}

/// NumPy's broadcast of two shapes.
pub fn broadcast(node: &OnnxNode, a: &[usize], b: &[usize]) -> Result<Vec<usize>> {
    let rank = a.len().max(b.len());
    let entry = |s: &[usize], i: usize| (i + s.len()).checked_sub(rank).map_or(1, |at| s[at]);
    (0..rank)
        .map(|i| match (entry(a, i), entry(b, i)) {
            (x, y) if x == y => Ok(x),
            (1, y) => Ok(y),
            (x, 1) => Ok(x),
            _ => Err(node
                .error(format!(
                    "{} cannot broadcast the shapes {a:?} and {b:?}",
                    node.op_type
                ))
                .help("the model contradicts itself: export it again")),
        })
        .collect()
}

/// The shape that the second operand of a two-operand operator has in NumPy's terms:
/// operator sets before 7 align it by the attributes `broadcast` and `axis`.
pub fn legacy_operand_shape(node: &OnnxNode, a: &[usize], b: &[usize]) -> Result<Vec<usize>> {
    if node.version >= 7 || node.int_or("broadcast", 0)? == 0 {
        return Ok(b.to_vec());
    }
    let Some(from) = node.int("axis")? else {
        return Ok(b.to_vec());
    };
    let behind = a.len().saturating_sub(axis(node, from, a.len())? + b.len());
    Ok(b.iter()
        .copied()
        .chain(std::iter::repeat_n(1, behind))
        .collect())
}

/// Row-major strides.
pub fn strides(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1isize; shape.len()];
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i] * shape[i] as isize;
    }
    strides
}

/// The strides that read a tensor of `from` as one of the broadcast shape `to`.
pub fn broadcast_strides(from: &[usize], to: &[usize]) -> Vec<isize> {
    let padding = to.len() - from.len();
    let own = strides(from);
    (0..to.len())
        .map(|i| match i.checked_sub(padding) {
            Some(at) if from[at] != 1 => own[at],
            _ => 0,
        })
        .collect()
}

/// Where each element of `shape` comes from, row by row.
pub fn walk(shape: &[usize], strides: &[isize], start: isize) -> Vec<usize> {
    let mut places = vec![start];
    if shape.contains(&0) {
        return vec![];
    }
    for (&size, &stride) in shape.iter().zip(strides) {
        let along = |place: isize| (0..size as isize).map(move |k| place + k * stride);
        places = places.into_iter().flat_map(along).collect();
    }
    places.into_iter().map(|place| place as usize).collect()
}
