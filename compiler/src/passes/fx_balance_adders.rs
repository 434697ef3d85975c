//! fx-balance-adders: make each sum a shallow tree of narrow adders.
//!
//! Before   ((a + b) + c) - d                 three adders in a row
//! After    (a + b) + (c - d)                 two
//!
//! A sum is a maximal tree of additions, subtractions, negations and left shifts whose inner
//! values nobody else reads. Its terms are joined two by two, those first that arrive first
//! by the target's delays; among equals, those whose lowest bits lie together, narrow ones
//! before wide ones. Constants are one term.
//!
//! Needs      nothing; better after `fx-reduce-strength`, which makes adders of products.
//! Leaves     sums that arrive earlier than before, or as early with fewer LUTs.
//! Never      changes a value or a port; touches a sum it cannot better; crosses a register.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use dialects::Result;
use dialects::fx::{Builder, Graph, LayerId, Node, Op, ValueId};

use super::{Changed, Pass, Run, fx_drop_dead};
use crate::context::PassContext;
use crate::target::{Operand, Target};

pub const PASS: Pass = Pass {
    name: "fx-balance-adders",
    summary: "make each sum a shallow tree of narrow adders",
    source: include_str!("fx_balance_adders.rs"),
    run: Run::Fx(run),
};

/// A sum that comes out equal to a part of another ends the tree there; the next round
/// sees that.
const ROUNDS: usize = 4;

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    for round in 0..ROUNDS {
        let Some(balanced) = balanced(graph, cx.target)? else {
            return Ok((round > 0).into());
        };
        *graph = balanced;
    }
    Ok(Changed::Yes)
}

/// The graph with every sum made better that can be; `None` when none can.
fn balanced(graph: &Graph, target: &Target) -> Result<Option<Graph>> {
    let inner = inner_nodes(graph);
    let inputs = graph.input_count();
    let mut balance = Balance {
        target,
        builder: Builder::like(graph),
        arrivals: vec![0; inputs],
        zeros: vec![0; inputs],
        moved: vec![None; graph.nodes.len()],
        bettered: 0,
    };
    for (index, node) in graph.nodes.iter().enumerate() {
        if inner[index] {
            continue;
        }
        let value = match is_sum(&node.op) {
            true => balance.sum(graph, ValueId(index as u32), &inner)?,
            false => balance.copy(node)?,
        };
        balance.moved[index] = Some(value);
    }
    if balance.bettered == 0 {
        return Ok(None);
    }
    let results = graph.results.iter().map(|value| balance.moved(*value));
    let results = results.collect();
    let mut balanced = balance.builder.finish_like(results);
    fx_drop_dead::drop_dead(&mut balanced);
    Ok(Some(balanced))
}

fn is_sum(op: &Op) -> bool {
    matches!(op, Op::Add { .. } | Op::Sub { .. } | Op::Neg { .. })
}

/// Which nodes are inside a sum: read once, by a node of the same sum. A shift is inside
/// if it leads to more of the sum.
fn inner_nodes(graph: &Graph) -> Vec<bool> {
    let uses = graph.use_counts();
    let single = |value: ValueId| uses[value.index()] == 1;
    let joins = |op: &Op| match *op {
        Op::Shl { input, .. } => is_sum(&graph.node(input).op) && single(input),
        ref op => is_sum(op),
    };
    let mut inner = vec![false; graph.nodes.len()];
    for (index, node) in graph.nodes.iter().enumerate().rev() {
        if is_sum(&node.op) || inner[index] {
            for operand in node.op.operands() {
                inner[operand.index()] = single(operand) && joins(&graph.node(operand).op);
            }
        }
    }
    inner
}

/// `±(value << shift)`, ready at a time; the order of the fields is the order of joining.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Term {
    arrival: u32,
    shift: u32,
    width: u32,
    number: usize,
    value: ValueId,
    negative: bool,
}

