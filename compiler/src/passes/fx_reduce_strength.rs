//! fx-reduce-strength: make products by constants of shifts and adders, where that is cheaper.
//!
//! Before   %1 = fx.mul(%x0, 7)
//! After    %0 = fx.shl(%x0) {amount = 3}   %1 = fx.sub(%0, %x0)
//!
//! Signed digits, common factors and small tables are alternatives in the e-graph beside
//! the multiplier; the target's costs decide, and what several products share is paid once.
//!
//! Needs      nothing; better after `fx-rewrite`.
//! Leaves     products by constants only where a multiplier is cheaper.
//! Never      changes a value or a port, or moves an op across a register.

use dialects::Result;
use dialects::fx::{Graph, Op};

use super::{Changed, Pass, Run, fx_rewrite};
use crate::context::PassContext;
use crate::egraph::RuleSet;

pub const PASS: Pass = Pass {
    name: "fx-reduce-strength",
    summary: "make products by constants of shifts and adders, where that is cheaper",
    source: include_str!("fx_reduce_strength.rs"),
    run: Run::Fx(run),
};

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    let products = graph
        .nodes
        .iter()
        .any(|node| matches!(node.op, Op::Mul { .. }));
    match products {
        true => fx_rewrite::run(graph, cx, RuleSet::Strength, "fx-reduce-strength"),
        false => Ok(Changed::No),
    }
}
