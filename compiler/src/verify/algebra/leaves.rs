//! Functions of one form as forms, in one way only.
//!
//! A *leaf* is an atom that is a step function of a form, such as a rounded and clamped sum. A
//! function of the form that is constant wherever a leaf is constant is a function of the leaf,
//! of the first such one: its few values are what tables are made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use dialects::fx::Range;

use super::piecewise::Piecewise;
use super::{Algebra, AtomId, Form, Kind};

/// A leaf has so many steps at most, and a form so many leaves.
const MOST_STEPS: usize = 1 << 13;
const MOST_LEAVES: usize = 24;

/// The leaves of a form, the eldest first.
pub(super) type Leaves = Vec<(AtomId, Arc<Piecewise>)>;

impl Algebra {
    /// A function of a primitive form as a form.
    pub(super) fn of_function(&mut self, base: &Form, function: &Piecewise) -> Option<Form> {
        self.evaluated += function.pieces.len() as u64;
        // A function of a leaf is one of what the leaf is a function of.
        if let [(atom, 1)] = base.terms[..]
            && let Some(root) = self.roots_of_leaves.get(&atom).cloned()
        {
            let leaf = self.leaf(&root, atom)?;
            let whole = Piecewise::zip(&[&*leaf], &mut |values| function.at(values[0]))?;
            return self.of_root(&root, &whole);
        }
        self.of_root(base, function)
    }

    fn leaf(&self, root: &Form, atom: AtomId) -> Option<Arc<Piecewise>> {
        let leaves = self.leaves.get(root)?;
        leaves
            .iter()
            .find(|leaf| leaf.0 == atom)
            .map(|leaf| leaf.1.clone())
    }

    fn of_root(&mut self, base: &Form, function: &Piecewise) -> Option<Form> {
        let leaves = self.leaves.get(base).into_iter().flatten();
        // The leaf itself: between its values it would go on as another line.
        if let Some((atom, _)) = leaves.clone().find(|(_, leaf)| **leaf == *function) {
            return Some(Form::atom(*atom));
        }
        let found = leaves.cloned().find_map(|(atom, leaf)| {
            let outer = function.through(&leaf)?;
            Some((atom, outer))
        });
        if let Some((atom, outer)) = found {
            return self.plain(&Form::atom(atom), &outer);
        }
        let found = self.plain(base, function)?;
        self.plant(base, &found);
        Some(found)
    }

    /// Makes a leaf of the one atom of a form, if it is a step function of the base.
    fn plant(&mut self, base: &Form, found: &Form) {
        let [(atom, _)] = found.terms[..] else {
            return;
        };
        let full = self
            .leaves
            .get(base)
            .is_some_and(|leaves| leaves.len() >= MOST_LEAVES);
        if full || base.coefficient(atom) != 0 || self.roots_of_leaves.contains_key(&atom) {
            return;
        }
        if let Some(leaf) = self.over(&Form::atom(atom), base)
            && leaf.pieces.len() <= MOST_STEPS
            && leaf.is_flat()
        {
            self.leaves
                .entry(base.clone())
                .or_default()
                .push((atom, leaf));
            self.roots_of_leaves.insert(atom, base.clone());
        }
    }

    /// A staircase as a floor, any other function as a line and an atom.
    fn plain(&mut self, base: &Form, function: &Piecewise) -> Option<Form> {
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
        let atom = self.atom(kind, Range::new(lo, hi));
        line.plus(&Form::atom(atom), factor)
    }

    /// The same value, with all floors and functions of one form as one function.
    pub(super) fn normal(&mut self, form: &Form) -> Option<Form> {
        let mut groups: BTreeMap<usize, (Arc<Form>, Form)> = BTreeMap::new();
        let mut of: Vec<Arc<Form>> = vec![];
        for &(atom, coefficient) in &form.terms {
            let Some(root) = self.atoms[atom as usize].roots.first() else {
                continue;
            };
            let number = of
                .iter()
                .position(|known| known == root)
                .unwrap_or_else(|| {
                    of.push(root.clone());
                    of.len() - 1
                });
            let group = groups
                .entry(number)
                .or_insert_with(|| (root.clone(), Form::default()));
            group.1.terms.push((atom, coefficient));
        }
        let mut normal = form.clone();
        for (base, part) in groups.into_values() {
            let floor = |term: &(AtomId, i128)| {
                matches!(self.atoms[term.0 as usize].kind, Kind::Floor { .. })
            };
            let alone = part.terms.len() == 1;
            if alone && !(floor(&part.terms[0]) && self.leaves.contains_key(&*base)) {
                continue;
            }
            if let Some(function) = self.over(&part, &base)
                && let Some(joined) = self.of_function(&base, &function)
            {
                normal = normal.plus(&part, -1)?.plus(&joined, 1)?;
            }
        }
        Some(normal)
    }
}
