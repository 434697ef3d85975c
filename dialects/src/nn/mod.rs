//! `nn`: layers on tensors of real numbers, the batch dimension left out.
//!
//! Every value is a tensor of exact numbers. What rounds is a quantiser that someone can
//! see ([`Op::Quantize`], [`Op::Function`], a dense layer's product type).

mod abs;
mod add;
mod argmax;
mod batch_norm;
mod bipolar;
mod concat;
mod constant;
mod dense;
mod div;
pub mod ensemble;
mod eval;
mod float_key;
mod function;
mod gather;
mod integers;
mod max;
mod min;
mod moves;
mod mul;
mod prelu;
mod quantize;
mod quantizer;
mod read;
mod real;
mod reduce;
mod relu;
mod reshape;
mod sign;
mod slice;
mod softmax;
mod state;
mod sub;
pub mod tensor;
mod text;
mod threshold;
mod transpose;
mod tree_ensemble;
mod verify;
mod window;

pub use batch_norm::scale_and_shift;
pub use concat::{MAX_UNEQUAL, concatenated_indices};
pub use constant::{Constant, Values};
pub use dense::rows_and_columns;
pub use ensemble::{Aggregate, Answer, Ensemble};
pub use eval::{eval, eval_nodes};
pub use float_key::{NAN_KEY, float_key};
pub use gather::gathered_indices;
pub use integers::{common_unit, dot};
pub use moves::sources;
pub use quantizer::{ElementQuantizer, Quantizer};
pub use read::read;
pub use real::{Curve, Function};
pub use reduce::{Reduction, reduced_indices};
pub use slice::sliced_indices;
pub use state::State;
pub use tensor::{FloatTensor, Tensor};
pub use text::print;
pub use transpose::transposed_indices;
pub use verify::verify;
pub use window::{Outside, Window, windowed_indices};

use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

use crate::ir::{self, RawAttribute};
use crate::{Diagnostic, Result};

/// A value: the index of the node that computes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub u32);

impl ValueId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node computes. Each variant's meaning is in the file of its name.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    Input {
        index: u32,
    },
    Constant {
        value: Arc<Constant>,
    },
    Quantize {
        input: ValueId,
        quantizer: Arc<Quantizer>,
    },
    Bipolar {
        input: ValueId,
        scale: Arc<FloatTensor>,
    },
    Threshold {
        input: ValueId,
        thresholds: Arc<FloatTensor>,
        scale: f32,
        bias: f32,
    },
    Dense {
        input: ValueId,
        weight: ValueId,
        product: Option<Arc<Quantizer>>,
    },
    Add {
        lhs: ValueId,
        rhs: ValueId,
    },
    Sub {
        lhs: ValueId,
        rhs: ValueId,
    },
    Mul {
        lhs: ValueId,
        rhs: ValueId,
    },
    Div {
        lhs: ValueId,
        rhs: ValueId,
    },
    Max {
        lhs: ValueId,
        rhs: ValueId,
    },
    Min {
        lhs: ValueId,
        rhs: ValueId,
    },
    Abs {
        input: ValueId,
    },
    Sign {
        input: ValueId,
    },
    Relu {
        input: ValueId,
    },
    Prelu {
        input: ValueId,
        slope: ValueId,
    },
    BatchNorm {
        input: ValueId,
        gamma: ValueId,
        beta: ValueId,
        mean: ValueId,
        variance: ValueId,
        epsilon: f32,
    },
    Function {
        input: ValueId,
        curve: Curve,
        output: Option<Arc<Quantizer>>,
    },
    Softmax {
        input: ValueId,
        axis: usize,
    },
    Argmax {
        input: ValueId,
        axis: usize,
        select_last: bool,
    },
    Reduce {
        input: ValueId,
        kind: Reduction,
        axes: Vec<usize>,
    },
    State {
        input: ValueId,
        state: Arc<State>,
        quantizer: Option<Arc<Quantizer>>,
    },
    Reshape {
        input: ValueId,
        shape: Vec<usize>,
    },
    Transpose {
        input: ValueId,
        permutation: Vec<usize>,
    },
    Concat {
        inputs: Vec<ValueId>,
        axis: usize,
    },
    Slice {
        input: ValueId,
        starts: Vec<i64>,
        sizes: Vec<usize>,
        steps: Vec<i64>,
    },
    Gather {
        input: ValueId,
        indices: Vec<usize>,
        axis: usize,
    },
    FloatKey {
        input: ValueId,
    },
    Window {
        input: ValueId,
        window: Arc<Window>,
    },
    TreeEnsemble {
        input: ValueId,
        ensemble: Arc<Ensemble>,
    },
}

