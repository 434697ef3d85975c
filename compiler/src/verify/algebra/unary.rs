//! Values that are functions of one form.

use std::collections::HashMap;
use std::sync::Arc;

use super::piecewise::Piecewise;
use super::{Algebra, AtomId, Form, Kind, MOST_WORK};

/// A value has so many bases at most, besides itself.
const MOST_BASES: usize = 6;
/// Pieces that are kept, of 48 bytes each.
const MOST_KEPT: usize = 1 << 21;
/// Floors are turned into pieces up to so many values.
const MOST_STEPS: i128 = 1 << 16;

/// Functions found before, by base and value; forgotten when they are too many.
#[derive(Debug, Default)]
pub(super) struct Functions {
    of: HashMap<Form, HashMap<Form, Option<Arc<Piecewise>>>>,
    pieces: usize,
}

impl Functions {
    fn keep(&mut self, form: &Form, base: &Form, found: Option<Arc<Piecewise>>, pieces: usize) {
        self.pieces += pieces;
        if self.pieces > MOST_KEPT {
            self.of.clear();
            self.pieces = pieces;
        }
        let of = self.of.entry(base.clone()).or_default();
        of.insert(form.clone(), found);
    }
}

impl Algebra {
    /// The forms that an atom is a function of, the deepest first.
    pub(super) fn roots_of(&self, kind: &Kind) -> Vec<Arc<Form>> {
        match kind {
            Kind::Floor { of, .. } | Kind::Piecewise { of, .. } => {
                self.bases(of).into_iter().map(Arc::new).collect()
            }
            _ => vec![],
        }
    }

    /// The forms that a value might be a function of, the deepest first, itself last.
    pub(super) fn bases(&self, form: &Form) -> Vec<Form> {
        let mut found = vec![];
        let mut add = |base: &Form| {
            if found.len() < MOST_BASES && !found.contains(base) {
                found.push(base.clone());
            }
        };
        self.shared_roots(form, &mut add);
        if let Some(Some((inner, _))) = self.unnested(form) {
            self.shared_roots(&inner, &mut add);
            if let Some((base, ..)) = inner.primitive() {
                add(&base);
            }
        }
        let own = form.primitive().map(|(base, ..)| base);
        found.retain(|base| Some(base) != own.as_ref());
        found.extend(own);
        found
    }

    /// The roots of atoms of a form of which every other atom is a function as well, or a part.
    fn shared_roots(&self, form: &Form, add: &mut dyn FnMut(&Form)) {
        let roots = |atom: AtomId| &self.atoms[atom as usize].roots;
        let explains = |base: &Form, atom: AtomId| {
            base.coefficient(atom) != 0 || roots(atom).iter().any(|root| **root == *base)
        };
        let mut tried: Vec<&Form> = vec![];
        for &(atom, _) in &form.terms {
            for base in roots(atom) {
                if tried.contains(&&**base) {
                    continue;
                }
                tried.push(base);
                if form.terms.iter().all(|term| explains(base, term.0)) {
                    add(base);
                }
            }
        }
    }

    /// The value as a function of a primitive form, if it is one.
    pub(super) fn over(&mut self, form: &Form, base: &Form) -> Option<Arc<Piecewise>> {
        // An attempt that fails counts as well.
        self.work += 1 + form.terms.len() as u64;
        if self.work > MOST_WORK {
            return None;
        }
        if let Some(known) = self.functions.of.get(base).and_then(|of| of.get(form)) {
            return known.clone();
        }
        let found = self.fresh_over(form, base).map(Arc::new);
        let pieces = found.as_ref().map_or(1, |found| found.pieces.len());
        self.work += pieces as u64;
        self.functions.keep(form, base, found.clone(), pieces);
        found
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
                0 if form.terms.len() == 1 => self.atom_over(atom, base).map(Arc::new),
                0 => self.over(&Form::atom(atom), base),
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
        let inner = self.over(&inner, base)?;
        inner.floor(amount)
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
                Piecewise::zip(&[&*inner], &mut |values| function.at(values[0]))
            }
            _ => None,
        }
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
