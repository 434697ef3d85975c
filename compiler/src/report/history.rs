//! How a circuit came about: what only the run that compiled it knows.

use std::collections::BTreeMap;

use dialects::fx::Graph;
use serde::{Deserialize, Serialize};

use super::estimate::Figures;
use super::{Estimate, Resources};
use crate::egraph::Search;
use crate::target::Target;

/// Recorded when a circuit is compiled, and kept in its report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The device that every figure here is for.
    pub target: String,
    /// The steps on scalars, in order, with the estimate after each.
    pub steps: Vec<StepEstimate>,
    /// The layers as lowering gave them, nothing pruned.
    pub layers: BTreeMap<String, Resources>,
    /// What the e-graph did.
    pub searches: Vec<Search>,
}

/// A step and the estimate after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepEstimate {
    pub step: String,
    pub changed: bool,
    #[serde(flatten)]
    pub estimate: Estimate,
}

/// The resources of every layer of a graph that has some.
pub fn by_layer(graph: &Graph, target: &Target) -> BTreeMap<String, Resources> {
    let figures = Figures::of(graph, target);
    let mut layers = vec![Resources::default(); graph.layers.len()];
    for (at, node) in graph.nodes.iter().enumerate() {
        if let Some(of) = layers.get_mut(node.layer.0 as usize) {
            figures.count(of, at);
        }
    }
    let named = graph.layers.iter().cloned().zip(layers);
    named
        .filter(|(_, of)| *of != Resources::default())
        .collect()
}
