//! Expressions as the rules write them: read, printed, substituted into, computed.
//!
//! Written for the proofs alone: nothing of the e-graph's language is used, so that a fault
//! there is no fault here. Besides the ops of `fx` there are words that only hypotheses use.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use dialects::Rounding;
use dialects::fx::{IntType, Predicate};
use dialects::{Diagnostic, Result};

/// The ops of `fx`, then those of hypotheses: `le`, `lt`, `eq`, `ne`, `both`, `either` are
/// 0 or 1; `low x k` is x mod 2ᵏ; `fits t x` whether a type holds x; `si k` and `ui k` are
/// types.
const OPS: [(&str, usize); 28] = [
    ("add", 2),
    ("sub", 2),
    ("neg", 1),
    ("mul", 2),
    ("shl", 2),
    ("shr", 2),
    ("round", 3),
    ("clamp", 3),
    ("wrap", 2),
    ("compare", 3),
    ("select", 3),
    ("and", 2),
    ("or", 2),
    ("xor", 2),
    ("not", 1),
    ("lookup", 2),
    ("register", 1),
    ("le", 2),
    ("lt", 2),
    ("eq", 2),
    ("ne", 2),
    ("both", 2),
    ("either", 2),
    ("low", 2),
    ("fits", 2),
    ("bit", 1),
    ("si", 1),
    ("ui", 1),
];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    Number(i128),
    /// A variable `?x`, an input, a mode, a predicate, a type, a table.
    Word(String),
    Op(&'static str, Vec<Term>),
}

/// What variables stand for.
pub type Bindings = BTreeMap<String, Term>;

impl Term {
    pub fn word(text: impl Into<String>) -> Term {
        Term::Word(text.into())
    }

    pub fn is_variable(&self) -> bool {
        matches!(self, Term::Word(word) if word.starts_with('?'))
    }

    /// Variables that are bound give way to what they stand for.
    pub fn substituted(&self, bindings: &Bindings) -> Term {
        match self {
            Term::Number(_) => self.clone(),
            Term::Word(word) => bindings.get(word).cloned().unwrap_or_else(|| self.clone()),
            Term::Op(op, parts) => {
                let parts = parts.iter().map(|part| part.substituted(bindings));
                Term::Op(op, parts.collect())
            }
        }
    }

    /// Calls back for the term and everything below it.
    pub fn walk(&self, visit: &mut impl FnMut(&Term)) {
        visit(self);
        if let Term::Op(_, parts) = self {
            parts.iter().for_each(|part| part.walk(visit));
        }
    }

    /// The variables, in order of their names.
    pub fn variables(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.walk(&mut |term| {
            if let Term::Word(word) = term
                && term.is_variable()
            {
                found.push(word.clone());
            }
        });
        found.sort();
        found.dedup();
        found
    }

    /// The inputs, `a:ui4`, and their types, in order of their names.
    pub fn inputs(&self) -> Vec<(String, IntType)> {
        let mut found = Vec::new();
        self.walk(&mut |part| {
            if let Term::Word(word) = part
                && let Some((_, ty)) = word.split_once(':')
                && let Ok(ty) = IntType::parse(ty)
            {
                found.push((word.clone(), ty));
            }
        });
        found.sort();
        found.dedup();
        found
    }

