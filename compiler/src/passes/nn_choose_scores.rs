//! nn-choose-scores: what the user wants instead of a sigmoid or exponential at the end.
//!
//! Before   nn.function sigmoid (%x)
//! After    with `--scores logits`: %x       with `--scores argmax`: nn.sign(nn.relu(%x))
//!          with several scores and `--scores argmax`: nn.argmax(%x)
//!
//! Both functions are increasing, so %x has the same order; a single score is of the second
//! class where it is positive, which is where its sigmoid is more than a half. The scores of
//! trees without a function behind them have an index of the largest too.
//!
//! Needs      nothing.
//! Leaves     no sigmoid or exponential without a type as a result, unless it is wanted.
//! Never      acts on a function whose result another layer reads, or that has a type.

use dialects::Result;
use dialects::nn::{Answer, Function, Graph, Op, ValueId};

use super::{Changed, Pass, Run};
use crate::context::PassContext;
use crate::options::Scores;

pub const PASS: Pass = Pass {
    name: "nn-choose-scores",
    summary: "what the user wants instead of a sigmoid or exponential at the end",
    source: include_str!("nn_choose_scores.rs"),
    run: Run::Nn(run),
};

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    if cx.options.scores == Scores::Softmax {
        return Ok(Changed::No);
    }
    let results = graph.results.clone();
    let users = graph.users();
    let sums = sums_of_leaves(graph);
    let mut chosen = graph.rebuilt(|new, at, node, op| {
        let at_end = results.contains(&at) && users[at.index()].is_empty();
        match &op {
            _ if !at_end => new.push(op, &node.layer),
            Op::Function {
                input,
                curve,
                output: None,
            } if matches!(curve.function, Function::Sigmoid | Function::Exp) => {
                match cx.options.scores {
                    Scores::Argmax => largest(new, *input, &node.layer),
                    _ => Ok(*input),
                }
            }
            _ if cx.options.scores == Scores::Argmax && sums[at.index()] => {
                let scores = new.push(op, &node.layer)?;
                largest(new, scores, &node.layer)
            }
            _ => new.push(op, &node.layer),
        }
    })?;
    super::nn_drop_dead::drop_dead(&mut chosen)?;
    let changed = chosen != *graph;
    *graph = chosen;
    Ok(changed.into())
}

/// The class of scores: the place of the largest, or whether the only one is positive.
fn largest(graph: &mut Graph, scores: ValueId, layer: &str) -> Result<ValueId> {
    let shape = graph.shape(scores);
    if shape.iter().product::<usize>() == 1 {
        let positive = graph.push(Op::Relu { input: scores }, layer)?;
        return graph.push(Op::Sign { input: positive }, layer);
    }
    let argmax = Op::Argmax {
        input: scores,
        axis: shape.len() - 1,
        select_last: false,
    };
    graph.push(argmax, layer)
}

/// The values of several numbers that are those of trees, put together and shifted by constants.
fn sums_of_leaves(graph: &Graph) -> Vec<bool> {
    // Per value: made of trees and constants alone, and whether a tree is among them.
    let mut made: Vec<Option<bool>> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        made.push(match &node.op {
            Op::Constant { .. } => Some(false),
            Op::TreeEnsemble { ensemble, .. } => Some(ensemble.answer == Answer::Scores),
            op @ (Op::Concat { .. } | Op::Add { .. } | Op::Sub { .. }) => {
                let operands = op.operands();
                let found = operands.iter().map(|operand| made[operand.index()]);
                let found = found.collect::<Option<Vec<_>>>();
                found.map(|found| found.contains(&true))
            }
            _ => None,
        });
    }
    let pairs = made.iter().zip(&graph.nodes);
    let several = |shape: &[usize]| shape.iter().product::<usize>() > 1;
    let pairs = pairs.map(|(made, node)| *made == Some(true) && several(&node.shape));
    pairs.collect()
}
