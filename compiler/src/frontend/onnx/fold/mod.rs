//! Constant folding: what depends on no input and on no quantiser, by the operators' own arithmetic.
//!
//! Float operators compute in IEEE float32 (float64 where declared), one rounding an operation;
//! integers wrap. Quantisers are never folded: their values stay scaled integers.

mod concat;
mod create;
mod elementwise;
mod indexing;
mod movement;
mod reduce;

use std::collections::HashSet;

use dialects::{Diagnostic, Result};
use indexmap::IndexMap;

use super::graph::OnnxGraph;
use super::node::{Domain, OnnxNode};
use super::tensor::{Dim, ElementType, Tensor, TensorData};

pub use concat::{Joined, concat};
pub use create::shape_of;
pub use indexing::{axis, broadcast, legacy_operand_shape};
pub use movement::{Movement, movement};

/// The largest constant that folding makes, and all of them together.
const MAX_ELEMENTS: usize = 1 << 24;
const MAX_ELEMENTS_TOGETHER: usize = 1 << 27;

type Args<'a> = [Option<&'a Tensor>];
type Fold = fn(&OnnxNode, &Args) -> Result<Vec<Tensor>>;

/// How an operator may be folded.
struct Row {
    op_type: &'static str,
    /// Moves elements only: also shapes with a batch in them, also half-precision elements.
    moves: bool,
    fold: Fold,
}

const fn moves(op_type: &'static str, fold: Fold) -> Row {
    Row {
        op_type,
        moves: true,
        fold,
    }
}

const fn computes(op_type: &'static str, fold: Fold) -> Row {
    Row {
        op_type,
        moves: false,
        fold,
    }
}

static TABLE: &[Row] = &[
    moves("Constant", create::constant),
    computes("ConstantOfShape", create::constant_of_shape),
    computes("Range", create::range),
    moves("Cast", create::cast),
    moves("Identity", movement::fold),
    moves("Dropout", movement::fold),
    moves("Reshape", movement::fold),
    moves("Flatten", movement::fold),
    moves("Squeeze", movement::fold),
    moves("Unsqueeze", movement::fold),
    moves("Transpose", movement::fold),
    moves("Slice", movement::fold),
    moves("Split", movement::fold),
    moves("Gather", movement::fold),
    moves("Expand", movement::fold),
    moves("Tile", movement::fold),
    moves("Concat", concat::fold),
    moves("Where", elementwise::choose),
    computes("Add", elementwise::add),
    computes("Sub", elementwise::sub),
    computes("Mul", elementwise::mul),
    computes("Div", elementwise::div),
    computes("Pow", elementwise::pow),
    computes("Min", elementwise::min),
    computes("Max", elementwise::max),
    computes("Sum", elementwise::sum),
    computes("Mean", elementwise::mean),
    computes("Equal", elementwise::equal),
    computes("Greater", elementwise::greater),
    computes("GreaterOrEqual", elementwise::greater_or_equal),
    computes("Less", elementwise::less),
    computes("LessOrEqual", elementwise::less_or_equal),
    computes("And", elementwise::and),
    computes("Or", elementwise::or),
    computes("Xor", elementwise::xor),
    computes("Not", elementwise::not),
    computes("Neg", elementwise::neg),
    computes("Abs", elementwise::abs),
    computes("Sign", elementwise::sign),
    computes("Relu", elementwise::relu),
    computes("Sqrt", elementwise::sqrt),
    computes("Exp", elementwise::exp),
    computes("Log", elementwise::log),
    computes("Reciprocal", elementwise::reciprocal),
    computes("Floor", elementwise::floor),
    computes("Ceil", elementwise::ceil),
    computes("Round", elementwise::round),
    computes("ReduceSum", reduce::fold),
    computes("ReduceMean", reduce::fold),
    computes("ReduceProd", reduce::fold),
    computes("ReduceMax", reduce::fold),
    computes("ReduceMin", reduce::fold),
    computes("MatMul", reduce::matmul),
];

