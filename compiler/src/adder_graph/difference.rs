//! Row differences: a row as a multiple of another and a short rest.
//!
//! The move of a minimum spanning tree over columns (da4ml), at any time and on compressed
//! rows: replace row a by c·b + (a - c·b), c = ±2^k, when that has fewer digits to add. It
//! also takes a common part of three terms or more in one step.

use super::digits::{WIDEST, weight};
use super::network::{Network, level_of};

/// Rows with fewer common nodes are left to two-term patterns.
const COMMON: u32 = 3;

/// What a digit costs besides the bits of its node.
const DIGIT: i64 = 2;

#[derive(Debug, Default)]
pub(super) struct Differences {
    /// Common nodes by row, and the rows where it is not 0.
    common: Vec<u32>,
    met: Vec<u32>,
    /// The coefficients of the row in question, by node.
    coefs: Vec<i64>,
}

struct Step {
    gain: i64,
    from: u32,
    times: i64,
}

impl Differences {
    /// Rewrite some rows.
    pub fn improve(&mut self, network: &mut Network, rows: &[u32]) {
        let mut at = 0;
        while let Some(&row) = rows.get(at) {
            match self.best(network, row) {
                Some(step) => apply(network, row, &step),
                None => at += 1,
            }
        }
    }

    fn best(&mut self, network: &mut Network, row: u32) -> Option<Step> {
        let owner = &network.nodes[row as usize];
        if (owner.entries.len() as u32) < COMMON {
            return None;
        }
        self.common.resize(network.nodes.len(), 0);
        self.coefs.resize(network.nodes.len(), 0);
        let mut work = 0;
        for entry in &owner.entries {
            self.coefs[entry.node as usize] = entry.coef;
            let users = &network.nodes[entry.node as usize].users;
            work += users.len() as u64 / 4;
            for &user in users {
                if self.common[user as usize] == 0 {
                    self.met.push(user);
                }
                self.common[user as usize] += 1;
            }
        }
        let mut best: Option<Step> = None;
        for other in std::mem::take(&mut self.met) {
            let common = std::mem::take(&mut self.common[other as usize]);
            if other == row || common < COMMON {
                continue;
            }
            work += network.nodes[other as usize].entries.len() as u64;
            for times in ratios(network, &self.coefs, other) {
                let gain = gain(network, &self.coefs, other, times);
                if gain > best.as_ref().map_or(0, |best| best.gain)
                    && fits(network, row, &self.coefs, other, times)
                {
                    best = Some(Step {
                        gain,
                        from: other,
                        times,
                    });
                }
            }
        }
        for entry in &network.nodes[row as usize].entries {
            self.coefs[entry.node as usize] = 0;
        }
        network.patterns.work += work;
        best
    }
}

/// The powers of two by which common nodes differ, most of them at most.
fn ratios(network: &Network, coefs: &[i64], other: u32) -> Vec<i64> {
    let mut ratios: Vec<i64> = Vec::new();
    for entry in &network.nodes[other as usize].entries {
        let coef = coefs[entry.node as usize];
        if coef == 0 || coef % entry.coef != 0 {
            continue;
        }
        let ratio = coef / entry.coef;
        if ratio.unsigned_abs().is_power_of_two() && !ratios.contains(&ratio) {
            ratios.push(ratio);
        }
    }
    ratios
}

/// The bits that need not be added any more.
fn gain(network: &Network, coefs: &[i64], other: u32, times: i64) -> i64 {
    let price = |node: u32| i64::from(network.nodes[node as usize].width) + DIGIT;
    let fewer = |node: u32, coef: i64, less: i64| {
        (i64::from(weight(coef)) - i64::from(weight(coef - less))) * price(node)
    };
    let mut gain = fewer(other, coefs[other as usize], -times);
    for entry in &network.nodes[other as usize].entries {
        let Some(less) = entry
            .coef
            .checked_mul(times)
            .filter(|less| less.abs() < WIDEST / 2)
        else {
            return 0;
        };
        gain += fewer(entry.node, coefs[entry.node as usize], less);
    }
    gain
}

/// Whether the row stays in time.
fn fits(network: &Network, row: u32, coefs: &[i64], other: u32, times: i64) -> bool {
    let mut kraft = network.nodes[row as usize].kraft as i128;
    let mut change = |level: u32, coef: i64, less: i64| {
        let fewer = i128::from(weight(coef)) - i128::from(weight(coef - less));
        kraft -= fewer << level;
    };
    change(network.readable_level(other), coefs[other as usize], -times);
    for entry in &network.nodes[other as usize].entries {
        let coef = coefs[entry.node as usize];
        change(
            network.nodes[entry.node as usize].level,
            coef,
            entry.coef * times,
        );
    }
    kraft <= 1i128 << network.limit(row) && level_of(kraft as u128) <= network.limit(row)
}

fn apply(network: &mut Network, row: u32, step: &Step) {
    let entries = &network.nodes[step.from as usize].entries;
    let terms: Vec<(u32, i64)> = entries
        .iter()
        .map(|entry| (entry.node, entry.coef))
        .collect();
    for (node, coef) in terms {
        network.add(row, node, -coef * step.times);
    }
    network.add(row, step.from, step.times);
}
