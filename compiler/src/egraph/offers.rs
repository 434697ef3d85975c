//! Equal forms that a solver found, beside a graph's own: one extraction chooses.
//!
//! Every value of the graph is a class; its node and its offers are the nodes of the class.
//! Steps of offers are classes as well, equal ones are one. No rule runs here and nothing
//! else of the graph changes. Who makes an offer answers for its values.

use std::collections::{HashMap, HashSet};

use dialects::fx::{Builder, Graph, IntType, LayerId, Node, Op, ValueId};
use dialects::{Diagnostic, Result};
use egg::Id;

use super::extract::{Candidate, Choice, Problem};
use super::weight;
use crate::target::{Operand, Target, operands};

/// An equal form of a value: steps on values of the graph and on steps before them, which
/// are numbered on from the graph's nodes.
#[derive(Debug, Clone)]
pub struct Offer {
    pub of: ValueId,
    pub steps: Vec<Step>,
    /// How the value was computed all along: taking it is no change.
    pub plain: bool,
}

/// One op of an offer; the last one equals the value.
#[derive(Debug, Clone)]
pub struct Step {
    pub op: Op,
    pub ty: IntType,
    /// How many low bits are always zero.
    pub zeros: u32,
}

/// The form of a class that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The class's own op.
    Own,
    /// Another class, which has the same value.
    Same(usize),
}

/// The graph in which each value has the form that costs least, shared values paid once;
/// `None` where no offer is taken that changes anything.
///
/// `share` is the percentage of a sum's or a constant product's LUTs that is left once
/// equal partial sums are shared: 100 where they are shared already.
pub fn choose(
    graph: &Graph,
    target: &Target,
    offers: &[Offer],
    share: u64,
) -> Result<Option<Graph>> {
    if offers.iter().all(|offer| offer.plain) {
        return Ok(None);
    }
    let known = operands(graph);
    let own = graph.nodes.iter().zip(&known);
    let own = own.map(|(node, operand)| (node.op.clone(), node.ty, *operand));
    let mut classes = Classes {
        nodes: graph.nodes.len(),
        list: own.collect(),
        known: HashMap::new(),
    };
    let mut same: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    let mut plain: HashSet<(usize, usize)> = HashSet::new();
    for offer in offers {
        if let Some(class) = classes.add(offer) {
            same[offer.of.index()].push(class);
            if offer.plain {
                plain.insert((offer.of.index(), class));
            }
        }
    }
    let mut candidates: Vec<Vec<Candidate<Form>>> = Vec::with_capacity(classes.list.len());
    for class in 0..classes.list.len() {
        let others = same.get(class).into_iter().flatten();
        let others = others
            .filter(|other| **other != class)
            .map(|&other| Candidate {
                expr: Form::Same(other),
                own: 0,
                children: vec![other],
            });
        let own = classes.own(class, target, share);
        candidates.push(std::iter::once(own).chain(others).collect());
    }
    let roots = graph.results.iter().map(|value| value.index()).collect();
    let problem = Problem::of(candidates, roots);
    let choice = problem.solve(|class| {
        let class = usize::from(class);
        (class < graph.nodes.len()).then_some((class, Form::Own))
    });
    let choice = choice.ok_or_else(|| Diagnostic::new("a value has no form at all"))?;
    let needed = needed(graph, &classes, &choice);
    let taken = (0..graph.nodes.len()).filter(|class| needed[*class]);
    let mut taken = taken.filter_map(|class| match *choice.node(Id::from(class)) {
        Form::Same(other) => Some((class, other)),
        Form::Own => None,
    });
    match taken.all(|pair| plain.contains(&pair)) {
        true => Ok(None),
        false => rebuild(graph, &classes, &choice, &needed).map(Some),
    }
}

/// Ops with their types; the first are the nodes of the graph.
struct Classes {
    nodes: usize,
    list: Vec<(Op, IntType, Operand)>,
    known: HashMap<(Op, IntType), usize>,
}

impl Classes {
    /// The class of the offer's last step.
    fn add(&mut self, offer: &Offer) -> Option<usize> {
        let mut steps: Vec<usize> = Vec::with_capacity(offer.steps.len());
        for step in &offer.steps {
            let class = |value: ValueId| match value.index().checked_sub(self.nodes) {
                Some(at) => ValueId(steps[at] as u32),
                None => value,
            };
            let op = step.op.clone().map_operands(class);
            let next = self.list.len();
            let class = *self.known.entry((op.clone(), step.ty)).or_insert(next);
            if class == next {
                let operand = match op {
                    Op::Constant { value } => Operand::constant(value, step.ty),
                    _ => Operand::of(step.ty).with_trailing_zeros(step.zeros),
                };
                self.list.push((op, step.ty, operand));
            }
            steps.push(class);
        }
        steps.last().copied()
    }

