//! Rewrite rules: identities over the integers, by theme.
//!
//! A rule is a name, two patterns and, where the identity needs one, a guard. Above it
//! stands its mathematics, below it what it proves and where it must not fire; the test
//! suite runs those lines. Rules point downhill: they offer an equal form that can be
//! cheaper, and extraction decides. Unknown means *do not fire*.
//!
//! In patterns `?x` is any value; constants, amounts and words are bound the same way and
//! asked for by the guard. Letters are free; `?k` and `?j` are amounts by habit, `?c` and
//! `?d` constants, `?t` a type or a table, `?p` a predicate, `?m` a rounding mode.

mod addition;
mod logic;
mod matching;
mod multiplication;
mod rounding;
mod shifts;
mod strength;
mod tables;

pub use matching::Index;
use matching::{MAX_VARIABLES, Match};

use std::sync::Arc;

use dialects::fx::Table;
use dialects::{Diagnostic, Result};
use egg::{Id, Language};

use super::facts::EGraph;
use super::language::{Attributes, Expr, TableLeaf};

/// One rule, as its theme states it.
pub struct Rule {
    pub name: &'static str,
    lhs: &'static str,
    rhs: Rhs,
    guard: Option<fn(&Match) -> bool>,
    /// Pairs that must become equal by this rule.
    pub proofs: Vec<(&'static str, &'static str)>,
    /// Pairs that must not.
    pub refusals: Vec<(&'static str, &'static str)>,
}

enum Rhs {
    Pattern(&'static str),
    Code(fn(&mut EGraph, &Match) -> Option<Id>),
}

fn rule(name: &'static str, lhs: &'static str, rhs: &'static str) -> Rule {
    Rule {
        name,
        lhs,
        rhs: Rhs::Pattern(rhs),
        guard: None,
        proofs: vec![],
        refusals: vec![],
    }
}

/// A rule whose right side is computed; `None` means that it does not fire.
fn computed(
    name: &'static str,
    lhs: &'static str,
    rhs: fn(&mut EGraph, &Match) -> Option<Id>,
) -> Rule {
    Rule {
        rhs: Rhs::Code(rhs),
        ..rule(name, lhs, "")
    }
}

impl Rule {
    /// The rule fires only where the guard says so.
    fn when(mut self, guard: fn(&Match) -> bool) -> Self {
        self.guard = Some(guard);
        self
    }

    fn proves(mut self, lhs: &'static str, rhs: &'static str) -> Self {
        self.proofs.push((lhs, rhs));
        self
    }

    fn refuses(mut self, lhs: &'static str, rhs: &'static str) -> Self {
        self.refusals.push((lhs, rhs));
        self
    }

    pub fn lhs(&self) -> &'static str {
        self.lhs
    }

    /// The right side, unless it is computed.
    pub fn rhs(&self) -> Option<&'static str> {
        match self.rhs {
            Rhs::Pattern(text) => Some(text),
            Rhs::Code(_) => None,
        }
    }

    pub fn is_guarded(&self) -> bool {
        self.guard.is_some() || matches!(self.rhs, Rhs::Code(_))
    }
}

/// A rule from text, `NAME: LHS => RHS`, which has no guard.
///
/// Errors: text that is no rule, a right side with a variable that the left side has not.
pub fn written(text: &str) -> Result<Rule> {
    let bad = || {
        Diagnostic::new(format!("`{text}` is no rule"))
            .help("write it like: 'add-swap: (add ?x ?y) => (add ?y ?x)'")
    };
    let (name, sides) = text.split_once(':').ok_or_else(bad)?;
    let (lhs, rhs) = sides.split_once("=>").ok_or_else(bad)?;
    let parse = |side: &str| side.trim().parse::<egg::Pattern<Expr>>().map_err(|_| bad());
    let (left, right) = (parse(lhs)?, parse(rhs)?);
    let short = |var: &egg::Var| var.to_string().len() == 2;
    let bound = right.vars().iter().all(|var| left.vars().contains(var));
    let starts = matches!(left.ast.last(), Some(egg::ENodeOrVar::ENode(expr)) if !expr.is_leaf());
    if !bound || !starts || !left.vars().iter().all(short) || left.vars().len() > MAX_VARIABLES {
        return Err(bad()
            .note("a left side starts with an op and has up to six variables of one letter")
            .note("a right side has no others"));
    }
    // Rules have names and patterns for as long as the program runs.
    let keep = |text: &str| -> &'static str { text.trim().to_string().leak() };
    Ok(rule(keep(name), keep(lhs), keep(rhs)))
}

/// The themes: their names and rules, in order.
pub fn themes() -> Vec<(&'static str, Vec<Rule>)> {
    vec![
        ("multiplication", multiplication::rules()),
        ("addition", addition::rules()),
        ("shifts", shifts::rules()),
        ("rounding", rounding::rules()),
        ("logic", logic::rules()),
        ("tables", tables::rules()),
        ("strength", strength::rules()),
    ]
}

/// The one theme that replaces multiplications.
pub const STRENGTH: &str = "strength";

/// Adds a node; what is computed from numbers alone becomes a number at once.
fn add(egraph: &mut EGraph, expr: Expr) -> Id {
    let known = expr
        .children()
        .iter()
        .all(|id| egraph.number(*id).is_some());
    if known
        && !expr.is_leaf()
        && let Some(facts) = super::facts::facts_of(&expr, egraph)
        && let Some(value) = facts.range.single()
    {
        return number(egraph, value);
    }
    insert(egraph, expr)
}

fn number(egraph: &mut EGraph, value: i128) -> Id {
    insert(egraph, Expr::Number(value))
}

/// The class of a node, or where explanations are wanted the node itself.
fn insert(egraph: &mut EGraph, expr: Expr) -> Id {
    match egraph.are_explanations_enabled() {
        true => egraph.add_uncanonical(expr),
        false => egraph.add(expr),
    }
}

/// `x·2^k`, which is x for k = 0.
fn shl(egraph: &mut EGraph, x: Id, k: u32) -> Id {
    match k {
        0 => x,
        _ => {
            let k = number(egraph, k.into());
            add(egraph, Expr::Shl([x, k]))
        }
    }
}

/// `⌊x/2^k⌋`, which is x for k = 0.
fn shr(egraph: &mut EGraph, x: Id, k: u32) -> Id {
    match k {
        0 => x,
        _ => {
            let k = number(egraph, k.into());
            add(egraph, Expr::Shr([x, k]))
        }
    }
}

fn clamp(egraph: &mut EGraph, x: Id, min: i128, max: i128) -> Id {
    let (min, max) = (number(egraph, min), number(egraph, max));
    add(egraph, Expr::Clamp([x, min, max]))
}

fn lookup(egraph: &mut EGraph, table: Table, x: Id) -> Id {
    let table = egraph.add(Expr::Table(TableLeaf::new(Arc::new(table))));
    add(egraph, Expr::Lookup([table, x]))
}