/// The shape of a result from the op and its operands' shapes.
pub type ShapeRule = fn(&Op, &[&[usize]]) -> Result<Vec<usize>>;

/// One row of the dialect.
pub struct OpDef {
    pub name: &'static str,
    /// One line: the formula.
    pub summary: &'static str,
    pub operands: &'static [&'static str],
    pub attributes: &'static [&'static str],
    /// The op from its operands and attributes.
    pub read: fn(&Fields) -> Result<Op>,
    /// The attributes that are present, as (name, text).
    pub print: fn(&Op) -> Vec<(&'static str, String)>,
    /// The result's shape, from the operands' shapes.
    pub shape: ShapeRule,
    /// The result, from the operands.
    pub eval: fn(&Op, &[&Tensor]) -> Result<Tensor>,
}

/// Every op of the dialect, in the order of the documents.
pub static OPS: &[&OpDef] = &[
    &constant::OP,
    &quantize::OP,
    &bipolar::OP,
    &threshold::OP,
    &dense::OP,
    &add::OP,
    &sub::OP,
    &mul::OP,
    &div::OP,
    &max::OP,
    &min::OP,
    &abs::OP,
    &sign::OP,
    &relu::OP,
    &prelu::OP,
    &batch_norm::OP,
    &function::OP,
    &softmax::OP,
    &argmax::OP,
    &reduce::OP,
    &state::OP,
    &reshape::OP,
    &transpose::OP,
    concat::row(1),
    concat::row(2),
    concat::row(3),
    concat::row(4),
    &slice::OP,
    &gather::OP,
    &float_key::OP,
    &window::OP,
    &tree_ensemble::OP,
];

impl Op {
    /// The row of this op; inputs are function arguments and have none.
    pub fn def(&self) -> Option<&'static OpDef> {
        Some(match self {
            Op::Input { .. } => return None,
            Op::Constant { .. } => &constant::OP,
            Op::Quantize { .. } => &quantize::OP,
            Op::Bipolar { .. } => &bipolar::OP,
            Op::Threshold { .. } => &threshold::OP,
            Op::Dense { .. } => &dense::OP,
            Op::Add { .. } => &add::OP,
            Op::Sub { .. } => &sub::OP,
            Op::Mul { .. } => &mul::OP,
            Op::Div { .. } => &div::OP,
            Op::Max { .. } => &max::OP,
            Op::Min { .. } => &min::OP,
            Op::Abs { .. } => &abs::OP,
            Op::Sign { .. } => &sign::OP,
            Op::Relu { .. } => &relu::OP,
            Op::Prelu { .. } => &prelu::OP,
            Op::BatchNorm { .. } => &batch_norm::OP,
            Op::Function { .. } => &function::OP,
            Op::Softmax { .. } => &softmax::OP,
            Op::Argmax { .. } => &argmax::OP,
            Op::Reduce { .. } => &reduce::OP,
            Op::State { .. } => &state::OP,
            Op::Reshape { .. } => &reshape::OP,
            Op::Transpose { .. } => &transpose::OP,
            Op::Concat { inputs, .. } => concat::row(inputs.len()),
            Op::Slice { .. } => &slice::OP,
            Op::Gather { .. } => &gather::OP,
            Op::FloatKey { .. } => &float_key::OP,
            Op::Window { .. } => &window::OP,
            Op::TreeEnsemble { .. } => &tree_ensemble::OP,
        })
    }

    /// `dense`, `quantize`; `input` for an argument.
    pub fn name(&self) -> &'static str {
        self.def().map_or("input", |def| def.name)
    }

    /// The same op on other operands.
    #[must_use]
    pub fn map_operands(mut self, mut map: impl FnMut(ValueId) -> ValueId) -> Op {
        for operand in self.operands_mut() {
            *operand = map(*operand);
        }
        self
    }

    pub fn operands(&self) -> SmallVec<[ValueId; 5]> {
        let mut op = self.clone();
        op.operands_mut()
            .into_iter()
            .map(|operand| *operand)
            .collect()
    }

    fn operands_mut(&mut self) -> SmallVec<[&mut ValueId; 5]> {
        match self {
            Op::Input { .. } | Op::Constant { .. } => smallvec![],
            Op::Quantize { input, .. }
            | Op::Bipolar { input, .. }
            | Op::Threshold { input, .. }
            | Op::Abs { input }
            | Op::Sign { input }
            | Op::Relu { input }
            | Op::Function { input, .. }
            | Op::Softmax { input, .. }
            | Op::Argmax { input, .. }
            | Op::Reduce { input, .. }
            | Op::State { input, .. }
            | Op::Reshape { input, .. }
            | Op::Transpose { input, .. }
            | Op::Slice { input, .. }
            | Op::Gather { input, .. }
            | Op::FloatKey { input }
            | Op::Window { input, .. }
            | Op::TreeEnsemble { input, .. } => smallvec![input],
            Op::Dense { input, weight, .. } => smallvec![input, weight],
            Op::Prelu { input, slope } => smallvec![input, slope],
            Op::Add { lhs, rhs }
            | Op::Sub { lhs, rhs }
            | Op::Mul { lhs, rhs }
            | Op::Div { lhs, rhs }
            | Op::Max { lhs, rhs }
            | Op::Min { lhs, rhs } => smallvec![lhs, rhs],
            Op::BatchNorm {
                input,
                gamma,
                beta,
                mean,
                variance,
                ..
            } => smallvec![input, gamma, beta, mean, variance],
            Op::Concat { inputs, .. } => inputs.iter_mut().collect(),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub op: Op,
    pub shape: Vec<usize>,
    /// The model's name of the layer this belongs to.
    pub layer: String,
}

/// A tensor at the border of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    pub name: String,
    pub shape: Vec<usize>,
}

