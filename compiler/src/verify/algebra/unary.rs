//! Values that are functions of one form.

use std::sync::Arc;

use super::piecewise::Piecewise;
use super::{Algebra, AtomId, Form, Kind, MOST_WORK};

/// Floors are turned into pieces up to so many values.
const MOST_STEPS: i128 = 1 << 16;

impl Algebra {
    /// The forms that a value might be a function of, the likeliest first.
    pub(super) fn bases(&self, form: &Form) -> Vec<Form> {
        let mut found = vec![];
        let mut add = |base: Option<(Form, i128, i128)>| {
            if let Some((base, ..)) = base
                && !found.contains(&base)
            {
                found.push(base);
            }
        };
        for &(atom, _) in &form.terms {
            match &self.atoms[atom as usize].kind {
                Kind::Floor { of, .. } => {
                    for base in self.bases(of).into_iter().take(2) {
                        add(base.primitive());
                    }
                    add(of.primitive());
                }
                // Of one value of another function: of that one's value.
                Kind::Piecewise { of, .. } if of.terms.len() == 1 => {
                    for base in self.bases(of) {
                        add(base.primitive());
                    }
                }
                _ => {}
            }
        }
        if let Some(Some((inner, _))) = self.unnested(form) {
            for base in self.bases(&inner) {
                add(base.primitive());
            }
        }
        add(form.primitive());
        found
    }

    /// The forms behind functions: for operands that have nothing nearer in common.
    pub(super) fn far_bases(&self, form: &Form) -> Vec<Form> {
        let atoms = form
            .terms
            .iter()
            .map(|term| &self.atoms[term.0 as usize].kind);
        let of = atoms.filter_map(|kind| match kind {
            Kind::Piecewise { of, .. } => Some((**of).clone()),
            _ => None,
        });
        of.collect()
    }

    /// The value as a function of a primitive form, if it is one.
    pub(super) fn over(&mut self, form: &Form, base: &Form) -> Option<Piecewise> {
        // An attempt that fails counts as well.
        self.work += 1 + form.terms.len() as u64;
        if self.work > MOST_WORK {
            return None;
        }
        let found = self.fresh_over(form, base)?;
        self.work += found.pieces.len() as u64;
        Some(found)
    }

    fn fresh_over(&mut self, form: &Form, base: &Form) -> Option<Piecewise> {
        let range = self.range(base)?;
        let line = |slope, offset| Piecewise::line(range.lo, range.hi, slope, offset);
        if let Some((factor, offset)) = multiple(form, base) {
            return Some(line(factor, offset));
        }
        // Floors and functions of the base, and what is left a multiple of it.
        let mut sum = line(0, 0);
        let mut left = Form::constant(form.constant);
        let mut taken = false;
        for &(atom, coefficient) in &form.terms {
            let part = match base.coefficient(atom) {
                0 => self.atom_over(atom, base),
                _ => None,
            };
            match part {
                Some(part) => {
                    sum = sum.plus(&part, coefficient)?;
                    self.work += sum.pieces.len() as u64;
                    taken = true;
                }
                None => left.terms.push((atom, coefficient)),
            }
        }
        if taken && let Some((factor, offset)) = multiple(&left, base) {
            return sum.plus(&line(factor, offset), 1);
        }
        let (inner, amount) = self.unnested(form)??;
        self.over(&inner, base)?.floor(amount)
    }

    fn atom_over(&mut self, atom: AtomId, base: &Form) -> Option<Piecewise> {
        match self.atoms[atom as usize].kind.clone() {
            Kind::Floor { of, amount } => {
                let range = self.range(&of)?;
                let steps = (range.hi >> amount).checked_sub(range.lo >> amount)?;
                if steps > MOST_STEPS {
                    return None;
                }
                self.over(&of, base)?.floor(amount)
            }
            Kind::Piecewise { of, function } if *of == *base => Some((*function).clone()),
            Kind::Piecewise { of, function } => {
                let inner = self.over(&of, base)?;
                Piecewise::zip(&[&inner], &mut |values| function.at(values[0]))
            }
            _ => None,
        }
    }

    /// A function of a primitive form as a form.
    pub(super) fn of_function(&mut self, base: &Form, function: &Piecewise) -> Option<Form> {
        self.evaluated += function.pieces.len() as u64;
        if let Some((value, height, start, amount)) = function.staircase() {
            let moved = base.clone().offset(-start)?;
            let range = self.range(&moved)?;
            let widest = range.lo.unsigned_abs().max(range.hi.unsigned_abs());
            let amount = amount.unwrap_or(128 - widest.leading_zeros() + 1);
            let steps = self.floor(&moved, amount)?.offset(1)?;
            return Form::constant(value).plus(&steps, height);
        }
        let (slope, offset, factor, rest) = function.normal()?;
        let line = base.times(slope)?.offset(offset)?;
        if factor == 0 {
            return Some(line);
        }
        let (lo, hi) = rest.bounds()?;
        let kind = Kind::Piecewise {
            of: Arc::new(base.clone()),
            function: Arc::new(rest),
        };
        let atom = self.atom(kind, dialects::fx::Range::new(lo, hi));
        line.plus(&Form::atom(atom), factor)
    }

    /// The same value, with all floors and functions of one base as one function.
    pub(super) fn normal(&mut self, form: &Form) -> Option<Form> {
        let mut groups: Vec<(Form, Vec<(AtomId, i128)>)> = vec![];
        for &(atom, coefficient) in &form.terms {
            let base = match &self.atoms[atom as usize].kind {
                Kind::Floor { of, .. } => of.primitive().map(|(base, ..)| base),
                Kind::Piecewise { of, .. } => Some((**of).clone()),
                _ => None,
            };
            let Some(base) = base else { continue };
            match groups.iter_mut().find(|group| group.0 == base) {
                Some(group) => group.1.push((atom, coefficient)),
                None => groups.push((base, vec![(atom, coefficient)])),
            }
        }
        let mut normal = form.clone();
        for (base, atoms) in groups.into_iter().filter(|group| group.1.len() > 1) {
            let terms = atoms;
            let part = Form { constant: 0, terms };
            if let Some(function) = self.over(&part, &base) {
                let joined = self.of_function(&base, &function)?;
                normal = normal.plus(&part, -1)?.plus(&joined, 1)?;
            }
        }
        Some(normal)
    }
}

/// `(factor, offset)` with `form = factor · base + offset`.
fn multiple(form: &Form, base: &Form) -> Option<(i128, i128)> {
    let Some((atom, first)) = form.terms.first() else {
        return Some((0, form.constant));
    };
    let (own, unit) = base.terms.first()?;
    if own != atom || form.terms.len() != base.terms.len() || first % unit != 0 {
        return None;
    }
    let factor = first / unit;
    let mut pairs = form.terms.iter().zip(&base.terms);
    let equal = |(a, b): (&(AtomId, i128), &(AtomId, i128))| {
        a.0 == b.0 && b.1.checked_mul(factor) == Some(a.1)
    };
    pairs.all(equal).then_some((factor, form.constant))
}
