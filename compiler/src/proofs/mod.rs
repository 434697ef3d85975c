//! Rewrite rules proved, once and for all widths where the theory allows.
//!
//! A rule's [`Statement`] is what it claims as mathematics: two expressions that are equal
//! for all integers under hypotheses. It is proved by normal form (`algebra`) or by z3
//! (`smt`). That the code says what the statement does is tried: the rule is run on small
//! expressions of every shape that fits its left side, and wherever it fires one of its
//! statements must apply and both sides must compute the same (`instances`). Rules about
//! tables, whose right sides are made entry by entry, have that trial alone.
//!
//! Invariant: no expression of the e-graph is used; rules come and go as text.

mod algebra;
mod checker;
mod facts;
mod instances;
mod smt;
mod statements;
mod term;

pub use checker::{Checker, How};
pub use smt::z3;
pub use term::{Bindings, Term};

use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::egraph::{Lesson, lessons};
use algebra::Algebra;
use smt::Kind;

/// What a rule claims where it fires in one way.
#[derive(Debug, Clone)]
pub struct Statement {
    /// What the left side is equal to.
    pub rhs: Term,
    /// What variables of the left side are known to be.
    pub binds: Vec<(String, Term)>,
    /// What holds besides.
    pub given: Vec<Term>,
}

fn written(text: &str) -> Term {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

impl Statement {
    /// Equal to this, or to the rule's own right side.
    fn new(rhs: Option<&str>) -> Self {
        Statement {
            rhs: rhs.map_or(Term::word(OWN), written),
            binds: vec![],
            given: vec![],
        }
    }

    fn with(mut self, variable: char, is: &str) -> Self {
        self.binds.push((format!("?{variable}"), written(is)));
        self
    }

    fn given(mut self, fact: &str) -> Self {
        self.given.push(written(fact));
        self
    }

    fn bindings(&self) -> Bindings {
        self.binds.iter().cloned().collect()
    }

    /// Everything it speaks of, what variables are known to be put in.
    fn terms(&self, lhs: &Term) -> Vec<Term> {
        let terms = [lhs, &self.rhs].into_iter().chain(&self.given);
        terms
            .map(|term| term.substituted(&self.bindings()))
            .collect()
    }
}

/// Stands for the rule's own right side until that is known.
const OWN: &str = "?own";

/// How a rule is known to be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// Both sides have one normal form: any width, any amount.
    Algebra,
    /// z3 refuted so many questions: any width, every amount of `fx`.
    Smt(usize),
    /// Entry by entry: every small table was tried.
    Entries,
    /// z3 is needed and not there.
    Missing,
    /// What is missing or wrong.
    Unproved(String),
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Method::Algebra => write!(f, "normal form"),
            Method::Smt(_) => write!(f, "z3"),
            Method::Entries => write!(f, "entries"),
            Method::Missing => write!(f, "z3 is missing"),
            Method::Unproved(_) => write!(f, "UNPROVED"),
        }
    }
}

impl Method {
    /// The widths for which it holds.
    fn widths(&self) -> &'static str {
        match self {
            Method::Algebra => "all",
            Method::Smt(0 | 1) => "all",
            Method::Smt(_) => "all, amounts 0..126",
            Method::Entries => "2-bit inputs",
            Method::Missing | Method::Unproved(_) => "none",
        }
    }
}

/// What is known of one rule.
#[derive(Debug, Clone)]
pub struct Proof {
    pub theme: &'static str,
    pub rule: &'static str,
    pub method: Method,
    /// Expressions on which the rule fired, all of them right, or the first that is not.
    pub fired: Result<usize, String>,
    pub time: Duration,
}

/// The proofs of all rules, in order.
pub fn proofs() -> Vec<Proof> {
    lessons().par_iter().map(prove).collect()
}

/// The proof of one rule.
pub fn prove(lesson: &Lesson) -> Proof {
    let began = Instant::now();
    let lhs = written(lesson.lhs);
    let statements = statements_of(lesson);
    let method = match statements.is_empty() {
        true if by_entries(lesson.rule) => Method::Entries,
        true => {
            Method::Unproved("its right side is computed and no statement says what it is".into())
        }
        false => method(&lhs, &statements),
    };
    Proof {
        theme: lesson.theme,
        rule: lesson.rule,
        method,
        fired: instances::fire(lesson, &lhs, &statements),
        time: began.elapsed(),
    }
}

