//! Sharing two-term patterns, the most profitable first.
//!
//! After Hosangadi et al. and da4ml: take the best pattern, make it a node, put the node
//! in every row that has the pattern, count again what changed. Counts only fall, except
//! for patterns of the newest node, so a heap with stale entries suffices. Ties go to the
//! pattern with the newest node: that grows long shared chains.

use std::collections::BinaryHeap;

use super::digits::{digit, offers, weight};
use super::network::Network;
use super::patterns::Pattern;
use super::random::mix;
use super::value::{self, Canonical};

/// What a pattern is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Score {
    /// The adders saved.
    Count,
    /// Occurrences times the positions where both operands vary.
    Overlap,
    /// The cost of the adders saved.
    Saved,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    pub score: Score,
    /// Scores grow by up to this many 256ths, at random.
    pub noise: u64,
    pub seed: u64,
}

impl Score {
    pub const ALL: [Score; 3] = [Score::Overlap, Score::Saved, Score::Count];
}

/// A row that has a pattern: the multiple of the pattern in it.
struct Match {
    row: u32,
    multiple: i64,
    times: u32,
}

/// Share patterns until no candidate occurs twice.
pub(super) fn share(network: &mut Network, choice: &Choice) {
    let mut heap = BinaryHeap::new();
    let mut matches = Vec::new();
    loop {
        let fresh = std::mem::take(&mut network.patterns.candidates);
        let scored = fresh.iter().map(|&key| {
            let count = network.patterns.count(key);
            (score(network, choice, key, count), key)
        });
        heap.extend(scored);
        network.patterns.candidates = fresh;
        network.patterns.candidates.clear();

        let Some((claimed, key)) = heap.pop() else {
            return;
        };
        let now = score(network, choice, key, network.patterns.count(key));
        if now == 0 {
            network.patterns.unlist(key);
            continue;
        }
        if now < claimed && heap.peek().is_some_and(|next| now < next.0) {
            heap.push((now, key));
            continue;
        }
        let pattern = Pattern::unpack(key);
        network.patterns.work += 8;
        let Some(found) = node_of(network, pattern) else {
            network.patterns.unlist(key);
            continue;
        };
        matches.clear();
        let times = find_matches(network, pattern, &found, &mut matches);
        let really = score(network, choice, key, times);
        if really == 0 {
            network.patterns.unlist(key);
        } else if heap.peek().is_some_and(|next| really < next.0) {
            heap.push((really, key));
        } else {
            network.patterns.unlist(key);
            apply(network, pattern, &found, &matches);
        }
    }
}

/// The worth of a pattern, with newer nodes preferred among equals; 0 for none.
fn score(network: &Network, choice: &Choice, key: u64, count: u32) -> u64 {
    if count < 2 {
        return 0;
    }
    let pattern = Pattern::unpack(key);
    let first = &network.nodes[pattern.first as usize];
    let second = &network.nodes[pattern.second as usize];
    let (low, high) = if pattern.apart < 0 {
        (pattern.apart.unsigned_abs(), 0)
    } else {
        (0, pattern.apart.unsigned_abs())
    };
    let (lhs, rhs) = ((low, low + first.width), (high, high + second.width));
    let Some(cost) = network.model.adder(lhs, rhs) else {
        return 0;
    };
    let common = lhs.1.min(rhs.1) - lhs.0.max(rhs.0);
    let worth = match choice.score {
        Score::Count => 64 * u64::from(count - 1),
        Score::Overlap => u64::from(count) * u64::from(common),
        Score::Saved => u64::from(count - 1) * u64::from(cost) / 4,
    };
    let noise = choice.noise * (mix(key ^ choice.seed) >> 56) / 256;
    let worth = (worth * (256 + noise) / 16).min(u64::from(u32::MAX));
    worth << 32 | u64::from(first.birth.max(second.birth))
}

/// What stands for a pattern: its value, and the node that has it already.
struct Found {
    canonical: Canonical,
    node: Option<u32>,
    level: u32,
}

/// `None` when no node can stand for the pattern.
fn node_of(network: &Network, pattern: Pattern) -> Option<Found> {
    let first = &network.nodes[pattern.first as usize];
    let second = &network.nodes[pattern.second as usize];
    let (left, right) = factors(pattern);
    let vector = value::combine(&first.vector, left, &second.vector, right)?;
    let canonical = value::canonical(vector)?;
    let node = network.find(&canonical.vector);
    let level = match node {
        Some(node) => network.readable_level(node),
        None if canonical.shift > 0 => return None,
        None => first.level.max(second.level) + 1,
    };
    Some(Found {
        canonical,
        node,
        level,
    })
}

