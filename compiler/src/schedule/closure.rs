//! Fewest register bits, by steepest ascent from the earliest schedule.
//!
//! Minimise the sum of bits_v (m_v - s_v), where s_v is the stage of v and m_v the stage of
//! its last reader, under s_w >= s_v for a reader w, s_w >= s_v + 1 for a pair and for a
//! reader of a registered input, m_v >= s_w, and the windows. The objective is L-natural convex, so this climbs to the exact minimum:
//! find the set of variables whose rise by one saves most (a maximum-weight closure over
//! the constraints that are tight, one minimum cut), raise it, until nothing is saved.
//! The smallest such set is taken each time: the result is the earliest of all minima, and
//! depends on nothing but the problem.

use petgraph::graph::NodeIndex;

use super::Dependences;
use super::flow::Network;
use super::windows::Borders;

/// `low + apart <= high` between two variables.
struct Constraint {
    low: usize,
    high: usize,
    apart: u32,
}

struct Problem {
    constraints: Vec<Constraint>,
    /// Bits saved by raising each variable by one.
    gain: Vec<i64>,
    /// Where each variable may not go beyond.
    bound: Vec<u32>,
    /// Constraints by their `low`.
    above: Vec<Vec<u32>>,
    /// Constraints by their `high`.
    under: Vec<Vec<u32>>,
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
    while let Some(rising) = problem.best_rise(&at) {
        for variable in rising {
            at[variable] += 1;
        }
    }
    at.truncate(earliest.len());
    at
}

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
            low: low.index(),
            high,
            apart,
        };
        for node in dependences.graph.node_indices() {
            let work = &dependences.graph[node];
            let bits = i64::from(work.bits);
            let mut readers: Vec<NodeIndex> = dependences.readers(node).collect();
            readers.sort_unstable();
            let apart = if work.input { borders.first } else { 0 };
            constraints.extend(
                readers
                    .iter()
                    .map(|reader| less(node, reader.index(), apart)),
            );
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
        let mut above = vec![Vec::new(); gain.len()];
        let mut under = vec![Vec::new(); gain.len()];
        for (index, constraint) in constraints.iter().enumerate() {
            above[constraint.low].push(index as u32);
            under[constraint.high].push(index as u32);
        }
        let problem = Problem {
            constraints,
            gain,
            bound,
            above,
            under,
        };
        (problem, at)
    }

    /// The smallest of the sets whose rise by one saves most; `None` when none saves.
    fn best_rise(&self, at: &[u32]) -> Option<Vec<usize>> {
        let stuck = self.stuck(at);
        let mut members = Vec::new();
        let mut place = vec![usize::MAX; at.len()];
        // Only what some saving variable drags along can be in the set.
        for variable in 0..at.len() {
            if self.gain[variable] > 0 && !stuck[variable] && place[variable] == usize::MAX {
                place[variable] = members.len();
                members.push(variable);
            }
        }
        let mut next = 0;
        while next < members.len() {
            for constraint in self.tight(&self.above[members[next]], at) {
                if place[constraint.high] == usize::MAX {
                    place[constraint.high] = members.len();
                    members.push(constraint.high);
                }
            }
            next += 1;
        }
        let (source, sink) = (members.len(), members.len() + 1);
        let mut network = Network::new(members.len() + 2);
        let most = members.iter().map(|&variable| self.gain[variable].max(0));
        let most = most.sum::<i64>().unsigned_abs() + 1;
        for (index, &variable) in members.iter().enumerate() {
            let gain = self.gain[variable];
            match gain {
                gain if gain > 0 => network.add_edge(source, index, gain.unsigned_abs()),
                gain if gain < 0 => network.add_edge(index, sink, gain.unsigned_abs()),
                _ => {}
            }
            for constraint in self.tight(&self.above[variable], at) {
                network.add_edge(index, place[constraint.high], most);
            }
        }
        let reached = network.saturate(source, sink);
        let rising = members.iter().zip(reached).filter(|(_, reached)| *reached);
        let rising: Vec<usize> = rising.map(|(&variable, _)| variable).collect();
        (!rising.is_empty()).then_some(rising)
    }

    /// Those of some constraints that hold with equality.
    fn tight<'a>(
        &'a self,
        of: &'a [u32],
        at: &'a [u32],
    ) -> impl Iterator<Item = &'a Constraint> + 'a {
        let constraints = of.iter().map(|&index| &self.constraints[index as usize]);
        constraints
            .filter(|constraint| at[constraint.high] == at[constraint.low] + constraint.apart)
    }

    /// Variables at their bound, and those that cannot rise without one of them.
    fn stuck(&self, at: &[u32]) -> Vec<bool> {
        let mut stuck: Vec<bool> = at
            .iter()
            .zip(&self.bound)
            .map(|(at, bound)| at >= bound)
            .collect();
        let mut open: Vec<usize> = (0..at.len()).filter(|&variable| stuck[variable]).collect();
        while let Some(variable) = open.pop() {
            for constraint in self.tight(&self.under[variable], at) {
                if !stuck[constraint.low] {
                    stuck[constraint.low] = true;
                    open.push(constraint.low);
                }
            }
        }
        stuck
    }
}
