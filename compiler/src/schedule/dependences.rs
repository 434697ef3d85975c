//! What has to be scheduled: ops with delays and bits, and who reads whom.

use dialects::fx::{Graph, Op, ValueId};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::target::{self, Target};

/// One op of the schedule.
#[derive(Debug, Clone)]
pub struct Work {
    pub value: ValueId,
    pub delay_ps: u32,
    /// What one register stage of the result takes.
    pub bits: u32,
    /// An input port: it stays in stage 0.
    pub input: bool,
    /// Some output reads it.
    pub result: bool,
}

/// The ops of a graph and their readers. Node indices are in evaluation order; there is one
/// edge at most between two ops.
#[derive(Debug, Clone)]
pub struct Dependences {
    pub graph: DiGraph<Work, ()>,
    /// The op that carries each value: itself, or the source of a left shift.
    carriers: Vec<Option<NodeIndex>>,
    values: usize,
}

impl Dependences {
    pub fn new(graph: &Graph, target: &Target) -> Self {
        let costs = target.costs(graph);
        let operands = target::operands(graph);
        let mut found = DiGraph::with_capacity(graph.nodes.len(), 2 * graph.nodes.len());
        let mut carriers: Vec<Option<NodeIndex>> = Vec::with_capacity(graph.nodes.len());
        for (value, node) in graph.values().zip(&graph.nodes) {
            let carrier = match &node.op {
                Op::Constant { .. } => None,
                Op::Shl { input, .. } => carriers[input.index()],
                op => {
                    let work = found.add_node(Work {
                        value,
                        delay_ps: costs[value.index()].delay_ps,
                        bits: operands[value.index()].register_bits(),
                        input: matches!(op, Op::Input { .. }),
                        result: false,
                    });
                    let read = op.operands();
                    let mut from: Vec<NodeIndex> =
                        read.iter().filter_map(|v| carriers[v.index()]).collect();
                    from.sort_unstable();
                    from.dedup();
                    for source in from {
                        found.add_edge(source, work, ());
                    }
                    Some(work)
                }
            };
            carriers.push(carrier);
        }
        for result in &graph.results {
            if let Some(carrier) = carriers[result.index()] {
                found[carrier].result = true;
            }
        }
        Dependences {
            graph: found,
            carriers,
            values: graph.nodes.len(),
        }
    }

    pub fn readers(&self, of: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        self.graph.neighbors_directed(of, Direction::Outgoing)
    }

    pub fn sources(&self, of: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        self.graph.neighbors_directed(of, Direction::Incoming)
    }

    pub fn delay(&self, of: NodeIndex) -> u32 {
        self.graph[of].delay_ps
    }

    /// Shortens every delay to the budget; returns the ops that were longer, with their
    /// delays.
    pub(super) fn cut_delays(&mut self, budget: u32) -> Vec<(ValueId, u32)> {
        let mut cut = Vec::new();
        for work in self.graph.node_weights_mut() {
            if work.delay_ps > budget {
                cut.push((work.value, work.delay_ps));
                work.delay_ps = budget;
            }
        }
        cut
    }

    /// Stages in node order of the fx graph.
    pub(super) fn by_value(&self, stages: &[u32]) -> Vec<Option<u32>> {
        let mut found = vec![None; self.values];
        for (at, work) in self.graph.node_weights().enumerate() {
            found[work.value.index()] = Some(stages[at]);
        }
        debug_assert_eq!(self.carriers.len(), self.values);
        found
    }

    /// Register bits of a schedule: every value is kept until its last reader.
    pub fn register_bits(&self, stages: &[u32], latency: u32) -> u64 {
        let of = |node: NodeIndex| {
            let work = &self.graph[node];
            let last = match work.result {
                true => latency,
                false => {
                    let readers = self.readers(node).map(|reader| stages[reader.index()]);
                    readers.max().unwrap_or(stages[node.index()])
                }
            };
            u64::from(work.bits) * u64::from(last - stages[node.index()])
        };
        self.graph.node_indices().map(of).sum()
    }
}
