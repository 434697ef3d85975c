//! Values under conversion, and where their batch went.

use dialects::nn::ValueId;

use crate::frontend::onnx::tensor::ElementType;

/// Where an ONNX value has the batch axis, which its `nn` value never has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchAxis {
    /// Nowhere: constants, and inputs without a batch.
    Absent,
    /// This axis of the ONNX shape; the `nn` shape leaves it out.
    At(usize),
    /// Axis 0 is the batch times something: `Reshape` to `[-1, features]`. The `nn` shape is
    /// that of a batch of one.
    Merged,
}

/// An `nn` value together with what ONNX knows about it.
#[derive(Debug, Clone, Copy)]
pub struct Value {
    pub id: ValueId,
    pub batch: BatchAxis,
    /// Whether it depends on an input of the model.
    pub dynamic: bool,
    pub element: ElementType,
}

impl Value {
    /// The same properties on another node.
    #[must_use]
    pub fn with(self, id: ValueId) -> Value {
        Value { id, ..self }
    }
}

/// An ONNX shape in messages: the batch is `N`.
pub fn shape_text(shape: &[usize], batch: BatchAxis) -> String {
    let mut entries: Vec<String> = shape.iter().map(usize::to_string).collect();
    match batch {
        BatchAxis::Absent => {}
        BatchAxis::At(axis) => entries.insert(axis, "N".to_string()),
        BatchAxis::Merged => entries[0] = format!("N*{}", entries[0]),
    }
    format!("[{}]", entries.join(", "))
}
