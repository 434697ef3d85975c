//! fx-choose-offsets: let sums carry the offsets and signs that cost their readers least.
//!
//! Before   %0 = fx.sum2(%x0, %x1) {constant = 256} : (si8, si8) -> ui9     both signs inverted
//!          %1 = fx.sum2(%0, %x2) {constant = 0} : (ui9, si8) -> …
//! After    %0 = fx.sum2(%x0, %x1) {constant = 0} : (si8, si8) -> si9
//!          %1 = fx.sum2(%0, %x2) {constant = 256} : (si9, si8) -> …
//!
//! A sum that only sums read may compute any s·v + k, s = 1 or -1, of its value v: its readers
//! take s and k back, which for them are a sign and a constant. Of a few such forms the one is
//! taken that makes the sum and its readers cheapest together. A place where two inverted bits
//! meet, or a constant between two bits, costs a second output of its LUT; most of them go.
//!
//! Needs      the final sums; best after `fx-merge-rows`, when it is known which sums go
//!            straight into registers, where a second output costs nothing.
//! Leaves     the widths, the registers and the number of sums.
//! Never      changes a result or a port; makes a path longer than the clock period, where it
//!            was not; moves an op.

use dialects::Result;
use dialects::fx::{self, Graph, IntType, Op, Range, Term, Terms, ValueId};
use lowering::adder::{Readers, readers};
use smallvec::SmallVec;

use super::{Changed, Pass, Run, fx_drop_dead};
use crate::context::PassContext;
use crate::schedule;
use crate::target::{self, Operand, Target};

pub const PASS: Pass = Pass {
    name: "fx-choose-offsets",
    summary: "let sums carry the offsets and signs that cost their readers least",
    source: include_str!("fx_choose_offsets.rs"),
    run: Run::Fx(run),
};

/// What is chosen for one sum can open a choice for another; few rounds find something.
const ROUNDS: usize = 16;

/// How often sums on a path that became too long are left as they were, and the search is
/// begun anew.
const ATTEMPTS: usize = 6;

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    let mut changed = Changed::No;
    // What was on a late path at first may be free once the rest has changed.
    while once(graph, cx)? == Changed::Yes {
        changed = Changed::Yes;
    }
    Ok(changed)
}

fn once(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    let limit = graph
        .clock_ps
        .map_or(0, |clock| clock.saturating_sub(cx.target.overhead_ps()));
    let limit = limit.max(schedule::longest_path_ps(graph, cx.target));
    let mut fixed = vec![false; graph.nodes.len()];
    for _ in 0..ATTEMPTS {
        let mut search = Search::new(graph, cx.target)?;
        for (users, _) in search
            .users
            .iter_mut()
            .zip(&fixed)
            .filter(|(_, fixed)| **fixed)
        {
            *users = None;
        }
        if !search.all() {
            return Ok(Changed::No);
        }
        let after = schedule::arrivals_ps(&search.graph, cx.target);
        let late = graph.values().filter(|value| after[value.index()] > limit);
        let late: Vec<ValueId> = late.collect();
        if late.is_empty() {
            *graph = search.graph;
            fx_drop_dead::drop_dead(graph);
            return Ok(Changed::Yes);
        }
        // What they read, and what else reads that: its forms and its loads.
        for value in late {
            fixed[value.index()] = true;
            for operand in graph.node(value).op.operands() {
                fixed[operand.index()] = true;
                for below in graph.node(operand).op.operands() {
                    fixed[below.index()] = true;
                }
            }
        }
    }
    Ok(Changed::No)
}

/// `sign · v + offset`
#[derive(Debug, Clone, Copy)]
struct Form {
    negative: bool,
    offset: i128,
}

struct Search<'a> {
    target: &'a Target,
    graph: Graph,
    ranges: Vec<Range>,
    known: Vec<Operand>,
    readers: Vec<Readers>,
    /// The sum that a value is, behind registers or not.
    of: Vec<Option<ValueId>>,
    /// For each sum whose form is free: the sums that read it, in order.
    users: Vec<Option<Vec<ValueId>>>,
    /// The registers behind each sum.
    registers: Vec<Vec<ValueId>>,
}

