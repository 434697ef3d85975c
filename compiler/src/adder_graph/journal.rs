//! Steps of the search: what a step changes can be kept, or taken back.
//!
//! Rows are saved when a step first touches them, pattern counts are logged; so a step
//! costs what it touches, whichever way it ends.

use super::entry::Entry;
use super::network::{Network, Total};
use super::sums;

/// A node as it was.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    node: u32,
    level: u32,
    kraft: u128,
    digits: u32,
    cost: u64,
    adders: u32,
    entries: Vec<Entry>,
    users: Vec<u32>,
}

/// What the present step has done; empty outside of steps.
#[derive(Debug, Clone, Default)]
pub(super) struct Journal {
    running: bool,
    saved: Vec<Saved>,
    made: Vec<u32>,
    dropped: Vec<u32>,
}

impl Network {
    /// A step begins.
    pub fn begin(&mut self) {
        self.journal.running = true;
        self.patterns.begin();
    }

    /// The step stays.
    pub fn keep(&mut self) {
        self.journal.running = false;
        self.journal.saved.clear();
        self.journal.made.clear();
        self.free.append(&mut self.journal.dropped);
    }

    /// The step has not been; `total` is what it was before.
    pub fn take_back(&mut self, total: Total) {
        self.journal.running = false;
        self.patterns.take_back();
        for saved in self.journal.saved.drain(..) {
            let node = &mut self.nodes[saved.node as usize];
            node.level = saved.level;
            node.kraft = saved.kraft;
            node.digits = saved.digits;
            node.cost = saved.cost;
            node.adders = saved.adders;
            node.entries = saved.entries;
            node.users = saved.users;
        }
        for node in std::mem::take(&mut self.journal.made).into_iter().rev() {
            self.forget(node);
            self.free.push(node);
        }
        // One made and dropped by the step has no terms, and stays forgotten.
        for node in std::mem::take(&mut self.journal.dropped) {
            if !self.nodes[node as usize].entries.is_empty() {
                self.remember(node);
            }
        }
        self.total = total;
    }

    /// A node is about to change.
    pub(super) fn touch(&mut self, at: u32) {
        let node = &mut self.nodes[at as usize];
        if node.touched {
            return;
        }
        node.touched = true;
        self.touched.push(at);
        if self.journal.running {
            self.journal.saved.push(Saved {
                node: at,
                level: node.level,
                kraft: node.kraft,
                digits: node.digits,
                cost: node.cost,
                adders: node.adders,
                entries: node.entries.clone(),
                users: node.users.clone(),
            });
        }
    }

    pub(super) fn note_made(&mut self, node: u32) {
        if self.journal.running {
            self.journal.made.push(node);
        }
    }

    /// The number of a dropped node is free once nothing can bring it back.
    pub(super) fn note_dropped(&mut self, node: u32) {
        let running = self.journal.running;
        let list = if running {
            &mut self.journal.dropped
        } else {
            &mut self.free
        };
        list.push(node);
    }

    /// Bring the costs of changed rows up to date; returns the total.
    pub fn settle(&mut self) -> Total {
        for row in std::mem::take(&mut self.touched) {
            let cost = sums::cost_of_row(self, row, self.limit(row));
            let node = &mut self.nodes[row as usize];
            let adders = node.digits.saturating_sub(1);
            self.total.cost = self.total.cost + cost - node.cost;
            self.total.adders = self.total.adders + u64::from(adders) - u64::from(node.adders);
            (node.cost, node.adders, node.touched) = (cost, adders, false);
        }
        self.total
    }
}
