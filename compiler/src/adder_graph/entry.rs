//! A term of a row, and the patterns it forms with others.

use super::digits::{Digits, digit, offers, ones, weight};
use super::patterns::Pattern;

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

/// Nodes of this block share patterns with no other.
pub(super) const NO_BLOCK: u16 = u16::MAX;

impl Entry {
    pub fn with_coef(self, coef: i64) -> Entry {
        Entry {
            coef,
            digits: offers(coef),
            ..self
        }
    }

    /// The patterns of some of its digits with those on offer of another, where both vary.
    pub fn each_pattern(&self, digits: Digits, other: &Entry, mut act: impl FnMut(u64)) {
        if self.block != other.block || self.block == NO_BLOCK {
            return;
        }
        let swap = other.node < self.node;
        let (first, second) = if swap {
            (other.node, self.node)
        } else {
            (self.node, other.node)
        };
        let base = Pattern {
            first,
            second,
            apart: 0,
            minus: false,
        }
        .pack();
        let mut pairs = |mine: u64, theirs: u64, minus: u64| {
            for at in ones(mine) {
                for to in ones(theirs) {
                    if at < to + u32::from(other.width) && to < at + u32::from(self.width) {
                        let apart = if swap {
                            at as i64 - to as i64
                        } else {
                            to as i64 - at as i64
                        };
                        act(base.wrapping_add_signed(2 * apart) | minus);
                    }
                }
            }
        };
        pairs(digits.positive, other.digits.positive, 0);
        pairs(digits.positive, other.digits.negative, 1);
        pairs(digits.negative, other.digits.positive, 1);
        pairs(digits.negative, other.digits.negative, 0);
    }

    /// The patterns of two of its digits that are in a form of least weight together.
    pub fn each_own_pattern(&self, mut act: impl FnMut(u64)) {
        let fewest = weight(self.coef);
        if fewest < 2 || self.block == NO_BLOCK {
            return;
        }
        for (at, negative) in self.digits.iter() {
            for (to, minus) in self.digits.iter() {
                let rest = self.coef - digit(at, negative) - digit(to, minus);
                if at < to && to < at + u32::from(self.width) && weight(rest) == fewest - 2 {
                    let lhs = (self.node, at, negative);
                    act(Pattern::of(lhs, (self.node, to, minus)).pack());
                }
            }
        }
    }
}
