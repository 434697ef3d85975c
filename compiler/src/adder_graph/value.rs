//! What a node of the graph computes: a vector of coefficients over the inputs.
//!
//! Values are kept canonical: odd (the coefficients have no common factor 2) and with a
//! positive first coefficient. Nodes with equal canonical values are one node.

use super::Input;
use super::digits::WIDEST;
use super::random::mix;

/// Coefficients that are not 0 by growing input.
pub(super) type Vector = Vec<(u32, i64)>;

/// A vector in canonical form, and what became of it: `± canonical · 2^shift`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Canonical {
    pub vector: Vector,
    pub shift: u32,
    pub negative: bool,
}

/// `None` for the vector of zeros.
pub(super) fn canonical(mut vector: Vector) -> Option<Canonical> {
    let common = vector.iter().fold(0, |bits, (_, coef)| bits | coef);
    let shift = (common != 0).then(|| common.trailing_zeros())?;
    let negative = vector[0].1 < 0;
    for (_, coef) in &mut vector {
        *coef = if negative {
            -(*coef >> shift)
        } else {
            *coef >> shift
        };
    }
    Some(Canonical {
        vector,
        shift,
        negative,
    })
}

/// `lhs · left + rhs · right`; `None` when a coefficient gets too wide.
pub(super) fn combine(
    lhs: &[(u32, i64)],
    left: i64,
    rhs: &[(u32, i64)],
    right: i64,
) -> Option<Vector> {
    let mut sum = Vec::with_capacity(lhs.len() + rhs.len());
    let (mut l, mut r) = (0, 0);
    while l < lhs.len() || r < rhs.len() {
        let input = match (lhs.get(l), rhs.get(r)) {
            (Some(a), Some(b)) => a.0.min(b.0),
            (Some(a), None) => a.0,
            (None, Some(b)) => b.0,
            (None, None) => break,
        };
        let mut coef = 0i64;
        if let Some(entry) = lhs.get(l).filter(|entry| entry.0 == input) {
            coef = entry.1.checked_mul(left)?;
            l += 1;
        }
        if let Some(entry) = rhs.get(r).filter(|entry| entry.0 == input) {
            coef = coef.checked_add(entry.1.checked_mul(right)?)?;
            r += 1;
        }
        if coef.unsigned_abs() > WIDEST.unsigned_abs() {
            return None;
        }
        if coef != 0 {
            sum.push((input, coef));
        }
    }
    Some(sum)
}

/// The number of steps between the least and the greatest value of the sum.
pub(super) fn range(vector: &[(u32, i64)], inputs: &[Input]) -> u128 {
    let spans = vector.iter().map(|&(input, coef)| {
        u128::from(coef.unsigned_abs()) * u128::from(inputs[input as usize].span)
    });
    spans.fold(0, u128::saturating_add)
}

/// The bits that hold `0..=range`.
pub(super) fn bits(range: u128) -> u32 {
    128 - range.leading_zeros()
}

/// A linear fingerprint over the field of 2^61 - 1 elements.
pub(super) fn fingerprint(vector: &[(u32, i64)]) -> u64 {
    let terms = vector
        .iter()
        .map(|&(input, coef)| times(reduce_signed(coef), point(input)));
    terms.fold(0, plus)
}

const PRIME: u64 = (1 << 61) - 1;

/// The coordinate of an input.
pub(super) fn point(input: u32) -> u64 {
    mix(u64::from(input) ^ 0x5851_f42d_4c95_7f2d) % PRIME
}

pub(super) fn reduce_signed(coef: i64) -> u64 {
    (i128::from(coef)).rem_euclid(i128::from(PRIME)) as u64
}

pub(super) fn plus(lhs: u64, rhs: u64) -> u64 {
    (lhs + rhs) % PRIME
}

pub(super) fn times(lhs: u64, rhs: u64) -> u64 {
    (u128::from(lhs) * u128::from(rhs) % u128::from(PRIME)) as u64
}