/// The outputs of a node whose inputs are all constants; `None` when it stays a node.
pub fn evaluate(node: &OnnxNode, args: &[Option<&Tensor>]) -> Result<Option<Vec<Tensor>>> {
    if node.domain != Domain::Onnx || node.is_quantiser() {
        return Ok(None);
    }
    let Some(row) = TABLE.iter().find(|row| row.op_type == node.op_type) else {
        return Ok(None);
    };
    let has_batch = |t: &Tensor| matches!(t.data, TensorData::Dims(_));
    let mut given = args.iter().flatten();
    // A batch may be moved, but neither computed with nor used as an index or shape.
    let stays = match node.op_type.as_str() {
        "Concat" => false,
        "Cast" => given.any(|t| has_batch(t)) && node.int("to")? != Some(7),
        "Where" => args.first().is_some_and(|a| a.is_some_and(has_batch)),
        _ if row.moves => given.skip(1).any(|t| has_batch(t)),
        _ => given.any(|t| has_batch(t)),
    };
    if stays {
        return Ok(None);
    }
    let narrow = |t: &&&Tensor| t.element != t.data.element();
    if !row.moves
        && let Some(arg) = args.iter().flatten().find(narrow)
    {
        return Err(node
            .error(format!(
                "{} computes in {}, whose roundings kaon does not reproduce",
                node.op_type, arg.element
            ))
            .help("re-export the model in float32, with quantisers for the narrow types"));
    }
    let outputs = (row.fold)(node, args)?;
    // A second output that the folder does not make (the mask of Dropout) keeps the node.
    Ok((outputs.len() >= node.outputs.len()).then_some(outputs))
}

/// The constants of a model while its nodes are visited in order.
#[derive(Debug, Default)]
pub struct Constants {
    tensors: IndexMap<String, Tensor>,
    folded_elements: usize,
}

impl Constants {
    pub fn new(initializers: IndexMap<String, Tensor>) -> Self {
        Constants {
            tensors: initializers,
            folded_elements: 0,
        }
    }

    pub fn get(&self, value: &str) -> Option<&Tensor> {
        self.tensors.get(value)
    }

    /// Folds `node` when its inputs are constants (for Shape and Size: when `dims_of` knows the
    /// input). True: all its outputs are constants now.
    pub fn fold(
        &mut self,
        node: &OnnxNode,
        dims_of: impl Fn(&str) -> Option<Vec<Dim>>,
    ) -> Result<bool> {
        let outputs = if node.is(&Domain::Onnx, "Shape") || node.is(&Domain::Onnx, "Size") {
            let value = node.required_input(0, "data")?;
            let constant = self.get(value).map(|t| {
                t.shape
                    .iter()
                    .map(|&d| Dim::Known(d as i64))
                    .collect::<Vec<_>>()
            });
            match constant.or_else(|| dims_of(value)) {
                Some(dims) => shape_of(node, &dims)?.map(|t| vec![t]),
                None => None,
            }
        } else {
            let find = |value: &Option<String>| match value {
                None => Some(None),
                Some(value) => self.get(value).map(Some),
            };
            match node.inputs.iter().map(find).collect::<Option<Vec<_>>>() {
                Some(args) => evaluate(node, &args)?,
                None => None,
            }
        };
        let Some(outputs) = outputs else {
            return Ok(false);
        };
        self.folded_elements += outputs.iter().map(Tensor::len).sum::<usize>();
        if self.folded_elements > MAX_ELEMENTS_TOGETHER {
            return Err(node
                .error("the model's folded constants pass the memory kaon gives them")
                .note(format!("{MAX_ELEMENTS_TOGETHER} elements in all"))
                .help("simplify the model first: python -m onnxsim in.onnx out.onnx"));
        }
        for (name, tensor) in node.outputs.iter().zip(outputs) {
            if let Some(name) = name {
                self.tensors.insert(name.clone(), tensor);
            }
        }
        Ok(true)
    }
}