/// The pattern is `first · left + second · right`.
fn factors(pattern: Pattern) -> (i64, i64) {
    let low = pattern.apart.min(0).unsigned_abs();
    let high = pattern.apart.max(0).unsigned_abs();
    (digit(low, false), digit(high, pattern.minus))
}

/// The rows where the pattern can be taken within their levels; returns the occurrences.
fn find_matches(
    network: &Network,
    pattern: Pattern,
    found: &Found,
    matches: &mut Vec<Match>,
) -> u32 {
    let first = &network.nodes[pattern.first as usize].users;
    let second = &network.nodes[pattern.second as usize].users;
    let users = if second.len() < first.len() {
        second
    } else {
        first
    };
    let mut times = 0;
    for &row in users {
        if Some(row) == found.node {
            // It is the pattern's node itself: nothing to do, but one adder that is there.
            times += 1;
            continue;
        }
        if let Some(one) = match_in(network, pattern, found, row) {
            times += one.times;
            matches.push(one);
        }
    }
    times
}

fn match_in(network: &Network, pattern: Pattern, found: &Found, row: u32) -> Option<Match> {
    let owner = &network.nodes[row as usize];
    let limit = 1u128 << network.limit(row);
    let level = |node: u32| network.nodes[node as usize].level;
    let spent = (1u128 << level(pattern.first)) + (1u128 << level(pattern.second));
    let mut lhs = network.coef(row, pattern.first);
    let mut rhs = network.coef(row, pattern.second);
    let before = found.node.map_or(0, |node| network.coef(row, node));
    let scale = digit(found.canonical.shift, found.canonical.negative);
    let (mut kraft, mut multiple, mut times) = (owner.kraft, 0i64, 0);
    while let Some((at, negative)) = next_digit(pattern, lhs, rhs) {
        let taken = digit(at, negative);
        let now = before + multiple * scale;
        let next = now + taken * scale;
        let after = kraft - spent + (u128::from(weight(next)) << found.level)
            - (u128::from(weight(now)) << found.level);
        if after > limit {
            break;
        }
        let (left, right) = factors(pattern);
        if pattern.first == pattern.second {
            lhs -= taken * (left + right);
            rhs = lhs;
        } else {
            lhs -= taken * left;
            rhs -= taken * right;
        }
        kraft = after;
        multiple += taken;
        times += 1;
    }
    (multiple != 0).then_some(Match {
        row,
        multiple,
        times,
    })
}

/// The lowest place where both digits of the pattern are on offer.
fn next_digit(pattern: Pattern, lhs: i64, rhs: i64) -> Option<(u32, bool)> {
    let (low, high) = (
        pattern.apart.min(0).unsigned_abs(),
        pattern.apart.max(0).unsigned_abs(),
    );
    let (first, second) = (offers(lhs), offers(rhs));
    let second = if pattern.minus {
        second.negated()
    } else {
        second
    };
    let positive = (first.positive >> low) & (second.positive >> high);
    let negative = (first.negative >> low) & (second.negative >> high);
    let (left, right) = factors(pattern);
    let mut places: Vec<(u32, bool)> = Vec::new();
    let both = super::digits::Digits { positive, negative };
    places.extend(both.iter().filter(|&(at, negative)| {
        pattern.first != pattern.second
            || weight(lhs - digit(at, negative) * (left + right)) + 2 == weight(lhs)
    }));
    places.into_iter().min()
}

/// Put the pattern's node in place of the pattern.
fn apply(network: &mut Network, pattern: Pattern, found: &Found, matches: &[Match]) {
    let (left, right) = factors(pattern);
    let node = found.node.unwrap_or_else(|| {
        let node = network.add_node(found.canonical.vector.clone(), found.level);
        let block = network.nodes[pattern.first as usize].block;
        network.nodes[node as usize].block = block;
        let sign = if found.canonical.negative { -1 } else { 1 };
        if pattern.first == pattern.second {
            network.set(node, pattern.first, sign * (left + right));
        } else {
            network.set(node, pattern.first, sign * left);
            network.set(node, pattern.second, sign * right);
        }
        node
    });
    let scale = digit(found.canonical.shift, found.canonical.negative);
    for one in matches {
        let mut take = |of: u32, times: i64| network.add(one.row, of, one.multiple * times);
        if pattern.first == pattern.second {
            take(pattern.first, -(left + right));
        } else {
            take(pattern.first, -left);
            take(pattern.second, -right);
        }
        take(node, scale);
    }
}