    /// The integer, from those of the inputs; `None` where there is none: an unknown word, a
    /// shift beyond 126, a table without that entry, more than 128 bits.
    pub fn value(&self, inputs: &impl Fn(&str) -> Option<i128>) -> Option<i128> {
        let parts = match self {
            Term::Number(value) => return Some(*value),
            Term::Word(word) => return inputs(word),
            Term::Op(_, parts) => parts,
        };
        let of = |at: usize| parts[at].value(inputs);
        let amount = |at: usize| of(at).filter(|k| (0..=126).contains(k)).map(|k| k as u32);
        let truth = |holds: bool| Some(i128::from(holds));
        let Term::Op(op, _) = self else { return None };
        match *op {
            "add" => of(0)?.checked_add(of(1)?),
            "sub" => of(0)?.checked_sub(of(1)?),
            "neg" => of(0)?.checked_neg(),
            "mul" => of(0)?.checked_mul(of(1)?),
            "shl" => of(0)?.checked_mul(1i128.checked_shl(amount(1)?)?),
            "shr" => Some(of(0)? >> amount(1)?),
            "round" => Some(parts[0].mode()?.shift_right(of(1)?, amount(2)?)),
            "clamp" => {
                let (value, low, high) = (of(0)?, of(1)?, of(2)?);
                (low <= high).then(|| value.clamp(low, high))
            }
            "wrap" => Some(parts[0].ty(inputs)?.wrap(of(1)?)),
            "compare" => truth(parts[0].predicate()?.holds(of(1)?, of(2)?)),
            "select" => match of(0)? {
                1 => of(1),
                0 => of(2),
                _ => None,
            },
            "and" => Some(of(0)? & of(1)?),
            "or" => Some(of(0)? | of(1)?),
            "xor" => Some(of(0)? ^ of(1)?),
            "not" => Some(1 - of(0)?),
            "lookup" => parts[0].entry(of(1)?),
            "register" => of(0),
            "le" => truth(of(0)? <= of(1)?),
            "lt" => truth(of(0)? < of(1)?),
            "eq" => truth(of(0)? == of(1)?),
            "ne" => truth(of(0)? != of(1)?),
            "both" => truth(of(0)? == 1 && of(1)? == 1),
            "either" => match (of(0), of(1)) {
                (Some(1), _) | (_, Some(1)) => Some(1),
                (Some(_), Some(_)) => Some(0),
                _ => None,
            },
            "low" => Some(of(0)?.rem_euclid(1i128.checked_shl(amount(1)?)?)),
            "fits" => truth(parts[0].ty(inputs)?.range().holds(of(1)?)),
            "bit" => truth((0..=1).contains(&of(0)?)),
            _ => None,
        }
    }

    pub fn mode(&self) -> Option<Rounding> {
        match self {
            Term::Word(word) => word.parse().ok(),
            _ => None,
        }
    }

    pub fn predicate(&self) -> Option<Predicate> {
        match self {
            Term::Word(word) => word.parse().ok(),
            _ => None,
        }
    }

    /// `si4`, or `(si k)`.
    pub fn ty(&self, inputs: &impl Fn(&str) -> Option<i128>) -> Option<IntType> {
        match self {
            Term::Word(word) => IntType::parse(word).ok(),
            Term::Op(op @ ("si" | "ui"), parts) => {
                let width = parts[0].value(inputs)?;
                let width = u32::try_from(width)
                    .ok()
                    .filter(|w| (1..=126).contains(w))?;
                let signed = *op == "si";
                Some(IntType { signed, width })
            }
            _ => None,
        }
    }

    /// First input and entries of `[first:3,1,2]`.
    pub fn table(&self) -> Option<(i128, Vec<i128>)> {
        let Term::Word(word) = self else { return None };
        let body = word.strip_prefix('[')?.strip_suffix(']')?;
        let (first, entries) = body.split_once(':')?;
        let entries = entries.split(',').map(|entry| entry.parse().ok());
        Some((first.parse().ok()?, entries.collect::<Option<_>>()?))
    }

    fn entry(&self, input: i128) -> Option<i128> {
        let (first, entries) = self.table()?;
        let at = usize::try_from(input.checked_sub(first)?).ok()?;
        entries.get(at).copied()
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::Number(value) => write!(f, "{value}"),
            Term::Word(word) => f.write_str(word),
            Term::Op(op, parts) => {
                write!(f, "({op}")?;
                parts.iter().try_for_each(|part| write!(f, " {part}"))?;
                f.write_str(")")
            }
        }
    }
}

impl FromStr for Term {
    type Err = Diagnostic;

    fn from_str(text: &str) -> Result<Term> {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let mut words = spaced.split_whitespace();
        let bad = || Diagnostic::new(format!("`{text}` is no expression"));
        let term = parse(&mut words).ok_or_else(bad)?;
        match words.next() {
            None => Ok(term),
            Some(_) => Err(bad()),
        }
    }
}

fn parse<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Term> {
    // Ops that are still open, with what they have so far.
    let mut open: Vec<(&'static str, usize, Vec<Term>)> = Vec::new();
    loop {
        let word = words.next()?;
        let mut done = match word {
            "(" => {
                let name = words.next()?;
                let (op, count) = OPS.iter().find(|(op, _)| *op == name)?;
                open.push((op, *count, vec![]));
                continue;
            }
            ")" => {
                let (op, count, parts) = open.pop()?;
                (parts.len() == count).then_some(Term::Op(op, parts))?
            }
            word => match word.parse() {
                Ok(number) => Term::Number(number),
                Err(_) => Term::word(word),
            },
        };
        match open.last_mut() {
            Some((_, _, parts)) => parts.push(std::mem::replace(&mut done, Term::Number(0))),
            None => return Some(done),
        }
    }
}
