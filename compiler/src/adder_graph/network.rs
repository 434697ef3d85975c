//! The state of the search: a sparse integer matrix that grows rows for what is shared.
//!
//! Nodes are inputs and rows. A row is a sum of nodes with integer coefficients; a row is
//! wanted by an output, or shared, that is read by other rows. What a row *computes* never
//! changes, only how; so its range, its width and its fingerprint are facts of the node.
//!
//! Depth follows the rule of Kraft: terms of levels l_k with w_k digits can be summed by
//! level L if and only if Σ w_k 2^l_k <= 2^L. A row's level is a promise to its readers;
//! as every row has two terms or more, levels grow along every path and exclude cycles.

use std::collections::HashMap;

use super::Input;
use super::digits::{Digits, WIDEST, weight};
use super::entry::Entry;
use super::journal::Journal;
use super::patterns::Patterns;
use super::request::CostModel;
use super::value::{self, Vector};

#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub vector: Vector,
    pub fingerprint: u64,
    pub width: u32,
    /// The range as a floating number: exact enough to compare.
    pub range: f64,
    pub block: u16,
    /// When it was made; newer nodes have greater numbers.
    pub birth: u32,
    /// It is there at this level for its readers.
    pub level: u32,
    /// The terms, by growing node; none for an input.
    pub entries: Vec<Entry>,
    /// The rows that read it.
    pub users: Vec<u32>,
    /// Σ w_k 2^l_k over the terms.
    pub kraft: u128,
    /// Σ w_k.
    pub digits: u32,
    pub wanted: bool,
    /// What its sum costs, as of the last [`Network::settle`].
    pub cost: u64,
    pub adders: u32,
    /// Whether it has changed since.
    pub touched: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Network {
    pub inputs: usize,
    pub nodes: Vec<Node>,
    /// The level by which every output is there.
    pub deepest: u32,
    pub model: CostModel,
    pub patterns: Patterns,
    pub journal: Journal,
    /// Rows that have changed since the last [`Network::settle`].
    pub touched: Vec<u32>,
    pub(super) total: Total,
    pub(super) by_fingerprint: HashMap<u64, u32>,
    /// Numbers of nodes that are no more.
    pub(super) free: Vec<u32>,
    spans: Vec<Input>,
    births: u32,
}

/// What the whole network takes; less is better.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Total {
    pub cost: u64,
    pub adders: u64,
}

impl Network {
    /// The inputs, at levels relative to `base`, and nothing else.
    pub fn new(inputs: &[Input], base: u32, model: CostModel) -> Self {
        let mut network = Network {
            inputs: inputs.len(),
            nodes: Vec::new(),
            deepest: 0,
            model,
            patterns: Patterns::new(),
            journal: Journal::default(),
            touched: Vec::new(),
            total: Total::default(),
            by_fingerprint: HashMap::new(),
            free: Vec::new(),
            spans: inputs.to_vec(),
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
        self.births += 1;
        let range = value::range(&vector, &self.spans);
        let node = Node {
            fingerprint: value::fingerprint(&vector),
            vector,
            width: value::bits(range),
            range: range as f64,
            birth: self.births,
            level,
            ..Node::default()
        };
        let at = match self.free.pop() {
            Some(at) => {
                self.nodes[at as usize] = node;
                at
            }
            None => {
                self.nodes.push(node);
                self.nodes.len() as u32 - 1
            }
        };
        self.remember(at);
        self.note_made(at);
        at
    }

    /// Forget a shared row that nobody reads.
    pub fn drop_node(&mut self, node: u32) {
        while let Some(entry) = self.nodes[node as usize].entries.last() {
            self.set(node, entry.node, 0);
        }
        self.forget(node);
        self.note_dropped(node);
    }

    pub(super) fn remember(&mut self, node: u32) {
        let fingerprint = self.nodes[node as usize].fingerprint;
        self.by_fingerprint.entry(fingerprint).or_insert(node);
    }

    pub(super) fn forget(&mut self, node: u32) {
        let fingerprint = self.nodes[node as usize].fingerprint;
        if self.by_fingerprint.get(&fingerprint) == Some(&node) {
            self.by_fingerprint.remove(&fingerprint);
        }
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

    /// The level that a new reader may count on.
    pub fn readable_level(&self, node: u32) -> u32 {
        let node = &self.nodes[node as usize];
        if node.wanted && node.users.is_empty() {
            level_of(node.kraft)
        } else {
            node.level
        }
    }

    pub fn is_shared(&self, node: u32) -> bool {
        let node = &self.nodes[node as usize];
        !node.wanted && !node.entries.is_empty()
    }

    pub fn coef(&self, row: u32, node: u32) -> i64 {
        let entries = &self.nodes[row as usize].entries;
        place(entries, node).map_or(0, |at| entries[at].coef)
    }

    /// Add to a coefficient of a row.
    pub fn add(&mut self, row: u32, node: u32, more: i64) {
        self.set(row, node, self.coef(row, node) + more);
    }

    /// Change a coefficient of a row; patterns, readers and levels follow.
    pub fn set(&mut self, row: u32, node: u32, coef: i64) {
        debug_assert!(coef.abs() <= WIDEST, "callers keep coefficients narrow");
        let coef_before = self.coef(row, node);
        if coef_before == coef {
            return;
        }
        self.touch(row);
        if coef_before == 0 || coef == 0 {
            self.touch(node);
        }
        let level = self.readable_level(node);
        let read = &mut self.nodes[node as usize];
        read.level = level;
        let fresh = Entry {
            node,
            width: read.width as u16,
            block: read.block,
            coef: 0,
            digits: Digits::default(),
        };
        let owner = &mut self.nodes[row as usize];
        let place = place(&owner.entries, node);
        let before = place.map_or(fresh, |at| owner.entries[at]);
        let entry = before.with_coef(coef);
        let (more, less) = (weight(coef), weight(before.coef));
        owner.kraft = owner.kraft + (u128::from(more) << level) - (u128::from(less) << level);
        owner.digits = owner.digits + more - less;
        let gone = before.digits.without(entry.digits);
        let come = entry.digits.without(before.digits);
        for other in owner.entries.iter().filter(|other| other.node != node) {
            entry.each_pattern(gone, other, |key| self.patterns.remove(key));
            entry.each_pattern(come, other, |key| self.patterns.add(key));
        }
        before.each_own_pattern(|key| self.patterns.remove(key));
        entry.each_own_pattern(|key| self.patterns.add(key));
        match place {
            Ok(at) if coef == 0 => {
                owner.entries.remove(at);
                let users = &mut self.nodes[node as usize].users;
                if let Some(at) = users.iter().position(|&user| user == row) {
                    users.swap_remove(at);
                }
            }
            Ok(at) => owner.entries[at] = entry,
            Err(at) => {
                owner.entries.insert(at, entry);
                self.nodes[node as usize].users.push(row);
            }
        }
    }
}

/// Where the entry of a node is, or belongs.
fn place(entries: &[Entry], node: u32) -> Result<usize, usize> {
    entries.binary_search_by_key(&node, |entry| entry.node)
}

/// The least level of a sum.
pub(super) fn level_of(kraft: u128) -> u32 {
    128 - kraft.saturating_sub(1).leading_zeros()
}
