//! What a search did, for whoever asks: how the e-graph grew, what each rule found, why the
//! rules stopped. Nothing here has an influence on the result.

use serde::{Deserialize, Serialize};

use super::rules::Index;
use super::saturate::{Run, Stop};

/// One search over one graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// The pass that searched, and which of its rounds this was, from 1.
    pub pass: String,
    pub round: usize,
    /// Nodes of the graph given and of the one found.
    pub given: usize,
    pub found: usize,
    /// E-nodes and e-classes at the end.
    pub nodes: usize,
    pub classes: usize,
    pub iterations: usize,
    /// Whether no rule had anything to add.
    pub saturated: bool,
    /// Why the rules stopped, as a sentence.
    pub stop: String,
    /// The rules that matched, in the order of the themes.
    pub rules: Vec<Hits>,
    /// Iteration by iteration; empty in a stored report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub growth: Vec<Growth>,
}

/// What one rule found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hits {
    pub rule: String,
    /// Matches that the guard admitted.
    pub matched: usize,
    /// Those that made two classes one.
    pub fired: usize,
}

/// The e-graph after an iteration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Growth {
    /// Classes looked at: those that changed, and those above them.
    pub candidates: usize,
    pub matched: usize,
    pub fired: usize,
    pub nodes: usize,
    pub classes: usize,
}

impl Search {
    /// The record of a run; the pass, its round and the graph's sizes are the caller's.
    pub(super) fn of(run: &Run, index: &Index) -> Self {
        let rules = index.rules.iter().zip(run.matched.iter().zip(&run.fired));
        let rules = rules.filter(|(_, (matched, _))| **matched > 0);
        let last = run.growth.last();
        Search {
            pass: String::new(),
            round: 1,
            given: 0,
            found: 0,
            nodes: last.map_or(0, |last| last.nodes),
            classes: last.map_or(0, |last| last.classes),
            iterations: run.growth.len(),
            saturated: run.stop == Stop::Saturated,
            stop: run.stop.to_string(),
            rules: rules
                .map(|(rule, (matched, fired))| Hits {
                    rule: rule.name.to_string(),
                    matched: *matched,
                    fired: *fired,
                })
                .collect(),
            growth: run.growth.clone(),
        }
    }
}
