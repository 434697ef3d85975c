//! nn-merge-trees: ensembles that are added up become one.
//!
//! Before   nn.add(nn.tree_ensemble(%x) {trees a}, nn.tree_ensemble(%x) {trees b})
//! After    nn.tree_ensemble(%x) {trees a, b}
//!
//! Exporters write some forests as a sum of trees. One ensemble has one type for its leaves and
//! one bound for its scores.
//!
//! Needs      nothing; better after `nn-fold-constants`.
//! Leaves     sums of ensembles of one input as one ensemble, where nothing else reads them.
//! Never      changes a score: base scores are added where their sum is a float64.

use std::sync::Arc;

use dialects::nn::{Aggregate, Answer, Ensemble, Graph, Op, ValueId};
use dialects::{Number, Result};

use super::{Changed, Pass, Run};
use crate::context::PassContext;

pub const PASS: Pass = Pass {
    name: "nn-merge-trees",
    summary: "ensembles that are added up become one",
    source: include_str!("nn_merge_trees.rs"),
    run: Run::Nn(run),
};

fn run(graph: &mut Graph, _: &PassContext) -> Result<Changed> {
    let users = graph.users();
    let read_once =
        |value: &ValueId| users[value.index()].len() == 1 && !graph.results.contains(value);
    let mut changed = false;
    let mut merged = graph.rebuilt(|new, at, node, op| {
        let operands = graph.node(at).op.operands();
        let op = match op {
            Op::Add { lhs, rhs } if operands.iter().all(read_once) => match sum(new, lhs, rhs) {
                Some(sum) => {
                    changed = true;
                    sum
                }
                None => op,
            },
            op => op,
        };
        new.push(op, &node.layer)
    })?;
    if changed {
        super::nn_drop_dead::drop_dead(&mut merged)?;
        *graph = merged;
    }
    Ok(changed.into())
}

/// The sum of two ensembles as one.
fn sum(graph: &Graph, lhs: ValueId, rhs: ValueId) -> Option<Op> {
    let (input, a) = scores(graph, lhs)?;
    let (other, b) = scores(graph, rhs)?;
    let same = input == other && a.missing == b.missing && a.targets() == b.targets();
    if !same {
        return None;
    }
    let base = a.base.iter().zip(&b.base).map(|(&a, &b)| {
        let exact = &Number::from_f64(a)? + &Number::from_f64(b)?;
        (Number::from_f64(a + b)? == exact).then_some(a + b)
    });
    let ensemble = Ensemble {
        trees: a.trees.iter().chain(&b.trees).cloned().collect(),
        base: base.collect::<Option<_>>()?,
        ..Ensemble::clone(a)
    };
    Some(Op::TreeEnsemble {
        input,
        ensemble: Arc::new(ensemble),
    })
}

/// An ensemble whose scores are sums, and what it reads.
fn scores(graph: &Graph, value: ValueId) -> Option<(ValueId, &Arc<Ensemble>)> {
    match &graph.node(value).op {
        Op::TreeEnsemble { input, ensemble }
            if ensemble.answer == Answer::Scores && ensemble.aggregate == Aggregate::Sum =>
        {
            Some((unmoved(graph, *input), ensemble))
        }
        _ => None,
    }
}

/// The value that picks of all elements in order are.
fn unmoved(graph: &Graph, mut value: ValueId) -> ValueId {
    while let Op::Gather {
        input,
        indices,
        axis,
    } = &graph.node(value).op
    {
        let all = graph.shape(*input).get(*axis) == Some(&indices.len());
        if !all || indices.iter().enumerate().any(|(at, &index)| at != index) {
            break;
        }
        value = *input;
    }
    value
}
