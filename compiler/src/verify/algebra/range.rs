//! Intervals that hold every value of a form.

use std::collections::BTreeSet;
use std::sync::Arc;

use dialects::fx::Range;

use super::form::{gcd, power};
use super::piecewise::Piece;
use super::{Algebra, AtomId, Form, Kind};

/// Atoms of a form that are looked through.
const MOST_STEPS: u32 = 200;
/// Entries of a table that are looked at.
const MOST_ENTRIES: usize = 1 << 12;
/// Lines of a function that are told apart.
const MOST_LINES: usize = 4;

/// An atom by what it is a function of.
enum Cases {
    Floor(Arc<Form>, u32),
    /// It is one of these, and which is not asked: a line and what is added to it, from and to,
    /// in each of several ways.
    OneOf(Vec<Vec<(Form, i128, i128)>>),
}

impl Algebra {
    /// An interval that holds every value of the form, each atom by itself.
    pub fn range(&self, form: &Form) -> Option<Range> {
        let (mut lo, mut hi) = (form.constant, form.constant);
        for &(atom, factor) in &form.terms {
            let range = self.atoms[atom as usize].range;
            let ends = match factor > 0 {
                true => (range.lo, range.hi),
                false => (range.hi, range.lo),
            };
            lo = lo.checked_add(ends.0.checked_mul(factor)?)?;
            hi = hi.checked_add(ends.1.checked_mul(factor)?)?;
        }
        Some(Range::new(lo, hi))
    }

    /// A smaller one, where atoms of the form are functions of what else is in it:
    /// `2^k · floor(g / 2^k)` is from `g - 2^k + 1` to `g`, a function of few lines is one of
    /// them, a gate is open or not.
    pub fn tight_range(&self, form: &Form) -> Option<Range> {
        self.tightened(form, &mut { MOST_STEPS })
    }

    fn tightened(&self, form: &Form, steps: &mut u32) -> Option<Range> {
        let plain = self.range(form)?;
        let plain = self.range_with_tables(form, plain)?;
        let atoms = form.terms.iter().rev();
        let found = atoms.filter_map(|&(atom, factor)| {
            let cases = self.cases(form, atom)?;
            Some((atom, factor, cases))
        });
        let Some((atom, factor, cases)) = found.into_iter().next() else {
            return Some(plain);
        };
        if *steps == 0 {
            return Some(plain);
        }
        *steps -= 1;
        let inside = || -> Option<Range> {
            let rest = form.without(atom);
            match cases {
                Cases::Floor(of, amount) => {
                    // factor · floor(of / whole) = factor / whole · (of - r), 0 <= r < whole.
                    let whole = power(amount)?;
                    let shared = gcd(factor, whole);
                    let (scale, factor) = (whole / shared, factor / shared);
                    let sum = rest.times(scale)?.plus(&of, factor)?;
                    let range = self.tightened(&sum, steps)?;
                    let most = factor.checked_mul(whole - 1)?;
                    let lo = range.lo.checked_sub(most.max(0))?;
                    let hi = range.hi.checked_sub(most.min(0))?;
                    Some(Range::new(-(-lo).div_euclid(scale), hi.div_euclid(scale)))
                }
                Cases::OneOf(cases) => {
                    let mut hull: Option<Range> = None;
                    for case in cases {
                        let mut found = plain;
                        for (line, low, high) in case {
                            let sum = rest.plus(&line, factor)?;
                            let range = self.tightened(&sum, steps)?;
                            let ends = [low.checked_mul(factor)?, high.checked_mul(factor)?];
                            let lo = range.lo.checked_add(ends[0].min(ends[1]))?;
                            let hi = range.hi.checked_add(ends[0].max(ends[1]))?;
                            // A case that cannot be is left with an end of another.
                            let lo = found.lo.max(lo);
                            found = Range::new(lo, found.hi.min(hi).max(lo));
                        }
                        hull = Some(match hull {
                            None => found,
                            Some(hull) => Range::new(hull.lo.min(found.lo), hull.hi.max(found.hi)),
                        });
                    }
                    hull
                }
            }
        };
        let Some(inside) = inside() else {
            return Some(plain);
        };
        Some(Range::new(plain.lo.max(inside.lo), plain.hi.min(inside.hi)))
    }

