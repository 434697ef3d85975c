//! fx-rewrite: find the cheapest equal form, by the rules of the e-graph.
//!
//! Before   %2 = fx.mul(%x0, 0)   %3 = fx.mul(%x1, -1)   %4 = fx.add(%2, %3)
//! After    %4 = fx.neg(%x1)
//!
//! Zero products vanish with all that feeds only them; constants fold; negations, shifts,
//! roundings, clamps, comparisons and tables merge; what is computed twice is shared.
//! A product by a constant stays a product: `fx-reduce-strength` takes those apart.
//!
//! Needs      nothing.
//! Leaves     no dead ops, no two equal ops, the smallest types.
//! Never      changes a value or a port, or moves an op across a register.

use dialects::{Result, fx};

use super::{Changed, Pass, Run};
use crate::context::PassContext;
use crate::egraph::{self, RuleSet, Stop};

pub const PASS: Pass = Pass {
    name: "fx-rewrite",
    summary: "find the cheapest equal form, by the rules of the e-graph",
    source: include_str!("fx_rewrite.rs"),
    run: Run::Fx(|graph, cx| run(graph, cx, RuleSet::Fold, "fx-rewrite")),
};

/// What one form frees, the next round can use; more than this was never seen to help.
const ROUNDS: usize = 4;

/// Rewrites until nothing changes, or in a large graph until a round gains less than one
/// node in a thousand.
pub(super) fn run(
    graph: &mut fx::Graph,
    cx: &PassContext,
    rules: RuleSet,
    name: &str,
) -> Result<Changed> {
    let mut changed = false;
    for round in 1..=ROUNDS {
        let asked = cx.asked_of_searches();
        let mut rewritten = egraph::rewrite_as_asked(graph, cx.target, rules, asked)?;
        cx.searched(name, round, &mut rewritten);
        if rewritten.graph == *graph {
            break;
        }
        let (before, after) = (graph.nodes.len(), rewritten.graph.nodes.len());
        changed = true;
        *graph = rewritten.graph;
        if rewritten.stop != Stop::Saturated {
            cx.remark(name, None, rewritten.stop.to_string());
        }
        if before.abs_diff(after) < before / 1000 {
            break;
        }
    }
    Ok(changed.into())
}