/// Rules that make a table out of what they find, entry by entry.
fn by_entries(rule: &str) -> bool {
    rule.contains("lookup") || rule == "mul-table"
}

fn statements_of(lesson: &Lesson) -> Vec<Statement> {
    let own = lesson.rhs.map(written);
    let mut statements = statements::of(lesson.rule);
    if statements.is_empty() && own.is_some() {
        statements.push(Statement::new(None));
    }
    for statement in &mut statements {
        if let (Term::Word(word), Some(own)) = (&statement.rhs, &own)
            && word == OWN
        {
            statement.rhs = own.clone();
        }
    }
    statements
}

/// How all statements are proved; the weaker method where they need two.
fn method(lhs: &Term, statements: &[Statement]) -> Method {
    let mut questions = 0;
    for statement in statements {
        let algebra = by_algebra(lhs, statement);
        if algebra.is_ok() {
            continue;
        }
        if z3().is_err() {
            return Method::Missing;
        }
        match smt::prove(lhs, statement) {
            Ok(asked) => questions += asked,
            Err(reason) => {
                let other = algebra.err().unwrap_or_default();
                return Method::Unproved(format!("{reason}; normal form: {other}"));
            }
        }
    }
    match questions {
        0 => Method::Algebra,
        questions => Method::Smt(questions),
    }
}

fn by_algebra(lhs: &Term, statement: &Statement) -> Result<(), String> {
    let terms = statement.terms(lhs);
    // Bits by the left side, which is an expression of `fx`, or by hypothesis.
    let facts = terms[..1].iter().chain(&terms[2..]);
    let kinds = smt::kinds(facts);
    let bits = kinds.into_iter().filter(|(_, kind)| *kind == Kind::Bit);
    let bits: BTreeSet<String> = bits.map(|(name, _)| name).collect();
    let used = statement
        .given
        .iter()
        .all(|fact| matches!(fact, Term::Op("bit", _)));
    if !used {
        return Err("its hypotheses are no equations".to_string());
    }
    match Algebra::new(bits).equal(&terms[0], &terms[1])? {
        true => Ok(()),
        false => Err("the normal forms differ".to_string()),
    }
}

/// `kaon-opt --list-rules --proofs`.
pub fn table(proofs: &[Proof]) -> String {
    let mut text = String::new();
    let mut line = |cells: [&str; 5]| {
        let [rule, method, widths, fired, time] = cells;
        let row = format!("{rule:22} {method:13} {widths:20} {fired:>9} {time:>9}");
        writeln!(text, "{}", row.trim_end()).expect("writing to a string");
    };
    line(["rule", "proved by", "widths", "instances", "time"]);
    for proof in proofs {
        let fired = match &proof.fired {
            Ok(count) => count.to_string(),
            Err(_) => "WRONG".to_string(),
        };
        let time = format!("{:.1} ms", proof.time.as_secs_f64() * 1e3);
        let (method, widths) = (proof.method.to_string(), proof.method.widths());
        line([proof.rule, &method, widths, &fired, &time]);
    }
    let count =
        |wanted: fn(&Method) -> bool| proofs.iter().filter(|proof| wanted(&proof.method)).count();
    writeln!(
        text,
        "{} rules: {} by normal form, {} by z3, {} entry by entry, {} unproved",
        proofs.len(),
        count(|m| *m == Method::Algebra),
        count(|m| matches!(m, Method::Smt(_))),
        count(|m| *m == Method::Entries),
        count(|m| matches!(m, Method::Unproved(_) | Method::Missing)),
    )
    .expect("writing to a string");
    for proof in proofs {
        if let Method::Unproved(reason) = &proof.method {
            writeln!(text, "{}: {reason}", proof.rule).expect("writing to a string");
        }
        if let Err(reason) = &proof.fired {
            writeln!(text, "{}: {reason}", proof.rule).expect("writing to a string");
        }
    }
    text
}
