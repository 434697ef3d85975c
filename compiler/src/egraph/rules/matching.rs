//! Rules at work: compiled, indexed by what they start with, and what they have matched.

use std::sync::Arc;

use dialects::Rounding;
use dialects::fx::{IntType, Predicate, Range, Table};
use egg::{ENodeOrVar, Id, Language, Pattern, PatternAst, Searcher, Subst, Var};

use super::{Rhs, Rule, add};
use crate::egraph::facts::{EGraph, Facts};
use crate::egraph::language::{Attributes, Expr, KINDS};

/// Left sides have at most so many variables.
pub(super) const MAX_VARIABLES: usize = 6;

/// A rule ready to run.
pub struct Compiled {
    pub name: &'static str,
    lhs: Pattern<Expr>,
    variables: Vec<(u8, Var)>,
    /// What operands of the root must have among their nodes.
    needs: Vec<(usize, Need)>,
    rhs: CompiledRhs,
    guard: Option<fn(&Match) -> bool>,
}

enum Need {
    Kind(usize),
    Number(i128),
}

enum CompiledRhs {
    Pattern(PatternAst<Expr>),
    Code(fn(&mut EGraph, &Match) -> Option<Id>),
}

/// A match of a rule, to be applied once all are found.
pub struct Found {
    pub rule: usize,
    pub root: Id,
    ids: [Id; MAX_VARIABLES],
}

impl Compiled {
    fn new(rule: &Rule) -> Self {
        let parse = |text: &str| -> Pattern<Expr> {
            let parsed = text.parse::<Pattern<Expr>>();
            parsed.unwrap_or_else(|error| panic!("rule {}: {error}", rule.name))
        };
        let lhs = parse(rule.lhs);
        let letter = |var: &Var| var.to_string().as_bytes().get(1).copied();
        let variables = lhs.vars().into_iter();
        let variables = variables.filter_map(|v| Some((letter(&v)?, v))).collect();
        let need = |id: &Id| match &lhs.ast[*id] {
            ENodeOrVar::ENode(Expr::Number(value)) => Some(Need::Number(*value)),
            ENodeOrVar::ENode(expr) => Some(Need::Kind(expr.kind())),
            ENodeOrVar::Var(_) => None,
        };
        let operands = root(&lhs).children().iter().enumerate();
        let needs = operands.filter_map(|(at, id)| Some((at, need(id)?)));
        Compiled {
            name: rule.name,
            needs: needs.collect(),
            variables,
            rhs: match rule.rhs {
                Rhs::Pattern(text) => CompiledRhs::Pattern(parse(text).ast),
                Rhs::Code(code) => CompiledRhs::Code(code),
            },
            guard: rule.guard,
            lhs,
        }
    }

    /// Whether a node can be the root of a match.
    fn can_match(&self, egraph: &EGraph, kinds: &Kinds, node: &Expr) -> bool {
        self.needs.iter().all(|(at, need)| {
            let operand = node.children()[*at];
            match need {
                Need::Kind(kind) => kinds.has(operand, *kind),
                Need::Number(value) => {
                    kinds.has(operand, Expr::Number(0).kind())
                        && egraph.number(operand) == Some(*value)
                }
            }
        })
    }

    /// Adds the matches at a class that the guard admits.
    fn search(&self, egraph: &EGraph, root: Id, rule: usize, found: &mut Vec<Found>) {
        let Some(matches) = self.lhs.search_eclass(egraph, root) else {
            return;
        };
        for subst in &matches.substs {
            let ids = self.ids(subst);
            let admits = |guard: fn(&Match) -> bool| guard(&self.bound(egraph, &ids));
            if self.guard.is_none_or(admits) {
                found.push(Found { rule, root, ids });
            }
        }
    }

    fn ids(&self, subst: &Subst) -> [Id; MAX_VARIABLES] {
        let mut ids = [Id::from(0); MAX_VARIABLES];
        for ((_, variable), id) in self.variables.iter().zip(&mut ids) {
            *id = subst[*variable];
        }
        ids
    }

    fn bound(&self, egraph: &EGraph, ids: &[Id]) -> Match {
        let bound = self.variables.iter().zip(ids).map(|((letter, _), id)| {
            let class = &egraph[*id];
            let word = match class.data {
                Some(_) => None,
                None => class.nodes.iter().find(|leaf| leaf.is_word()).cloned(),
            };
            Bound {
                letter: *letter,
                id: *id,
                facts: class.data,
                word,
            }
        });
        Match {
            bound: bound.collect(),
        }
    }

    /// Adds the right side and makes it one class with the left; whether that was news.
    pub fn join(&self, egraph: &mut EGraph, found: &Found) -> bool {
        let Some(id) = self.apply(egraph, found) else {
            return false;
        };
        match egraph.are_explanations_enabled() {
            true => {
                // An explanation shows the terms that are joined: those of this match.
                let matched = self.instance(egraph, &self.lhs.ast, found, EGraph::add_uncanonical);
                matched.is_some_and(|matched| egraph.union_trusted(matched, id, self.name))
            }
            false => egraph.union(found.root, id),
        }
    }