impl<'a> Search<'a> {
    fn new(graph: &Graph, target: &'a Target) -> Result<Self> {
        let ranges = fx::ranges(graph)?;
        let readers = readers(graph);
        let mut known = target::operands(graph);
        let mut of: Vec<Option<ValueId>> = Vec::with_capacity(graph.nodes.len());
        let mut users: Vec<Option<Vec<ValueId>>> = vec![None; graph.nodes.len()];
        let mut registers = vec![Vec::new(); graph.nodes.len()];
        for value in graph.values() {
            let (at, node) = (value.index(), graph.node(value));
            let sum = taken_apart(graph, value).is_some();
            let whole = readers[at].bits == node.ty.width;
            known[at].ty.width = readers[at].bits;
            if sum && whole {
                users[at] = Some(Vec::new());
            }
            for operand in node.op.operands() {
                let Some(read) = of[operand.index()] else {
                    continue;
                };
                match &node.op {
                    Op::Register { .. } if whole => registers[read.index()].push(value),
                    _ if sum => {
                        if let Some(users) = &mut users[read.index()]
                            && users.last() != Some(&value)
                        {
                            users.push(value);
                        }
                    }
                    _ => users[read.index()] = None,
                }
            }
            of.push(match &node.op {
                Op::Register { input } => of[input.index()].filter(|_| whole),
                _ => sum.then_some(value),
            });
        }
        for result in &graph.results {
            if let Some(sum) = of[result.index()] {
                users[sum.index()] = None;
            }
        }
        Ok(Search {
            target,
            graph: graph.clone(),
            ranges,
            known,
            readers,
            of,
            users,
            registers,
        })
    }

    /// Every sum, until nothing gets cheaper; whether anything did.
    fn all(&mut self) -> bool {
        let mut bettered = false;
        for _ in 0..ROUNDS {
            let mut again = false;
            for value in (0..self.graph.nodes.len() as u32).map(ValueId) {
                again |= self.better(value);
            }
            bettered |= again;
            if !again {
                break;
            }
        }
        bettered
    }

    /// Takes the form of a sum that makes it and its readers cheapest, if that is another one.
    fn better(&mut self, value: ValueId) -> bool {
        let Some(users) = self.users[value.index()].clone() else {
            return false;
        };
        let wasted = |of: &ValueId| {
            let op = &self.graph.node(*of).op;
            self.target
                .avoidable(op, &self.operands(op), self.readers[of.index()])
                > 0
        };
        if users.is_empty() || !users.iter().chain([&value]).any(wasted) {
            return false;
        }
        let before = self.price(value) + users.iter().map(|user| self.price(*user)).sum::<u64>();
        let mut best: Option<(u64, Form)> = None;
        for form in self.forms(value) {
            let Some(kept) = self.take(value, &users, form) else {
                continue;
            };
            let after = self.price(value) + users.iter().map(|user| self.price(*user)).sum::<u64>();
            self.restore(kept);
            if after < best.map_or(before, |best| best.0) {
                best = Some((after, form));
            }
        }
        match best {
            Some((_, form)) => self.take(value, &users, form).is_some(),
            None => false,
        }
    }

    /// The forms of a sum within its width.
    fn forms(&self, value: ValueId) -> SmallVec<[Form; 8]> {
        let ty = self.graph.node(value).ty;
        let range = self.ranges[value.index()];
        let half = 1i128 << (ty.width - 1);
        // From the present type to the other one of that width.
        let over = if ty.signed { half } else { -half };
        let all = if ty.signed { -1 } else { 2 * half - 1 };
        let own = taken_apart(&self.graph, value).map_or(0, |sum| sum.1);
        let mut forms: SmallVec<[Form; 8]> = SmallVec::new();
        for negative in [false, true] {
            let base = if negative { all } else { 0 };
            for offset in [base, base + over] {
                forms.push(Form { negative, offset });
            }
        }
        // Without a constant, and as low as it goes.
        for offset in [-own, -range.lo, -own - half, -range.lo - half] {
            let negative = false;
            forms.push(Form { negative, offset });
        }
        forms
    }

