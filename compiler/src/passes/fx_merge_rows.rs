//! fx-merge-rows: add up to three terms in the row of LUTs before a register.
//!
//! Before   %3 = fx.add %0, %1            LUTs and chain, then again
//!          %4 = fx.add %3, %2
//!          %5 = fx.register %4
//! After    %4 = fx.sum %0, %1, %2        one chain of LUTs with two outputs each
//!          %5 = fx.register %4
//!
//! Only registers take both outputs of such a LUT, so the sum has to go into registers and
//! nowhere else, and what it takes in has to be a sum that nobody else reads. A constant joins
//! where it finds a vacant bit. Of all ways to merge into a sum the one that saves most LUTs
//! by the target's tables is taken that meets the clock.
//!
//! Needs      a schedule: before it nobody knows which sums are registered.
//! Leaves     fewer LUTs, the registers where they were.
//! Never      changes a value, a port or a type; makes a path longer than the clock period,
//!            where it was not; touches a sum that something else than registers reads.

use dialects::Result;
use dialects::fx::{self, Graph, MAX_TERMS, Node, Op, Term, Terms, ValueId};
use lowering::adder::{Readers, readers};

use super::{Changed, Pass, Run, fx_drop_dead};
use crate::context::PassContext;
use crate::schedule;
use crate::target::{self, Operand, Target};

pub const PASS: Pass = Pass {
    name: "fx-merge-rows",
    summary: "add up to three terms in the row of LUTs before a register",
    source: include_str!("fx_merge_rows.rs"),
    run: Run::Fx(run),
};

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    merge(graph, cx.target)
}

pub(super) fn merge(graph: &mut Graph, target: &Target) -> Result<Changed> {
    let Some(clock) = graph.clock_ps else {
        return Ok(Changed::No);
    };
    let limit = clock.saturating_sub(target.overhead_ps());
    let before = schedule::arrivals_ps(graph, target);
    let mut choices = choices(graph, target);
    while choices.iter().any(|choice| !choice.merges.is_empty()) {
        let mut merged = graph.clone();
        for choice in &choices {
            if let Some(merge) = choice.merges.last() {
                merged.nodes[choice.sum.index()].op = merge.op.clone();
            }
        }
        silence_dead(&mut merged);
        let wrong = wrong_types(&merged)?;
        let after = schedule::arrivals_ps(&merged, target);
        let late = |value: usize| after[value] > limit.max(before[value]);
        let mut refused = false;
        for choice in &mut choices {
            let at = choice.sum.index();
            if !choice.merges.is_empty() && (wrong[at] || late(at)) {
                choice.merges.pop();
                refused = true;
            }
        }
        if refused {
            continue;
        }
        if !(0..after.len()).any(late) {
            *graph = merged;
            fx_drop_dead::drop_dead(graph);
            return Ok(Changed::Yes);
        }
        // Another path got longer: a net of an operand has a reader more than before.
        choices.truncate(choices.len() / 2);
    }
    Ok(Changed::No)
}

/// Dead nodes read nothing, so that they are no load on any net; each stays at its place.
fn silence_dead(graph: &mut Graph) {
    let live = graph.live();
    for (node, live) in graph.nodes.iter_mut().zip(live) {
        if !live {
            node.op = Op::Constant { value: 0 };
        }
    }
}

/// The values whose type does not hold their range.
fn wrong_types(graph: &Graph) -> Result<Vec<bool>> {
    let ranges = fx::ranges(graph)?;
    let nodes = graph.nodes.iter().zip(ranges);
    Ok(nodes
        .map(|(node, range)| !node.ty.contains(range))
        .collect())
}

/// A registered sum, and what it may become; the best last.
struct Choice {
    sum: ValueId,
    merges: Vec<Merge>,
}

struct Merge {
    op: Op,
    saved: u32,
}

/// In evaluation order, those that have a choice.
fn choices(graph: &Graph, target: &Target) -> Vec<Choice> {
    let search = Search {
        graph,
        target,
        uses: graph.use_counts(),
        known: target::operands(graph),
        luts: target.costs(graph).iter().map(|cost| cost.area).collect(),
    };
    let readers = readers(graph);
    let registered = graph
        .values()
        .filter(|value| readers[value.index()].registered);
    registered
        .filter_map(|sum| {
            let merges = search.merges(sum, readers[sum.index()]);
            (!merges.is_empty()).then_some(Choice { sum, merges })
        })
        .collect()
}

