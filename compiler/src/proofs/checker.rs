//! A step of an explanation, checked by hand: the rule's statement as a term rewrite, its
//! hypotheses from ranges computed anew.
//!
//! Nothing of the e-graph is used: neither its matches nor its facts.

use std::collections::BTreeMap;

use dialects::fx::Range;

use super::algebra::Algebra;
use super::facts::{low_bits, range, settled, zeros};
use super::instances::{rows, solve};
use super::term::{Bindings, Term};
use super::{Statement, statements_of, written};
use crate::egraph::{Lesson, lessons};

/// Inputs of more bits are not tried one by one.
const TRIED_BITS: u32 = 14;

/// How a step was found to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It is an instance of the rule's statement, whose hypotheses hold by ranges.
    Statement,
    /// The value can be one number only.
    Range,
    /// Both expressions have one normal form.
    Algebra,
    /// Both compute the same for all inputs.
    Tried,
    /// Nothing decides it: its condition may have come from another form of the value.
    Open,
}

impl How {
    pub fn name(self) -> &'static str {
        match self {
            How::Statement => "the rule, its conditions by ranges",
            How::Range => "by its range",
            How::Algebra => "by normal form",
            How::Tried => "on all inputs",
            How::Open => "no, what it leans on is known of another form",
        }
    }
}

/// Checks a step of `rule` from one expression to another.
pub struct Checker {
    lessons: BTreeMap<String, (Term, Vec<Statement>)>,
}

impl Checker {
    /// Knows kaon's rules, and those written as text.
    pub fn new(extra: &[(String, Term, Term)]) -> Self {
        let known = |lesson: Lesson| {
            let statements = statements_of(&lesson);
            (lesson.rule.to_string(), (written(lesson.lhs), statements))
        };
        let mut all: BTreeMap<_, _> = lessons().into_iter().map(known).collect();
        for (name, lhs, rhs) in extra {
            let statement = Statement {
                rhs: rhs.clone(),
                binds: vec![],
                given: vec![],
            };
            all.insert(name.clone(), (lhs.clone(), vec![statement]));
        }
        Checker { lessons: all }
    }

    /// Errors: two expressions that differ.
    pub fn check(
        &self,
        rule: &str,
        backward: bool,
        before: &Term,
        after: &Term,
    ) -> Result<How, String> {
        let mut places = Vec::new();
        differing(before, after, &mut places);
        // The smallest part that changed first: a rule is about that, or what stands around it.
        for (left, right) in places.iter().rev() {
            let sides = [(*left).clone(), (*right).clone()];
            // Once as it is written, once with a number for everything that can be but one.
            for [left, right] in [sides.clone(), sides.map(|side| settled(&side))] {
                let (lhs, rhs) = if backward {
                    (&right, &left)
                } else {
                    (&left, &right)
                };
                if rule == "range" && self.is_number(lhs, rhs) {
                    return Ok(How::Range);
                }
                if self.is_instance(rule, lhs, rhs) {
                    return Ok(How::Statement);
                }
                if left == right || by_algebra(&left, &right) {
                    return Ok(How::Algebra);
                }
            }
            if tried(left, right) == Some(true) {
                return Ok(How::Tried);
            }
        }
        match places.first() {
            Some((left, right)) => match tried(left, right) {
                Some(false) => Err(format!("{left} is not {right}")),
                _ => Ok(How::Open),
            },
            None => Err("nothing changed".to_string()),
        }
    }

    fn is_number(&self, lhs: &Term, rhs: &Term) -> bool {
        match rhs {
            Term::Number(value) => range(lhs) == Some(Range::point(*value)),
            _ => false,
        }
    }

    fn is_instance(&self, rule: &str, lhs: &Term, rhs: &Term) -> bool {
        let Some((pattern, statements)) = self.lessons.get(rule) else {
            return false;
        };
        statements.iter().any(|statement| {
            let mut known = Bindings::new();
            if !matches(pattern, lhs, &mut known) {
                return false;
            }
            // What a computed right side came to is read off it; nothing is taken for true.
            matches(&statement.rhs, rhs, &mut known);
            instance(statement, rhs, &known, true)
        })
    }
}

