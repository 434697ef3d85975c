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
mod multiplication;
mod rounding;
mod shifts;
mod strength;
mod tables;

use dialects::Rounding;
use dialects::fx::{IntType, Predicate, Range, Table};
use egg::{Id, Language, Pattern, PatternAst, Subst, Var};
use std::collections::HashMap;
use std::sync::Arc;

use super::facts::{EGraph, Facts};
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

    pub fn is_guarded(&self) -> bool {
        self.guard.is_some() || matches!(self.rhs, Rhs::Code(_))
    }
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

/// A rule ready to run.
pub struct Compiled {
    pub name: &'static str,
    pub lhs: Pattern<Expr>,
    variables: Vec<(u8, Var)>,
    rhs: CompiledRhs,
    guard: Option<fn(&Match) -> bool>,
}

enum CompiledRhs {
    Pattern(PatternAst<Expr>),
    Code(fn(&mut EGraph, &Match) -> Option<Id>),
}

impl Compiled {
    pub fn new(rule: &Rule) -> Self {
        let parse = |text: &str| -> Pattern<Expr> {
            let parsed = text.parse::<Pattern<Expr>>();
            parsed.unwrap_or_else(|error| panic!("rule {}: {error}", rule.name))
        };
        let lhs = parse(rule.lhs);
        let letter = |var: &Var| var.to_string().as_bytes().get(1).copied();
        let variables = lhs
            .vars()
            .into_iter()
            .filter_map(|v| Some((letter(&v)?, v)));
        Compiled {
            name: rule.name,
            variables: variables.collect(),
            rhs: match rule.rhs {
                Rhs::Pattern(text) => CompiledRhs::Pattern(parse(text).ast),
                Rhs::Code(code) => CompiledRhs::Code(code),
            },
            guard: rule.guard,
            lhs,
        }
    }

    /// The op at the root of the left side.
    pub fn root(&self) -> Option<&Expr> {
        match self.lhs.ast.last() {
            Some(egg::ENodeOrVar::ENode(expr)) => Some(expr),
            _ => None,
        }
    }

    /// The match, if the guard agrees.
    pub fn admit(&self, egraph: &EGraph, subst: &Subst) -> Option<Match> {
        let bound = self.variables.iter();
        let bound = bound.filter_map(|(letter, var)| Some((*letter, *subst.get(*var)?)));
        let bound = bound.map(|(letter, id)| {
            let class = &egraph[id];
            let word = match class.data {
                Some(_) => None,
                None => class.nodes.iter().find(|leaf| leaf.is_word()).cloned(),
            };
            Bound {
                letter,
                id,
                facts: class.data,
                word,
            }
        });
        let found = Match {
            bound: bound.collect(),
        };
        self.guard
            .is_none_or(|guard| guard(&found))
            .then_some(found)
    }

    /// The right side, added to the e-graph.
    pub fn apply(&self, egraph: &mut EGraph, found: &Match) -> Option<Id> {
        match &self.rhs {
            CompiledRhs::Code(code) => code(egraph, found),
            CompiledRhs::Pattern(ast) => {
                let mut ids: Vec<Id> = Vec::with_capacity(ast.len());
                for part in ast.iter() {
                    ids.push(match part {
                        egg::ENodeOrVar::Var(var) => {
                            let at = self.variables.iter().position(|(_, v)| v == var)?;
                            found.bound[at].id
                        }
                        egg::ENodeOrVar::ENode(expr) => {
                            let expr = expr.clone().map_children(|id| ids[usize::from(id)]);
                            add(egraph, expr)
                        }
                    });
                }
                ids.last().copied()
            }
        }
    }
}

struct Bound {
    letter: u8,
    id: Id,
    facts: Option<Facts>,
    word: Option<Expr>,
}

/// What the variables of a left side are bound to; asked by their letters.
pub struct Match {
    bound: Vec<Bound>,
}

impl Match {
    fn bound(&self, letter: char) -> &Bound {
        let found = self.bound.iter().find(|b| char::from(b.letter) == letter);
        found.expect("guards name variables of their own pattern")
    }

    fn id(&self, letter: char) -> Id {
        self.bound(letter).id
    }

    /// The range, when values surely fit a type.
    fn range(&self, letter: char) -> Option<Range> {
        let facts = self.bound(letter).facts?;
        facts.is_known().then_some(facts.range)
    }

    fn constant(&self, letter: char) -> Option<i128> {
        self.range(letter)?.single()
    }

    fn is_constant(&self, letter: char) -> bool {
        self.constant(letter).is_some()
    }

    fn amount(&self, letter: char) -> Option<u32> {
        let amount = u32::try_from(self.constant(letter)?).ok()?;
        (amount <= 126).then_some(amount)
    }

    /// How many low bits are known to be zero.
    fn zeros(&self, letter: char) -> u32 {
        self.bound(letter)
            .facts
            .map_or(0, |facts| facts.low.zeros())
    }

    fn facts(&self, letter: char) -> Option<Facts> {
        self.bound(letter).facts
    }

    fn mode(&self, letter: char) -> Option<Rounding> {
        match self.bound(letter).word {
            Some(Expr::Mode(mode)) => Some(mode),
            _ => None,
        }
    }

    fn ty(&self, letter: char) -> Option<IntType> {
        match self.bound(letter).word {
            Some(Expr::Type(ty)) => Some(ty),
            _ => None,
        }
    }

    fn predicate(&self, letter: char) -> Option<Predicate> {
        match self.bound(letter).word {
            Some(Expr::Predicate(predicate)) => Some(predicate),
            _ => None,
        }
    }

    fn table(&self, letter: char) -> Option<&Arc<Table>> {
        match &self.bound(letter).word {
            Some(Expr::Table(leaf)) => Some(&leaf.table),
            _ => None,
        }
    }

    fn within(&self, letter: char, lo: i128, hi: i128) -> bool {
        self.range(letter)
            .is_some_and(|range| Range { lo, hi }.contains(range))
    }

    /// A bit, as logic works on.
    fn is_bit(&self, letter: char) -> bool {
        self.within(letter, 0, 1)
    }
}

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
        return egraph.add(Expr::Number(value));
    }
    egraph.add(expr)
}

fn number(egraph: &mut EGraph, value: i128) -> Id {
    egraph.add(Expr::Number(value))
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

/// The rules by the op at the root of their left sides.
pub struct Index {
    pub rules: Vec<Compiled>,
    by_root: HashMap<std::mem::Discriminant<Expr>, Vec<usize>>,
}

impl Index {
    pub fn new(rules: impl IntoIterator<Item = Compiled>) -> Self {
        let rules: Vec<Compiled> = rules.into_iter().collect();
        let mut by_root: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, rule) in rules.iter().enumerate() {
            if let Some(root) = rule.root() {
                by_root.entry(root.discriminant()).or_default().push(at);
            }
        }
        Index { rules, by_root }
    }

    /// The rules whose left side starts with this op.
    pub fn of(&self, expr: &Expr) -> &[usize] {
        let found = self.by_root.get(&expr.discriminant());
        found.map_or(&[], Vec::as_slice)
    }
}