    /// The interval where tables are not counted apart from atoms that they are over: entry by
    /// entry.
    fn range_with_tables(&self, form: &Form, plain: Range) -> Option<Range> {
        let mut rest = form.clone();
        let (mut lo, mut hi) = (0i128, 0i128);
        for &(atom, _) in &form.terms {
            let factor = rest.coefficient(atom);
            let Kind::Truth { of, values } = &self.atoms[atom as usize].kind else {
                continue;
            };
            // One that another table is over is counted with that.
            if factor == 0 {
                continue;
            }
            let factors: Vec<i128> = of.iter().map(|atom| rest.coefficient(*atom)).collect();
            if values.len() > MOST_ENTRIES || factors.iter().all(|factor| *factor == 0) {
                continue;
            }
            let ranges = of.iter().map(|atom| self.atoms[*atom as usize].range);
            let ranges: Vec<Range> = ranges.collect();
            let mut ends: Option<(i128, i128)> = None;
            for (entry, value) in values.iter().enumerate() {
                let (mut left, mut sum) = (entry as i128, value.checked_mul(factor)?);
                for (range, factor) in ranges.iter().zip(&factors) {
                    let size = range.hi - range.lo + 1;
                    sum = sum.checked_add((range.lo + left % size).checked_mul(*factor)?)?;
                    left /= size;
                }
                let (lo, hi) = ends.unwrap_or((sum, sum));
                ends = Some((lo.min(sum), hi.max(sum)));
            }
            let ends = ends?;
            (lo, hi) = (lo.checked_add(ends.0)?, hi.checked_add(ends.1)?);
            rest = of
                .iter()
                .fold(rest.without(atom), |rest, atom| rest.without(*atom));
        }
        if rest.terms.len() == form.terms.len() {
            return Some(plain);
        }
        let range = self.range(&rest)?;
        let (lo, hi) = (lo.checked_add(range.lo)?, hi.checked_add(range.hi)?);
        Some(Range::new(plain.lo.max(lo), plain.hi.min(hi)))
    }

    /// What an atom of a form is a function of, if that shares atoms with the rest.
    fn cases(&self, form: &Form, atom: AtomId) -> Option<Cases> {
        match &self.atoms[atom as usize].kind {
            Kind::Floor { of, amount } if self.overlap(of, form) => {
                Some(Cases::Floor(of.clone(), *amount))
            }
            Kind::Piecewise { of, function }
                if function.pieces.len() <= MOST_LINES && self.overlap(of, form) =>
            {
                // On a piece, the function is its line, and a line of any other slope but for
                // what lies between them at the ends of the piece.
                let slopes: BTreeSet<i128> = function.pieces.iter().map(|p| p.slope).collect();
                let case = |(piece, last): (Piece, i128)| {
                    let line = |slope: &i128| {
                        let apart = |at: i128| piece.at(at)?.checked_sub(slope.checked_mul(at)?);
                        let (first, last) = (apart(piece.start)?, apart(last)?);
                        Some((of.times(*slope)?, first.min(last), first.max(last)))
                    };
                    slopes.iter().map(line).collect::<Option<Vec<_>>>()
                };
                let cases = function.spans().map(case);
                Some(Cases::OneOf(cases.collect::<Option<_>>()?))
            }
            Kind::Opaque { op: "gate", of, .. } if self.overlap(&of[1], form) => {
                Some(Cases::OneOf(vec![
                    vec![(Form::default(), 0, 0)],
                    vec![((*of[1]).clone(), 0, 0)],
                ]))
            }
            _ => None,
        }
    }

    /// Whether two forms have an atom in common.
    fn overlap(&self, a: &Form, b: &Form) -> bool {
        let (few, many) = match a.terms.len() < b.terms.len() {
            true => (a, b),
            false => (b, a),
        };
        few.terms.iter().any(|term| many.coefficient(term.0) != 0)
    }
}
