//! The e-graph: equal forms of a whole function side by side, and the cheapest of them.
//!
//! Everything egg stays in this folder. A graph goes in, rules add equal forms, extraction
//! by the target's costs gives a graph back.

mod check;
mod convert;
mod explain;
mod extract;
mod facts;
mod language;
mod observe;
mod offers;
mod rules;
mod saturate;
mod serialise;

pub use check::{Audit, Lesson, Proof, audit, equal, fire, inputs, lessons, value};
pub use explain::{Explained, Rewrite, explain};
pub use observe::{Growth, Hits, Search};
pub use offers::{Offer, Step, choose, cost, is_linear, own_of};
pub use saturate::Stop;

use dialects::fx::{Graph, Op};
use dialects::{Diagnostic, Result};
use egg::{Id, Language};

use crate::target::{Cost, Operand, Target};
use extract::{IMPOSSIBLE, Problem};
use facts::EGraph;
use language::{Attributes, Expr, op_of};
use rules::Index;
use saturate::{Limits, saturate};

/// Which rules run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleSet {
    /// None: the graph comes back as it was, without dead nodes.
    None,
    /// All that leave a product a product.
    Fold,
    /// All.
    Strength,
}

/// What differs from a plain rewrite.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Rules, or whole themes, that do not run; see [`check_rules`].
    pub without: &'a [String],
    /// Rules as text that run besides; see [`check_rules`].
    pub with: &'a [String],
    /// Whether the e-graph is wanted as JSON.
    pub serialise: bool,
}

/// A rewritten graph and what happened.
pub struct Rewritten {
    pub graph: Graph,
    pub stop: Stop,
    pub search: Search,
    /// The e-graph that was extracted from, in the form of `egraph-serialize`, if asked for.
    pub serialised: Option<String>,
}

/// The cheapest equal graph the rules lead to.
///
/// The result is no dearer than the graph given, by the target's costs; with nothing
/// gained it is the graph given.
pub fn rewrite(graph: &Graph, target: &Target, set: RuleSet) -> Result<Rewritten> {
    rewrite_as_asked(graph, target, set, Asked::default())
}

/// The same, with what is asked for besides.
pub fn rewrite_as_asked(
    graph: &Graph,
    target: &Target,
    set: RuleSet,
    asked: Asked,
) -> Result<Rewritten> {
    let index = index(set, asked);
    let mut egraph = EGraph::default();
    let imported = convert::import(&mut egraph, graph)?;
    let run = saturate(&mut egraph, &index, Limits::of(graph.nodes.len()));
    let own = |class, expr: &Expr| own_cost(&egraph, target, set, class, expr);
    let serialised = asked
        .serialise
        .then(|| serialise::serialise(&egraph, &imported.roots, own));
    let choice = cheapest(&egraph, &imported, own)?;
    let found = convert::export(&egraph, &choice, graph, &imported)?;
    Ok(Rewritten {
        stop: run.stop,
        search: Search {
            given: graph.nodes.len(),
            found: found.nodes.len(),
            ..Search::of(&run, &index)
        },
        serialised,
        graph: found,
    })
}

/// The cheapest form of every class that a result needs.
fn cheapest(
    egraph: &EGraph,
    imported: &convert::Imported,
    own: impl Fn(Id, &Expr) -> u64,
) -> Result<extract::Choice> {
    let problem = Problem::new(egraph, &imported.roots, own);
    let mut first: Vec<Option<(usize, Expr)>> = vec![None; egraph.nodes().len()];
    for (place, class) in imported.classes.iter().enumerate() {
        if let Some(id) = class {
            let expr = egraph.id_to_node(*id).clone();
            let expr = expr.map_children(|child| egraph.find(child));
            first[usize::from(egraph.find(*id))].get_or_insert((place, expr));
        }
    }
    let choice = problem.solve(|class| first[usize::from(class)].clone());
    choice.ok_or_else(|| Diagnostic::new("a result has no form that fits the types of fx"))
}

