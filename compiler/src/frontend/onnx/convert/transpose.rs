//! Transpose: permuted axes; the batch may be one of them.

use dialects::Result;

use super::layer::Layer;
use super::value::{BatchAxis, Value};
use super::{Row, onnx};
use crate::frontend::onnx::fold;

pub const ROWS: &[Row] = &[onnx("Transpose", transpose)];

fn transpose(layer: &mut Layer) -> Result<Vec<Value>> {
    let value = layer.operand(0, "data")?;
    let rank = layer.rank(value);
    let order: Vec<usize> = match layer.node.ints("perm")? {
        None => (0..rank).rev().collect(),
        Some(perm) => {
            let order = perm.iter().map(|&p| fold::axis(layer.node, p, rank));
            order.collect::<Result<_>>()?
        }
    };
    if order.len() != rank || !(0..rank).all(|axis| order.contains(&axis)) {
        return Err(layer.contradiction(format!(
            "the permutation {order:?} of Transpose does not fit the shape {}",
            layer.shape_text(value)
        )));
    }
    Ok(vec![permute(layer, value, &order)?])
}

/// The value whose ONNX axis i is the old ONNX axis `order[i]`.
pub fn permute(layer: &mut Layer, value: Value, order: &[usize]) -> Result<Value> {
    match value.batch {
        BatchAxis::Absent => layer.transpose(value, order.to_vec()),
        BatchAxis::Merged if order.first().is_some_and(|&first| first != 0) => {
            Err(layer.mixes_batch("it moves the batch, merged with another axis"))
        }
        BatchAxis::Merged => layer.transpose(value, order.to_vec()),
        BatchAxis::At(batch) => {
            let kept = order.iter().filter(|&&axis| axis != batch);
            let permutation = kept.map(|&axis| axis - usize::from(axis > batch)).collect();
            let moved = layer.transpose(value, permutation)?;
            let at = order.iter().position(|&axis| axis == batch);
            Ok(Value {
                batch: at.map_or(BatchAxis::Absent, BatchAxis::At),
                ..moved
            })
        }
    }
}
