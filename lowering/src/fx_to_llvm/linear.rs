//! Sums of products: which values are linear in which others, and with what weights.
//!
//! A linear value (sums, differences, negations, products with a constant, left shifts)
//! that something non-linear reads is a *root*. Its form is `constant + Σ weight · atom`,
//! where atoms are non-linear values and other roots. Weights are integers modulo 2^128,
//! which is exact: every value fits in 126 bits.

use std::collections::BTreeMap;

use dialects::fx::{Graph, Op, ValueId};

use super::dataflow::Dataflow;

/// `constant + Σ weight · atom`; atoms in ascending order, weights not zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    pub terms: Vec<(ValueId, i128)>,
    pub constant: i128,
}

/// Fewer terms than this are cheaper as single operations.
const MIN_TERMS: usize = 4;

/// The forms worth computing as sums of products, by value.
pub fn forms(graph: &Graph, flow: &Dataflow) -> Vec<Option<Form>> {
    let linear = linear_values(graph, flow);
    let ops = linear.iter().filter(|&&linear| linear).count();
    let roots = roots(graph, flow, &linear);
    // Through shared partial sums: shortest where an adder graph computes a matrix, but
    // prefix sums would grow quadratically.
    if let Some(forms) = expand(graph, flow, &linear, &roots, 4 * ops + 64) {
        return forms;
    }
    // Shared partial sums stay values of their own: never longer than the graph.
    let mut every = roots;
    for value in graph.values() {
        every[value.index()] |= linear[value.index()] && flow.uses[value.index()] > 1;
    }
    expand(graph, flow, &linear, &every, usize::MAX).expect("there is no limit to exceed")
}

fn linear_values(graph: &Graph, flow: &Dataflow) -> Vec<bool> {
    let is_linear = |value: ValueId| match graph.node(value).op {
        Op::Add { .. } | Op::Sub { .. } | Op::Neg { .. } | Op::Shl { .. } => true,
        Op::Sum { .. } => true,
        Op::Mul { lhs, rhs } => {
            flow.constant(graph, lhs).is_some() || flow.constant(graph, rhs).is_some()
        }
        _ => false,
    };
    graph
        .values()
        .map(|value| flow.is_source(value) && flow.live[value.index()] && is_linear(value))
        .collect()
}

/// Linear values that a result or something non-linear reads.
fn roots(graph: &Graph, flow: &Dataflow, linear: &[bool]) -> Vec<bool> {
    let mut roots = vec![false; graph.nodes.len()];
    let mut mark = |value: ValueId| {
        let source = flow.source(value).index();
        roots[source] |= linear[source];
    };
    for value in graph.values().filter(|value| flow.computes(*value)) {
        if !linear[value.index()] {
            graph
                .node(value)
                .op
                .operands()
                .into_iter()
                .for_each(&mut mark);
        }
    }
    graph.results.iter().copied().for_each(mark);
    roots
}

/// The forms of all roots; `None` when they take more than `limit` terms together, or
/// finding them far more steps than that.
fn expand(
    graph: &Graph,
    flow: &Dataflow,
    linear: &[bool],
    roots: &[bool],
    limit: usize,
) -> Option<Vec<Option<Form>>> {
    let mut forms = vec![None; graph.nodes.len()];
    let (mut terms, mut steps) = (0usize, 0usize);
    for value in graph.values().filter(|value| roots[value.index()]) {
        let form = form_of(graph, flow, linear, roots, value, &mut steps);
        terms += form.terms.len();
        if terms > limit || steps > limit.saturating_mul(16) {
            return None;
        }
        forms[value.index()] = (form.terms.len() >= MIN_TERMS).then_some(form);
    }
    Some(forms)
}

fn form_of(
    graph: &Graph,
    flow: &Dataflow,
    linear: &[bool],
    roots: &[bool],
    root: ValueId,
    steps: &mut usize,
) -> Form {
    // Users stand after what they read: the highest pending value has its whole weight.
    let mut pending = BTreeMap::from([(root, 1i128)]);
    let mut terms = Vec::new();
    let mut constant = 0i128;
    while let Some((value, weight)) = pending.pop_last() {
        *steps += 1;
        let mut push = |operand: ValueId, factor: i128| {
            let entry = pending.entry(flow.source(operand)).or_insert(0);
            *entry = entry.wrapping_add(weight.wrapping_mul(factor));
        };
        let index = value.index();
        match graph.node(value).op {
            Op::Constant { value } => constant = constant.wrapping_add(weight.wrapping_mul(value)),
            _ if weight == 0 => {}
            _ if !linear[index] || (roots[index] && value != root) => terms.push((value, weight)),
            Op::Add { lhs, rhs } => {
                push(lhs, 1);
                push(rhs, 1);
            }
            Op::Sub { lhs, rhs } => {
                push(lhs, 1);
                push(rhs, -1);
            }
            Op::Sum {
                ref terms,
                constant: own,
            } => {
                constant = constant.wrapping_add(weight.wrapping_mul(own));
                for term in terms {
                    let factor = 1i128 << term.shift;
                    push(term.value, if term.negative { -factor } else { factor });
                }
            }
            Op::Neg { input } => push(input, -1),
            Op::Shl { input, amount } => push(input, 1i128 << amount),
            Op::Mul { lhs, rhs } => match flow.constant(graph, rhs) {
                Some(factor) => push(lhs, factor),
                None => push(
                    rhs,
                    flow.constant(graph, lhs).expect("one side is constant"),
                ),
            },
            _ => unreachable!("the other ops are not linear"),
        }
    }
    terms.reverse();
    Form { terms, constant }
}
