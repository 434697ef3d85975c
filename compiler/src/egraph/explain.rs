//! What became of an expression, rule by rule: egg's explanation, as text.

use std::collections::HashMap;

use dialects::fx::Graph;
use dialects::{Diagnostic, Result};
use egg::{FlatTerm, Id, Language, RecExpr};

use super::extract::Choice;
use super::facts::EGraph;
use super::language::Expr;
use super::saturate::{Limits, saturate};
use super::{Asked, RuleSet, cheapest, convert, index, own_cost};
use crate::target::Target;

/// Longer expressions, written out, are not explained: each step writes one.
const MAX_LENGTH: usize = 3000;

/// The way from the expression of a graph's one result to the one that is chosen for it.
pub struct Explained {
    pub first: String,
    pub steps: Vec<Rewrite>,
}

/// One step.
pub struct Rewrite {
    /// A rule, or `range` where a value can be only one number.
    pub rule: String,
    /// Whether the rule leads from the expression after to the one before.
    pub backward: bool,
    /// The whole expression after the step.
    pub after: String,
}

/// Explains what becomes of the first result of a graph.
///
/// Errors: an expression that is too long to be written again and again.
pub fn explain(graph: &Graph, target: &Target, set: RuleSet, asked: Asked) -> Result<Explained> {
    let mut egraph = EGraph::default().with_explanations_enabled();
    let imported = convert::import(&mut egraph, graph)?;
    let root = imported.roots[0];
    let old = egraph.id_to_expr(root);
    let index = index(set, asked);
    let limits = Limits::of(graph.nodes.len()).explaining();
    saturate(&mut egraph, &index, limits);
    let choice = cheapest(&egraph, &imported, |class, expr| {
        own_cost(&egraph, target, set, class, expr)
    })?;
    let new = chosen(&egraph, &choice, egraph.find(root));
    let longest = length(&old).max(length(&new));
    if longest > MAX_LENGTH {
        return Err(Diagnostic::new(format!(
            "the expression has {longest} ops and operands when it is written out; more than {MAX_LENGTH} are not explained"
        ))
        .help("name a node nearer to the inputs"));
    }
    let mut explanation = egraph.explain_equivalence(&old, &new);
    let terms = explanation.make_flat_explanation();
    let step = |term: &FlatTerm<Expr>| {
        let (rule, backward) = rule_of(term)?;
        Some(Rewrite {
            rule,
            backward,
            after: term.get_recexpr().to_string(),
        })
    };
    Ok(Explained {
        first: old.to_string(),
        steps: terms.iter().filter_map(step).collect(),
    })
}

/// The rule that made a term, somewhere in it, and whether it is read from right to left.
fn rule_of(term: &FlatTerm<Expr>) -> Option<(String, bool)> {
    let forward = term.forward_rule.map(|rule| (rule.to_string(), false));
    let own = forward.or(term.backward_rule.map(|rule| (rule.to_string(), true)));
    own.or_else(|| term.children.iter().find_map(rule_of))
}

/// The chosen form of a class.
fn chosen(egraph: &EGraph, choice: &Choice, root: Id) -> RecExpr<Expr> {
    let mut expr = RecExpr::default();
    let mut done: HashMap<Id, Id> = HashMap::new();
    let mut todo = vec![root];
    while let Some(&class) = todo.last() {
        if done.contains_key(&class) {
            todo.pop();
            continue;
        }
        // Attributes that are no numbers are no choice: a class of one leaf each.
        let node = match egraph[class].nodes.iter().find(|leaf| leaf.is_word()) {
            Some(word) => word.clone(),
            None => choice.node(class).clone(),
        };
        let node = node.map_children(|child| egraph.find(child));
        let waiting = node
            .children()
            .iter()
            .filter(|child| !done.contains_key(child));
        let waiting: Vec<Id> = waiting.copied().collect();
        if waiting.is_empty() {
            let node = node.map_children(|child| done[&child]);
            done.insert(class, expr.add(node));
            todo.pop();
        } else {
            todo.extend(waiting);
        }
    }
    expr
}

/// Ops and operands of an expression without sharing.
fn length(expr: &RecExpr<Expr>) -> usize {
    let mut lengths: Vec<usize> = Vec::with_capacity(expr.len());
    for node in expr {
        let below = node
            .children()
            .iter()
            .map(|child| lengths[usize::from(*child)]);
        lengths.push(below.fold(1, usize::saturating_add));
    }
    lengths.last().copied().unwrap_or(0)
}
