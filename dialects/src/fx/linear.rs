//! Linear forms: a value as a weighted sum of others, for bounds that know which operands
//! move together.
//!
//! `x*8 - x` over x in [0, 15]: the interval of the difference is [-15, 120]; as a linear
//! form it is 7x, and its bounds are [0, 105].

use super::{Op, Range, ValueId};
use std::cmp::Ordering;

/// A longer sum is a value of its own to the sums above it: memory stays linear in the graph.
const MAX_TERMS: usize = 128;

/// `constant + Σ coefficient · value`; the values are no sums themselves, in order, and
/// no coefficient is 0.
#[derive(Debug, Clone, Default)]
pub(super) struct Linear {
    terms: Vec<(ValueId, i64)>,
    constant: i128,
}

/// What is known of the values before a node.
pub(super) struct Known<'a> {
    pub ranges: &'a [Range],
    /// `None` for a value that is no sum.
    pub forms: &'a [Option<Linear>],
}

impl Known<'_> {
    fn range(&self, value: ValueId) -> Range {
        self.ranges[value.index()]
    }

    fn form(&self, value: ValueId) -> Linear {
        match (self.range(value).single(), &self.forms[value.index()]) {
            (Some(constant), _) => Linear {
                terms: vec![],
                constant,
            },
            (None, Some(form)) => form.clone(),
            (None, None) => Linear {
                terms: vec![(value, 1)],
                constant: 0,
            },
        }
    }

    /// The form of a node, if it is a sum; `interval` is its range so far.
    pub fn form_of(&self, op: &Op, interval: Range) -> Option<Linear> {
        let form = match *op {
            Op::Sum {
                ref terms,
                constant,
            } => {
                let mut sum = Linear {
                    terms: vec![],
                    constant,
                };
                for term in terms {
                    let form = self.form(term.value).times(term.factor()?)?;
                    sum = sum.plus(&form, 1)?;
                }
                sum
            }
            Op::Add { lhs, rhs } => self.form(lhs).plus(&self.form(rhs), 1)?,
            Op::Sub { lhs, rhs } => self.form(lhs).plus(&self.form(rhs), -1)?,
            Op::Neg { input } => self.form(input).times(-1)?,
            Op::Shl { input, amount } => self.form(input).times(1i128.checked_shl(amount)?)?,
            Op::Mul { lhs, rhs } => match (self.range(lhs).single(), self.range(rhs).single()) {
                (_, Some(factor)) => self.form(lhs).times(factor)?,
                (Some(factor), _) => self.form(rhs).times(factor)?,
                _ => return None,
            },
            Op::Shr { input, amount } | Op::Round { input, amount, .. } => {
                self.form(input).divided(amount)?
            }
            Op::Clamp { input, .. } | Op::Wrap { input } if interval == self.range(input) => {
                self.form(input)
            }
            Op::Register { input } => self.form(input),
            _ => return None,
        };
        (form.terms.len() <= MAX_TERMS).then_some(form)
    }

    /// The smallest interval that holds the sum for all values of its terms.
    pub fn bounds(&self, form: &Linear) -> Option<Range> {
        let (mut lo, mut hi) = (form.constant, form.constant);
        for &(value, factor) in &form.terms {
            let range = self.range(value);
            let ends = match factor > 0 {
                true => (range.lo, range.hi),
                false => (range.hi, range.lo),
            };
            lo = lo.checked_add(ends.0.checked_mul(factor.into())?)?;
            hi = hi.checked_add(ends.1.checked_mul(factor.into())?)?;
        }
        Some(Range::new(lo, hi))
    }
}

impl Linear {
    /// `self + sign · other`.
    fn plus(&self, other: &Linear, sign: i64) -> Option<Linear> {
        let (mut a, mut b) = (self.terms.iter().peekable(), other.terms.iter().peekable());
        let mut terms = Vec::with_capacity(self.terms.len() + other.terms.len());
        loop {
            let order = match (a.peek(), b.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => a.0.cmp(&b.0),
            };
            let left = a.next_if(|_| order.is_le());
            let right = b.next_if(|_| order.is_ge());
            let value = left.or(right)?.0;
            let right = right.map_or(0, |term| term.1).checked_mul(sign)?;
            let factor = left.map_or(0, |term| term.1).checked_add(right)?;
            if factor != 0 {
                terms.push((value, factor));
            }
        }
        let constant = other.constant.checked_mul(sign.into())?;
        let constant = self.constant.checked_add(constant)?;
        Some(Linear { terms, constant })
    }

    fn times(mut self, factor: i128) -> Option<Linear> {
        self.constant = self.constant.checked_mul(factor)?;
        let factor = i64::try_from(factor).ok()?;
        match factor {
            0 => self.terms.clear(),
            _ => {
                for term in &mut self.terms {
                    term.1 = term.1.checked_mul(factor)?;
                }
            }
        }
        Some(self)
    }

    /// `self / 2^amount`, when that is a form again.
    fn divided(mut self, amount: u32) -> Option<Linear> {
        let exact = |tail: u32| tail >= amount;
        let ends = self.constant == 0 || exact(self.constant.trailing_zeros());
        if !ends || !self.terms.iter().all(|t| exact(t.1.trailing_zeros())) || amount > 62 {
            return None;
        }
        self.constant >>= amount;
        for term in &mut self.terms {
            term.1 >>= amount;
        }
        Some(self)
    }
}
