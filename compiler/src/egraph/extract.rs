//! Extraction: one node for every class that is needed, so that the sum of what the
//! needed ones cost is small. A class that several read is paid once.
//!
//! It starts from a choice (the nodes that were there, or the cheapest by a guess that
//! splits the cost of a shared class among its readers) and improves it: at each class
//! with alternatives, what another node would newly need is weighed against what would no
//! longer be needed. The better of the two starts is kept. Where classes can read each
//! other in a circle, a node may only read those that stand before its own in one order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use egg::{Id, Language};

use super::facts::EGraph;
use super::language::Expr;

/// A cost no node that can be built has.
pub const IMPOSSIBLE: u64 = u64::MAX / 4;

/// Improvement goes over all classes this often at most.
const ROUNDS: usize = 6;

/// What a switch may newly need, in classes: beyond it the alternative is not weighed.
const REACH: usize = 512;

/// The chosen node of every class that could be built.
pub struct Choice<N = Expr> {
    nodes: Vec<Option<N>>,
}

impl<N> Choice<N> {
    pub fn node(&self, class: Id) -> &N {
        let node = self.nodes[usize::from(class)].as_ref();
        node.expect("a chosen node reads chosen classes")
    }
}

/// One node of a class, with what it costs by itself and the classes it reads.
pub struct Candidate<N> {
    pub expr: N,
    pub own: u64,
    pub children: Vec<usize>,
}

/// The classes and their nodes, densely.
pub struct Problem<N = Expr> {
    candidates: Vec<Vec<Candidate<N>>>,
    /// Classes that reach each other have the same number.
    circles: Vec<u32>,
    /// How many nodes read each class.
    readers: Vec<u64>,
    roots: Vec<usize>,
}

impl Problem<Expr> {
    pub fn new(egraph: &EGraph, roots: &[Id], own: impl Fn(Id, &Expr) -> u64) -> Self {
        let size = egraph.nodes().len();
        let mut candidates: Vec<Vec<Candidate<Expr>>> = Vec::new();
        candidates.resize_with(size, Vec::new);
        let mut todo: Vec<Id> = roots.iter().map(|id| egraph.find(*id)).collect();
        let roots = todo.iter().map(|id| usize::from(*id)).collect();
        let mut seen = vec![false; size];
        while let Some(id) = todo.pop() {
            if std::mem::replace(&mut seen[usize::from(id)], true) {
                continue;
            }
            for expr in &egraph[id].nodes {
                let own = own(id, expr);
                if own >= IMPOSSIBLE {
                    continue;
                }
                let expr = expr.clone().map_children(|child| egraph.find(child));
                let children = expr.children().iter().map(|child| usize::from(*child));
                let children: Vec<usize> = children.collect();
                todo.extend(children.iter().map(|child| Id::from(*child)));
                candidates[usize::from(id)].push(Candidate {
                    expr,
                    own,
                    children,
                });
            }
        }
        Problem::of(candidates, roots)
    }
}

impl<N: Clone + PartialEq> Problem<N> {
    /// The problem of given classes; what is cheaper than [`IMPOSSIBLE`] can be chosen.
    pub fn of(candidates: Vec<Vec<Candidate<N>>>, roots: Vec<usize>) -> Self {
        let mut readers = vec![0; candidates.len()];
        for candidate in candidates.iter().flatten() {
            for &child in &candidate.children {
                readers[child] += 1;
            }
        }
        let circles = circles(&candidates);
        Problem {
            candidates,
            circles,
            readers,
            roots,
        }
    }

    /// The best choice found. `first` gives the node a class had in the original graph and
    /// where it stood, for classes that had one; children are found as of now.
    pub fn solve(&self, first: impl Fn(Id) -> Option<(usize, N)>) -> Option<Choice<N>> {
        let kept = self.original(first);
        let kept = Solution::new(self, kept.0, kept.1).map(Solution::improved);
        let cheap = self.cheapest();
        let cheap = Solution::new(self, cheap.0, cheap.1).map(Solution::improved);
        let best = match (kept, cheap) {
            (Some(kept), Some(cheap)) if cheap.cost < kept.cost => cheap,
            (Some(kept), _) => kept,
            (None, cheap) => cheap?,
        };
        let node = |(class, at): (usize, &Option<usize>)| {
            let at = (*at)?;
            Some(self.candidates[class][at].expr.clone())
        };
        let nodes = best.chosen.iter().enumerate().map(node);
        Some(Choice {
            nodes: nodes.collect(),
        })
    }

