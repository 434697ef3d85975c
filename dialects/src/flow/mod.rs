//! `flow`: what happens when, and on how much hardware.
//!
//! A value is a stream: so many tokens a sample, one after the other, each some integers side
//! by side (its lanes). Ops say what becomes of tokens; what becomes of numbers is a kernel, a
//! function of `fx` that they name. A network that is wholly parallel is one map of one token.
//!
//! Invariant: no op computes; every product and every sum stands in a kernel.

mod eval;
mod fold;
mod foretell;
mod join;
mod map;
mod read;
mod reduce;
mod scan;
mod text;
mod timing;
mod verify;
mod window;

pub use eval::{Machine, eval, run};
pub use fold::Fold;
pub use foretell::foretell;
pub use read::read;
pub use text::print;
pub use timing::{Queue, Timing, timing};
pub use verify::verify;
pub use window::{Tap, Window};

use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

use crate::fx::{self, IntType};
use crate::ir::{self, RawAttribute};
use crate::{Diagnostic, Result};

/// A stream: the index of the node that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub u32);

impl ValueId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node makes of tokens. Each variant's meaning is in the file of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    Input {
        index: usize,
    },
    Map {
        input: ValueId,
        /// An index into [`Graph::kernels`].
        kernel: usize,
        /// The kernel's first input is the token's number modulo this; 0 for no such input.
        steps: usize,
    },
    Window {
        input: ValueId,
        window: Arc<Window>,
    },
    Reduce {
        input: ValueId,
        kernel: usize,
        /// Tokens that become one.
        tokens: usize,
        /// The state before the first of them.
        initial: Vec<i128>,
    },
    Scan {
        input: ValueId,
        next: Next,
        /// Tokens before the state begins anew.
        tokens: usize,
        /// The state before the first of them.
        initial: Vec<i128>,
        /// The lanes of the state that leave with every token.
        lanes: Vec<usize>,
    },
    Fold {
        input: ValueId,
        fold: Arc<Fold>,
    },
    Join {
        lhs: ValueId,
        rhs: ValueId,
    },
}

/// What makes the next state of a scan of the state and a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// An index into [`Graph::kernels`].
    Kernel(usize),
    /// An index into [`Graph::bodies`].
    Body(usize),
}

/// The functions that ops name.
#[derive(Clone, Copy)]
pub struct Functions<'a> {
    pub kernels: &'a [fx::Graph],
    pub bodies: &'a [Graph],
}

impl Functions<'_> {
    /// The lanes that a function reads, and those that it gives.
    pub fn signature(&self, next: Next) -> (Vec<IntType>, Vec<IntType>) {
        match next {
            Next::Kernel(at) => signature(&self.kernels[at]),
            Next::Body(at) => {
                let lanes = |borders: &[Border]| -> Vec<IntType> {
                    let all = borders.iter().flat_map(|border| border.stream().lanes);
                    all.collect()
                };
                let body = &self.bodies[at];
                (lanes(&body.inputs), lanes(&body.outputs))
            }
        }
    }

    fn has(&self, next: Next) -> bool {
        match next {
            Next::Kernel(at) => at < self.kernels.len(),
            Next::Body(at) => at < self.bodies.len(),
        }
    }
}

/// What a stream carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Tokens a sample.
    pub tokens: usize,
    pub lanes: Vec<IntType>,
}

impl Stream {
    /// Bits of a token.
    pub fn width(&self) -> u32 {
        self.lanes.iter().map(|lane| lane.width).sum()
    }
}

/// The stream an op makes, from those it reads.
pub type StreamRule = fn(&Op, &[&Stream], Functions) -> Result<Stream>;

/// One row of the dialect.
pub struct OpDef {
    pub name: &'static str,
    /// One line: the formula.
    pub summary: &'static str,
    pub operands: &'static [&'static str],
    pub attributes: &'static [&'static str],
    /// The op from its operands and attributes; kernels are found by name.
    pub read: fn(&Fields) -> Result<Op>,
    /// The attributes as text, in the order of `attributes`.
    pub print: fn(&Op, Functions) -> Vec<String>,
    pub stream: StreamRule,
}

/// Every op of the dialect, in the order of the documents.
pub static OPS: &[&OpDef] = &[
    &map::OP,
    &window::OP,
    &reduce::OP,
    &scan::OP,
    &fold::OP,
    &join::OP,
];

