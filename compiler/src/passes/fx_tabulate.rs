//! fx-tabulate: make tables of what few bits decide, and short tables of long ones.
//!
//! Before   %9 = fx.clamp(…) of a sum of six ui2 inputs times constants
//! After    %8 = fx.lookup(%3 beside %5)   %9 = fx.lookup(%7 beside %8)
//!
//! A value that few bits decide is offered as lookups on those bits, a long table as a base
//! table plus a table of pieces, a sum of many narrow terms as a sum of small tables. The
//! offers stand beside the value in an e-graph; one extraction chooses by the target's costs.
//! A cone that costs less than two LUTs is left as it is, and one of gates that frees less.
//!
//! Needs      nothing; best after `fx-share-sums`, when what tables have to beat is known.
//! Leaves     no dead ops.
//! Never      changes a value or a port, or looks across a register.

use dialects::{Result, fx};

use super::{Changed, Pass, Run};
use crate::context::PassContext;
use crate::{egraph, tabulate};

pub const PASS: Pass = Pass {
    name: "fx-tabulate",
    summary: "make tables of what few bits decide, and short tables of long ones",
    source: include_str!("fx_tabulate.rs"),
    run: Run::Fx(run),
};

/// What one table frees, another can use; more rounds were never seen to help.
const ROUNDS: usize = 16;

/// A round that saves less than one part in so many is the last.
const WORTH: u64 = 1000;

/// The percentage of a sum's LUTs that is counted: all, because `fx-share-sums` has run.
const SHARE: u64 = 100;

fn run(graph: &mut fx::Graph, cx: &PassContext) -> Result<Changed> {
    let mut changed = false;
    let mut cost = egraph::cost(graph, cx.target);
    for _ in 0..ROUNDS {
        let offered = tabulate::offers(graph, cx.target, SHARE)?;
        let chosen = egraph::choose(&offered.graph, cx.target, &offered.offers, SHARE)?;
        let Some(chosen) = chosen else {
            break;
        };
        let after = egraph::cost(&chosen, cx.target);
        if after >= cost {
            break;
        }
        let saved = cost - after;
        cost = after;
        *graph = chosen;
        changed = true;
        if saved < cost / WORTH {
            break;
        }
    }
    Ok(changed.into())
}
