//! fx-share-sums: compute sums that have terms in common with shared adders.
//!
//! Before   %0 = fx.mul(%x0, 5)   %1 = fx.mul(%x1, 3)   %y0 = fx.add(%0, %1)
//!          %2 = fx.mul(%x0, 10)  %3 = fx.mul(%x1, 7)   %y1 = fx.add(%2, %3)
//! After    %0 = fx.sum2(%x0, %x0) {shifts = [0, 2]}   %1 = fx.sum2(%x1, %x1) {shifts = [0, 1]}
//!          %y0 = fx.sum2(%0, %1)
//!          %y1 = fx.sum2(%y0, %x1) {shifts = [1, 0]}
//!
//! Every maximal tree of additions, subtractions, shifts and products by constants is a row
//! of an integer matrix; rows of common inputs are one constant matrix-vector product. Its
//! adder graph is found by a greedy choice of common two-term sums and a large-neighbourhood
//! search (`compiler/src/adder_graph`), as shallow as the matrix allows. Inside, sums are
//! unsigned and carry an offset that costs nothing; biases and rounding constants go into
//! vacant bits of the adders (`compiler/src/sums`).
//!
//! Needs      `fx-expand-rounding` before it: rounding by a constant belongs to the sum.
//! Leaves     `fx.sum` of at most two terms; no other sum, no product by a constant, no
//!            dead ops. A graph that would take more LUTs so stays as it was.
//! Never      changes a value or a port; moves an op across a register. The new sums are
//!            compared with the old ones as linear algebra before they are used.

use std::collections::HashSet;

use dialects::fx::{Builder, Graph, LayerId, Op, ValueId};
use dialects::{Diagnostic, Result};

use super::{Changed, Pass, Run, fx_drop_dead};
use crate::adder_graph::{self, Input, Problem, Request};
use crate::context::PassContext;
use crate::sums::{self, Rebuild, Region};

const NAME: &str = "fx-share-sums";

pub const PASS: Pass = Pass {
    name: NAME,
    summary: "compute sums that have terms in common with shared adders",
    source: include_str!("fx_share_sums.rs"),
    run: Run::Fx(run),
};

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    let mut plain = graph.clone();
    fx_drop_dead::drop_dead(&mut plain);
    if !plain.nodes.iter().any(|node| sums::is_apart(&plain, node)) {
        return Ok(Changed::No);
    }
    let found = sums::regions(&plain);
    let problems: Vec<Problem> = found.regions.iter().map(|r| problem(&plain, r)).collect();
    let request = Request {
        effort: cx.options.effort,
        ..Request::default()
    };
    let solutions = adder_graph::solve_all(&problems, &request)?;

    let mut builder = Builder::like(&plain);
    let mut moved: Vec<Option<ValueId>> = vec![None; plain.nodes.len()];
    let mut idle = HashSet::new();
    let mut order: Vec<usize> = (0..plain.nodes.len())
        .filter(|at| !found.sums[*at])
        .collect();
    order.sort_by_key(|at| found.depth[*at]);
    let mut rest = order.into_iter().peekable();
    for (region, solution) in found.regions.iter().zip(&solutions) {
        while let Some(at) = rest.next_if(|at| found.depth[*at] <= region.depth) {
            copy(&plain, at, &mut builder, &mut moved)?;
        }
        let leaves: Vec<ValueId> = region.leaves.iter().map(|v| now(&moved, *v)).collect();
        let layers = region.roots.iter().map(|root| layer(&plain, root.value));
        let layers: Vec<LayerId> = layers.collect();
        let registered = region
            .roots
            .iter()
            .map(|r| plain.results.contains(&r.value));
        let registered: Vec<bool> = registered.collect();
        let rebuild = Rebuild {
            region,
            solution,
            leaves: &leaves,
            registered: &registered,
        };
        let roots = rebuild.build(&mut builder, &layers)?;
        for (root, value) in region.roots.iter().zip(roots) {
            let node = plain.node(root.value);
            // Its readers count on its type, which the new sum may not show.
            let value = match node.ty.contains(builder.node(value).ty.range()) {
                true => value,
                false => {
                    let wrapped = builder.wrap(value, node.ty, node.layer)?;
                    idle.insert(wrapped);
                    wrapped
                }
            };
            moved[root.value.index()] = Some(value);
        }
    }
    for at in rest {
        copy(&plain, at, &mut builder, &mut moved)?;
    }
    if let Some(wrong) = sums::same_sums(&plain.nodes, builder.nodes(), &moved, &idle) {
        let layer = plain.layer_name(plain.node(wrong).layer);
        return Err(Diagnostic::ours(format!(
            "{NAME} made another sum of value %{}",
            wrong.index()
        ))
        .in_layer(layer)
        .help(format!("leave the pass out with --skip {NAME}")));
    }
    let results = plain.results.iter().map(|v| now(&moved, *v)).collect();
    let mut shared = builder.finish_like(results);
    fx_drop_dead::drop_dead(&mut shared);
    let lut = |graph: &Graph| -> u64 {
        let costs = cx.target.costs(graph);
        costs.iter().map(|cost| u64::from(cost.area)).sum()
    };
    let better = lut(&shared) <= lut(&plain) && shared != *graph;
    if better {
        *graph = shared;
    }
    Ok(better.into())
}

/// The layer that a sum is of: constants that later layers add to it do not count.
fn layer(graph: &Graph, root: ValueId) -> LayerId {
    let constant = |value: ValueId| matches!(graph.node(value).op, Op::Constant { .. });
    let mut value = root;
    loop {
        value = match graph.node(value).op {
            Op::Add { lhs, rhs } | Op::Sub { lhs, rhs } if constant(rhs) => lhs,
            Op::Add { lhs, rhs } if constant(lhs) => rhs,
            _ => return graph.node(value).layer,
        };
    }
}

fn now(moved: &[Option<ValueId>], value: ValueId) -> ValueId {
    moved[value.index()].expect("a region is built after its leaves")
}

fn copy(
    graph: &Graph,
    at: usize,
    builder: &mut Builder,
    moved: &mut [Option<ValueId>],
) -> Result<()> {
    let value = builder.copy_as(&graph.nodes[at], |value| now(moved, value))?;
    moved[at] = Some(value);
    Ok(())
}

fn problem(graph: &Graph, region: &Region) -> Problem {
    let input = |value: &ValueId| {
        let ty = graph.node(*value).ty;
        let range = ty.range();
        Input {
            span: u64::try_from(range.hi - range.lo).unwrap_or(u64::MAX >> 2),
            arrival: 0,
        }
    };
    Problem {
        inputs: region.leaves.iter().map(input).collect(),
        rows: region.roots.iter().map(|root| root.row.clone()).collect(),
    }
}
