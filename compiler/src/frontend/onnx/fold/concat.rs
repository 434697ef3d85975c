//! Concat, and picking elements from several tensors.

use dialects::Result;

use super::indexing::axis;
use super::{Args, elements, mismatch, required};
use crate::frontend::onnx::node::OnnxNode;
use crate::frontend::onnx::tensor::{Tensor, TensorData};

/// The output of a concatenation: element `i` is element `.1` of operand `.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    pub shape: Vec<usize>,
    pub source: Vec<(usize, usize)>,
}

/// How Concat joins operands of these shapes.
pub fn concat(node: &OnnxNode, shapes: &[&[usize]]) -> Result<Joined> {
    let contradiction = |sentence: String| {
        node.error(sentence)
            .help("the model contradicts itself: export it again")
    };
    let Some(first) = shapes.first() else {
        return Err(contradiction("Concat has no inputs".into()));
    };
    let at = axis(
        node,
        node.int("axis")?.ok_or_else(|| node.missing("axis"))?,
        first.len(),
    )?;
    let mut shape = first.to_vec();
    shape[at] = 0;
    for other in shapes {
        let same = |i: usize| i == at || other[i] == first[i];
        if other.len() != first.len() || !(0..first.len()).all(same) {
            return Err(contradiction(format!(
                "Concat cannot join the shapes {first:?} and {other:?} along axis {at}"
            )));
        }
        shape[at] += other[at];
    }
    let mut source = Vec::with_capacity(elements(node, &shape)?);
    let behind: usize = first[at + 1..].iter().product();
    for outer in 0..first[..at].iter().product() {
        for (operand, other) in shapes.iter().enumerate() {
            let run = other[at] * behind;
            source.extend((outer * run..(outer + 1) * run).map(|i| (operand, i)));
        }
    }
    Ok(Joined { shape, source })
}

pub fn fold(node: &OnnxNode, args: &Args) -> Result<Vec<Tensor>> {
    let parts: Vec<&Tensor> = (0..args.len())
        .map(|i| required(node, args, i))
        .collect::<Result<_>>()?;
    let joined = concat(node, &parts.iter().map(|t| &*t.shape).collect::<Vec<_>>())?;
    Ok(vec![pick_from(node, &parts, joined.shape, &joined.source)?])
}

/// Elements of several tensors of one type.
pub fn pick_from(
    node: &OnnxNode,
    parts: &[&Tensor],
    shape: Vec<usize>,
    source: &[(usize, usize)],
) -> Result<Tensor> {
    macro_rules! gather_all {
        ($($variant:ident)*) => {
            match &parts[0].data {
                $(TensorData::$variant(_) => {
                    let mut slices = vec![];
                    for part in parts {
                        let TensorData::$variant(v) = &part.data else {
                            return Err(mismatch(node, "operands of one type", parts));
                        };
                        slices.push(v);
                    }
                    TensorData::$variant(source.iter().map(|&(p, i)| slices[p][i]).collect())
                })*
                TensorData::Dims(_) => unreachable!("shapes are joined below"),
            }
        };
    }
    if parts.iter().any(|t| matches!(t.data, TensorData::Dims(_))) {
        let dims: Option<Vec<_>> = parts.iter().map(|t| t.to_dims()).collect();
        let dims = dims.ok_or_else(|| mismatch(node, "operands of one type", parts))?;
        return Ok(Tensor::from_dims(
            shape,
            source.iter().map(|&(p, i)| dims[p][i]).collect(),
        ));
    }
    let data = gather_all!(F32 F64 I8 I16 I32 I64 U8 U16 U32 U64 Bool);
    Ok(Tensor {
        element: parts[0].element,
        ..Tensor::new(shape, data)
    })
}