    /// Finishes classes in the order of `key`, lowest first: a class is ready with the
    /// first of its nodes whose operands are. Returns nodes and places in the order.
    fn finish(
        &self,
        key: impl Fn(usize, &Candidate<N>, &[u64]) -> Option<u64>,
    ) -> (Vec<Option<usize>>, Vec<u32>) {
        let size = self.candidates.len();
        let mut users: Vec<Vec<(u32, u32)>> = vec![Vec::new(); size];
        let mut missing: Vec<Vec<u32>> = Vec::with_capacity(size);
        let mut heap = BinaryHeap::new();
        let mut keys = vec![0u64; size];
        for (class, candidates) in self.candidates.iter().enumerate() {
            let mut counts = Vec::with_capacity(candidates.len());
            for (at, candidate) in candidates.iter().enumerate() {
                counts.push(candidate.children.len() as u32);
                for &child in &candidate.children {
                    users[child].push((class as u32, at as u32));
                }
                if candidate.children.is_empty()
                    && let Some(key) = key(class, candidate, &keys)
                {
                    heap.push(Reverse((key, class as u32, at as u32)));
                }
            }
            missing.push(counts);
        }
        let mut chosen = vec![None; size];
        let mut place = vec![u32::MAX; size];
        let mut next = 0;
        while let Some(Reverse((at_key, class, at))) = heap.pop() {
            let class = class as usize;
            if chosen[class].is_some() {
                continue;
            }
            chosen[class] = Some(at as usize);
            place[class] = next;
            next += 1;
            keys[class] = at_key;
            for &(user, at) in &users[class] {
                let left = &mut missing[user as usize][at as usize];
                *left -= 1;
                let candidate = &self.candidates[user as usize][at as usize];
                if *left == 0
                    && chosen[user as usize].is_none()
                    && let Some(key) = key(user as usize, candidate, &keys)
                {
                    heap.push(Reverse((key, user, at)));
                }
            }
        }
        (chosen, place)
    }

    /// Every class by the guess that its readers share its cost.
    fn cheapest(&self) -> (Vec<Option<usize>>, Vec<u32>) {
        self.finish(|_, candidate, keys| {
            let shares = candidate.children.iter();
            let shares = shares.map(|child| keys[*child] / self.readers[*child].max(1));
            let sum = shares.fold(candidate.own, u64::saturating_add);
            Some(sum.min(IMPOSSIBLE))
        })
    }

    /// The original node where there was one; new classes behind what they read.
    fn original(&self, first: impl Fn(Id) -> Option<(usize, N)>) -> (Vec<Option<usize>>, Vec<u32>) {
        let first = |class| first(Id::from(class));
        let given: Vec<Option<(usize, N)>> = (0..self.candidates.len()).map(first).collect();
        self.finish(|class, candidate, keys| match &given[class] {
            Some((place, expr)) if candidate.children.is_empty() || *expr == candidate.expr => {
                Some((*place as u64 + 1) << 32)
            }
            Some(_) => None,
            None => {
                let last = candidate.children.iter().map(|child| keys[*child]).max();
                Some(last.map_or(0, |last| last + 1 + (candidate.own >> 8).min(1 << 20)))
            }
        })
    }
}

/// A choice being improved.
struct Solution<'a, N> {
    problem: &'a Problem<N>,
    chosen: Vec<Option<usize>>,
    place: Vec<u32>,
    /// How many chosen, needed nodes and roots read a class.
    uses: Vec<u32>,
    cost: u64,
}

impl<'a, N> Solution<'a, N> {
    /// `None` when a root has no node.
    fn new(problem: &'a Problem<N>, chosen: Vec<Option<usize>>, place: Vec<u32>) -> Option<Self> {
        let mut solution = Solution {
            problem,
            uses: vec![0; chosen.len()],
            chosen,
            place,
            cost: 0,
        };
        for &root in &problem.roots {
            solution.chosen[root]?;
            solution.cost += solution.take(&[root], usize::MAX)?;
        }
        Some(solution)
    }

