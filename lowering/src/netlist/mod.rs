//! Hardware in memory: modules of named bit vectors, printed as `hw` text or as FIRRTL.
//!
//! Both printers read the same netlist, so they cannot disagree about extension, clamping,
//! tables or names. A vector has no sign; [`build`] spends the signs of `fx`.
//!
//! Invariants: operands stand before their users; every vector is at least one bit wide;
//! after [`Module::finish`] every vector that a printer cannot write inside its reader has a
//! name of its own.

mod adders;
mod build;
mod compare;
mod finish;
mod gates;
mod layers;
mod module;
mod operand;
mod ops;
mod rows;
mod saturate;
mod schedule;
mod top;

pub use build::build;
pub use module::Module;
pub use saturate::luts as saturation_luts;

use std::sync::Arc;

/// The modules of one design, each after those it instantiates; the top is the last.
#[derive(Debug)]
pub struct Netlist {
    pub modules: Vec<Module>,
}

/// A vector: the index of its cell in the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Net(pub u32);

impl Net {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What drives a vector.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Driver {
    /// The input port of that index.
    Input(usize),
    Constant(u128),
    /// Bits from `low` up, as many as the result is wide.
    Extract {
        of: Net,
        low: u32,
    },
    /// One bit, as often as the result is wide.
    Replicate(Net),
    /// Highest part first.
    Concat(Vec<Net>),
    /// Operands as wide as the result, modulo 2^width.
    Binary(Binary, Net, Net),
    Not(Net),
    /// Operands of one width, one bit out.
    Compare(Comparison, Net, Net),
    Mux {
        condition: Net,
        on_true: Net,
        on_false: Net,
    },
    /// Entry `index`; there are 2^(width of the index) of them.
    Table {
        index: Net,
        entries: Arc<[u128]>,
    },
    /// One clock cycle later; cleared by `rst` when `reset`.
    Register {
        next: Net,
        reset: bool,
    },
    /// Output `output` of instance `instance`.
    Instance {
        instance: usize,
        output: usize,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    And,
    Or,
    Xor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    Equal,
    NotEqual,
    UnsignedLess,
    UnsignedLessEqual,
    SignedLess,
    SignedLessEqual,
}

impl Driver {
    pub fn operands(&self) -> Vec<Net> {
        match self {
            Driver::Input(_) | Driver::Constant(_) | Driver::Instance { .. } => vec![],
            Driver::Extract { of, .. } => vec![*of],
            Driver::Replicate(net) | Driver::Not(net) => vec![*net],
            Driver::Concat(parts) => parts.clone(),
            Driver::Binary(_, lhs, rhs) | Driver::Compare(_, lhs, rhs) => vec![*lhs, *rhs],
            Driver::Mux {
                condition,
                on_true,
                on_false,
            } => vec![*condition, *on_true, *on_false],
            Driver::Table { index, .. } => vec![*index],
            Driver::Register { next, .. } => vec![*next],
        }
    }
}

/// A vector and its names.
#[derive(Debug, Clone)]
pub struct Cell {
    pub driver: Driver,
    pub width: u32,
    /// The name the vector gets when it needs one.
    pub hint: Option<String>,
    /// The name it has: a port, a wire or a register.
    pub name: Option<String>,
}

/// A module used inside another.
#[derive(Debug, Clone)]
pub struct Instance {
    pub name: String,
    pub module: String,
    /// One per input of the module, in its order.
    pub inputs: Vec<Net>,
    /// Name and width of the module's inputs and outputs, and whether it has a clock.
    pub input_ports: Vec<(String, u32)>,
    pub output_ports: Vec<(String, u32)>,
    pub clocked: bool,
    /// Of a module of the library: its parameters as Verilog. Others have none.
    pub parameters: Vec<(&'static str, String)>,
}
