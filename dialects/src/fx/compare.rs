//! fx.compare: 1 when the predicate holds between lhs and rhs, else 0.
//!
//! | lhs | rhs | result |
//! | any | any | ui1    |
//!
//! The integers are compared, not their bits: signs may differ.

use std::fmt;
use std::str::FromStr;

use super::{Op, OpDef, Range};
use crate::Diagnostic;
use crate::ir::quote;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Predicate {
    Equal,
    NotEqual,
    Less,
    LessEqual,
}

impl Predicate {
    pub const ALL: [Predicate; 4] = [
        Predicate::Equal,
        Predicate::NotEqual,
        Predicate::Less,
        Predicate::LessEqual,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Predicate::Equal => "eq",
            Predicate::NotEqual => "ne",
            Predicate::Less => "lt",
            Predicate::LessEqual => "le",
        }
    }

    pub fn holds(self, lhs: i128, rhs: i128) -> bool {
        match self {
            Predicate::Equal => lhs == rhs,
            Predicate::NotEqual => lhs != rhs,
            Predicate::Less => lhs < rhs,
            Predicate::LessEqual => lhs <= rhs,
        }
    }

    /// The answer when the ranges alone decide it.
    pub fn decided(self, lhs: Range, rhs: Range) -> Option<bool> {
        let apart = lhs.hi < rhs.lo || rhs.hi < lhs.lo;
        let same = lhs.single().is_some() && lhs.single() == rhs.single();
        match self {
            Predicate::Equal if apart => Some(false),
            Predicate::Equal if same => Some(true),
            Predicate::NotEqual if apart => Some(true),
            Predicate::NotEqual if same => Some(false),
            Predicate::Less if lhs.hi < rhs.lo => Some(true),
            Predicate::Less if lhs.lo >= rhs.hi => Some(false),
            Predicate::LessEqual if lhs.hi <= rhs.lo => Some(true),
            Predicate::LessEqual if lhs.lo > rhs.hi => Some(false),
            _ => None,
        }
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Predicate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Predicate::ALL.into_iter();
        all.find(|predicate| predicate.name() == text)
            .ok_or_else(|| format!("`{text}` is no predicate; the predicates are eq, ne, lt, le"))
    }
}

pub const OP: OpDef = OpDef {
    name: "compare",
    summary: "1 when the predicate holds between lhs and rhs, else 0",
    operands: &["lhs", "rhs"],
    attributes: &["predicate"],
    read: |fields| {
        Ok(Op::Compare {
            predicate: fields.word("predicate")?.parse().map_err(Diagnostic::new)?,
            lhs: fields.operands[0],
            rhs: fields.operands[1],
        })
    },
    print: |op| vec![quote(predicate_of(op).name())],
    range: |op, of, _| {
        Some(match predicate_of(op).decided(of[0], of[1]) {
            Some(answer) => Range::point(i128::from(answer)),
            None => Range::new(0, 1),
        })
    },
    eval: |op, of, _| i128::from(predicate_of(op).holds(of[0], of[1])),
};

fn predicate_of(op: &Op) -> Predicate {
    match op {
        Op::Compare { predicate, .. } => *predicate,
        _ => unreachable!("the row of fx.compare was asked about another op"),
    }
}