    fn own(&self, class: usize, target: &Target, share: u64) -> Candidate<Form> {
        let (op, ty, _) = &self.list[class];
        let children = op.operands().into_iter().map(ValueId::index);
        let children: Vec<usize> = children.collect();
        let of: Vec<Operand> = children.iter().map(|child| self.list[*child].2).collect();
        // What an offer brings along nobody else is known to share.
        let share = if class < self.nodes { share } else { 100 };
        Candidate {
            expr: Form::Own,
            own: own_of(op, *ty, &of, target, share),
            children,
        }
    }
}

/// What an op costs by itself, in thousandths of a LUT; of sums `share` percent.
pub fn own_of(op: &Op, ty: IntType, of: &[Operand], target: &Target, share: u64) -> u64 {
    let own = match op {
        Op::Input { .. } | Op::Constant { .. } => 0,
        _ => weight(op, &target.cost(op, ty, of)),
    };
    match is_linear(op, |at| of[at].constant.is_some()) {
        true => own * share / 100,
        false => own,
    }
}

/// What all live nodes of a graph cost, in thousandths of a LUT.
pub fn cost(graph: &Graph, target: &Target) -> u64 {
    let known = operands(graph);
    let live = graph.live();
    let nodes = graph.nodes.iter().zip(live).filter(|(_, live)| *live);
    let costs = nodes.map(|(node, _)| {
        let of = node.op.operands();
        let of: Vec<Operand> = of.iter().map(|value| known[value.index()]).collect();
        own_of(&node.op, node.ty, &of, target, 100)
    });
    costs.sum()
}

/// Whether an op is a sum or a product by a constant; `constant` is asked about operands.
pub fn is_linear(op: &Op, constant: impl Fn(usize) -> bool) -> bool {
    match op {
        Op::Add { .. } | Op::Sub { .. } | Op::Neg { .. } | Op::Sum { .. } => true,
        Op::Mul { .. } => constant(0) || constant(1),
        _ => false,
    }
}

/// The chosen forms as a graph: nodes in their order, steps before their first user.
fn rebuild(
    graph: &Graph,
    classes: &Classes,
    choice: &Choice<Form>,
    needed: &[bool],
) -> Result<Graph> {
    let mut builder = Builder::like(graph);
    let mut done: Vec<Option<ValueId>> = vec![None; classes.list.len()];
    for (index, node) in graph.nodes.iter().enumerate() {
        if needed[index] {
            emit(
                &mut builder,
                classes,
                choice,
                &mut done,
                index,
                node.layer,
                graph,
            )?;
        }
    }
    let results = graph.results.iter();
    let results = results.map(|value| done[value.index()].unwrap_or(*value));
    Ok(builder.finish_like(results.collect()))
}

/// What a class reads.
fn reads(classes: &Classes, choice: &Choice<Form>, class: usize) -> Vec<usize> {
    match choice.node(Id::from(class)) {
        Form::Same(other) => vec![*other],
        Form::Own => {
            let operands = classes.list[class].0.operands().into_iter();
            operands.map(ValueId::index).collect()
        }
    }
}

fn needed(graph: &Graph, classes: &Classes, choice: &Choice<Form>) -> Vec<bool> {
    let mut needed = vec![false; classes.list.len()];
    let mut todo: Vec<usize> = graph.results.iter().map(|value| value.index()).collect();
    while let Some(class) = todo.pop() {
        if !std::mem::replace(&mut needed[class], true) {
            todo.extend(reads(classes, choice, class));
        }
    }
    needed
}

/// Emits a class behind everything it reads.
fn emit(
    builder: &mut Builder,
    classes: &Classes,
    choice: &Choice<Form>,
    done: &mut [Option<ValueId>],
    class: usize,
    layer: LayerId,
    graph: &Graph,
) -> Result<()> {
    let mut todo = vec![class];
    while let Some(&class) = todo.last() {
        let open = reads(classes, choice, class);
        let open: Vec<usize> = open.into_iter().filter(|c| done[*c].is_none()).collect();
        if done[class].is_some() || !open.is_empty() {
            match done[class] {
                Some(_) => drop(todo.pop()),
                None => todo.extend(open.into_iter().rev()),
            }
            continue;
        }
        let layer = graph.nodes.get(class).map_or(layer, |node| node.layer);
        let at = |value: ValueId| done[value.index()].unwrap_or(value);
        let value = match *choice.node(Id::from(class)) {
            Form::Same(other) => at(ValueId(other as u32)),
            Form::Own => {
                let (op, ty, _) = &classes.list[class];
                let node = Node {
                    op: op.clone(),
                    ty: *ty,
                    layer,
                };
                builder.copy_as(&node, at)?
            }
        };
        // What is known of a value can be narrower than what its form shows.
        let ty = classes.list[class].1;
        let value = match ty.contains(builder.range(value)) {
            true => value,
            false => builder.wrap(value, ty, layer)?,
        };
        done[class] = Some(value);
        todo.pop();
    }
    Ok(())
}
