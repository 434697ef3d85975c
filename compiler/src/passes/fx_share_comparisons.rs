//! fx-share-comparisons: comparisons of one value with many constants share digits of it.
//!
//! Before   %0 = fx.compare le (%x0 : ui10, 325)   %1 = fx.compare le (%x0, 709)    chains
//! After    %2 = fx.shr(%x0) {amount = 5}          the high digit: 10 and 22 are compared with
//!          %3 = fx.compare le (%x0 mod 32, 5)     the low digit: 325 and 709 share it
//!          %0 = fx.lookup(%2 beside %3)           one LUT for each comparison
//!          %1 = fx.lookup(%2 beside %3)
//!
//! `x ≤ c` is decided by the high digits of both, and where these are equal by the low ones.
//! The high digit has five bits, so that it and the low digits' answer fit into one LUT; it is
//! clamped to where there are constants. The low digits are compared in the same way. A low
//! part of few bits has few constants, and comparisons that differ in the high digit share
//! them.
//!
//! Needs      `fx-rewrite` before it, which gives comparisons their normal form.
//! Leaves     comparisons of at most six bits, and tables; those that would take more LUTs so
//!            as they were.
//! Never      changes a value, a port or a type, or looks across a register.

mod cuts;
mod digits;

use std::collections::BTreeMap;

use dialects::Result;
use dialects::fx::{Builder, Graph, Op, ValueId, ranges};

use super::{Changed, Pass, Run, fx_drop_dead};
use crate::context::PassContext;
use cuts::{Cut, cut};
use digits::{Digits, Site};

pub const PASS: Pass = Pass {
    name: "fx-share-comparisons",
    summary: "comparisons of one value with many constants share digits of it",
    source: include_str!("fx_share_comparisons.rs"),
    run: Run::Fx(run),
};

/// The comparisons of one value.
#[derive(Default)]
struct Compared {
    bounds: Vec<i128>,
    /// LUTs as they are.
    luts: u32,
}

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    let found = graph
        .values()
        .map(|value| cut(graph, value))
        .collect::<Vec<_>>();
    if found.iter().all(Option::is_none) {
        return Ok(Changed::No);
    }
    let costs = cx.target.costs(graph);
    let ranges = ranges(graph)?;
    let mut compared: BTreeMap<ValueId, Compared> = BTreeMap::new();
    for (found, cost) in found.iter().zip(costs) {
        let Some(Cut { of, bound, .. }) = found else {
            continue;
        };
        let range = ranges[of.index()];
        if (range.lo..range.hi).contains(bound) {
            let compared = compared.entry(*of).or_default();
            compared.bounds.push(*bound);
            compared.luts += cost.lut;
        }
    }
    let mut plans: BTreeMap<ValueId, Digits> = BTreeMap::new();
    for (of, mut compared) in compared {
        compared.bounds.sort_unstable();
        compared.bounds.dedup();
        let plan = Digits::of(cx.target, ranges[of.index()], &compared.bounds);
        if plan.luts < compared.luts && !plan.is_direct() {
            plans.insert(of, plan);
        }
    }
    if plans.is_empty() {
        return Ok(Changed::No);
    }

    let mut builder = Builder::like(graph);
    let mut moved: Vec<ValueId> = Vec::with_capacity(graph.nodes.len());
    let mut bits: BTreeMap<(ValueId, i128), ValueId> = BTreeMap::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        let is_planned = |cut: &&Cut| plans.get(&cut.of).is_some_and(|plan| plan.has(cut.bound));
        let shared = found[index].as_ref().filter(is_planned);
        if let Some(cut) = shared
            && !bits.contains_key(&(cut.of, cut.bound))
        {
            let mut site = Site {
                builder: &mut builder,
                layer: node.layer,
            };
            let answers = plans[&cut.of].build(&mut site, moved[cut.of.index()])?;
            bits.extend(
                answers
                    .into_iter()
                    .map(|(bound, bit)| ((cut.of, bound), bit)),
            );
        }
        let bit = shared.and_then(|cut| bits.get(&(cut.of, cut.bound)));
        moved.push(match (bit, shared) {
            (Some(&input), Some(Cut { above: true, .. })) => {
                builder.push(Op::Not { input }, node.layer)?
            }
            (Some(&bit), _) => bit,
            (None, _) => builder.copy_as(node, |value| moved[value.index()])?,
        });
    }
    let results = graph.results.iter().map(|value| moved[value.index()]);
    *graph = builder.finish_like(results.collect());
    fx_drop_dead::drop_dead(graph);
    Ok(Changed::Yes)
}