    /// A pattern with the classes of a match for its variables.
    fn instance(
        &self,
        egraph: &mut EGraph,
        ast: &PatternAst<Expr>,
        found: &Found,
        add: fn(&mut EGraph, Expr) -> Id,
    ) -> Option<Id> {
        let mut ids: Vec<Id> = Vec::with_capacity(ast.len());
        for part in ast.iter() {
            ids.push(match part {
                ENodeOrVar::Var(var) => {
                    let at = self.variables.iter().position(|(_, v)| v == var)?;
                    found.ids[at]
                }
                ENodeOrVar::ENode(expr) => {
                    let expr = expr.clone().map_children(|id| ids[usize::from(id)]);
                    add(egraph, expr)
                }
            });
        }
        ids.last().copied()
    }

    /// The right side, added to the e-graph.
    pub fn apply(&self, egraph: &mut EGraph, found: &Found) -> Option<Id> {
        match &self.rhs {
            CompiledRhs::Pattern(ast) => self.instance(egraph, ast, found, add),
            CompiledRhs::Code(code) => {
                let bound = self.bound(egraph, &found.ids);
                code(egraph, &bound)
            }
        }
    }
}

/// The op a left side starts with.
fn root(lhs: &Pattern<Expr>) -> &Expr {
    match lhs.ast.last() {
        Some(ENodeOrVar::ENode(expr)) => expr,
        _ => panic!("a left side starts with an op"),
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

    pub(super) fn id(&self, letter: char) -> Id {
        self.bound(letter).id
    }

    /// The range, when values surely fit a type.
    pub(super) fn range(&self, letter: char) -> Option<Range> {
        let facts = self.bound(letter).facts?;
        facts.is_known().then_some(facts.range)
    }

    pub(super) fn constant(&self, letter: char) -> Option<i128> {
        self.range(letter)?.single()
    }

    pub(super) fn is_constant(&self, letter: char) -> bool {
        self.constant(letter).is_some()
    }

    pub(super) fn amount(&self, letter: char) -> Option<u32> {
        let amount = u32::try_from(self.constant(letter)?).ok()?;
        (amount <= 126).then_some(amount)
    }

    /// How many low bits are known to be zero.
    pub(super) fn zeros(&self, letter: char) -> u32 {
        self.bound(letter)
            .facts
            .map_or(0, |facts| facts.low.zeros())
    }

    pub(super) fn facts(&self, letter: char) -> Option<Facts> {
        self.bound(letter).facts
    }

    pub(super) fn mode(&self, letter: char) -> Option<Rounding> {
        match self.bound(letter).word {
            Some(Expr::Mode(mode)) => Some(mode),
            _ => None,
        }
    }

    pub(super) fn ty(&self, letter: char) -> Option<IntType> {
        match self.bound(letter).word {
            Some(Expr::Type(ty)) => Some(ty),
            _ => None,
        }
    }

    pub(super) fn predicate(&self, letter: char) -> Option<Predicate> {
        match self.bound(letter).word {
            Some(Expr::Predicate(predicate)) => Some(predicate),
            _ => None,
        }
    }

    pub(super) fn table(&self, letter: char) -> Option<&Arc<Table>> {
        match &self.bound(letter).word {
            Some(Expr::Table(leaf)) => Some(&leaf.table),
            _ => None,
        }
    }

    pub(super) fn within(&self, letter: char, lo: i128, hi: i128) -> bool {
        self.range(letter)
            .is_some_and(|range| Range { lo, hi }.contains(range))
    }

    /// A bit, as logic works on.
    pub(super) fn is_bit(&self, letter: char) -> bool {
        self.within(letter, 0, 1)
    }
}

/// Which ops every class has among its nodes.
struct Kinds(Vec<u32>);

impl Kinds {
    fn of(egraph: &EGraph) -> Self {
        let mut kinds = vec![0; egraph.nodes().len()];
        for class in egraph.classes() {
            let of = class.nodes.iter().map(|node| 1 << node.kind());
            kinds[usize::from(class.id)] = of.fold(0, |all, kind: u32| all | kind);
        }
        Kinds(kinds)
    }

    fn has(&self, class: Id, kind: usize) -> bool {
        self.0[usize::from(class)] >> kind & 1 == 1
    }
}

/// The rules, found by the op at the root of their left sides.
pub struct Index {
    pub rules: Vec<Compiled>,
    by_root: Vec<Vec<usize>>,
}

impl Index {
    pub fn new<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> Self {
        let rules: Vec<Compiled> = rules.into_iter().map(Compiled::new).collect();
        let mut by_root = vec![Vec::new(); KINDS];
        for (at, rule) in rules.iter().enumerate() {
            by_root[root(&rule.lhs).kind()].push(at);
        }
        Index { rules, by_root }
    }

    /// Every admitted match at the candidates, in order. The e-graph is rebuilt.
    pub fn search(&self, egraph: &EGraph, candidates: &[Id]) -> Vec<Found> {
        let kinds = Kinds::of(egraph);
        let mut found = Vec::new();
        for &class in candidates {
            let mut nodes = egraph[class].nodes.as_slice();
            // Nodes of a class are in order, so those of one op stand together.
            while let Some(first) = nodes.first() {
                let same = nodes.iter().take_while(|node| node.kind() == first.kind());
                let (group, rest) = nodes.split_at(same.count());
                nodes = rest;
                for &at in &self.by_root[first.kind()] {
                    let rule = &self.rules[at];
                    let possible = |node: &Expr| rule.can_match(egraph, &kinds, node);
                    if group.iter().any(possible) {
                        rule.search(egraph, class, at, &mut found);
                    }
                }
            }
        }
        found
    }
}
