//! The order in which the terms of one row are added.
//!
//! The two terms of smallest range first (Huffman's rule): sums stay narrow, and the wide
//! terms see few carries. A pair is passed over when its sum would come too late: with
//! slack = 2^limit - Σ 2^level, adding levels a and b costs |2^a - 2^b| of it. The two
//! earliest terms always fit, so the rule never gets stuck.

use super::digits::narrow_form;
use super::network::Network;
use super::request::CostModel;

#[derive(Debug, Clone, Copy)]
pub(super) struct Term<T> {
    pub level: u32,
    /// The positions that vary.
    pub low: u32,
    pub top: u32,
    /// The range, the position included.
    pub range: f64,
    pub content: T,
}

/// What the sum of a row costs.
pub(super) fn cost_of_row(network: &Network, row: u32, limit: u32) -> u64 {
    let mut terms = Vec::new();
    for entry in &network.nodes[row as usize].entries {
        let node = &network.nodes[entry.node as usize];
        terms.extend(narrow_form(entry.coef).map(|(at, _)| Term {
            level: node.level,
            low: at,
            top: at + node.width,
            range: node.range * (1u64 << at) as f64,
            content: (),
        }));
    }
    if let [lhs, rhs] = terms[..] {
        let adder = network.model.adder((lhs.low, lhs.top), (rhs.low, rhs.top));
        return u64::from(adder.unwrap_or(0));
    }
    sum(terms, limit, &network.model, |_, _| ()).map_or(0, |sum| sum.0)
}

/// Add all terms; `join` makes the content of a sum. `None` for no terms.
pub(super) fn sum<T>(
    mut terms: Vec<Term<T>>,
    limit: u32,
    model: &CostModel,
    mut join: impl FnMut(T, T) -> T,
) -> Option<(u64, Term<T>)> {
    let mut spent: u128 = terms.iter().map(|term| 1u128 << term.level).sum();
    terms.sort_by(|a, b| a.range.total_cmp(&b.range));
    let mut cost = 0;
    while terms.len() > 1 {
        let slack = (1u128 << limit).saturating_sub(spent);
        let (a, b) = choose(&terms, slack, model);
        let second = terms.remove(b);
        let first = terms.remove(a);
        spent -= (1u128 << first.level) + (1u128 << second.level);
        let adder = model.adder((first.low, first.top), (second.low, second.top));
        cost += u64::from(adder.unwrap_or(0));
        let range = first.range + second.range;
        let total = Term {
            level: first.level.max(second.level) + u32::from(adder.is_some()),
            low: first.low.min(second.low),
            top: first.top.max(second.top).max(top_of(range)),
            range,
            content: join(first.content, second.content),
        };
        spent += 1u128 << total.level;
        let place = terms.partition_point(|term| term.range <= total.range);
        terms.insert(place, total);
    }
    Some((cost, terms.pop()?))
}

/// The bits that hold a range.
fn top_of(range: f64) -> u32 {
    ((range.to_bits() >> 52) as u32).saturating_sub(1022)
}

/// The pair with the smallest greater range that fits, as places `a < b`.
fn choose<T>(terms: &[Term<T>], slack: u128, model: &CostModel) -> (usize, usize) {
    for b in 1..terms.len() {
        for a in 0..b {
            let (one, two) = (&terms[a], &terms[b]);
            let apart = (1u128 << one.level).abs_diff(1u128 << two.level);
            let wiring = || {
                model
                    .adder((one.low, one.top), (two.low, two.top))
                    .is_none()
            };
            if apart <= slack || wiring() {
                return (a, b);
            }
        }
    }
    (0, 1)
}
