//! The language of the e-graph: every op of `fx`, its attributes as leaves.
//!
//! Attributes are operands here (`(shl ?x ?k)`, `(round half_up ?x 3)`), so that a pattern
//! can bind them. An attribute that is an integer is a number like any other.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use dialects::Rounding;
use dialects::fx::{IntType, Op, Predicate, Table, ValueId};
use egg::{Id, define_language};

define_language! {
    /// A node of the e-graph.
    pub enum Expr {
        Number(i128),
        Mode(Rounding),
        Predicate(Predicate),
        Type(IntType),
        Table(TableLeaf),
        Input(InputLeaf),
        "add" = Add([Id; 2]),
        "sub" = Sub([Id; 2]),
        "neg" = Neg([Id; 1]),
        "mul" = Mul([Id; 2]),
        "shl" = Shl([Id; 2]),
        "shr" = Shr([Id; 2]),
        "round" = Round([Id; 3]),
        "clamp" = Clamp([Id; 3]),
        "wrap" = Wrap([Id; 2]),
        "compare" = Compare([Id; 3]),
        "select" = Select([Id; 3]),
        "and" = And([Id; 2]),
        "or" = Or([Id; 2]),
        "xor" = Xor([Id; 2]),
        "not" = Not([Id; 1]),
        "lookup" = Lookup([Id; 2]),
        "register" = Register([Id; 1]),
    }
}

/// An input of the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InputLeaf {
    pub index: u32,
    pub ty: IntType,
}

/// A table, compared by its hash first: tables are long and compared often.
#[derive(Debug, Clone)]
pub struct TableLeaf {
    hash: u64,
    pub table: Arc<Table>,
}

impl TableLeaf {
    pub fn new(table: Arc<Table>) -> Self {
        let mut hasher = DefaultHasher::new();
        table.hash(&mut hasher);
        let hash = hasher.finish();
        TableLeaf { hash, table }
    }

    fn key(&self) -> (u64, i128, &[i64]) {
        (self.hash, self.table.first, &self.table.values)
    }
}

impl PartialEq for TableLeaf {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table) || self.key() == other.key()
    }
}

impl Eq for TableLeaf {}

impl PartialOrd for TableLeaf {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TableLeaf {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl Hash for TableLeaf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash.hash(state);
    }
}

/// `[first:3,1,2]`, for rules and tests.
impl fmt::Display for TableLeaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.table.values.iter().map(i64::to_string);
        let values = values.collect::<Vec<_>>().join(",");
        write!(f, "[{}:{values}]", self.table.first)
    }
}

impl FromStr for TableLeaf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is no table");
        let body = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
        let (first, values) = body.and_then(|t| t.split_once(':')).ok_or_else(bad)?;
        let values = values.split(',').map(|v| v.parse().map_err(|_| bad()));
        let table = Table {
            first: first.parse().map_err(|_| bad())?,
            values: values.collect::<Result<_, _>>()?,
        };
        Ok(TableLeaf::new(Arc::new(table)))
    }
}

/// `a`, or `a:ui6`; without a type it is si4. For rules and tests.
impl fmt::Display for InputLeaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match u8::try_from(self.index) {
            Ok(index @ 0..26) => write!(f, "{}:{}", char::from(b'a' + index), self.ty),
            _ => write!(f, "x{}:{}", self.index, self.ty),
        }
    }
}

impl FromStr for InputLeaf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is no input");
        let (name, ty) = match text.split_once(':') {
            Some((name, ty)) => (name, ty.parse().map_err(|_| bad())?),
            None => (text, IntType::signed(4)),
        };
        match name.as_bytes() {
            [letter @ b'a'..=b'z'] => Ok(InputLeaf {
                index: u32::from(letter - b'a'),
                ty,
            }),
            _ => Err(bad()),
        }
    }
}

/// How many kinds of nodes there are.
pub const KINDS: usize = 23;

