//! `fx`: exact integer dataflow on scalars.
//!
//! A [`Graph`] is one function: a list of nodes in evaluation order, each an op with
//! operands that stand before it, a type, and the layer it came from. Every op is exact;
//! what rounds or wraps is an op of its own. The binary point lives on [`Port`]s only.

mod add;
mod and;
mod builder;
mod clamp;
mod compare;
mod constant;
mod eval;
mod linear;
mod lookup;
mod mul;
mod neg;
mod not;
mod or;
mod port;
mod ranges;
mod read;
mod register;
mod round;
mod select;
mod shl;
mod shr;
mod sub;
mod sum;
mod text;
mod types;
mod verify;
mod wrap;
mod xor;

pub use builder::Builder;
pub use compare::Predicate;
pub use eval::{eval, eval_nodes};
pub use lookup::Table;
pub use port::{Conversion, Port, PortElement};
pub use ranges::ranges;
pub use read::read;
pub(crate) use read::{from_raw, ports as read_ports};
pub use sum::{MAX_TERMS, Term, Terms};
pub use text::print;
pub(crate) use text::{ports as print_ports, print_function};
pub use types::{IntType, MAX_WIDTH, Range};
pub use verify::verify;

use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

use crate::ir::RawAttribute;
use crate::rounding::Rounding;
use crate::{Diagnostic, Result};

/// A value: the index of the node that computes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub u32);

