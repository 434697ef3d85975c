//! One node of a model: what it is, what it reads and writes, and its attributes by type.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use dialects::{Diagnostic, Result};

use super::tensor::Tensor;

/// Who defines an operator.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Domain {
    /// `""` and `ai.onnx`.
    Onnx,
    /// `ai.onnx.ml`: trees, scalers, label encoders.
    OnnxMl,
    /// Every spelling of QONNX's quantisers, also without a domain.
    Qonnx,
    /// `qonnx.custom_op.channels_last`: standard operators on NHWC tensors.
    ChannelsLast,
    /// `com.microsoft`: onnxruntime's own operators.
    Microsoft,
    Other(String),
}

impl Domain {
    pub fn of(domain: &str, op_type: &str) -> Domain {
        match domain {
            "" | "ai.onnx" => match op_type {
                "Quant" | "IntQuant" | "BipolarQuant" | "Trunc" | "MultiThreshold"
                | "FloatQuant" => Domain::Qonnx,
                _ => Domain::Onnx,
            },
            "ai.onnx.ml" => Domain::OnnxMl,
            "qonnx.custom_op.general"
            | "finn.custom_op.general"
            | "onnx.brevitas"
            | "qonnx"
            | "finn"
            | "brevitas" => Domain::Qonnx,
            "qonnx.custom_op.channels_last" => Domain::ChannelsLast,
            "com.microsoft" => Domain::Microsoft,
            other => Domain::Other(other.to_string()),
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Domain::Onnx => "ai.onnx",
            Domain::OnnxMl => "ai.onnx.ml",
            Domain::Qonnx => "qonnx.custom_op.general",
            Domain::ChannelsLast => "qonnx.custom_op.channels_last",
            Domain::Microsoft => "com.microsoft",
            Domain::Other(name) => name,
        })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Attribute {
    Int(i64),
    Float(f32),
    Str(String),
    Tensor(Tensor),
    Ints(Vec<i64>),
    Floats(Vec<f32>),
    Strs(Vec<String>),
}

impl Attribute {
    fn kind(&self) -> &'static str {
        match self {
            Attribute::Int(_) => "an integer",
            Attribute::Float(_) => "a float",
            Attribute::Str(_) => "a string",
            Attribute::Tensor(_) => "a tensor",
            Attribute::Ints(_) => "a list of integers",
            Attribute::Floats(_) => "a list of floats",
            Attribute::Strs(_) => "a list of strings",
        }
    }
}

/// A node. Names are those of the file, made unique and non-empty.
#[derive(Debug, Clone, PartialEq)]
pub struct OnnxNode {
    pub file: Arc<str>,
    pub name: String,
    pub op_type: String,
    pub domain: Domain,
    /// The operator-set version of its domain, 1 where a custom domain declares none.
    pub version: i64,
    /// `None` where an optional input is left out; none of those at the end.
    pub inputs: Vec<Option<String>>,
    /// `None` where an optional output is left out; none of those at the end.
    pub outputs: Vec<Option<String>>,
    pub attributes: BTreeMap<String, Attribute>,
}

impl OnnxNode {
    pub fn is(&self, domain: &Domain, op_type: &str) -> bool {
        self.domain == *domain && self.op_type == op_type
    }

    /// Whether values behind this node are scaled integers, never folded into floats.
    pub fn is_quantiser(&self) -> bool {
        match self.domain {
            Domain::Qonnx => true,
            _ => matches!(
                self.op_type.as_str(),
                "QuantizeLinear" | "DequantizeLinear" | "DynamicQuantizeLinear"
            ),
        }
    }

    /// A finding about this node: file and layer are filled in.
    pub fn error(&self, sentence: impl Into<String>) -> Diagnostic {
        Diagnostic::new(sentence)
            .in_file(&*self.file)
            .in_layer(&*self.name)
    }

    pub fn input(&self, index: usize) -> Option<&str> {
        self.inputs.get(index)?.as_deref()
    }

    pub fn required_input(&self, index: usize, role: &str) -> Result<&str> {
        self.input(index).ok_or_else(|| {
            self.error(format!("{} has no input {index} ({role})", self.op_type))
                .help("the file is damaged: export the model again")
        })
    }

    pub fn output(&self, index: usize) -> Option<&str> {
        self.outputs.get(index)?.as_deref()
    }

    pub fn has(&self, attribute: &str) -> bool {
        self.attributes.contains_key(attribute)
    }

    fn wrong_kind(&self, name: &str, found: &Attribute, wanted: &str) -> Diagnostic {
        self.error(format!(
            "attribute \"{name}\" of {} is {}, expected {wanted}",
            self.op_type,
            found.kind()
        ))
        .help("the file is damaged: export the model again")
    }

    pub fn int(&self, name: &str) -> Result<Option<i64>> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(Attribute::Int(value)) => Ok(Some(*value)),
            Some(other) => Err(self.wrong_kind(name, other, "an integer")),
        }
    }

    pub fn float(&self, name: &str) -> Result<Option<f32>> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(Attribute::Float(value)) => Ok(Some(*value)),
            Some(other) => Err(self.wrong_kind(name, other, "a float")),
        }
    }

    pub fn string(&self, name: &str) -> Result<Option<&str>> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(Attribute::Str(value)) => Ok(Some(value)),
            Some(other) => Err(self.wrong_kind(name, other, "a string")),
        }
    }

    pub fn ints(&self, name: &str) -> Result<Option<&[i64]>> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(Attribute::Ints(values)) => Ok(Some(values)),
            Some(other) => Err(self.wrong_kind(name, other, "a list of integers")),
        }
    }

    pub fn floats(&self, name: &str) -> Result<Option<&[f32]>> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(Attribute::Floats(values)) => Ok(Some(values)),
            Some(other) => Err(self.wrong_kind(name, other, "a list of floats")),
        }
    }

    pub fn strings(&self, name: &str) -> Result<Option<&[String]>> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(Attribute::Strs(values)) => Ok(Some(values)),
            Some(other) => Err(self.wrong_kind(name, other, "a list of strings")),
        }
    }

    pub fn tensor(&self, name: &str) -> Result<Option<&Tensor>> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(Attribute::Tensor(value)) => Ok(Some(value)),
            Some(other) => Err(self.wrong_kind(name, other, "a tensor")),
        }
    }

    pub fn int_or(&self, name: &str, default: i64) -> Result<i64> {
        Ok(self.int(name)?.unwrap_or(default))
    }

    pub fn float_or(&self, name: &str, default: f32) -> Result<f32> {
        Ok(self.float(name)?.unwrap_or(default))
    }

    pub fn string_or<'a>(&'a self, name: &str, default: &'a str) -> Result<&'a str> {
        Ok(self.string(name)?.unwrap_or(default))
    }

    /// For attributes without a default.
    pub fn missing(&self, attribute: &str) -> Diagnostic {
        self.error(format!("{} has no attribute \"{attribute}\"", self.op_type))
            .help("the file is damaged: export the model again")
    }
}