impl Op {
    /// The row of this op; inputs are function arguments and have none.
    pub fn def(&self) -> Option<&'static OpDef> {
        Some(match self {
            Op::Input { .. } => return None,
            Op::Map { .. } => &map::OP,
            Op::Window { .. } => &window::OP,
            Op::Reduce { .. } => &reduce::OP,
            Op::Scan { .. } => &scan::OP,
            Op::Fold { .. } => &fold::OP,
            Op::Join { .. } => &join::OP,
        })
    }

    /// `map`, `window`; `input` for an argument.
    pub fn name(&self) -> &'static str {
        self.def().map_or("input", |def| def.name)
    }

    pub fn operands(&self) -> SmallVec<[ValueId; 2]> {
        match self {
            Op::Input { .. } => smallvec![],
            Op::Map { input, .. }
            | Op::Window { input, .. }
            | Op::Reduce { input, .. }
            | Op::Scan { input, .. }
            | Op::Fold { input, .. } => smallvec![*input],
            Op::Join { lhs, rhs } => smallvec![*lhs, *rhs],
        }
    }

    /// The function that the op names.
    pub fn function(&self) -> Option<Next> {
        match self {
            Op::Map { kernel, .. } | Op::Reduce { kernel, .. } => Some(Next::Kernel(*kernel)),
            Op::Scan { next, .. } => Some(*next),
            _ => None,
        }
    }

    pub fn kernel(&self) -> Option<usize> {
        match self.function()? {
            Next::Kernel(kernel) => Some(kernel),
            Next::Body(_) => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub op: Op,
    pub stream: Stream,
    /// The model's name of the layer this belongs to.
    pub layer: String,
}

/// A tensor at the border and the stream that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Border {
    pub port: fx::Port,
    /// Tokens a sample.
    pub tokens: usize,
    /// The element of the port that each lane of each token carries, token after token.
    pub order: Vec<usize>,
}

impl Border {
    /// What the tokens are made of: each lane has one type in all of them.
    pub fn stream(&self) -> Stream {
        let lanes = self.order.len() / self.tokens.max(1);
        let ty = |at: &usize| self.port.elements[*at].ty;
        Stream {
            tokens: self.tokens,
            lanes: self.order[..lanes].iter().map(ty).collect(),
        }
    }
}

/// One function of the level and the kernels it names.
///
/// Invariants, checked by [`verify`]: operands stand before their users; the first nodes are
/// the inputs, in order; every stream is the one its op makes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph {
    pub name: String,
    /// The model file this came from, for diagnostics.
    pub source: Option<String>,
    pub kernels: Vec<fx::Graph>,
    /// Functions of this level that a scan's state goes around: one token in, one out. They
    /// name kernels of this graph and have neither kernels nor bodies of their own.
    pub bodies: Vec<Graph>,
    pub inputs: Vec<Border>,
    pub outputs: Vec<Border>,
    pub nodes: Vec<Node>,
    pub results: Vec<ValueId>,
}

impl Graph {
    /// A function with these inputs and nothing else yet.
    pub fn new(name: impl Into<String>, inputs: Vec<Border>) -> Self {
        let nodes = inputs.iter().enumerate().map(|(index, border)| Node {
            op: Op::Input { index },
            stream: border.stream(),
            layer: border.port.name.clone(),
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

    pub fn stream(&self, value: ValueId) -> &Stream {
        &self.node(value).stream
    }

    /// Adds a node; its stream follows from its op.
    ///
    /// Errors: operands that do not fit, named by layer.
    pub fn push(&mut self, op: Op, layer: &str) -> Result<ValueId> {
        let named = |finding: Diagnostic| finding.in_layer(layer);
        let stream = self.infer(&op).map_err(named)?;
        self.nodes.push(Node {
            op,
            stream,
            layer: layer.to_string(),
        });
        Ok(ValueId(self.nodes.len() as u32 - 1))
    }

    /// The functions that ops of this graph name.
    pub fn functions(&self) -> Functions<'_> {
        Functions {
            kernels: &self.kernels,
            bodies: &self.bodies,
        }
    }

    /// The stream an op on values of this graph makes.
    pub fn infer(&self, op: &Op) -> Result<Stream> {
        self.infer_with(op, self.functions())
    }

    /// The same, with the functions of another graph.
    fn infer_with(&self, op: &Op, functions: Functions) -> Result<Stream> {
        let Some(def) = op.def() else {
            return Err(Diagnostic::new("inputs are made with the function"));
        };
        if op.function().is_some_and(|at| !functions.has(at)) {
            return Err(Diagnostic::new("a kernel is not there"));
        }
        let operands = op.operands();
        if operands.iter().any(|of| of.index() >= self.nodes.len()) {
            return Err(Diagnostic::new("an operand is not there"));
        }
        let streams: SmallVec<[&Stream; 2]> = operands.iter().map(|of| self.stream(*of)).collect();
        (def.stream)(op, &streams, functions)
    }

    /// The kernel of that name, or a new one: equal kernels are one.
    pub fn kernel(&mut self, kernel: fx::Graph) -> usize {
        let same = |other: &fx::Graph| {
            let renamed = fx::Graph {
                name: other.name.clone(),
                ..kernel.clone()
            };
            renamed == *other
        };
        self.kernels.iter().position(same).unwrap_or_else(|| {
            self.kernels.push(kernel);
            self.kernels.len() - 1
        })
    }

    /// The kernels that a state goes around: their results are there before the next token.
    pub fn loops(&self) -> Vec<bool> {
        let mut found = vec![false; self.kernels.len()];
        let inside = self.bodies.iter().flat_map(|body| &body.nodes);
        for node in self.nodes.iter().chain(inside) {
            if let Op::Reduce { kernel, .. }
            | Op::Scan {
                next: Next::Kernel(kernel),
                ..
            } = node.op
            {
                found[kernel] = true;
            }
        }
        found
    }

    /// The clock period the kernels were scheduled for.
    pub fn clock_ps(&self) -> Option<u32> {
        self.kernels.iter().find_map(|kernel| kernel.clock_ps)
    }
}

/// The operands and attributes of an op being read, and the kernels there are.
pub struct Fields<'a> {
    pub operands: &'a [ValueId],
    pub attributes: &'a [(String, RawAttribute)],
    pub functions: Functions<'a>,
}

impl Fields<'_> {
    fn malformed(&self, name: &str, what: &str) -> Diagnostic {
        Diagnostic::new(format!("attribute `{name}` must be {what}"))
    }