impl Expr {
    /// The number of the op or leaf, below [`KINDS`].
    pub fn kind(&self) -> usize {
        match self {
            Expr::Number(_) => 0,
            Expr::Mode(_) => 1,
            Expr::Predicate(_) => 2,
            Expr::Type(_) => 3,
            Expr::Table(_) => 4,
            Expr::Input(_) => 5,
            Expr::Add(_) => 6,
            Expr::Sub(_) => 7,
            Expr::Neg(_) => 8,
            Expr::Mul(_) => 9,
            Expr::Shl(_) => 10,
            Expr::Shr(_) => 11,
            Expr::Round(_) => 12,
            Expr::Clamp(_) => 13,
            Expr::Wrap(_) => 14,
            Expr::Compare(_) => 15,
            Expr::Select(_) => 16,
            Expr::And(_) => 17,
            Expr::Or(_) => 18,
            Expr::Xor(_) => 19,
            Expr::Not(_) => 20,
            Expr::Lookup(_) => 21,
            Expr::Register(_) => 22,
        }
    }

    /// Whether this is an attribute that is no number.
    pub fn is_word(&self) -> bool {
        matches!(
            self,
            Expr::Mode(_) | Expr::Predicate(_) | Expr::Type(_) | Expr::Table(_)
        )
    }
}

/// What the attributes of a node are, by its operand.
pub trait Attributes {
    fn number(&self, id: Id) -> Option<i128>;
    /// The leaf behind an operand that is no number.
    fn word(&self, id: Id) -> Option<&Expr>;
}

/// The op of a node and, for a wrap, its type. Operands are classes, as values.
///
/// `None` for a leaf that is no op, or an attribute that is not known to be constant.
pub fn op_of(expr: &Expr, of: &impl Attributes) -> Option<(Op, Option<IntType>)> {
    let value = |id: Id| ValueId(usize::from(id) as u32);
    let amount = |id: Id| u32::try_from(of.number(id)?).ok().filter(|&k| k <= 126);
    let op = match *expr {
        Expr::Number(value) => Op::Constant { value },
        Expr::Mode(_) | Expr::Predicate(_) | Expr::Type(_) | Expr::Table(_) => return None,
        Expr::Input(InputLeaf { index, .. }) => Op::Input { index },
        Expr::Add([a, b]) => Op::Add {
            lhs: value(a),
            rhs: value(b),
        },
        Expr::Sub([a, b]) => Op::Sub {
            lhs: value(a),
            rhs: value(b),
        },
        Expr::Neg([a]) => Op::Neg { input: value(a) },
        Expr::Mul([a, b]) => Op::Mul {
            lhs: value(a),
            rhs: value(b),
        },
        Expr::Shl([a, k]) => Op::Shl {
            input: value(a),
            amount: amount(k)?,
        },
        Expr::Shr([a, k]) => Op::Shr {
            input: value(a),
            amount: amount(k)?,
        },
        Expr::Round([m, a, k]) => match of.word(m)? {
            Expr::Mode(mode) => Op::Round {
                input: value(a),
                amount: amount(k)?,
                mode: *mode,
            },
            _ => return None,
        },
        Expr::Clamp([a, min, max]) => {
            let (min, max) = (of.number(min)?, of.number(max)?);
            Op::Clamp {
                input: value(a),
                min,
                max: max.max(min),
            }
        }
        Expr::Wrap([t, a]) => match of.word(t)? {
            Expr::Type(ty) => return Some((Op::Wrap { input: value(a) }, Some(*ty))),
            _ => return None,
        },
        Expr::Compare([p, a, b]) => match of.word(p)? {
            Expr::Predicate(predicate) => Op::Compare {
                predicate: *predicate,
                lhs: value(a),
                rhs: value(b),
            },
            _ => return None,
        },
        Expr::Select([c, a, b]) => Op::Select {
            condition: value(c),
            on_true: value(a),
            on_false: value(b),
        },
        Expr::And([a, b]) => Op::And {
            lhs: value(a),
            rhs: value(b),
        },
        Expr::Or([a, b]) => Op::Or {
            lhs: value(a),
            rhs: value(b),
        },
        Expr::Xor([a, b]) => Op::Xor {
            lhs: value(a),
            rhs: value(b),
        },
        Expr::Not([a]) => Op::Not { input: value(a) },
        Expr::Lookup([t, a]) => match of.word(t)? {
            Expr::Table(leaf) => Op::Lookup {
                input: value(a),
                table: leaf.table.clone(),
            },
            _ => return None,
        },
        Expr::Register([a]) => Op::Register { input: value(a) },
    };
    Some((op, None))
}
