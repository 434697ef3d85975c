//! One line of figures for a graph at any point of the pipeline: what a pass is judged by.

use dialects::fx::Graph;
use serde::{Deserialize, Serialize};

use super::Resources;
use crate::schedule;
use crate::target::{Target, Timing};

/// What a graph would take on a target as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    #[serde(flatten)]
    pub resources: Resources,
    /// The longest path without a register; of a pipeline, the register's own time included.
    pub longest_path_ps: u64,
    /// Clocks from input to output; 0 before there is a schedule.
    pub latency_clocks: u32,
}

impl Estimate {
    pub fn of(graph: &Graph, target: &Target) -> Self {
        let figures = Figures::of(graph, target);
        Estimate {
            resources: figures.sum(),
            longest_path_ps: figures.path_ps(),
            latency_clocks: graph.latency.unwrap_or(0),
        }
    }
}

/// What is known of every node of a graph.
pub(super) struct Figures<'a> {
    graph: &'a Graph,
    target: &'a Target,
    timing: Timing<'a>,
}

impl<'a> Figures<'a> {
    pub fn of(graph: &'a Graph, target: &'a Target) -> Self {
        Figures {
            graph,
            target,
            timing: Timing::new(graph, target),
        }
    }

    /// Adds the node at a place.
    pub fn count(&self, to: &mut Resources, at: usize) {
        let bits = self.timing.known()[at].register_bits();
        to.count(&self.graph.nodes[at], bits, &self.timing.costs()[at]);
    }

    pub fn sum(&self) -> Resources {
        let mut sum = Resources::default();
        for at in 0..self.graph.nodes.len() {
            self.count(&mut sum, at);
        }
        sum
    }

    /// The longest path; of a pipeline, the register's own time included.
    pub fn path_ps(&self) -> u64 {
        let logic = schedule::longest_path_by(self.graph, &self.timing);
        u64::from(match self.graph.latency.unwrap_or(0) {
            0 => logic,
            _ => logic + self.target.overhead_ps(),
        })
    }
}
