//! One ONNX node being converted: its operands in, `nn` nodes out, findings with its name.

use std::sync::Arc;

use dialects::nn::{Constant, FloatTensor, MAX_UNEQUAL, Op, ValueId, Values};
use dialects::{Diagnostic, Result};

use super::Converter;
use super::value::{BatchAxis, Value, shape_text};
use crate::frontend::onnx::node::OnnxNode;
use crate::frontend::onnx::tensor::{ElementType, Tensor};

/// The largest integer up to which float32 holds every one.
const EXACT_IN_F32: i64 = 1 << 24;

pub struct Layer<'a> {
    pub node: &'a OnnxNode,
    pub model: &'a mut Converter,
}

impl<'a> Layer<'a> {
    pub fn op(&self) -> &'a str {
        &self.node.op_type
    }

    pub fn error(&self, sentence: impl Into<String>) -> Diagnostic {
        self.node.error(sentence)
    }

    /// A finding about a model that no runtime would run either.
    pub fn contradiction(&self, sentence: impl Into<String>) -> Diagnostic {
        self.error(sentence)
            .help("the model contradicts itself: export it again")
    }

    /// An input as a value; constants become nodes.
    pub fn operand(&mut self, index: usize, role: &str) -> Result<Value> {
        let name = self.node.required_input(index, role)?;
        if let Some(value) = self.model.values.get(name) {
            return Ok(*value);
        }
        let constant = match self.model.constants.get(name) {
            Some(tensor) => self.nn_constant(tensor, name)?,
            None => {
                return Err(self.contradiction(format!("nothing defines the value \"{name}\"")));
            }
        };
        let element = self.model.constants.get(name).map(|t| t.element);
        let id = self.push(Op::Constant {
            value: Arc::new(constant),
        })?;
        Ok(Value {
            id,
            batch: BatchAxis::Absent,
            dynamic: false,
            element: element.unwrap_or(ElementType::F32),
        })
    }

    pub fn optional_operand(&mut self, index: usize, role: &str) -> Result<Option<Value>> {
        match self.node.input(index) {
            Some(_) => self.operand(index, role).map(Some),
            None => Ok(None),
        }
    }

    /// The operands from `first` on.
    pub fn operands(&mut self, first: usize) -> Result<Vec<Value>> {
        let count = self.node.inputs.len().max(first + 1);
        (first..count).map(|i| self.operand(i, "data")).collect()
    }

    fn nn_constant(&self, tensor: &Tensor, name: &str) -> Result<Constant> {
        self.finite(tensor, name)?;
        let shape = tensor.shape.clone();
        if tensor.is_empty() {
            return Err(self
                .error(format!(
                    "the constant \"{name}\" of {} has the shape {shape:?} and no elements",
                    self.op()
                ))
                .help("remove the layer: it computes nothing"));
        }
        if let Some(floats) = tensor.floats() {
            return Ok(Constant::float(shape, floats.to_vec()));
        }
        if let Some(integers) = tensor.to_i64s() {
            let small = integers
                .iter()
                .all(|v| (-EXACT_IN_F32..=EXACT_IN_F32).contains(v));
            return Ok(match small {
                true => Constant::float(shape, integers.iter().map(|&v| v as f32).collect()),
                false => Constant {
                    shape,
                    values: Values::Scaled {
                        integers,
                        scale: FloatTensor::scalar(1.0),
                    },
                },
            });
        }
        self.to_f32s(tensor, name)
            .map(|floats| Constant::float(shape, floats))
    }

    /// Refuses NaN and infinities.
    fn finite(&self, tensor: &Tensor, name: &str) -> Result<()> {
        let Some(at) = tensor.first_non_finite() else {
            return Ok(());
        };
        let value = tensor.to_f64s().map_or(f64::NAN, |values| values[at]);
        Err(self
            .error(format!(
                "element {at} of the constant \"{name}\" of {} is {value}",
                self.op()
            ))
            .help("retrain or re-export: a circuit has no NaN and no infinity"))
    }

    fn to_f32s(&self, tensor: &Tensor, name: &str) -> Result<Vec<f32>> {
        let exact = |values: Vec<f64>| -> Option<Vec<f32>> {
            let same = |v: f64| (f64::from(v as f32) == v || v.is_nan()).then_some(v as f32);
            values.into_iter().map(same).collect()
        };
        tensor.to_f64s().and_then(exact).ok_or_else(|| {
            self.error(format!(
                "the constant \"{name}\" of {} is {} with values that float32 does not hold",
                self.op(),
                tensor.element
            ))
            .help("re-export the model with float32 weights")
        })
    }

    /// An input that is a constant of the file.
    pub fn constant(&self, index: usize) -> Option<&Tensor> {
        self.model.constants.get(self.node.input(index)?)
    }

    /// The constant inputs by position, as folding takes them.
    pub fn constants(&self) -> Vec<Option<&Tensor>> {
        (0..self.node.inputs.len())
            .map(|i| self.constant(i))
            .collect()
    }

    /// An input that the conversion needs as float32 numbers; infinities are let through.
    pub fn floats(&self, index: usize, role: &str) -> Result<FloatTensor> {
        let name = self.node.required_input(index, role)?;
        let Some(tensor) = self.constant(index) else {
            return Err(self
                .error(format!(
                    "the {role} of {} (\"{name}\") is computed, and kaon needs it constant",
                    self.op()
                ))
                .help("export the model for inference, with its parameters frozen"));
        };
        Ok(FloatTensor {
            shape: tensor.shape.clone(),
            values: self.to_f32s(tensor, name)?,
        })
    }

    /// An input that is one finite number.
    pub fn scalar_input(&self, index: usize, role: &str) -> Result<f32> {
        let floats = self.floats(index, role)?;
        match floats.values[..] {
            [value] if value.is_finite() => Ok(value),
            [value] => Err(self.error(format!("the {role} of {} is {value}", self.op()))),
            _ => Err(self.contradiction(format!(
                "the {role} of {} has the shape {:?}, and is one number",
                self.op(),
                floats.shape
            ))),
        }
    }

    /// Finite parameters in a shape that broadcasts against the `nn` shape of `value`.
    pub fn parameter(&self, index: usize, role: &str, value: Value) -> Result<FloatTensor> {
        let mut floats = self.floats(index, role)?;
        if let Some(bad) = floats.values.iter().find(|v| !v.is_finite()) {
            return Err(self
                .error(format!("the {role} of {} holds {bad}", self.op()))
                .help("retrain or re-export: a circuit has no NaN and no infinity"));
        }
        if let Some(uniform) = floats.uniform() {
            return Ok(FloatTensor::scalar(uniform));
        }
        if let Some(axis) = self.batch_axis_in(floats.shape.len(), value)? {
            if floats.shape[axis] != 1 {
                return Err(self.mixes_batch(&format!(
                    "its {role} has the shape {:?}, another number for each event",
                    floats.shape
                )));
            }
            floats.shape.remove(axis);
        }
        Ok(floats)
    }

    /// Adds a node of this layer.
    pub fn push(&mut self, op: Op) -> Result<ValueId> {
        self.model
            .graph
            .push(op, &self.node.name)
            .map_err(|finding| match finding.helps.is_empty() {
                true => finding.help("check the shapes of the layer's operands in the model"),
                false => finding,
            })
    }

    /// Adds a node whose value keeps the properties of `like`.
    pub fn push_like(&mut self, op: Op, like: Value) -> Result<Value> {
        self.push(op).map(|id| like.with(id))
    }

    pub fn push_constant(&mut self, constant: Constant) -> Result<Value> {
        let value = Arc::new(constant);
        Ok(Value {
            id: self.push(Op::Constant { value })?,
            batch: BatchAxis::Absent,
            dynamic: false,
            element: ElementType::F32,
        })
    }

    pub fn push_floats(&mut self, floats: &FloatTensor) -> Result<Value> {
        self.push_constant(Constant::float(floats.shape.clone(), floats.values.clone()))
    }

    pub fn push_scalar(&mut self, value: f32) -> Result<Value> {
        self.push_floats(&FloatTensor::scalar(value))
    }

    /// The `nn` shape: without the batch.
    pub fn shape(&self, value: Value) -> &[usize] {
        self.model.graph.shape(value.id)
    }

    /// The ONNX shape with a batch of that size.
    pub fn onnx_shape(&self, value: Value, batch: usize) -> Vec<usize> {
        let mut shape = self.shape(value).to_vec();
        match value.batch {
            BatchAxis::Absent => {}
            BatchAxis::At(axis) => shape.insert(axis, batch),
            BatchAxis::Merged => shape[0] *= batch,
        }
        shape
    }

    pub fn rank(&self, value: Value) -> usize {
        self.shape(value).len() + usize::from(matches!(value.batch, BatchAxis::At(_)))
    }

    pub fn shape_text(&self, value: Value) -> String {
        shape_text(self.shape(value), value.batch)
    }

    /// The `nn` axis for an ONNX axis, which must not be the batch.
    pub fn axis(&self, value: Value, onnx_axis: i64) -> Result<usize> {
        let axis = crate::frontend::onnx::fold::axis(self.node, onnx_axis, self.rank(value))?;
        match value.batch {
            BatchAxis::At(batch) if axis == batch => {
                Err(self.mixes_batch(&format!("its axis {onnx_axis} is the batch")))
            }
            BatchAxis::Merged if axis == 0 => Err(self.mixes_batch(&format!(
                "its axis {onnx_axis} is the batch, merged with another axis"
            ))),
            BatchAxis::At(batch) if axis > batch => Ok(axis - 1),
            _ => Ok(axis),
        }
    }

    /// A circuit sees one event at a time.
    pub fn mixes_batch(&self, how: &str) -> Diagnostic {
        self.error(format!(
            "{} mixes the events of a batch, and a circuit sees one event at a time",
            self.op()
        ))
        .note(how)
        .help("export the model so that its first axis is the batch and no operator computes along it")
    }

    /// The same elements in the same order under another `nn` shape.
    pub fn reshape(&mut self, value: Value, shape: Vec<usize>) -> Result<Value> {
        if self.shape(value) == shape {
            return Ok(value);
        }
        if let Some(constant) = self.model.graph.constant(value.id).cloned() {
            let from: Vec<usize> = (0..shape.iter().product()).collect();
            let value = Arc::new(constant.rearranged(shape, &from)?);
            return self.push_like(Op::Constant { value }, self.constant_like());
        }
        let input = value.id;
        self.push_like(Op::Reshape { input, shape }, value)
    }

    fn constant_like(&self) -> Value {
        Value {
            id: ValueId(0),
            batch: BatchAxis::Absent,
            dynamic: false,
            element: ElementType::F32,
        }
    }

    /// Values one after the other along an `nn` axis; more than [`MAX_UNEQUAL`] of several shapes
    /// are joined in groups.
    pub fn concat(&mut self, mut inputs: Vec<ValueId>, axis: usize, like: Value) -> Result<Value> {
        let shape = |layer: &Self, value: &ValueId| layer.model.graph.shape(*value).to_vec();
        while inputs.len() > MAX_UNEQUAL
            && inputs
                .windows(2)
                .any(|pair| shape(self, &pair[0]) != shape(self, &pair[1]))
        {
            let mut joined = vec![];
            for group in inputs.chunks(MAX_UNEQUAL) {
                let group = group.to_vec();
                joined.push(self.concat(group, axis, like)?.id);
            }
            inputs = joined;
        }
        match inputs[..] {
            [only] => Ok(like.with(only)),
            _ => self.push_like(Op::Concat { inputs, axis }, like),
        }
    }

    /// Element [i, j, …] under permuted `nn` axes.
    pub fn transpose(&mut self, value: Value, permutation: Vec<usize>) -> Result<Value> {
        if permutation.is_sorted() {
            return Ok(value);
        }
        if let Some(constant) = self.model.graph.constant(value.id).cloned() {
            let from = dialects::nn::transposed_indices(&constant.shape, &permutation);
            let shape = permutation.iter().map(|&a| constant.shape[a]).collect();
            let value = Arc::new(constant.rearranged(shape, &from)?);
            return self.push_like(Op::Constant { value }, self.constant_like());
        }
        let input = value.id;
        self.push_like(Op::Transpose { input, permutation }, value)
    }
}