/// Whether the statement says that of the right side, for some values of what is still open.
fn instance(statement: &Statement, rhs: &Term, known: &Bindings, may_try: bool) -> bool {
    let mut known = known.clone();
    let mut open = statement.rhs.variables();
    open.extend(statement.given.iter().flat_map(Term::variables));
    for (name, is) in &statement.binds {
        let Some(term) = known.get(name).cloned() else {
            return false;
        };
        match (&term, is) {
            (Term::Number(_), _) | (_, Term::Op("si" | "ui", _)) => {
                if !solve(is, &term, &mut known) {
                    return false;
                }
                open.extend(is.variables());
            }
            // `x = q·2ᵏ`: nobody asks for q.
            (_, Term::Op("shl", parts)) => open.extend(parts[1].variables()),
            _ => open.extend(is.variables()),
        }
    }
    open.retain(|name| !known.contains_key(name));
    match open.first() {
        None => holds_of(statement, rhs, &known),
        Some(name) => {
            may_try
                && (0..=126).any(|amount| {
                    let mut known = known.clone();
                    known.insert(name.clone(), Term::Number(amount));
                    instance(statement, rhs, &known, false)
                })
        }
    }
}

/// Whether everything the statement says holds, all its variables being bound.
fn holds_of(statement: &Statement, rhs: &Term, known: &Bindings) -> bool {
    folded(&statement.rhs.substituted(known)) == folded(rhs)
        && statement.binds.iter().all(|(name, is)| {
            let bound = is.substituted(known);
            match (&known[name], is) {
                (Term::Number(number), _) => bound.value(&|_| None) == Some(*number),
                (Term::Word(word), Term::Op("si" | "ui", _)) => {
                    let ty = bound.ty(&|_| None);
                    ty.is_some_and(|ty| ty.to_string() == *word)
                }
                (term, Term::Op("shl", parts)) => {
                    let amount = parts[1].substituted(known).value(&|_| None);
                    amount.is_some_and(|amount| (0..=i128::from(zeros(term))).contains(&amount))
                }
                (term, _) => *term == bound,
            }
        })
        && statement
            .given
            .iter()
            .all(|fact| holds(&fact.substituted(known)))
}

/// The expression with everything computed that is made of numbers alone, and without
/// shifts by nothing.
fn folded(term: &Term) -> Term {
    let Term::Op(op, parts) = term else {
        return term.clone();
    };
    if let Some(ty) = term.ty(&|_| None) {
        return Term::word(ty.to_string());
    }
    let parts: Vec<Term> = parts.iter().map(folded).collect();
    if matches!(*op, "shl" | "shr") && parts[1] == Term::Number(0) {
        return parts.into_iter().next().expect("a shift has two operands");
    }
    let folded = Term::Op(op, parts);
    match folded.value(&|_| None) {
        Some(value) => Term::Number(value),
        None => folded,
    }
}

/// The parts in which two expressions differ, the whole first.
fn differing<'a>(left: &'a Term, right: &'a Term, found: &mut Vec<(&'a Term, &'a Term)>) {
    if left == right {
        return;
    }
    found.push((left, right));
    if let (Term::Op(a, left), Term::Op(b, right)) = (left, right)
        && a == b
    {
        let mut pairs = left.iter().zip(right).filter(|(a, b)| a != b);
        if let (Some((left, right)), None) = (pairs.next(), pairs.next()) {
            differing(left, right, found);
        }
    }
}