    /// Puts a sum into a form, and makes its readers take it back; returns what was there
    /// before, or `None`, and no change, where a type does not hold it.
    fn take(&mut self, value: ValueId, users: &[ValueId], form: Form) -> Option<Kept> {
        let sign = if form.negative { -1 } else { 1 };
        let (terms, constant) = taken_apart(&self.graph, value)?;
        let node = self.graph.node(value);
        let now = self.ranges[value.index()];
        let (a, b) = (sign * now.lo + form.offset, sign * now.hi + form.offset);
        let range = Range::new(a.min(b), a.max(b));
        let width = node.ty.width;
        let ty = range.int_type().filter(|ty| ty.width <= width)?;
        let ty = match ty.signed || range.lo < 0 {
            true => IntType::signed(width),
            false => IntType::unsigned(width),
        };
        let constant = sign * constant + form.offset;
        let op = Op::Sum {
            terms: terms
                .into_iter()
                .map(|term| Term::new(term.value, term.shift, term.negative != form.negative))
                .collect(),
            constant,
        };
        if zeros(&op, &self.known) != self.known[value.index()].trailing_zeros {
            return None;
        }
        let mut changes: Vec<(ValueId, Op)> = vec![(value, op)];
        for user in users {
            let (mut terms, mut constant) = taken_apart(&self.graph, *user)?;
            for term in &mut terms {
                if self.of[term.value.index()] == Some(value) {
                    term.negative ^= form.negative;
                    constant -= term.factor()? * form.offset;
                }
            }
            let op = Op::Sum { terms, constant };
            if zeros(&op, &self.known) != self.known[user.index()].trailing_zeros {
                return None;
            }
            changes.push((*user, op));
        }
        let kept = Kept {
            value,
            range: now,
            ty: node.ty,
            ops: changes
                .iter()
                .map(|(at, _)| (*at, self.graph.node(*at).op.clone()))
                .collect(),
        };
        for (at, op) in changes {
            self.graph.nodes[at.index()].op = op;
        }
        self.retype(value, ty, range);
        Some(kept)
    }

    fn restore(&mut self, kept: Kept) {
        for (at, op) in kept.ops {
            self.graph.nodes[at.index()].op = op;
        }
        self.retype(kept.value, kept.ty, kept.range);
    }

    /// The type of a sum and of the registers behind it.
    fn retype(&mut self, value: ValueId, ty: IntType, range: Range) {
        let registers = &self.registers[value.index()];
        for at in registers.iter().chain([&value]).map(|of| of.index()) {
            self.graph.nodes[at].ty = ty;
            self.known[at].ty.signed = ty.signed;
            self.ranges[at] = range;
        }
    }

    fn operands(&self, op: &Op) -> SmallVec<[Operand; 3]> {
        let of = op.operands();
        of.iter().map(|value| self.known[value.index()]).collect()
    }

    /// In half LUTs: a second output that no register spares is worth a half.
    fn price(&self, value: ValueId) -> u64 {
        let node = self.graph.node(value);
        let of = self.operands(&node.op);
        let readers = self.readers[value.index()];
        let cost = self.target.cost_read(&node.op, node.ty, &of, readers);
        let second = self.target.avoidable(&node.op, &of, readers);
        2 * u64::from(cost.area) + u64::from(second)
    }
}

/// What a change took the place of.
struct Kept {
    value: ValueId,
    range: Range,
    ty: IntType,
    ops: Vec<(ValueId, Op)>,
}

/// A sum as terms and a constant; `None` for any other op.
fn taken_apart(graph: &Graph, value: ValueId) -> Option<(Terms, i128)> {
    let plain = |value: ValueId, negative| Term::new(value, 0, negative);
    let (terms, mut constant) = match &graph.node(value).op {
        Op::Add { lhs, rhs } => (vec![plain(*lhs, false), plain(*rhs, false)], 0),
        Op::Sub { lhs, rhs } => (vec![plain(*lhs, false), plain(*rhs, true)], 0),
        Op::Sum { terms, constant } => (terms.to_vec(), *constant),
        _ => return None,
    };
    let mut varying = Terms::new();
    for term in terms {
        match graph.node(term.value).op {
            Op::Constant { value } => constant += value * term.factor()?,
            _ => varying.push(term),
        }
    }
    (!varying.is_empty()).then_some((varying, constant))
}

/// The low bits of a sum that are always zero.
fn zeros(op: &Op, known: &[Operand]) -> u32 {
    match op {
        Op::Sum { terms, constant } => terms
            .iter()
            .map(|term| known[term.value.index()].trailing_zeros + term.shift)
            .fold(constant.trailing_zeros(), u32::min),
        _ => 0,
    }
}
