//! The state of the search: a sparse integer matrix that grows rows for what is shared.
//!
//! Nodes are inputs and rows. A row is a sum of nodes with integer coefficients; a row is
//! wanted by an output, or shared, that is read by other rows. What a row *computes* never
//! changes, only how; so its range, its width and its fingerprint are facts of the node.
//!
//! Depth follows the rule of Kraft: terms of levels l_k with w_k digits can be summed by
//! level L if and only if Σ w_k 2^l_k <= 2^L. A row's level is a promise to its readers.

use std::collections::HashMap;

use super::Input;
use super::digits::{Digits, digit, offers, weight};
use super::patterns::{Pattern, Patterns};
use super::request::CostModel;
use super::value::{self, Vector};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub node: u32,
    /// The width of the node.
    pub width: u16,
    /// The block of the node: only patterns within a block are counted.
    pub block: u16,
    pub coef: i64,
    /// The digits on offer.
    pub digits: Digits,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub vector: Vector,
    pub width: u32,
    /// The range as a floating number: exact enough to compare.
    pub range: f64,
    pub block: u16,
    /// When it was made; newer nodes have greater numbers.
    pub birth: u32,
    /// It is there at this level for its readers.
    pub level: u32,
    /// The terms; none for an input.
    pub entries: Vec<Entry>,
    /// The rows that read it.
    pub users: Vec<u32>,
    /// Σ w_k 2^l_k over the terms.
    pub kraft: u128,
    pub wanted: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Network {
    pub inputs: usize,
    pub nodes: Vec<Node>,
    /// The level by which every output is there.
    pub deepest: u32,
    pub cost: CostModel,
    pub patterns: Patterns,
    spans: Vec<Input>,
    by_fingerprint: HashMap<u64, u32>,
    births: u32,
}

/// Nodes of this block share patterns with no other.
pub(super) const NO_BLOCK: u16 = u16::MAX;

impl Network {
    /// The inputs, at levels relative to `base`, and nothing else.
    pub fn new(inputs: &[Input], base: u32, cost: CostModel) -> Self {
        let mut network = Network {
            inputs: inputs.len(),
            nodes: Vec::new(),
            deepest: 0,
            cost,
            patterns: Patterns::new(),
            spans: inputs.to_vec(),
            by_fingerprint: HashMap::new(),
            births: 0,
        };
        for (at, input) in inputs.iter().enumerate() {
            network.add_node(vec![(at as u32, 1)], input.arrival.saturating_sub(base));
        }
        network
    }

    /// The node with this canonical value.
    pub fn find(&self, vector: &Vector) -> Option<u32> {
        let at = *self.by_fingerprint.get(&value::fingerprint(vector))?;
        (self.nodes[at as usize].vector == *vector).then_some(at)
    }

    /// A node for a canonical value that has none; it has no terms yet.
    pub fn add_node(&mut self, vector: Vector, level: u32) -> u32 {
        let at = self.nodes.len() as u32;
        let range = value::range(&vector, &self.spans);
        self.by_fingerprint
            .entry(value::fingerprint(&vector))
            .or_insert(at);
        self.births += 1;
        self.nodes.push(Node {
            vector,
            width: value::bits(range),
            range: range as f64,
            birth: self.births,
            level,
            ..Node::default()
        });
        at
    }

    /// The level by which a row must be there.
    pub fn limit(&self, row: u32) -> u32 {
        let node = &self.nodes[row as usize];
        if node.wanted && node.users.is_empty() {
            self.deepest
        } else {
            node.level
        }
    }

    /// Change a coefficient of a row; patterns, readers and levels follow.
    pub fn set(&mut self, row: u32, node: u32, coef: i64) {
        let read = &mut self.nodes[node as usize];
        if read.wanted && read.users.is_empty() {
            read.level = level_of(read.kraft);
        }
        let (width, block, level) = (read.width, read.block, read.level);
        let owner = &mut self.nodes[row as usize];
        let place = owner.entries.iter().position(|entry| entry.node == node);
        let old = place.map_or(0, |at| owner.entries[at].coef);
        if old == coef {
            return;
        }
        owner.kraft += u128::from(weight(coef)) << level;
        owner.kraft -= u128::from(weight(old)) << level;
        let entry = Entry {
            node,
            width: width as u16,
            block,
            coef,
            digits: offers(coef),
        };
        let before = Entry {
            coef: old,
            digits: offers(old),
            ..entry
        };
        if block != NO_BLOCK {
            let gone = before.digits.without(entry.digits);
            let come = entry.digits.without(before.digits);
            for other in owner.entries.iter().filter(|other| other.node != node) {
                each_pattern(&entry, gone, other, |key| self.patterns.remove(key));
                each_pattern(&entry, come, other, |key| self.patterns.add(key));
            }
            each_own_pattern(&before, |key| self.patterns.remove(key));
            each_own_pattern(&entry, |key| self.patterns.add(key));
        }
        match place {
            Some(at) if coef == 0 => {
                owner.entries.swap_remove(at);
                let users = &mut self.nodes[node as usize].users;
                if let Some(at) = users.iter().position(|&user| user == row) {
                    users.swap_remove(at);
                }
            }
            Some(at) => owner.entries[at] = entry,
            None => {
                owner.entries.push(entry);
                self.nodes[node as usize].users.push(row);
            }
        }
    }

    pub fn coef(&self, row: u32, node: u32) -> i64 {
        let entries = &self.nodes[row as usize].entries;
        let entry = entries.iter().find(|entry| entry.node == node);
        entry.map_or(0, |entry| entry.coef)
    }
}

/// The least level of a sum.
pub(super) fn level_of(kraft: u128) -> u32 {
    128 - kraft.saturating_sub(1).leading_zeros()
}

/// The patterns of digits of one entry with those on offer of another, where both vary.
fn each_pattern(entry: &Entry, digits: Digits, other: &Entry, mut act: impl FnMut(u64)) {
    if entry.block != other.block {
        return;
    }
    for (at, negative) in digits.iter() {
        for (to, minus) in other.digits.iter() {
            if at < to + u32::from(other.width) && to < at + u32::from(entry.width) {
                let lhs = (entry.node, at, negative);
                act(Pattern::of(lhs, (other.node, to, minus)).pack());
            }
        }
    }
}

/// The patterns of two digits of one entry that are in a form of least weight together.
fn each_own_pattern(entry: &Entry, mut act: impl FnMut(u64)) {
    let fewest = weight(entry.coef);
    if fewest < 2 {
        return;
    }
    for (at, negative) in entry.digits.iter() {
        for (to, minus) in entry.digits.iter() {
            let rest = entry.coef - digit(at, negative) - digit(to, minus);
            if at < to && to < at + u32::from(entry.width) && weight(rest) == fewest - 2 {
                let lhs = (entry.node, at, negative);
                act(Pattern::of(lhs, (entry.node, to, minus)).pack());
            }
        }
    }
}