/// The names of all rules, and of those written.
pub fn rule_names(written: &[String]) -> Vec<String> {
    let own = rules::themes().into_iter().flat_map(|(_, rules)| rules);
    let own = own.map(|rule| rule.name.to_string());
    let written = written.iter().filter_map(|text| rules::written(text).ok());
    own.chain(written.map(|rule| rule.name.to_string()))
        .collect()
}

/// Errors: a name that is neither a rule nor a theme; a written rule that is none.
pub fn check_rules(names: &[String], written: &[String]) -> Result<()> {
    for text in written {
        rules::written(text)?;
    }
    let themes = rules::themes();
    let beside = rule_names(written);
    let known = |name: &str| {
        if beside.iter().any(|rule| rule == name) {
            return true;
        }
        let of = |(theme, rules): &(&str, Vec<rules::Rule>)| {
            *theme == name || rules.iter().any(|rule| rule.name == name)
        };
        themes.iter().any(of)
    };
    match names.iter().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => {
            let themes = themes.iter().map(|(theme, _)| *theme).collect::<Vec<_>>();
            Err(
                Diagnostic::new(format!("`{name}` is neither a rule nor a theme of rules"))
                    .note(format!("the themes are {}", themes.join(", ")))
                    .help("kaon-opt --list-rules shows the rules"),
            )
        }
    }
}

fn index(set: RuleSet, asked: Asked) -> Index {
    let out = |name: &str| asked.without.iter().any(|without| without == name);
    let themes = rules::themes();
    let themes = themes.iter().filter(|(theme, _)| !out(theme));
    let chosen = themes.filter(|(theme, _)| match set {
        RuleSet::None => false,
        RuleSet::Fold => *theme != rules::STRENGTH,
        RuleSet::Strength => true,
    });
    let rules = chosen.flat_map(|(_, rules)| rules);
    let written = asked.with.iter().filter(|_| set != RuleSet::None);
    let written: Vec<_> = written
        .filter_map(|text| rules::written(text).ok())
        .collect();
    Index::new(rules.chain(&written).filter(|rule| !out(rule.name)))
}

/// What a node costs on the target, in thousandths of a LUT.
fn own_cost(egraph: &EGraph, target: &Target, set: RuleSet, class: Id, expr: &Expr) -> u64 {
    if expr.is_leaf() {
        return 0;
    }
    let known = |id: Id| {
        egraph[id]
            .data
            .and_then(|facts| Some((facts, facts.int_type()?)))
    };
    let (Some((op, wrapped)), Some((_, ty))) = (op_of(expr, egraph), known(class)) else {
        return IMPOSSIBLE;
    };
    if facts::facts_of(expr, egraph).is_none_or(|facts| !facts.is_known()) {
        return IMPOSSIBLE;
    }
    let mut operands: Vec<Operand> = Vec::with_capacity(3);
    for operand in op.operands() {
        let Some((facts, ty)) = known(Id::from(operand.index())) else {
            return IMPOSSIBLE;
        };
        // Where shifts and adders are offered, a product that stays one takes a multiplier.
        let constant = egraph.number(Id::from(operand.index()));
        let multiplied = set == RuleSet::Strength && matches!(op, Op::Mul { .. });
        operands.push(Operand {
            ty,
            constant: constant.filter(|_| !multiplied),
            trailing_zeros: facts.low.zeros(),
        });
    }
    weight(&op, &target.cost(&op, wrapped.unwrap_or(ty), &operands))
}

/// One number for a cost. Registers count too; a block is worth the LUTs that stand beside
/// one on a common device; delay tips the scale.
fn weight(op: &Op, cost: &Cost) -> u64 {
    const DSP: u64 = 100;
    const BRAM: u64 = 300;
    let area = u64::from(cost.area) + u64::from(cost.dsp) * DSP + u64::from(cost.bram) * BRAM;
    let area = area + u64::from(cost.ff) / 4;
    // An op that costs nothing is still one to read, and a product more than a shift.
    let node = match op {
        Op::Wrap { .. } => 2,
        Op::Mul { .. } => 50,
        _ => 5,
    };
    area * 1000 + u64::from(cost.delay_ps) / 8 + node
}