/// A sum taken apart.
struct Sum {
    /// Values of the new graph with their shifts and signs.
    terms: Vec<(ValueId, u32, bool)>,
    constant: i128,
    /// The nodes of the sum, each behind what it reads.
    nodes: Vec<ValueId>,
}

struct Balance<'a> {
    target: &'a Target,
    builder: Builder,
    /// When each new value is ready, and how many of its low bits are zero.
    arrivals: Vec<u32>,
    zeros: Vec<u32>,
    moved: Vec<Option<ValueId>>,
    bettered: usize,
}

impl Balance<'_> {
    /// What a value of the old graph has become.
    fn moved(&self, value: ValueId) -> ValueId {
        self.moved[value.index()].expect("operands stand before their users")
    }

    fn copy(&mut self, node: &Node) -> Result<ValueId> {
        let moved = &self.moved;
        let of = |v: ValueId| moved[v.index()].expect("operands stand before their users");
        let value = self.builder.copy(node, of)?;
        Ok(self.note(value))
    }

    fn push(&mut self, op: Op, layer: LayerId) -> Result<ValueId> {
        let value = self.builder.push(op, layer)?;
        Ok(self.note(value))
    }

    fn shl(&mut self, value: ValueId, amount: u32, layer: LayerId) -> Result<ValueId> {
        let value = self.builder.shl(value, amount, layer)?;
        Ok(self.note(value))
    }

    /// Notes what is known of a value that may be new.
    fn note(&mut self, value: ValueId) -> ValueId {
        if value.index() < self.arrivals.len() {
            return value;
        }
        let node = self.builder.node(value);
        let operands = node.op.operands();
        let before = operands.iter().map(|v| self.arrivals[v.index()]).max();
        let ready = match node.op {
            Op::Register { .. } => 0,
            _ => before.unwrap_or(0) + self.cost(node).delay_ps,
        };
        let zeros = |v: ValueId| self.zeros[v.index()];
        let zeros = match node.op {
            Op::Constant { value } => value.trailing_zeros(),
            Op::Shl { input, amount } => zeros(input).saturating_add(amount),
            Op::Add { lhs, rhs } | Op::Sub { lhs, rhs } => zeros(lhs).min(zeros(rhs)),
            Op::Mul { lhs, rhs } => zeros(lhs).saturating_add(zeros(rhs)),
            Op::Neg { input } | Op::Register { input } => zeros(input),
            _ => 0,
        };
        self.arrivals.push(ready);
        self.zeros.push(zeros);
        value
    }

    fn cost(&self, node: &Node) -> crate::target::Cost {
        let operand = |value: &ValueId| {
            let ty = self.builder.node(*value).ty;
            match self.builder.constant_value(*value) {
                Some(constant) => Operand::constant(constant, ty),
                None => Operand::of(ty).with_trailing_zeros(self.zeros[value.index()]),
            }
        };
        let operands: Vec<Operand> = node.op.operands().iter().map(operand).collect();
        self.target.cost(&node.op, node.ty, &operands)
    }

    /// The better of the sum as it is and the sum as a tree.
    fn sum(&mut self, graph: &Graph, root: ValueId, inner: &[bool]) -> Result<ValueId> {
        let Some(sum) = self.taken_apart(graph, root, inner) else {
            return self.copy(graph.node(root));
        };
        for node in &sum.nodes {
            self.moved[node.index()] = Some(self.copy(graph.node(*node))?);
        }
        let old = self.moved(root);
        // Sums of some of the terms can be too wide where those that were there are not.
        let Ok(new) = self.tree(&sum, graph.node(root).layer) else {
            return Ok(old);
        };
        let (before, after) = (self.builder.node(old).ty, self.builder.node(new).ty);
        let fits = self.builder.range(old).contains(self.builder.range(new));
        if fits && before.contains(after.range()) && self.price(new, &sum) < self.price(old, &sum) {
            self.bettered += 1;
            return Ok(new);
        }
        Ok(old)
    }

    /// When a sum is ready, and the LUTs from its terms up to it.
    fn price(&self, root: ValueId, sum: &Sum) -> (u32, u32) {
        let terms: HashSet<ValueId> = sum.terms.iter().map(|term| term.0).collect();
        let mut seen = HashSet::new();
        let (mut todo, mut lut) = (vec![root], 0);
        while let Some(value) = todo.pop() {
            if !terms.contains(&value) && seen.insert(value) {
                let node = self.builder.node(value);
                lut += self.cost(node).area;
                todo.extend(node.op.operands());
            }
        }
        (self.arrivals[root.index()], lut)
    }

    /// The terms below a root; `None` when they leave 128 bits.
    fn taken_apart(&self, graph: &Graph, root: ValueId, inner: &[bool]) -> Option<Sum> {
        let mut sum = Sum {
            terms: vec![],
            constant: 0,
            nodes: vec![],
        };
        let mut todo = vec![(root, 0, false)];
        while let Some((value, shift, negative)) = todo.pop() {
            let op = &graph.node(value).op;
            if value == root || inner[value.index()] {
                sum.nodes.push(value);
                match *op {
                    Op::Add { lhs, rhs } => {
                        todo.extend([(rhs, shift, negative), (lhs, shift, negative)]);
                    }
                    Op::Sub { lhs, rhs } => {
                        todo.extend([(rhs, shift, !negative), (lhs, shift, negative)]);
                    }
                    Op::Neg { input } => todo.push((input, shift, !negative)),
                    Op::Shl { input, amount } => todo.push((input, shift + amount, negative)),
                    _ => return None,
                }
                continue;
            }
            match *op {
                Op::Constant { value } => {
                    let value = value.checked_mul(1i128.checked_shl(shift)?)?;
                    let value = if negative { -value } else { value };
                    sum.constant = sum.constant.checked_add(value)?;
                }
                Op::Shl { input, amount } => {
                    sum.terms
                        .push((self.moved(input), shift + amount, negative));
                }
                _ => sum.terms.push((self.moved(value), shift, negative)),
            }
        }
        sum.nodes.reverse();
        sum.terms.sort_unstable();
        Some(sum)
    }

    /// The terms joined two by two.
    fn tree(&mut self, sum: &Sum, layer: LayerId) -> Result<ValueId> {
        let mut heap = BinaryHeap::new();
        let mut number = 0;
        let mut term = |this: &Self, value: ValueId, shift, negative| {
            number += 1;
            Reverse(Term {
                arrival: this.arrivals[value.index()],
                shift,
                width: this.builder.node(value).ty.width,
                number,
                value,
                negative,
            })
        };
        for &(value, shift, negative) in &sum.terms {
            heap.push(term(self, value, shift, negative));
        }
        if sum.constant != 0 || heap.is_empty() {
            let shift = match sum.constant {
                0 => 0,
                constant => constant.trailing_zeros(),
            };
            let value = sum.constant >> shift;
            let value = self.push(Op::Constant { value }, layer)?;
            heap.push(term(self, value, shift, false));
        }
        while let Some(Reverse(first)) = heap.pop() {
            let Some(Reverse(second)) = heap.pop() else {
                let value = self.shl(first.value, first.shift, layer)?;
                return match first.negative {
                    true => self.push(Op::Neg { input: value }, layer),
                    false => Ok(value),
                };
            };
            let shift = first.shift.min(second.shift);
            let lhs = self.shl(first.value, first.shift - shift, layer)?;
            let rhs = self.shl(second.value, second.shift - shift, layer)?;
            let op = match (first.negative, second.negative) {
                (false, true) => Op::Sub { lhs, rhs },
                (true, false) => Op::Sub { lhs: rhs, rhs: lhs },
                _ => Op::Add { lhs, rhs },
            };
            let joined = self.push(op, layer)?;
            let negative = first.negative && second.negative;
            heap.push(term(self, joined, shift, negative));
        }
        unreachable!("a sum has a term")
    }
}
