//! Fewest register bits, by steepest ascent from the earliest schedule.
//!
//! Minimise the sum of bits_v (m_v - s_v), where s_v is the stage of v and m_v the stage of
//! its last reader, under s_w >= s_v for a reader w, s_w >= s_v + 1 for a pair and for a
//! reader of a registered input, m_v >= s_w, and the windows. The objective is L-natural convex, so this climbs to the exact minimum:
//! find the set of variables whose rise by one saves most (a maximum-weight closure over
//! the constraints that are tight, one minimum cut), raise it, until nothing is saved.
//! The smallest such set is taken each time: the result is the earliest of all minima, and
//! depends on nothing but the problem. The flow behind one cut is where the next begins:
//! edges into a set that rises carry nothing, and gains stay what they are.

use petgraph::graph::NodeIndex;

use super::Dependences;
use super::flow::Network;
use super::windows::Borders;

/// `low + apart <= high` between two variables.
#[derive(Debug, Clone, Copy)]
struct Constraint {
    low: u32,
    high: u32,
    apart: u32,
}

struct Problem {
    constraints: Vec<Constraint>,
    /// Bits saved by raising each variable by one.
    gain: Vec<i64>,
    /// Where each variable may not go beyond.
    bound: Vec<u32>,
}

/// The stage of every op.
pub(super) fn fewest_register_bits(
    dependences: &Dependences,
    pairs: &[(NodeIndex, NodeIndex)],
    earliest: &[u32],
    latest: &[u32],
    borders: Borders,
) -> Vec<u32> {
    let (problem, mut at) = Problem::new(dependences, pairs, earliest, latest, borders);
    let mut network = problem.network(&at);
    loop {
        let rising = network.saturate();
        if rising.is_empty() {
            break;
        }
        for &variable in &rising {
            at[variable] += 1;
        }
        problem.follow(&rising, &at, &mut network);
    }
    at.truncate(earliest.len());
    at
}

/// More than all gains together.
const UNLIMITED: u64 = u64::MAX / 4;

impl Problem {
    /// The problem, and the earliest schedule as its first point.
    fn new(
        dependences: &Dependences,
        pairs: &[(NodeIndex, NodeIndex)],
        earliest: &[u32],
        latest: &[u32],
        borders: Borders,
    ) -> (Self, Vec<u32>) {
        let mut constraints = Vec::new();
        let mut gain = vec![0i64; earliest.len()];
        let mut bound = latest.to_vec();
        let mut at = earliest.to_vec();
        let less = |low: NodeIndex, high: usize, apart| Constraint {
            low: low.index() as u32,
            high: high as u32,
            apart,
        };
        for node in dependences.graph.node_indices() {
            let work = &dependences.graph[node];
            let bits = i64::from(work.bits);
            let mut readers: Vec<NodeIndex> = dependences.readers(node).collect();
            readers.sort_unstable();
            let apart = if work.input { borders.first } else { 0 };
            let follows = readers.iter();
            constraints.extend(follows.map(|reader| less(node, reader.index(), apart)));
            if work.result || !readers.is_empty() {
                gain[node.index()] += bits;
            }
            match readers[..] {
                // The last reader of a result is the output, which stays where it is.
                _ if work.result => {}
                [] => {}
                [reader] => gain[reader.index()] -= bits,
                _ => {
                    let last = gain.len();
                    constraints.extend(readers.iter().map(|&reader| less(reader, last, 0)));
                    gain.push(-bits);
                    bound.push(u32::MAX);
                    let stages = readers.iter().map(|reader| earliest[reader.index()]);
                    at.push(stages.max().unwrap_or(0));
                }
            }
        }
        constraints.extend(pairs.iter().map(|&(from, to)| less(from, to.index(), 1)));
        let problem = Problem {
            constraints,
            gain,
            bound,
        };
        (problem, at)
    }

    /// Whether a constraint holds with equality.
    fn is_tight(&self, edge: usize, at: &[u32]) -> bool {
        let Constraint { low, high, apart } = self.constraints[edge];
        at[high as usize] == at[low as usize] + apart
    }

    /// An edge for each constraint, open where it is tight.
    fn network(&self, at: &[u32]) -> Network {
        let edges = self.constraints.iter();
        let edges = edges.map(|constraint| (constraint.low, constraint.high));
        let mut network = Network::new(at.len(), edges);
        for edge in 0..self.constraints.len() {
            network.set_open(edge, self.is_tight(edge, at));
        }
        let stuck = self.stuck(at, &network);
        for (variable, (&gain, stuck)) in self.gain.iter().zip(stuck).enumerate() {
            match stuck {
                true => network.loss_left[variable] = UNLIMITED,
                false if gain > 0 => network.gain_left[variable] = gain.unsigned_abs(),
                false => network.loss_left[variable] = gain.unsigned_abs(),
            }
        }
        network
    }

    /// Variables at their bound, and those that cannot rise without one of them.
    fn stuck(&self, at: &[u32], network: &Network) -> Vec<bool> {
        let bounds = at.iter().zip(&self.bound);
        let mut stuck: Vec<bool> = bounds.map(|(at, bound)| at >= bound).collect();
        let mut open: Vec<usize> = (0..at.len()).filter(|&variable| stuck[variable]).collect();
        while let Some(variable) = open.pop() {
            for (edge, low) in network.into(variable) {
                if network.is_open(edge) && !stuck[low] {
                    stuck[low] = true;
                    open.push(low);
                }
            }
        }
        stuck
    }

    /// The network after some variables rose by one.
    fn follow(&self, rising: &[usize], at: &[u32], network: &mut Network) {
        for &variable in rising {
            let edges: Vec<usize> = network.edges_of(variable).collect();
            for edge in edges {
                network.set_open(edge, self.is_tight(edge, at));
            }
            if at[variable] >= self.bound[variable] {
                network.loss_left[variable] = UNLIMITED;
            }
        }
    }
}