/// Folds the whole graph; `dims_of` gives the shapes of values that are no constants.
/// Nodes and constants that nothing reads any more are dropped.
pub fn fold_constants(
    graph: &mut OnnxGraph,
    dims_of: impl Fn(&str) -> Option<Vec<Dim>>,
) -> Result<()> {
    let mut constants = Constants::new(std::mem::take(&mut graph.initializers));
    let mut kept = vec![];
    let mut findings = vec![];
    for node in graph.nodes.drain(..) {
        match constants.fold(&node, &dims_of) {
            Ok(true) => {}
            Ok(false) => kept.push(node),
            Err(finding) => findings.push(finding),
        }
    }
    Diagnostic::collect(findings)?;
    let mut read: HashSet<&str> = graph.outputs.iter().map(|v| v.name.as_str()).collect();
    let mut alive = vec![];
    for node in kept.iter().rev() {
        let is_alive = node
            .outputs
            .iter()
            .flatten()
            .any(|v| read.contains(v.as_str()));
        alive.push(is_alive);
        if is_alive {
            read.extend(node.inputs.iter().flatten().map(String::as_str));
        }
    }
    constants
        .tensors
        .retain(|name, _| read.contains(name.as_str()));
    graph.initializers = constants.tensors;
    graph.nodes = kept
        .into_iter()
        .zip(alive.into_iter().rev())
        .filter(|(_, a)| *a)
        .map(|(n, _)| n)
        .collect();
    Ok(())
}

/// The number of elements of a shape that folding may make.
fn elements(node: &OnnxNode, shape: &[usize]) -> Result<usize> {
    // Zeros count as one: strides of a shape like [0, 10^12] must not overflow.
    let bound = shape
        .iter()
        .try_fold(1usize, |n, &d| n.checked_mul(d.max(1)));
    bound
        .filter(|&n| n <= MAX_ELEMENTS)
        .map(|_| shape.iter().product())
        .ok_or_else(|| {
            node.error(format!(
                "{} makes a constant of shape {shape:?}, more than the {MAX_ELEMENTS} elements kaon folds",
                node.op_type
            ))
            .help("a network this large does not fit a circuit: prune it or split it")
        })
}

fn required<'a>(node: &OnnxNode, args: &Args<'a>, index: usize) -> Result<&'a Tensor> {
    args.get(index).copied().flatten().ok_or_else(|| {
        node.error(format!("{} has no input {index}", node.op_type))
            .help("the file is damaged: export the model again")
    })
}

/// An input that the node needs as constant integers; `None` where the node leaves it out.
fn integers(node: &OnnxNode, args: &Args, index: usize, role: &str) -> Result<Option<Vec<i64>>> {
    let Some(value) = node.input(index) else {
        return Ok(None);
    };
    let op = &node.op_type;
    let Some(tensor) = args.get(index).copied().flatten() else {
        return Err(node
            .error(format!(
                "the {role} of {op} (\"{value}\") depends on the model's input"
            ))
            .help("export the model with static shapes"));
    };
    match tensor.to_i64s() {
        Some(values) => Ok(Some(values)),
        None if tensor.element == ElementType::I64 => Err(node
            .error(format!(
                "the {role} of {op} (\"{value}\") depends on the batch size"
            ))
            .help("export the model with static shapes")),
        None => Err(mismatch(node, &format!("integers as {role}"), &[tensor])),
    }
}

/// Operands of types that the operator does not take.
fn mismatch(node: &OnnxNode, wanted: &str, args: &[&Tensor]) -> Diagnostic {
    let types: Vec<String> = args.iter().map(|t| t.element.to_string()).collect();
    node.error(format!(
        "{} takes {wanted}, and is given {}",
        node.op_type,
        types.join(" and ")
    ))
    .help("the model contradicts itself: export it again")
}