struct Search<'a> {
    graph: &'a Graph,
    target: &'a Target,
    uses: Vec<u32>,
    known: Vec<Operand>,
    luts: Vec<u32>,
}

/// A sum as its terms and its constant.
#[derive(Clone)]
struct Sum {
    terms: Terms,
    constant: i128,
}

impl Search<'_> {
    fn merges(&self, sum: ValueId, readers: Readers) -> Vec<Merge> {
        let Some(own) = self.sum(sum) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        self.merge_into(sum, readers, &own, self.luts[sum.index()], &mut found);
        found.sort_by_key(|merge: &Merge| merge.saved);
        found
    }

    /// All ways to take terms of `into` apart; `luts` is what the taken ones cost so far.
    fn merge_into(
        &self,
        sum: ValueId,
        readers: Readers,
        into: &Sum,
        luts: u32,
        found: &mut Vec<Merge>,
    ) {
        for at in 0..into.terms.len() {
            let term = into.terms[at];
            if self.uses[term.value.index()] != 1 {
                continue;
            }
            let Some(merged) = self.sum(term.value).and_then(|of| into.with(at, &of)) else {
                continue;
            };
            let luts = luts + self.luts[term.value.index()];
            let op = Op::Sum {
                terms: merged.terms.clone(),
                constant: merged.constant,
            };
            let node = self.graph.node(sum);
            let of = merged
                .terms
                .iter()
                .map(|term| self.known[term.value.index()]);
            let of: Vec<Operand> = of.collect();
            let cost = self.target.cost_read(&op, node.ty, &of, readers).area;
            if cost < luts {
                let saved = luts - cost;
                found.push(Merge { op, saved });
            }
            self.merge_into(sum, readers, &merged, luts, found);
        }
    }

    /// A node as a sum; `None` for any other op, and for one that stays no sum of at most
    /// three terms.
    fn sum(&self, value: ValueId) -> Option<Sum> {
        let plain = |value: ValueId, negative| Term::new(value, 0, negative);
        let mut sum = Sum {
            terms: Terms::new(),
            constant: 0,
        };
        match &self.graph.node(value).op {
            Op::Add { lhs, rhs } => {
                self.add(&mut sum, plain(*lhs, false))?;
                self.add(&mut sum, plain(*rhs, false))?;
            }
            Op::Sub { lhs, rhs } => {
                self.add(&mut sum, plain(*lhs, false))?;
                self.add(&mut sum, plain(*rhs, true))?;
            }
            Op::Sum { terms, constant } => {
                sum.constant = *constant;
                for term in terms {
                    self.add(&mut sum, *term)?;
                }
            }
            _ => return None,
        }
        (!sum.terms.is_empty()).then_some(sum)
    }

    /// A term, with the left shifts before it that nobody else reads.
    fn add(&self, sum: &mut Sum, mut term: Term) -> Option<()> {
        while let Node {
            op: Op::Shl { input, amount },
            ..
        } = self.graph.node(term.value)
        {
            let shift = term.shift + amount;
            term = Term::new(*input, shift, term.negative);
        }
        match self.graph.node(term.value).op {
            Op::Constant { value } => {
                let part = value.checked_mul(term.factor()?)?;
                sum.constant = sum.constant.checked_add(part)?;
            }
            _ => {
                term.factor()?;
                sum.terms.push(term);
            }
        }
        Some(())
    }
}

impl Sum {
    /// The sum with the term of that number replaced by what it is a sum of; `None` when
    /// that is too much for one row.
    fn with(&self, at: usize, of: &Sum) -> Option<Sum> {
        let replaced = self.terms[at];
        if self.terms.len() - 1 + of.terms.len() > MAX_TERMS {
            return None;
        }
        let mut sum = self.clone();
        sum.terms.remove(at);
        for term in &of.terms {
            let negative = term.negative != replaced.negative;
            let term = Term::new(term.value, term.shift + replaced.shift, negative);
            term.factor()?;
            sum.terms.push(term);
        }
        let part = of.constant.checked_mul(replaced.factor()?)?;
        sum.constant = self.constant.checked_add(part)?;
        // The same order however it was merged.
        sum.terms.sort_by_key(|term| term.value);
        Some(sum)
    }
}
