//! Counting pairs of digits within blocks of inputs, so that it stays near linear.
//!
//! The pairs of a row grow with the square of its length. Long rows are therefore cut into
//! blocks of inputs; when a block has been shared, its part of each row is short, and
//! neighbouring blocks become one block as far as the number of pairs allows.

use super::digits::offers;
use super::entry::NO_BLOCK;
use super::network::Network;

/// So many pairs may be counted whatever the size, or so many for each digit on offer.
const PAIRS: u64 = 24_000_000;
const PAIRS_PER_DIGIT: u64 = 50;

impl Network {
    /// Put the inputs into blocks before any row is set: as large as pairs allow.
    pub fn split(&mut self) {
        let mut size = self.inputs.next_power_of_two().max(1);
        while size > 8 && !self.few_pairs(|node| node / size as u32) {
            size /= 2;
        }
        for at in 0..self.nodes.len() {
            let block = if at < self.inputs {
                at / size
            } else {
                usize::from(NO_BLOCK)
            };
            self.nodes[at].block = match size < self.inputs {
                true => block.min(usize::from(NO_BLOCK)) as u16,
                false => 0,
            };
        }
    }

    /// Make one of every two blocks, if pairs allow; returns whether.
    pub fn join_blocks(&mut self) -> bool {
        let last = self.nodes[..self.inputs]
            .iter()
            .map(|node| node.block)
            .max();
        let wide = last == Some(NO_BLOCK) || !self.few_pairs(|node| self.joined(node).into());
        if last.unwrap_or(0) == 0 || wide {
            return false;
        }
        let joined: Vec<u16> = (0..self.nodes.len() as u32)
            .map(|node| self.joined(node))
            .collect();
        for row in self.inputs..self.nodes.len() {
            for second in 1..self.nodes[row].entries.len() {
                for first in 0..second {
                    let (mut lhs, mut rhs) = (
                        self.nodes[row].entries[first],
                        self.nodes[row].entries[second],
                    );
                    let apart = lhs.block != rhs.block || lhs.block == NO_BLOCK;
                    lhs.block = joined[lhs.node as usize];
                    rhs.block = joined[rhs.node as usize];
                    if apart {
                        lhs.each_pattern(lhs.digits, &rhs, |key| self.patterns.add(key));
                    }
                }
            }
            for entry in &mut self.nodes[row].entries {
                entry.block = joined[entry.node as usize];
            }
        }
        for (node, block) in self.nodes.iter_mut().zip(joined) {
            node.block = block;
        }
        true
    }

    /// The block of a node after the next join; at the last all nodes are in one.
    fn joined(&self, node: u32) -> u16 {
        let last = self.nodes[..self.inputs]
            .iter()
            .map(|node| node.block)
            .max();
        match self.nodes[node as usize].block {
            _ if last.unwrap_or(0) <= 1 => 0,
            NO_BLOCK => NO_BLOCK,
            block => block / 2,
        }
    }

    fn few_pairs(&self, block: impl Fn(u32) -> u32) -> bool {
        let (mut pairs, mut digits) = (0, 0);
        let mut sizes: Vec<(u32, u64)> = Vec::new();
        for node in &self.nodes[self.inputs..] {
            sizes.clear();
            let now = node.entries.iter().map(|entry| (entry.node, entry.coef));
            // Before rows are set, they are what they compute.
            let begin = node
                .vector
                .iter()
                .copied()
                .filter(|_| node.entries.is_empty());
            for (at, coef) in now.chain(begin.filter(|_| node.wanted)) {
                let offered = offers(coef);
                let count = offered.positive.count_ones() + offered.negative.count_ones();
                sizes.push((block(at), u64::from(count)));
            }
            sizes.sort_unstable();
            for part in sizes.chunk_by(|a, b| a.0 == b.0) {
                let size: u64 = part.iter().map(|one| one.1).sum();
                pairs += size * size / 2;
                digits += size;
            }
        }
        pairs <= PAIRS.max(PAIRS_PER_DIGIT * digits)
    }
}