    fn index(&self, name: &str) -> Result<usize> {
        match ir::find(self.attributes, name) {
            Some(RawAttribute::Integer(value)) => usize::try_from(*value).ok(),
            _ => None,
        }
        .ok_or_else(|| self.malformed(name, "a whole number"))
    }

    fn integers(&self, name: &str) -> Result<&[i64]> {
        match ir::find(self.attributes, name) {
            Some(RawAttribute::Integers(values)) => Ok(values),
            _ => Err(self.malformed(name, "an array<i64>")),
        }
    }

    fn wide_integers(&self, name: &str) -> Result<Vec<i128>> {
        let values = self.integers(name)?.iter();
        Ok(values.map(|&value| value.into()).collect())
    }

    fn indices(&self, name: &str) -> Result<Vec<usize>> {
        let values = self.integers(name)?.iter();
        let values = values.map(|&value| usize::try_from(value).ok());
        let values = values.collect::<Option<Vec<_>>>();
        values.ok_or_else(|| self.malformed(name, "whole numbers"))
    }

    /// An index per entry, -1 for none.
    fn choices(&self, name: &str) -> Result<Vec<Option<usize>>> {
        let values = self.integers(name)?.iter();
        let values = values.map(|&value| match value {
            -1 => Some(None),
            value => usize::try_from(value).ok().map(Some),
        });
        let values = values.collect::<Option<Vec<_>>>();
        values.ok_or_else(|| self.malformed(name, "whole numbers, or -1"))
    }

    fn kernel(&self) -> Result<usize> {
        match self.function()? {
            Next::Kernel(kernel) => Ok(kernel),
            Next::Body(_) => Err(self.malformed("kernel", "the name of a function of fx")),
        }
    }

    fn function(&self) -> Result<Next> {
        let name = match ir::find(self.attributes, "kernel") {
            Some(RawAttribute::String(name)) => name.trim_start_matches('@').trim_matches('"'),
            _ => return Err(self.malformed("kernel", "the name of a function")),
        };
        let Functions { kernels, bodies } = self.functions;
        let kernel = kernels.iter().position(|kernel| kernel.name == name);
        let body = || bodies.iter().position(|body| body.name == name);
        let found = kernel.map(Next::Kernel).or_else(|| body().map(Next::Body));
        found.ok_or_else(|| Diagnostic::new(format!("there is no kernel `{name}`")))
    }
}

/// The dialect as IRDL text.
pub fn irdl() -> String {
    crate::irdl::dialect(
        "flow",
        "!builtin.tensor",
        OPS.iter().map(|op| (op.name, op.operands, op.attributes)),
    )
}

fn wrong_row(op: &Op) -> ! {
    unreachable!("the row of another op was asked about {}", op.name())
}

fn print_integers(values: impl IntoIterator<Item = i128>) -> String {
    let values = values.into_iter().map(|value| value.to_string());
    match values.collect::<Vec<_>>() {
        values if values.is_empty() => "array<i64>".to_string(),
        values => format!("array<i64: {}>", values.join(", ")),
    }
}

fn print_kernel(functions: Functions, at: Next) -> String {
    let name = match at {
        Next::Kernel(at) => &functions.kernels[at].name,
        Next::Body(at) => &functions.bodies[at].name,
    };
    format!("@{}", ir::symbol(name))
}

fn print_index(value: usize) -> String {
    format!("{value} : i64")
}

/// The types of a kernel's inputs and results.
fn signature(kernel: &fx::Graph) -> (Vec<IntType>, Vec<IntType>) {
    let inputs = kernel.nodes[..kernel.input_count()].iter();
    let results = kernel.results.iter().map(|value| kernel.node(*value).ty);
    (inputs.map(|node| node.ty).collect(), results.collect())
}

/// Whether every value of one type is one of the other.
fn fits(from: IntType, to: IntType) -> bool {
    to.contains(from.range())
}
