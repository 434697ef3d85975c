//! The graph of a model file: inputs, outputs, constants and live nodes in order.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use dialects::{Diagnostic, Result};
use indexmap::IndexMap;

use super::node::OnnxNode;
use super::tensor::{Dim, ElementType, Tensor};

/// One entry of a declared shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredDim {
    Fixed(usize),
    /// A symbol such as `N`.
    Named(String),
    Unknown,
}

impl fmt::Display for DeclaredDim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeclaredDim::Fixed(n) => write!(f, "{n}"),
            DeclaredDim::Named(name) => f.write_str(name),
            DeclaredDim::Unknown => f.write_str("?"),
        }
    }
}

/// What the file declares about a value; exporters may leave out any of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueInfo {
    pub name: String,
    pub element: Option<ElementType>,
    pub shape: Option<Vec<DeclaredDim>>,
}

impl ValueInfo {
    /// The shape when every entry is a number.
    pub fn fixed_shape(&self) -> Option<Vec<usize>> {
        let entry = |d: &DeclaredDim| match d {
            DeclaredDim::Fixed(n) => Some(*n),
            _ => None,
        };
        self.shape.as_ref()?.iter().map(entry).collect()
    }

    /// The shape with its first entry read as the batch, whatever its value.
    pub fn batched_dims(&self) -> Option<Vec<Dim>> {
        let shape = self.shape.as_ref()?;
        let entry = |(i, d): (usize, &DeclaredDim)| match d {
            _ if i == 0 => Some(Dim::Batch),
            DeclaredDim::Fixed(n) => Some(Dim::Known(*n as i64)),
            _ => None,
        };
        shape.iter().enumerate().map(entry).collect()
    }
}

/// A model: nodes in topological order, all of which reach an output.
#[derive(Debug, Clone)]
pub struct OnnxGraph {
    /// The file's name, for messages.
    pub file: Arc<str>,
    pub name: String,
    pub ir_version: i64,
    /// Declared operator sets, by domain as spelled in the file (`""` for `ai.onnx`).
    pub opsets: BTreeMap<String, i64>,
    /// Inputs that are not constants, in file order, also when nothing reads them.
    pub inputs: Vec<ValueInfo>,
    pub outputs: Vec<ValueInfo>,
    /// Constants that a live node or an output reads, in file order.
    pub initializers: IndexMap<String, Tensor>,
    pub nodes: Vec<OnnxNode>,
    /// Nodes of the file that reach no output.
    pub dead_nodes: usize,
    /// What the file declares about inner values; may be wrong about the batch.
    pub values: BTreeMap<String, ValueInfo>,
    /// FINN data types by value (`INT4`, `BIPOLAR`, …), as QONNX tools annotate them.
    pub datatypes: BTreeMap<String, String>,
}

impl OnnxGraph {
    /// A finding about the file as a whole.
    pub fn error(&self, sentence: impl Into<String>) -> Diagnostic {
        Diagnostic::new(sentence).in_file(&*self.file)
    }

    /// What is declared about a value: input, output or inner.
    pub fn value(&self, name: &str) -> Option<&ValueInfo> {
        let ports = self.inputs.iter().chain(&self.outputs);
        ports
            .into_iter()
            .find(|v| v.name == name)
            .or_else(|| self.values.get(name))
    }

    /// Turns the input `name` into a constant.
    pub fn bind(&mut self, name: &str, value: Tensor) -> Result<()> {
        let Some(at) = self.inputs.iter().position(|v| v.name == name) else {
            let names: Vec<&str> = self.inputs.iter().map(|v| &*v.name).collect();
            return Err(self
                .error(format!("the model has no input \"{name}\""))
                .note(format!("its inputs: {}", names.join(", "))));
        };
        self.inputs.remove(at);
        self.initializers.insert(name.to_string(), value);
        Ok(())
    }
}