/// One function of the level.
///
/// Invariants, checked by [`verify`]: operands stand before their users, inputs stand
/// first and in order, every node has the shape its op gives.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Graph {
    pub name: String,
    /// The model file this came from, for diagnostics.
    pub source: Option<String>,
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
    pub nodes: Vec<Node>,
    pub results: Vec<ValueId>,
}

impl Graph {
    /// A function with these inputs and nothing else yet.
    pub fn new(name: impl Into<String>, inputs: Vec<Port>) -> Self {
        let nodes = inputs.iter().enumerate().map(|(index, port)| Node {
            op: Op::Input {
                index: index as u32,
            },
            shape: port.shape.clone(),
            layer: port.name.clone(),
        });
        Graph {
            name: name.into(),
            nodes: nodes.collect(),
            inputs,
            ..Graph::default()
        }
    }

    pub fn node(&self, value: ValueId) -> &Node {
        &self.nodes[value.index()]
    }

    pub fn shape(&self, value: ValueId) -> &[usize] {
        &self.node(value).shape
    }

    /// The constant a value is, if it is one.
    pub fn constant(&self, value: ValueId) -> Option<&Arc<Constant>> {
        match &self.node(value).op {
            Op::Constant { value } => Some(value),
            _ => None,
        }
    }

    /// Adds a node; its shape follows from its op.
    ///
    /// Errors: operands whose shapes do not fit, named by layer.
    pub fn push(&mut self, op: Op, layer: &str) -> Result<ValueId> {
        let named = |finding: Diagnostic| finding.in_layer(layer);
        let shape = self.infer(&op).map_err(named)?;
        if tensor::elements(&shape) == 0 {
            return Err(named(Diagnostic::new(format!(
                "nn.{} has no elements",
                op.name()
            ))));
        }
        self.nodes.push(Node {
            op,
            shape,
            layer: layer.to_string(),
        });
        Ok(ValueId(self.nodes.len() as u32 - 1))
    }

    /// The shape an op on values of this graph has.
    pub fn infer(&self, op: &Op) -> Result<Vec<usize>> {
        let operands = op.operands();
        let shapes: SmallVec<[&[usize]; 5]> = operands.iter().map(|v| self.shape(*v)).collect();
        match op.def() {
            Some(def) => (def.shape)(op, &shapes),
            None => Err(Diagnostic::new("inputs are made with the function")),
        }
    }

    /// The same function made anew, node by node.
    ///
    /// `make` gets the graph so far, the old node and its op on new operands, and answers
    /// with the value that takes the old one's place. Inputs are there already.
    pub fn rebuilt(
        &self,
        mut make: impl FnMut(&mut Graph, ValueId, &Node, Op) -> Result<ValueId>,
    ) -> Result<Graph> {
        let mut graph = Graph::new(self.name.clone(), self.inputs.clone());
        graph.source = self.source.clone();
        graph.outputs = self.outputs.clone();
        let mut map: Vec<ValueId> = Vec::with_capacity(self.nodes.len());
        for (index, node) in self.nodes.iter().enumerate() {
            let at = ValueId(index as u32);
            let value = match &node.op {
                Op::Input { .. } => at,
                op => {
                    let op = op.clone().map_operands(|operand| map[operand.index()]);
                    make(&mut graph, at, node, op)?
                }
            };
            map.push(value);
        }
        graph.results = self.results.iter().map(|v| map[v.index()]).collect();
        for (port, value) in graph.outputs.iter_mut().zip(&graph.results) {
            port.shape = graph.nodes[value.index()].shape.clone();
        }
        Ok(graph)
    }

