//! Exact integers as sums of atoms, in a form that two descriptions of one function share.
//!
//! An atom is an input, the floor of a form by a power of two, a function of one form that was
//! exhausted over its range, a truth table over a few atoms, or an operation on forms that
//! nothing better is known of. Equal atoms are one atom, so two values with equal forms are
//! equal for every input. The reverse does not hold: values with different forms may be equal.
//!
//! Invariant: every step is an identity over the integers, for all values of the atoms within
//! their ranges. Nothing is sampled here.

mod evaluate;
mod floor;
mod form;
mod leaves;
mod operate;
mod piecewise;
mod range;
mod truth;
mod unary;

pub use evaluate::{clamp_cell, value};
pub use form::{Form, power};

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use dialects::fx::Range;

use piecewise::Piecewise;

pub type AtomId = u32;

/// What an atom is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An input by its number.
    Input(usize),
    /// `floor(of / 2^amount)`.
    Floor { of: Arc<Form>, amount: u32 },
    /// A function of `of`, which is primitive.
    Piecewise {
        of: Arc<Form>,
        function: Arc<Piecewise>,
    },
    /// A table over atoms, the first one fastest.
    Truth {
        of: Vec<AtomId>,
        values: Arc<[i128]>,
    },
    /// An operation on forms. A table has its operand, the value that its first entry is for,
    /// and its entries; other operations have none.
    Opaque {
        op: &'static str,
        of: Vec<Arc<Form>>,
        table: Arc<[i128]>,
    },
}

#[derive(Debug)]
pub struct Atom {
    pub kind: Kind,
    pub range: Range,
    /// The atoms below that this one is a function of, where they have few values together.
    support: Option<Vec<AtomId>>,
    /// The forms that this one is a function of, the deepest first.
    roots: Vec<Arc<Form>>,
}

/// The methods of proof, for the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Sums of atoms compared as linear algebra.
    Linear,
    /// Every value of one form.
    Exhausted,
    /// Every combination of a few atoms.
    Table,
    /// The same operation on equal operands.
    Matched,
}

/// All atoms of one proof.
#[derive(Debug, Default)]
pub struct Algebra {
    pub atoms: Vec<Atom>,
    known: HashMap<Kind, AtomId>,
    /// Floors asked for before.
    floors: HashMap<(Form, u32), Form>,
    /// Values that functions were evaluated on.
    pub evaluated: u64,
    /// Floors that are being worked out, each for the one before.
    open: HashSet<(Form, u32)>,
    functions: unary::Functions,
    /// Step functions of forms, and which form each is of.
    leaves: HashMap<Form, leaves::Leaves>,
    roots_of_leaves: HashMap<AtomId, Form>,
    /// Pieces that functions were put together from.
    work: u64,
}

/// Beyond so many pieces nothing more is exhausted.
const MOST_WORK: u64 = 1 << 30;

impl Algebra {
    pub fn input(&mut self, number: usize, range: Range) -> Form {
        if let Some(value) = range.single() {
            return Form::constant(value);
        }
        Form::atom(self.atom(Kind::Input(number), range))
    }

    fn atom(&mut self, kind: Kind, range: Range) -> AtomId {
        if let Some(known) = self.known.get(&kind) {
            return *known;
        }
        let support = self.support_of(&kind, range);
        let roots = self.roots_of(&kind);
        let id = self.atoms.len() as AtomId;
        self.known.insert(kind.clone(), id);
        self.atoms.push(Atom {
            kind,
            range,
            support,
            roots,
        });
        id
    }

    pub fn method(&self, atom: AtomId) -> Method {
        match self.atoms[atom as usize].kind {
            Kind::Input(_) | Kind::Floor { .. } => Method::Linear,
            Kind::Piecewise { .. } => Method::Exhausted,
            Kind::Truth { .. } => Method::Table,
            Kind::Opaque { .. } => Method::Matched,
        }
    }

    /// The atoms that an atom is made of.
    pub fn parts(&self, atom: AtomId) -> Vec<AtomId> {
        let atoms = |form: &Form| form.terms.iter().map(|term| term.0).collect::<Vec<_>>();
        match &self.atoms[atom as usize].kind {
            Kind::Input(_) => vec![],
            Kind::Floor { of, .. } | Kind::Piecewise { of, .. } => atoms(of),
            Kind::Truth { of, .. } => of.clone(),
            Kind::Opaque { of, .. } => of.iter().flat_map(|form| atoms(form)).collect(),
        }
    }

    /// `form` modulo `2^width`, as an unsigned number.
    pub fn modulo(&mut self, form: &Form, width: u32) -> Option<Form> {
        let high = self.floor(form, width)?;
        form.plus(&high, -power(width)?)
    }

    /// Bits `low` to `low + width` of an unsigned or two's complement number.
    pub fn slice(&mut self, form: &Form, low: u32, width: u32) -> Option<Form> {
        let (down, high) = (self.floor(form, low)?, self.floor(form, low + width)?);
        down.plus(&high, -power(width)?)
    }

    /// The value of `width` bits read as two's complement.
    pub fn signed(&mut self, bits: &Form, width: u32) -> Option<Form> {
        let sign = self.slice(bits, width - 1, 1)?;
        bits.plus(&sign, -power(width)?)
    }
}
