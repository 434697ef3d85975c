//! Running the rules: every class once, then only what changed and what stands above it.

use std::fmt;

use egg::Id;

use super::facts::EGraph;
use super::observe::Growth;
use super::rules::Index;

/// How far above a change a left side can start: patterns are this deep, variables included.
const REACH: usize = 3;

/// Why the rules stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// No rule has anything to add.
    Saturated,
    Iterations(usize),
    Nodes(usize),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Saturated => write!(f, "no rule has anything to add"),
            Stop::Iterations(limit) => write!(
                f,
                "the rules stopped at {limit} iterations; what they had found by then was used"
            ),
            Stop::Nodes(limit) => write!(
                f,
                "the rules stopped at {limit} e-nodes; what they had found by then was used"
            ),
        }
    }
}

/// Limits of a run, from the size of its input.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub iterations: usize,
    pub nodes: usize,
}

impl Limits {
    /// The same for an e-graph that keeps every form of every node for its explanations.
    pub fn explaining(self) -> Self {
        Limits {
            nodes: self.nodes * 8,
            ..self
        }
    }

    /// Rules point downhill, so growth is a small multiple of the input; depth shows in
    /// iterations, because what one removes uncovers the next.
    pub fn of(nodes: usize) -> Self {
        Limits {
            iterations: 24 + 4 * (nodes.max(1).ilog2() as usize),
            nodes: 4096 + 16 * nodes,
        }
    }
}

/// What a run did.
pub struct Run {
    pub stop: Stop,
    /// The e-graph after each iteration.
    pub growth: Vec<Growth>,
    /// How often the guard of each rule of the index admitted a match.
    pub matched: Vec<usize>,
    /// How often each rule of the index added something new.
    pub fired: Vec<usize>,
}

impl Run {
    fn fired_so_far(&self) -> usize {
        self.fired.iter().sum()
    }
}

/// Runs the rules until nothing changes or a limit is met.
pub fn saturate(egraph: &mut EGraph, index: &Index, limits: Limits) -> Run {
    let mut run = Run {
        stop: Stop::Saturated,
        growth: vec![],
        matched: vec![0; index.rules.len()],
        fired: vec![0; index.rules.len()],
    };
    egraph.rebuild();
    egraph.analysis.take_changed();
    let mut candidates: Vec<Id> = egraph.classes().map(|class| class.id).collect();
    candidates.sort_unstable();
    while !candidates.is_empty() && !index.rules.is_empty() {
        if run.growth.len() == limits.iterations {
            run.stop = Stop::Iterations(limits.iterations);
            break;
        }
        let (matches, fired) = (index.search(egraph, &candidates), run.fired_so_far());
        let matched = matches.len();
        for found in matches {
            run.matched[found.rule] += 1;
            if egraph.nodes().len() > limits.nodes {
                break;
            }
            if index.rules[found.rule].join(egraph, &found) {
                run.fired[found.rule] += 1;
            }
        }
        egraph.rebuild();
        run.growth.push(Growth {
            candidates: candidates.len(),
            matched,
            fired: run.fired_so_far() - fired,
            nodes: egraph.total_number_of_nodes(),
            classes: egraph.number_of_classes(),
        });
        if egraph.nodes().len() > limits.nodes {
            run.stop = Stop::Nodes(limits.nodes);
            break;
        }
        candidates = touched(egraph);
    }
    run
}

/// The classes that changed since the last call, and those whose left sides can see them.
fn touched(egraph: &EGraph) -> Vec<Id> {
    let changed = egraph.analysis.take_changed();
    let mut all: Vec<Id> = changed.into_iter().map(|id| egraph.find(id)).collect();
    all.sort_unstable();
    all.dedup();
    let mut seen = vec![false; egraph.nodes().len()];
    for &id in &all {
        seen[usize::from(id)] = true;
    }
    let mut level = all.clone();
    for _ in 0..REACH {
        let mut above = Vec::new();
        for id in level {
            for parent in egraph[id].parents() {
                let parent = egraph.find(parent);
                if !std::mem::replace(&mut seen[usize::from(parent)], true) {
                    above.push(parent);
                }
            }
        }
        all.extend(&above);
        level = above;
    }
    all.sort_unstable();
    all
}