    /// The nodes that read each value.
    pub fn users(&self) -> Vec<Vec<ValueId>> {
        let mut users = vec![vec![]; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            for operand in node.op.operands() {
                users[operand.index()].push(ValueId(index as u32));
            }
        }
        users
    }

    /// Which nodes some result depends on; inputs always count.
    pub fn live(&self) -> Vec<bool> {
        let mut live = vec![false; self.nodes.len()];
        for result in &self.results {
            live[result.index()] = true;
        }
        for index in (0..self.nodes.len()).rev() {
            match &self.nodes[index].op {
                Op::Input { .. } => live[index] = true,
                op if live[index] => {
                    for operand in op.operands() {
                        live[operand.index()] = true;
                    }
                }
                _ => {}
            }
        }
        live
    }
}

/// The operands and attributes of an op being read.
pub struct Fields<'a> {
    pub operands: &'a [ValueId],
    pub attributes: &'a [(String, RawAttribute)],
}

impl Fields<'_> {
    fn malformed(&self, name: &str, what: &str) -> Diagnostic {
        Diagnostic::new(format!("attribute `{name}` must be {what}"))
    }

    fn has(&self, name: &str) -> bool {
        ir::find(self.attributes, name).is_some()
    }

    fn index(&self, name: &str) -> Result<usize> {
        match ir::find(self.attributes, name) {
            Some(RawAttribute::Integer(value)) => usize::try_from(*value).ok(),
            _ => None,
        }
        .ok_or_else(|| self.malformed(name, "a whole number"))
    }

    fn flag(&self, name: &str) -> Result<bool> {
        Ok(self.index(name)? != 0)
    }

    fn float(&self, name: &str) -> Result<f32> {
        match ir::find(self.attributes, name) {
            Some(RawAttribute::Float(value)) => Ok(*value as f32),
            _ => Err(self.malformed(name, "an f32")),
        }
    }

    fn word(&self, name: &str) -> Result<&str> {
        match ir::find(self.attributes, name) {
            Some(RawAttribute::String(value)) => Ok(value),
            _ => Err(self.malformed(name, "a string")),
        }
    }

    fn integers(&self, name: &str) -> Result<&[i64]> {
        match ir::find(self.attributes, name) {
            Some(RawAttribute::Integers(values)) => Ok(values),
            _ => Err(self.malformed(name, "an array<i64>")),
        }
    }

    fn doubles(&self, name: &str) -> Result<&[f64]> {
        match ir::find(self.attributes, name) {
            Some(RawAttribute::Doubles(values)) => Ok(values),
            _ => Err(self.malformed(name, "an array<f64>")),
        }
    }

    fn indices(&self, name: &str) -> Result<Vec<usize>> {
        let values = self.integers(name)?.iter();
        let values = values.map(|&value| usize::try_from(value));
        values
            .collect::<Result<_, _>>()
            .map_err(|_| self.malformed(name, "an array of whole numbers"))
    }

    fn floats(&self, name: &str) -> Result<FloatTensor> {
        match ir::find(self.attributes, name) {
            Some(RawAttribute::Floats { shape, values }) => Ok(FloatTensor {
                shape: shape.clone(),
                values: values.clone(),
            }),
            _ => Err(self.malformed(name, "a dense f32 tensor")),
        }
    }
}

/// The dialect as IRDL text.
pub fn irdl() -> String {
    crate::irdl::dialect(
        "nn",
        "!builtin.tensor",
        OPS.iter().map(|op| (op.name, op.operands, op.attributes)),
    )
}

fn print_floats(tensor: &FloatTensor) -> String {
    ir::dense(&tensor.shape, &tensor.values, "f32", |&value| {
        ir::float(value)
    })
}

fn print_f32(value: f32) -> String {
    format!("{} : f32", ir::float(value))
}

fn print_indices(values: &[usize]) -> String {
    print_integers(values.iter().map(|&value| value as i64))
}

fn print_integers(values: impl Iterator<Item = i64>) -> String {
    let values = values.map(|value| value.to_string()).collect::<Vec<_>>();
    match values.is_empty() {
        true => "array<i64>".to_string(),
        false => format!("array<i64: {}>", values.join(", ")),
    }
}

fn print_f64s(values: impl Iterator<Item = f64>) -> String {
    let values = values.map(ir::double).collect::<Vec<_>>();
    match values.is_empty() {
        true => "array<f64>".to_string(),
        false => format!("array<f64: {}>", values.join(", ")),
    }
}

/// Asks a row about an op of another row.
fn wrong_row(op: &Op) -> ! {
    unreachable!("a row of nn was asked about nn.{}", op.name())
}
