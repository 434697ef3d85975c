//! Broadcasting: operands whose batch must lie on the same axis.

use dialects::Result;
use dialects::nn::{Op, ValueId};

use super::layer::Layer;
use super::value::{BatchAxis, Value};
use crate::frontend::onnx::fold;
use crate::frontend::onnx::tensor::ElementType;

impl Layer<'_> {
    /// The axis that a constant of that rank has where `value` has its batch.
    pub fn batch_axis_in(&self, rank: usize, value: Value) -> Result<Option<usize>> {
        let own = self.rank(value);
        match value.batch {
            BatchAxis::At(axis) => Ok((rank + axis).checked_sub(own)),
            BatchAxis::Merged if rank > own => Err(self.mixes_batch("it adds an axis before it")),
            _ => Ok(None),
        }
    }

    /// Makes values broadcast: constants lose the axis that is the batch of the others.
    /// Gives back the batch axis of the result.
    pub fn align(&mut self, values: &mut [Value]) -> Result<BatchAxis> {
        let rank = values.iter().map(|v| self.rank(*v)).max().unwrap_or(0);
        let from_right = |layer: &Self, v: &Value| match v.batch {
            BatchAxis::At(axis) => Some(layer.rank(*v) - axis),
            BatchAxis::Merged => Some(layer.rank(*v)),
            BatchAxis::Absent => None,
        };
        let Some(lead) = values
            .iter()
            .copied()
            .find(|v| v.batch != BatchAxis::Absent)
        else {
            return Ok(BatchAxis::Absent);
        };
        let place = from_right(self, &lead);
        let merged = lead.batch == BatchAxis::Merged;
        for value in values.iter_mut() {
            let is_constant = value.batch == BatchAxis::Absent;
            let disagrees =
                from_right(self, value) != place || (value.batch == BatchAxis::Merged) != merged;
            if !is_constant && disagrees {
                return Err(self.mixes_batch(&format!(
                    "its operands have the shapes {} and {}",
                    self.shape_text(lead),
                    self.shape_text(*value)
                )));
            }
            if !is_constant {
                continue;
            }
            let own = self.shape(*value).to_vec();
            if let Some(axis) = self.batch_axis_in(own.len(), lead)? {
                if own[axis] != 1 {
                    return Err(self.mixes_batch(&format!(
                        "its operands have the shapes {} and {own:?}",
                        self.shape_text(lead)
                    )));
                }
                let mut shape = own;
                shape.remove(axis);
                *value = self.reshape(*value, shape)?;
            }
        }
        Ok(match (merged, place) {
            (false, Some(place)) => BatchAxis::At(rank - place),
            _ => BatchAxis::Merged,
        })
    }

    /// An elementwise op on two operands, broadcast.
    pub fn binary(&mut self, a: Value, b: Value, op: fn(ValueId, ValueId) -> Op) -> Result<Value> {
        let mut pair = [a, b];
        let batch = self.align(&mut pair)?;
        let [a, b] = pair;
        let (shape_a, shape_b) = (self.shape(a).to_vec(), self.shape(b).to_vec());
        fold::broadcast(self.node, &shape_a, &shape_b)?;
        Ok(Value {
            id: self.push(op(a.id, b.id))?,
            batch,
            dynamic: a.dynamic || b.dynamic,
            element: a.element,
        })
    }

    /// Refuses integers, on which ONNX computes modulo their width, and half precision; constants
    /// have the type of what they stand beside.
    pub fn computes_in_floats(&self, values: &[Value]) -> Result<()> {
        let exact = |e| matches!(e, ElementType::F32 | ElementType::F64);
        let inexact = |v: &&Value| !exact(v.element) && (v.dynamic || v.element.is_float());
        match values.iter().find(inexact) {
            None => Ok(()),
            Some(value) if value.element.is_float() => Err(self
                .error(format!(
                    "{} computes in {}, whose roundings kaon does not reproduce",
                    self.op(),
                    value.element
                ))
                .help("re-export the model in float32, with quantisers for the narrow types")),
            Some(value) => Err(self
                .error(format!(
                    "{} computes in {}, whose overflow kaon does not reproduce",
                    self.op(),
                    value.element
                ))
                .help("re-export the model with DequantizeLinear before its arithmetic")),
        }
    }
}