impl ValueId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A layer: an index into [`Graph::layers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub u32);

/// What a node computes. Each variant's meaning is in the file of its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Op {
    /// Element `index` of the inputs, all ports counted together.
    Input {
        index: u32,
    },
    Constant {
        value: i128,
    },
    Add {
        lhs: ValueId,
        rhs: ValueId,
    },
    Sub {
        lhs: ValueId,
        rhs: ValueId,
    },
    Sum {
        terms: Terms,
        constant: i128,
    },
    Neg {
        input: ValueId,
    },
    Mul {
        lhs: ValueId,
        rhs: ValueId,
    },
    Shl {
        input: ValueId,
        amount: u32,
    },
    Shr {
        input: ValueId,
        amount: u32,
    },
    Round {
        input: ValueId,
        amount: u32,
        mode: Rounding,
    },
    Clamp {
        input: ValueId,
        min: i128,
        max: i128,
    },
    Wrap {
        input: ValueId,
    },
    Compare {
        predicate: Predicate,
        lhs: ValueId,
        rhs: ValueId,
    },
    Select {
        condition: ValueId,
        on_true: ValueId,
        on_false: ValueId,
    },
    And {
        lhs: ValueId,
        rhs: ValueId,
    },
    Or {
        lhs: ValueId,
        rhs: ValueId,
    },
    Xor {
        lhs: ValueId,
        rhs: ValueId,
    },
    Not {
        input: ValueId,
    },
    Lookup {
        input: ValueId,
        table: Arc<Table>,
    },
    Register {
        input: ValueId,
    },
}

/// One row of the dialect.
pub struct OpDef {
    pub name: &'static str,
    /// One line: the formula.
    pub summary: &'static str,
    pub operands: &'static [&'static str],
    pub attributes: &'static [&'static str],
    /// The op from its operands and attributes.
    pub read: fn(&Fields) -> Result<Op>,
    /// The attributes as text, in the order of `attributes`.
    pub print: fn(&Op) -> Vec<String>,
    /// The smallest interval that holds every result, from intervals of the operands.
    /// `None` when it leaves 128 bits.
    pub range: fn(&Op, &[Range], IntType) -> Option<Range>,
    /// The result, from the operands; `ty` is the result's type.
    pub eval: fn(&Op, &[i128], IntType) -> i128,
}

/// Every op of the dialect, in the order of the documents.
pub static OPS: &[&OpDef] = &[
    &constant::OP,
    &add::OP,
    &sub::OP,
    sum::row(1),
    sum::row(2),
    sum::row(3),
    &neg::OP,
    &mul::OP,
    &shl::OP,
    &shr::OP,
    &round::OP,
    &clamp::OP,
    &wrap::OP,
    &compare::OP,
    &select::OP,
    &and::OP,
    &or::OP,
    &xor::OP,
    &not::OP,
    &lookup::OP,
    &register::OP,
];

impl Op {
    /// The row of this op; inputs are function arguments and have none.
    pub fn def(&self) -> Option<&'static OpDef> {
        Some(match self {
            Op::Input { .. } => return None,
            Op::Constant { .. } => &constant::OP,
            Op::Add { .. } => &add::OP,
            Op::Sub { .. } => &sub::OP,
            Op::Sum { terms, .. } => sum::row(terms.len()),
            Op::Neg { .. } => &neg::OP,
            Op::Mul { .. } => &mul::OP,
            Op::Shl { .. } => &shl::OP,
            Op::Shr { .. } => &shr::OP,
            Op::Round { .. } => &round::OP,
            Op::Clamp { .. } => &clamp::OP,
            Op::Wrap { .. } => &wrap::OP,
            Op::Compare { .. } => &compare::OP,
            Op::Select { .. } => &select::OP,
            Op::And { .. } => &and::OP,
            Op::Or { .. } => &or::OP,
            Op::Xor { .. } => &xor::OP,
            Op::Not { .. } => &not::OP,
            Op::Lookup { .. } => &lookup::OP,
            Op::Register { .. } => &register::OP,
        })
    }

    /// `add`, `lookup`; `input` for an argument.
    pub fn name(&self) -> &'static str {
        self.def().map_or("input", |def| def.name)
    }

    pub fn operands(&self) -> SmallVec<[ValueId; 3]> {
        match self {
            Op::Input { .. } | Op::Constant { .. } => smallvec![],
            Op::Sum { terms, .. } => terms.iter().map(|term| term.value).collect(),
            Op::Neg { input }
            | Op::Shl { input, .. }
            | Op::Shr { input, .. }
            | Op::Round { input, .. }
            | Op::Clamp { input, .. }
            | Op::Wrap { input }
            | Op::Not { input }
            | Op::Lookup { input, .. }
            | Op::Register { input } => smallvec![*input],
            Op::Add { lhs, rhs }
            | Op::Sub { lhs, rhs }
            | Op::Mul { lhs, rhs }
            | Op::Compare { lhs, rhs, .. }
            | Op::And { lhs, rhs }
            | Op::Or { lhs, rhs }
            | Op::Xor { lhs, rhs } => smallvec![*lhs, *rhs],
            Op::Select {
                condition,
                on_true,
                on_false,
            } => smallvec![*condition, *on_true, *on_false],
        }
    }

    /// The same op on other operands.
    #[must_use]
    pub fn map_operands(mut self, mut map: impl FnMut(ValueId) -> ValueId) -> Op {
        match &mut self {
            Op::Input { .. } | Op::Constant { .. } => {}
            Op::Sum { terms, .. } => {
                for term in terms {
                    term.value = map(term.value);
                }
            }
            Op::Neg { input }
            | Op::Shl { input, .. }
            | Op::Shr { input, .. }
            | Op::Round { input, .. }
            | Op::Clamp { input, .. }
            | Op::Wrap { input }
            | Op::Not { input }
            | Op::Lookup { input, .. }
            | Op::Register { input } => *input = map(*input),
            Op::Add { lhs, rhs }
            | Op::Sub { lhs, rhs }
            | Op::Mul { lhs, rhs }
            | Op::Compare { lhs, rhs, .. }
            | Op::And { lhs, rhs }
            | Op::Or { lhs, rhs }
            | Op::Xor { lhs, rhs } => {
                *lhs = map(*lhs);
                *rhs = map(*rhs);
            }
            Op::Select {
                condition,
                on_true,
                on_false,
            } => {
                *condition = map(*condition);
                *on_true = map(*on_true);
                *on_false = map(*on_false);
            }
        }
        self
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub op: Op,
    pub ty: IntType,
    pub layer: LayerId,
}

/// One function of the level.
///
/// Invariants, checked by [`verify`]: operands stand before their users; the first nodes
/// are the inputs, one per port element, in order; every type holds every value that can
/// reach it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph {
    pub name: String,
    /// The model file this came from, for diagnostics.
    pub source: Option<String>,
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
    pub nodes: Vec<Node>,
    /// One value per output element, all ports counted together.
    pub results: Vec<ValueId>,
    pub layers: Vec<String>,
    /// Clock cycles from an input to its output, once the graph is scheduled.
    pub latency: Option<u32>,
    /// The clock period in picoseconds the schedule was made for.
    pub clock_ps: Option<u32>,
}

impl Graph {
    pub fn node(&self, value: ValueId) -> &Node {
        &self.nodes[value.index()]
    }

    /// All values, in evaluation order.
    pub fn values(&self) -> impl Iterator<Item = ValueId> + use<> {
        (0..self.nodes.len() as u32).map(ValueId)
    }

    pub fn input_count(&self) -> usize {
        self.inputs.iter().map(|port| port.elements.len()).sum()
    }

    pub fn layer_name(&self, layer: LayerId) -> &str {
        self.layers.get(layer.0 as usize).map_or("", String::as_str)
    }

    /// How often each value is read; results count as readers.
    pub fn use_counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.nodes.len()];
        for node in &self.nodes {
            for operand in node.op.operands() {
                counts[operand.index()] += 1;
            }
        }
        for result in &self.results {
            counts[result.index()] += 1;
        }
        counts
    }

    /// Which values some result depends on; inputs always count.
    pub fn live(&self) -> Vec<bool> {
        let mut live = vec![false; self.nodes.len()];
        for result in &self.results {
            live[result.index()] = true;
        }
        for index in (0..self.nodes.len()).rev() {
            match self.nodes[index].op {
                Op::Input { .. } => live[index] = true,
                _ if live[index] => {
                    for operand in self.nodes[index].op.operands() {
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
    fn missing(&self, name: &str, what: &str) -> Diagnostic {
        Diagnostic::new(format!("attribute `{name}` must be {what}"))
    }

    pub fn integer(&self, name: &str) -> Result<i128> {
        match crate::ir::find(self.attributes, name) {
            Some(RawAttribute::Integer(value)) => Ok(*value),
            _ => Err(self.missing(name, "an integer")),
        }
    }

    /// A shift distance.
    pub fn amount(&self, name: &str) -> Result<u32> {
        let value = self.integer(name)?;
        u32::try_from(value)
            .ok()
            .filter(|&value| value <= MAX_WIDTH)
            .ok_or_else(|| self.missing(name, "between 0 and 126"))
    }

    pub fn word(&self, name: &str) -> Result<&str> {
        match crate::ir::find(self.attributes, name) {
            Some(RawAttribute::String(value)) => Ok(value),
            _ => Err(self.missing(name, "a string")),
        }
    }

    pub fn integers(&self, name: &str) -> Result<&[i64]> {
        match crate::ir::find(self.attributes, name) {
            Some(RawAttribute::Integers(values)) => Ok(values),
            _ => Err(self.missing(name, "an array<i64>")),
        }
    }
}

/// The dialect as IRDL text.
pub fn irdl() -> String {
    crate::irdl::dialect(
        "fx",
        "!builtin.integer",
        OPS.iter().map(|op| (op.name, op.operands, op.attributes)),
    )
}

/// The smallest type an integer attribute needs, as `value : type`.
fn typed(value: i128) -> String {
    match Range::point(value).int_type() {
        Some(ty) => format!("{value} : {ty}"),
        None => format!("{value} : si128"),
    }
}