/// Binds variables of a pattern so that it can be the term; what is computed from numbers
/// alone may stand there as its number, and a shift by 0 as what is shifted.
fn matches(pattern: &Term, term: &Term, known: &mut Bindings) -> bool {
    if pattern.is_variable() {
        let Term::Word(name) = pattern else {
            return false;
        };
        return match known.get(name) {
            Some(bound) => bound == term,
            None => {
                known.insert(name.clone(), term.clone());
                true
            }
        };
    }
    let closed = pattern.substituted(known);
    if &closed == term {
        return true;
    }
    if let (Some(value), Term::Number(number)) = (closed.value(&|_| None), term) {
        return value == *number;
    }
    let same = match (pattern, term) {
        (Term::Op(a, patterns), Term::Op(b, parts)) if a == b => {
            let before = known.clone();
            let mut pairs = patterns.iter().zip(parts);
            let all = pairs.all(|(pattern, part)| matches(pattern, part, known));
            if !all {
                *known = before;
            }
            all
        }
        (Term::Op("si" | "ui", _), Term::Word(_)) => solve(pattern, term, known),
        (Term::Op(..), Term::Number(_)) => solve(pattern, term, known),
        _ => false,
    };
    if same {
        return true;
    }
    match pattern {
        Term::Op("shl" | "shr", parts) => {
            let amount = parts[1].substituted(known).value(&|_| None);
            let none = match (&amount, &parts[1]) {
                (None, Term::Word(name)) => {
                    known.insert(name.clone(), Term::Number(0));
                    true
                }
                (amount, _) => *amount == Some(0),
            };
            none && matches(&parts[0], term, known)
        }
        _ => false,
    }
}

/// Whether a hypothesis holds for all inputs, by ranges and low bits.
fn holds(fact: &Term) -> bool {
    if let Some(value) = fact.value(&|_| None) {
        return value == 1;
    }
    let Term::Op(op, parts) = fact else {
        return false;
    };
    let of = |at: usize| range(&parts[at]);
    let pair = |test: fn(Range, Range) -> bool| of(0).zip(of(1)).is_some_and(|(a, b)| test(a, b));
    match *op {
        "le" => pair(|a, b| a.hi <= b.lo),
        "lt" => pair(|a, b| a.hi < b.lo),
        "eq" => {
            let ends = |a: Range, b: Range| a.single().is_some() && a == b;
            parts[0] == parts[1] || pair(ends)
        }
        "ne" => pair(|a, b| a.hi < b.lo || b.hi < a.lo) || low_bits_differ(&parts[0], &parts[1]),
        "both" => parts.iter().all(holds),
        "either" => parts.iter().any(holds),
        "bit" => of(0).is_some_and(|a| Range::new(0, 1).contains(a)),
        "fits" => {
            let ty = parts[0].ty(&|_| None);
            ty.zip(of(1)).is_some_and(|(ty, a)| ty.contains(a))
        }
        _ => false,
    }
}

/// `low x k` and another number or `low y k` that known zeros and ones keep apart.
fn low_bits_differ(left: &Term, right: &Term) -> bool {
    let low = |term: &Term| match term {
        Term::Op("low", parts) => {
            let amount = u32::try_from(parts[1].value(&|_| None)?).ok()?;
            let (bits, value) = low_bits(&parts[0]);
            let bits = bits.min(amount);
            Some((bits, value & ((1 << bits) - 1)))
        }
        term => Some((120, term.value(&|_| None)?)),
    };
    match (low(left), low(right)) {
        (Some((a, left)), Some((b, right))) => {
            let known = a.min(b);
            (left ^ right) & ((1i128 << known) - 1) != 0
        }
        _ => false,
    }
}

fn by_algebra(left: &Term, right: &Term) -> bool {
    let mut bits = std::collections::BTreeSet::new();
    for term in [left, right] {
        term.walk(&mut |part| {
            if let Term::Word(word) = part
                && word.ends_with(":ui1")
            {
                bits.insert(word.clone());
            }
        });
    }
    Algebra::new(bits).equal(left, right).unwrap_or(false)
}

/// Whether both compute the same for all inputs; `None` where those are too many.
fn tried(left: &Term, right: &Term) -> Option<bool> {
    let both = Term::Op("add", vec![left.clone(), right.clone()]);
    let bits: u32 = both.inputs().iter().map(|(_, ty)| ty.width).sum();
    if bits > TRIED_BITS {
        return None;
    }
    Some(rows(&both).iter().all(|row| {
        let of = |name: &str| row.get(name).copied();
        let value = left.value(&of);
        value.is_some() && value == right.value(&of)
    }))
}
