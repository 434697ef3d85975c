//! Two graphs as linear algebra: the same sums of the same leaves.
//!
//! Each leaf gets a random number modulo the prime 2^61 - 1 and every sum is computed with
//! them. Two sums that differ in a coefficient or constant agree by chance once in 2^61
//! (Schwartz-Zippel); it is done twice. The time is linear in the graphs, at any size.

use std::collections::HashSet;

use dialects::fx::{Node, Op, ValueId};

const PRIME: i128 = (1 << 61) - 1;
const SEEDS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03];

/// The first value of `old` that is another sum than the value of `new` it became.
/// `moved` gives the new value of an old one, where there is one; the wraps `idle` of the
/// new graph leave every value as it is.
pub fn same_sums(
    old: &[Node],
    new: &[Node],
    moved: &[Option<ValueId>],
    idle: &HashSet<ValueId>,
) -> Option<ValueId> {
    SEEDS.into_iter().find_map(|seed| {
        let values = evaluate(new, seed, idle, |_| None);
        let known = |at: usize| moved[at].map(|value| values[value.index()]);
        let before = evaluate(old, seed, &HashSet::new(), known);
        let differs = |at: &usize| known(*at).is_some_and(|value| value != before[*at]);
        (0..old.len()).find(differs).map(|at| ValueId(at as u32))
    })
}

/// Every value modulo the prime; what is no sum is what `leaf` says, or a random number.
fn evaluate(
    nodes: &[Node],
    seed: u64,
    idle: &HashSet<ValueId>,
    leaf: impl Fn(usize) -> Option<i128>,
) -> Vec<i128> {
    let mut values: Vec<i128> = Vec::with_capacity(nodes.len());
    for (at, node) in nodes.iter().enumerate() {
        let of = |value: &ValueId| values[value.index()];
        let constant = |value: &ValueId| matches!(nodes[value.index()].op, Op::Constant { .. });
        let value = match &node.op {
            Op::Constant { value } => value.rem_euclid(PRIME),
            Op::Add { lhs, rhs } => of(lhs) + of(rhs),
            Op::Sub { lhs, rhs } => of(lhs) - of(rhs),
            Op::Neg { input } => -of(input),
            Op::Shl { input, amount } => of(input) * power(*amount),
            Op::Mul { lhs, rhs } if constant(lhs) || constant(rhs) => of(lhs) * of(rhs),
            Op::Sum { terms, constant } => {
                let mut sum = constant.rem_euclid(PRIME);
                for term in terms {
                    let part = of(&term.value) * power(term.shift) % PRIME;
                    sum += if term.negative { -part } else { part };
                }
                sum
            }
            Op::Wrap { input } if idle.contains(&ValueId(at as u32)) => of(input),
            _ => leaf(at).unwrap_or_else(|| random(seed, at as u64)),
        };
        values.push(value.rem_euclid(PRIME));
    }
    values
}

fn power(amount: u32) -> i128 {
    1i128 << (amount % 61)
}

/// SplitMix64, as a function of the place.
fn random(seed: u64, at: u64) -> i128 {
    let mut word = seed.wrapping_add(at.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    i128::from(word ^ (word >> 31)) % PRIME
}
