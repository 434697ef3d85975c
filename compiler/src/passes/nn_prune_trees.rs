//! nn-prune-trees: cut off the branches of decision trees that no input reaches.
//!
//! Before   x0 < 3 ? (x0 < 5 ? a : b) : c      x1 < 300 ? d : e   with x1 in [0, 255]
//! After    x0 < 3 ? a : c                     d
//!
//! A split whose answer follows from the splits above it, or from the range of the feature, is
//! replaced by the branch that is taken. Features that were quantised are compared on their
//! grid, where thresholds with no number between them are one. A split whose branches are the
//! same is replaced by one of them.
//!
//! Needs      types on the inputs; without them a feature can be anything.
//! Leaves     trees that answer as before, with fewer splits; a tree may be one leaf.
//! Never      changes a leaf, a threshold or the number of trees.

mod bounds;
mod prune;

use std::sync::Arc;

use dialects::Result;
use dialects::nn::{ElementQuantizer, Ensemble, Graph, Op, ValueId};

use super::{Changed, Pass, Run};
use crate::analysis::nn_ranges::{Interval, range_of};
use crate::context::PassContext;
use bounds::{Feature, Grid};

pub const PASS: Pass = Pass {
    name: "nn-prune-trees",
    summary: "cut off the branches of decision trees that no input reaches",
    source: include_str!("nn_prune_trees.rs"),
    run: Run::Nn(run),
};

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    let is_forest = |op: &Op| matches!(op, Op::TreeEnsemble { .. });
    if !graph.nodes.iter().any(|node| is_forest(&node.op)) {
        return Ok(Changed::No);
    }
    let mut known: Vec<Option<Vec<Interval>>> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let range = range_of(graph, node, &known)?;
        known.push(range);
    }
    let mut changed = false;
    for index in 0..graph.nodes.len() {
        let Op::TreeEnsemble { input, ensemble } = &graph.nodes[index].op else {
            continue;
        };
        let features = features(graph, *input, known[input.index()].as_deref())?;
        let pruned = pruned(ensemble, &features);
        let (before, after) = (ensemble.splits(), pruned.splits());
        if before == after {
            continue;
        }
        let layer = graph.nodes[index].layer.clone();
        cx.remark(
            PASS.name,
            Some(&layer),
            format!(
                "{} of {before} splits are decided by others",
                before - after
            ),
        );
        graph.nodes[index].op = Op::TreeEnsemble {
            input: *input,
            ensemble: Arc::new(pruned),
        };
        changed = true;
    }
    Ok(changed.into())
}

fn pruned(ensemble: &Ensemble, features: &[Feature]) -> Ensemble {
    let prune = |tree| prune::prune(tree, features, ensemble.missing, ensemble.answer);
    Ensemble {
        trees: ensemble.trees.iter().map(prune).collect(),
        ..ensemble.clone()
    }
}

/// What is known of each feature, whichever sample along the other axes it is of.
fn features(graph: &Graph, input: ValueId, ranges: Option<&[Interval]>) -> Result<Vec<Feature>> {
    let count = *graph.shape(input).last().unwrap_or(&1);
    let quantizers = match &graph.node(input).op {
        Op::Quantize { quantizer, .. } => Some(quantizer.elements(graph.shape(input))?),
        _ => None,
    };
    let column = |at: usize| {
        let quantizers: Vec<&ElementQuantizer> = match &quantizers {
            Some(quantizers) => quantizers.iter().skip(at).step_by(count).collect(),
            None => vec![],
        };
        let grid = match quantizers.first() {
            Some(first) if quantizers.iter().all(|other| other == first) => Some(Grid {
                offset: -&(&first.zero_point * &first.scale),
                scale: first.scale.clone(),
            }),
            _ => None,
        };
        let ranges: Vec<&Interval> = match ranges {
            Some(ranges) => ranges.iter().skip(at).step_by(count).collect(),
            None => vec![],
        };
        let lo = ranges.iter().map(|range| &range.lo).min().cloned();
        let hi = ranges.iter().map(|range| &range.hi).max().cloned();
        Feature::new(grid, lo.zip(hi))
    };
    Ok((0..count).map(column).collect())
}
