//! One line of figures for a graph at any point of the pipeline: what a pass is judged by.

use dialects::fx::Graph;
use serde::{Deserialize, Serialize};

use super::Resources;
use crate::schedule;
use crate::target::{self, Cost, Target};

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
            resources: figures.sum(graph),
            longest_path_ps: path_ps(graph, target),
            latency_clocks: graph.latency.unwrap_or(0),
        }
    }
}

/// What is known of every node, in node order.
pub(super) struct Figures {
    pub costs: Vec<Cost>,
    /// Bits of the result that are not always zero.
    pub bits: Vec<u32>,
}

impl Figures {
    pub fn of(graph: &Graph, target: &Target) -> Self {
        let bits = target::operands(graph).into_iter();
        Figures {
            bits: bits.map(|operand| operand.register_bits()).collect(),
            costs: target.costs(graph),
        }
    }

    pub fn sum(&self, graph: &Graph) -> Resources {
        let mut sum = Resources::default();
        for (at, node) in graph.nodes.iter().enumerate() {
            sum.count(node, self.bits[at], &self.costs[at]);
        }
        sum
    }
}

/// The longest path; of a pipeline, the register's own time included.
pub(super) fn path_ps(graph: &Graph, target: &Target) -> u64 {
    let logic = schedule::longest_path_ps(graph, target);
    u64::from(match graph.latency.unwrap_or(0) {
        0 => logic,
        _ => logic + target.overhead_ps(),
    })
}
