//! What has to be scheduled: ops with delays and bits, and who reads whom.

use dialects::fx::{Graph, Op, ValueId};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::target::{Arrival, Passage, Target, Timing};

/// One op of the schedule.
#[derive(Debug, Clone)]
pub struct Work {
    pub value: ValueId,
    /// When the result is there, if every operand comes out of a register.
    pub alone: Arrival,
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
    pub graph: DiGraph<Work, Passage>,
    values: usize,
}

impl Dependences {
    pub fn new(graph: &Graph, target: &Target) -> Self {
        let timing = Timing::new(graph, target);
        let mut found = DiGraph::with_capacity(graph.nodes.len(), 2 * graph.nodes.len());
        let mut carriers: Vec<Option<NodeIndex>> = Vec::with_capacity(graph.nodes.len());
        for (value, node) in graph.values().zip(&graph.nodes) {
            let carrier = match &node.op {
                Op::Constant { .. } => None,
                Op::Shl { input, .. } => carriers[input.index()],
                op => {
                    let mut from: Vec<(NodeIndex, Passage)> = Vec::new();
                    for (of, passage) in timing.passages(value) {
                        let Some(source) = carriers[of.index()] else {
                            continue;
                        };
                        match from.iter_mut().find(|(known, _)| *known == source) {
                            Some((_, known)) => *known = known.later(passage),
                            None => from.push((source, passage)),
                        }
                    }
                    let alone = from.iter().map(|(_, way)| way.after(Arrival::default()));
                    let work = found.add_node(Work {
                        value,
                        alone: alone.fold(Arrival::default(), Arrival::later),
                        bits: timing.known()[value.index()].register_bits(),
                        input: matches!(op, Op::Input { .. }),
                        result: false,
                    });
                    for (source, passage) in from {
                        found.add_edge(source, work, passage);
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
            values: graph.nodes.len(),
        }
    }

    pub fn readers(&self, of: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        self.graph.neighbors_directed(of, Direction::Outgoing)
    }

    pub fn sources(&self, of: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        self.graph.neighbors_directed(of, Direction::Incoming)
    }

    /// Those who read an op, and how its arrival passes on to them.
    pub fn ways_out(&self, of: NodeIndex) -> impl Iterator<Item = (NodeIndex, Passage)> + '_ {
        let edges = self.graph.edges_directed(of, Direction::Outgoing);
        edges.map(|edge| (edge.target(), *edge.weight()))
    }

    /// What an op reads, and how the arrival passes on to it.
    pub fn ways_in(&self, of: NodeIndex) -> impl Iterator<Item = (NodeIndex, Passage)> + '_ {
        let edges = self.graph.edges_directed(of, Direction::Incoming);
        edges.map(|edge| (edge.source(), *edge.weight()))
    }

    pub fn alone(&self, of: NodeIndex) -> Arrival {
        self.graph[of].alone
    }

    /// The delay of the slowest op, which no budget can be below.
    pub(super) fn slowest(&self) -> u32 {
        let delays = self.graph.node_weights().map(|work| work.alone.high);
        delays.max().unwrap_or(0)
    }

    /// Shortens every op to the budget; returns the ops that were longer, with their
    /// delays. A shortened op fills its stage.
    pub(super) fn cut_delays(&mut self, budget: u32) -> Vec<(ValueId, u32)> {
        let mut cut = Vec::new();
        for node in self.graph.node_indices() {
            let work = &mut self.graph[node];
            if work.alone.high <= budget {
                continue;
            }
            cut.push((work.value, work.alone.high));
            work.alone = Arrival {
                low: budget,
                high: budget,
            };
            let edges = self.graph.edges_directed(node, Direction::Incoming);
            let edges: Vec<_> = edges.map(|edge| edge.id()).collect();
            for edge in edges {
                self.graph[edge] = Passage::flat(budget);
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
