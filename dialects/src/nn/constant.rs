//! nn.constant: a tensor of the model.
//!
//! | attributes              | value of an element                 |
//! | value of f32            | the float                           |
//! | value of i64 and scale  | integer * scale, exactly            |
//!
//! A quantised weight is kept as integer and scale: their exact product is what it means,
//! not that product rounded to a float.

use std::sync::Arc;

use super::tensor::{FloatTensor, Tensor, elements};
use super::{Op, OpDef, print_floats, wrong_row};
use crate::ir::{self, RawAttribute};
use crate::{Diagnostic, Number, Result};

#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    pub shape: Vec<usize>,
    pub values: Values,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    Float(Vec<f32>),
    /// `integers[i] * scale`, the scale broadcast.
    Scaled {
        integers: Vec<i64>,
        scale: FloatTensor,
    },
}

impl Constant {
    pub fn float(shape: Vec<usize>, values: Vec<f32>) -> Self {
        Constant {
            shape,
            values: Values::Float(values),
        }
    }

    /// The exact numbers.
    ///
    /// Errors: NaN or an infinity, named by position.
    pub fn tensor(&self) -> Result<Tensor> {
        let number = |at: usize, value: f32| {
            Number::from_f32(value).ok_or_else(|| {
                Diagnostic::new(format!("element {at} of a constant is {value}"))
                    .help("retrain or re-export: a circuit has no NaN and no infinity")
            })
        };
        let values = match &self.values {
            Values::Float(values) => {
                let numbered = values.iter().enumerate();
                numbered
                    .map(|(at, &value)| number(at, value))
                    .collect::<Result<_>>()?
            }
            Values::Scaled { integers, scale } => {
                let scales = scale.broadcast(&self.shape)?;
                let pairs = integers.iter().zip(scales).enumerate();
                let exact = |(at, (&integer, scale)): (usize, (&i64, f32))| {
                    Ok(&Number::from(integer) * &number(at, scale)?)
                };
                pairs.map(exact).collect::<Result<_>>()?
            }
        };
        Ok(Tensor::new(self.shape.clone(), values))
    }

    /// The constant of these exact numbers, when float32 holds each of them.
    pub fn from_tensor(tensor: &Tensor) -> Option<Self> {
        let exact = |number: &Number| {
            let float = number.to_f32();
            (Number::from_f32(float).as_ref() == Some(number)).then_some(float)
        };
        let values = tensor
            .values
            .iter()
            .map(exact)
            .collect::<Option<Vec<_>>>()?;
        Some(Constant::float(tensor.shape.clone(), values))
    }

    /// The same constant with its elements moved: element i is the old element `from[i]`.
    pub fn rearranged(&self, shape: Vec<usize>, from: &[usize]) -> Result<Self> {
        let values = match &self.values {
            Values::Float(values) => Values::Float(from.iter().map(|&at| values[at]).collect()),
            Values::Scaled { integers, scale } => {
                let scale = match scale.uniform() {
                    Some(uniform) => FloatTensor::scalar(uniform),
                    None => {
                        let each = scale.broadcast(&self.shape)?;
                        FloatTensor {
                            shape: shape.clone(),
                            values: from.iter().map(|&at| each[at]).collect(),
                        }
                    }
                };
                let integers = from.iter().map(|&at| integers[at]).collect();
                Values::Scaled { integers, scale }
            }
        };
        Ok(Constant { shape, values })
    }
}

pub const OP: OpDef = OpDef {
    name: "constant",
    summary: "a tensor of the model",
    operands: &[],
    attributes: &["value"],
    read: |fields| {
        let constant = match ir::find(fields.attributes, "value") {
            Some(RawAttribute::Floats { shape, values }) => {
                Constant::float(shape.clone(), values.clone())
            }
            Some(RawAttribute::Dictionary(parts)) => {
                match (ir::find(parts, "integers"), ir::find(parts, "scale")) {
                    (
                        Some(RawAttribute::IntegerTensor { shape, values }),
                        Some(RawAttribute::Floats {
                            shape: scale_shape,
                            values: scales,
                        }),
                    ) => Constant {
                        shape: shape.clone(),
                        values: Values::Scaled {
                            integers: values.clone(),
                            scale: FloatTensor {
                                shape: scale_shape.clone(),
                                values: scales.clone(),
                            },
                        },
                    },
                    _ => return Err(malformed()),
                }
            }
            _ => return Err(malformed()),
        };
        Ok(Op::Constant {
            value: Arc::new(constant),
        })
    },
    print: |op| {
        let Op::Constant { value } = op else {
            wrong_row(op)
        };
        let text = match &value.values {
            Values::Float(values) => ir::dense(&value.shape, values, "f32", |&v| ir::float(v)),
            Values::Scaled { integers, scale } => format!(
                "{{integers = {}, scale = {}}}",
                ir::dense(&value.shape, integers, "i64", i64::to_string),
                print_floats(scale)
            ),
        };
        vec![("value", text)]
    },
    shape: |op, _| {
        let Op::Constant { value } = op else {
            wrong_row(op)
        };
        let count = match &value.values {
            Values::Float(values) => values.len(),
            Values::Scaled { integers, .. } => integers.len(),
        };
        match count == elements(&value.shape) {
            true => Ok(value.shape.clone()),
            false => Err(malformed()),
        }
    },
    eval: |op, _| match op {
        Op::Constant { value } => value.tensor(),
        _ => wrong_row(op),
    },
};

fn malformed() -> Diagnostic {
    Diagnostic::new("nn.constant needs `value`: a dense f32 tensor, or {integers, scale}")
}
