//! The e-graph: equal forms of a whole function side by side, and the cheapest of them.
//!
//! Everything egg stays in this folder. A graph goes in, rules add equal forms, extraction
//! by the target's costs gives a graph back.

mod check;
mod convert;
mod extract;
mod facts;
mod language;
mod rules;
mod saturate;

pub use check::{Audit, Lesson, Proof, audit, equal, inputs, lessons, value};
pub use saturate::Stop;

use dialects::Result;
use dialects::fx::{Graph, Op};
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

/// A rewritten graph and what happened.
pub struct Rewritten {
    pub graph: Graph,
    pub stop: Stop,
    pub iterations: usize,
    /// E-nodes and e-classes at the end.
    pub nodes: usize,
    pub classes: usize,
    /// The rules that fired, and how often.
    pub fired: Vec<(&'static str, usize)>,
}

/// The cheapest equal graph the rules lead to.
///
/// The result is no dearer than the graph given, by the target's costs; with nothing
/// gained it is the graph given.
pub fn rewrite(graph: &Graph, target: &Target, set: RuleSet) -> Result<Rewritten> {
    let index = index(set);
    let mut egraph = EGraph::default();
    let imported = convert::import(&mut egraph, graph)?;
    let run = saturate(&mut egraph, &index, Limits::of(graph.nodes.len()));
    let problem = Problem::new(&egraph, &imported.roots, |class, expr| {
        own_cost(&egraph, target, set, class, expr)
    });
    let mut first: Vec<Option<(usize, Expr)>> = vec![None; egraph.nodes().len()];
    for (place, class) in imported.classes.iter().enumerate() {
        if let Some(id) = class {
            let expr = egraph.id_to_node(*id).clone();
            let expr = expr.map_children(|child| egraph.find(child));
            first[usize::from(egraph.find(*id))].get_or_insert((place, expr));
        }
    }
    let choice = problem.solve(|class| first[usize::from(class)].clone());
    let choice = choice.ok_or_else(|| {
        dialects::Diagnostic::new("a result has no form that fits the types of fx")
    })?;
    let fired = index.rules.iter().zip(&run.fired);
    Ok(Rewritten {
        graph: convert::export(&egraph, &choice, graph, &imported)?,
        stop: run.stop,
        iterations: run.iterations,
        nodes: egraph.total_number_of_nodes(),
        classes: egraph.number_of_classes(),
        fired: fired
            .filter(|(_, count)| **count > 0)
            .map(|(rule, count)| (rule.name, *count))
            .collect(),
    })
}

fn index(set: RuleSet) -> Index {
    let themes = rules::themes();
    let chosen = themes.iter().filter(|(theme, _)| match set {
        RuleSet::None => false,
        RuleSet::Fold => *theme != rules::STRENGTH,
        RuleSet::Strength => true,
    });
    Index::new(chosen.flat_map(|(_, rules)| rules))
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
    let area = u64::from(cost.lut) + u64::from(cost.dsp) * DSP + u64::from(cost.bram) * BRAM;
    let area = area + u64::from(cost.ff) / 4;
    // An op that costs nothing is still one to read, and a product more than a shift.
    let node = match op {
        Op::Wrap { .. } => 2,
        Op::Mul { .. } => 50,
        _ => 5,
    };
    area * 1000 + u64::from(cost.delay_ps) / 8 + node
}
