//! Floors by powers of two.
//!
//! | identity                                              | when                          |
//! | floor((2^k·q + r) / 2^k) = q + floor(r / 2^k)         | always                        |
//! | floor((floor(g / 2^j) + h) / 2^k) = floor((g + 2^j·h) / 2^(j+k)) | always             |
//! | -floor(g / 2^j) = floor((2^j - 1 - g) / 2^j)          | always                        |
//! | floor(f / 2^k) = floor(floor(f / 2^j) / 2^(k-j))      | floor(f / 2^j) is a shorter form    |
//! | floor(f / 2^k) = c                                    | both ends of f's range say so |
//! | floor(f / 2^k) = floor(f / 2^m)                       | -2^m <= f < 2^m and m <= k    |

use std::sync::Arc;

use dialects::fx::Range;

use super::form::power;
use super::{Algebra, AtomId, Form, Kind};

/// Floors that are worked out for each other; beyond them forms stay as they are.
const MOST_OPEN: usize = 64;

/// Steps of a floor that is written as a function instead.
const FEW: i128 = 4;

impl Algebra {
    /// `floor(form / 2^amount)`.
    pub fn floor(&mut self, form: &Form, amount: u32) -> Option<Form> {
        if amount == 0 {
            return Some(form.clone());
        }
        let key = (form.clone(), amount);
        if let Some(known) = self.floors.get(&key) {
            return Some(known.clone());
        }
        // Asked for again while it is worked out, it is not looked at as a function.
        let first = self.open.insert(key.clone());
        let function = match first && self.open.len() < MOST_OPEN {
            true => self.step(form, amount),
            false => None,
        };
        let found = match function {
            Some(function) => Some(function),
            None => self.fresh_floor(form, amount),
        };
        if first {
            self.open.remove(&key);
        }
        let found = found?;
        self.floors.insert(key, found.clone());
        Some(found)
    }

    fn fresh_floor(&mut self, form: &Form, amount: u32) -> Option<Form> {
        if let Some(value) = self.constant_floor(form, amount) {
            return Some(Form::constant(value));
        }
        if let Some((inner, extra)) = self.unnested(form)? {
            return self.floor(&inner, amount.checked_add(extra)?);
        }
        let whole = self.normal(form)?;
        if self.leads_on(&whole, form, amount) {
            return self.floor(&whole, amount);
        }
        let (quotient, rest) = form.split(amount)?;
        if let Some(value) = self.constant_floor(&rest, amount) {
            return quotient.offset(value);
        }
        if let Some((inner, extra)) = self.unnested(&rest)? {
            return quotient.plus(&self.floor(&inner, amount.checked_add(extra)?)?, 1);
        }
        if let Some((high, below)) = self.without_low_bits(&rest, amount)? {
            return quotient.plus(&self.floor(&high, amount - below)?, 1);
        }
        let normal = self.normal(&rest)?;
        if self.leads_on(&normal, &rest, amount) {
            return quotient.plus(&self.floor(&normal, amount)?, 1);
        }
        // Two values only: the step between them is at a multiple of 2^amount, and smaller powers
        // say the same.
        let range = self.tight_range(&rest)?;
        let (low, high) = (range.lo >> amount, range.hi >> amount);
        if high == low + 1 {
            let centred = rest.clone().offset(-(high.checked_mul(power(amount)?)?))?;
            let range = self.tight_range(&centred)?;
            let enough = bits(range);
            if enough < amount {
                let floor = self.floor(&centred, enough)?;
                return quotient.plus(&floor, 1)?.offset(high);
            }
        }
        // One of ±f only. A coefficient of half the power stays as it is in both.
        let half = power(amount)? >> 1;
        let signed = rest.terms.iter().find(|term| term.1 != half);
        if signed.is_some_and(|term| term.1 < 0) {
            let opposite = rest.times(-1)?.offset(power(amount)? - 1)?;
            let floor = self.floor(&opposite, amount)?;
            return quotient.plus(&floor, -1);
        }
        let kind = Kind::Floor {
            of: Arc::new(rest),
            amount,
        };
        let atom = self.atom(kind, Range::new(low, high));
        quotient.plus(&Form::atom(atom), 1)
    }

    /// The floor of a function of one form, where it has but a few values.
    fn step(&mut self, form: &Form, amount: u32) -> Option<Form> {
        let base = self.bases(form).into_iter().next()?;
        if form.primitive().is_some_and(|(own, ..)| own == base) {
            return None;
        }
        let function = self.over(form, &base)?;
        let (lo, hi) = function.bounds()?;
        if (hi >> amount) - (lo >> amount) >= FEW {
            return None;
        }
        let function = function.floor(amount)?;
        match function.pieces.len() as i128 <= FEW {
            true => self.of_function(&base, &function),
            false => None,
        }
    }

    /// Whether another form of the same value is to be looked at: not where the floor of it is
    /// being worked out already.
    fn leads_on(&self, other: &Form, form: &Form, amount: u32) -> bool {
        other != form
            && self.open.len() < MOST_OPEN
            && !self.open.contains(&(other.clone(), amount))
    }

    /// `floor(form / 2^amount) = floor(high / 2^(amount - below))`, if a floor of the form by
    /// `2^below` stands in it already, and is what its low bits are missing.
    fn without_low_bits(&self, form: &Form, amount: u32) -> Option<Option<(Form, u32)>> {
        for &(atom, coefficient) in &form.terms {
            let Kind::Floor { of, amount: below } = &self.atoms[atom as usize].kind else {
                continue;
            };
            let whole = power(*below)?;
            if *below >= amount || coefficient.abs() != whole {
                continue;
            }
            let (high, low) = form.split(*below)?;
            // floor(low / whole) = ±atom - moved, and the atom is in `high` with the opposite factor.
            let (moved, wanted) = match coefficient < 0 {
                true => (Form::default(), (**of).clone()),
                false => of.times(-1)?.offset(whole - 1)?.split(*below)?,
            };
            if low == wanted {
                return Some(Some((high.without(atom).plus(&moved, -1)?, *below)));
            }
        }
        Some(None)
    }

    fn constant_floor(&self, form: &Form, amount: u32) -> Option<i128> {
        let shift = amount.min(127);
        let mut range = self.range(form)?;
        if range.lo >> shift != range.hi >> shift {
            range = self.tight_range(form)?;
        }
        (range.lo >> shift == range.hi >> shift).then_some(range.lo >> shift)
    }

    /// `form = floor(inner / 2^extra)`, if a floor stands in it once.
    pub(super) fn unnested(&self, form: &Form) -> Option<Option<(Form, u32)>> {
        let mut best: Option<(u32, AtomId, i128, Arc<Form>)> = None;
        for &(atom, coefficient) in &form.terms {
            if coefficient.abs() != 1 {
                continue;
            }
            if let Kind::Floor { of, amount } = &self.atoms[atom as usize].kind
                && best.as_ref().is_none_or(|best| best.0 < *amount)
            {
                best = Some((*amount, atom, coefficient, of.clone()));
            }
        }
        let Some((amount, atom, coefficient, of)) = best else {
            return Some(None);
        };
        let whole = power(amount)?;
        let scaled = form.without(atom).times(whole)?;
        let inner = match coefficient {
            1 => scaled.plus(&of, 1)?,
            _ => scaled.plus(&of, -1)?.offset(whole - 1)?,
        };
        Some(Some((inner, amount)))
    }
}

/// The smallest `m` with `-2^m <= range < 2^m`.
fn bits(range: Range) -> u32 {
    let of = |value: i128| 128 - (if value < 0 { !value } else { value }).leading_zeros();
    of(range.lo).max(of(range.hi))
}