    fn candidate(&self, class: usize) -> Option<&'a Candidate<N>> {
        Some(&self.problem.candidates[class][self.chosen[class]?])
    }

    /// Adds a reader to each class; what is newly needed is paid. `None`, and nothing
    /// changed, when that is more than `reach` classes.
    fn take(&mut self, classes: &[usize], reach: usize) -> Option<u64> {
        let mut cost = 0;
        let mut todo: Vec<usize> = classes.to_vec();
        let mut taken = Vec::new();
        let mut opened = 0;
        while let Some(class) = todo.pop() {
            self.uses[class] += 1;
            taken.push(class);
            if self.uses[class] > 1 {
                continue;
            }
            opened += 1;
            let candidate = self.candidate(class).filter(|_| opened <= reach);
            let Some(candidate) = candidate else {
                for class in taken {
                    self.uses[class] -= 1;
                }
                return None;
            };
            cost += candidate.own;
            todo.extend(&candidate.children);
        }
        Some(cost)
    }

    /// Removes a reader from each class; returns what is no longer needed.
    fn release(&mut self, classes: &[usize]) -> u64 {
        let mut cost = 0;
        let mut todo: Vec<usize> = classes.to_vec();
        while let Some(class) = todo.pop() {
            self.uses[class] -= 1;
            if self.uses[class] == 0
                && let Some(candidate) = self.candidate(class)
            {
                cost += candidate.own;
                todo.extend(&candidate.children);
            }
        }
        cost
    }

    fn improved(mut self) -> Self {
        let mut order: Vec<usize> = (0..self.chosen.len())
            .filter(|class| self.problem.candidates[*class].len() > 1)
            .filter(|class| self.chosen[*class].is_some())
            .collect();
        order.sort_unstable_by_key(|class| self.place[*class]);
        for _ in 0..ROUNDS {
            let before = self.cost;
            for &class in &order {
                self.improve(class);
            }
            order.reverse();
            if self.cost == before {
                break;
            }
        }
        self
    }

    /// Takes the node of a needed class that makes the whole cheapest.
    fn improve(&mut self, class: usize) {
        if self.uses[class] == 0 {
            return;
        }
        for at in 0..self.problem.candidates[class].len() {
            let Some(now) = self.candidate(class) else {
                return;
            };
            let other = &self.problem.candidates[class][at];
            let circles = &self.problem.circles;
            let before = |child: &usize| {
                circles[*child] != circles[class] || self.place[*child] < self.place[class]
            };
            if self.chosen[class] == Some(at) || !other.children.iter().all(before) {
                continue;
            }
            let Some(added) = self.take(&other.children, REACH) else {
                continue;
            };
            let saved = self.release(&now.children);
            if added + other.own < saved + now.own {
                self.cost = self.cost + added + other.own - saved - now.own;
                self.chosen[class] = Some(at);
            } else {
                self.take(&now.children, usize::MAX);
                self.release(&other.children);
            }
        }
    }
}

/// The strongly connected components of the classes, by Tarjan's algorithm.
fn circles<N>(candidates: &[Vec<Candidate<N>>]) -> Vec<u32> {
    const NEW: u32 = u32::MAX;
    let children: Vec<Vec<usize>> = candidates
        .iter()
        .map(|nodes| nodes.iter().flat_map(|n| n.children.iter().copied()))
        .map(Iterator::collect)
        .collect();
    let size = candidates.len();
    let (mut index, mut low) = (vec![NEW; size], vec![NEW; size]);
    let mut circle = vec![NEW; size];
    let (mut next, mut circles) = (0, 0);
    let (mut open, mut path) = (Vec::new(), Vec::new());
    for start in 0..size {
        if index[start] != NEW {
            continue;
        }
        path.push((start, 0));
        while let Some((class, at)) = path.pop() {
            if at == 0 {
                (index[class], low[class]) = (next, next);
                next += 1;
                open.push(class);
            }
            let mut at = at;
            let descend = loop {
                let Some(&child) = children[class].get(at) else {
                    break None;
                };
                at += 1;
                if index[child] == NEW {
                    break Some(child);
                }
                if circle[child] == NEW {
                    low[class] = low[class].min(index[child]);
                }
            };
            if let Some(child) = descend {
                path.push((class, at));
                path.push((child, 0));
                continue;
            }
            if low[class] == index[class] {
                while let Some(member) = open.pop() {
                    circle[member] = circles;
                    if member == class {
                        break;
                    }
                }
                circles += 1;
            }
            if let Some((parent, _)) = path.last() {
                low[*parent] = low[*parent].min(low[class]);
            }
        }
    }
    circle
}
