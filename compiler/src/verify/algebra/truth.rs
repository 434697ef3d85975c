//! Functions of a few atoms as tables.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use dialects::fx::Range;

use super::form::gcd;
use super::piecewise::Piecewise;
use super::{Algebra, AtomId, Form, Kind};

/// Atoms are looked through down to others that have so many values together.
const DEEP: u64 = 1 << 12;
/// Tables over atoms as they are have so many entries at most.
const WIDE: u64 = 1 << 16;

type Columns = HashMap<AtomId, Vec<i128>>;

impl Algebra {
    /// How many values an atom has.
    fn size(&self, atom: AtomId) -> Option<u64> {
        let range = self.atoms[atom as usize].range;
        u64::try_from(range.hi.checked_sub(range.lo)?.checked_add(1)?).ok()
    }

    fn entries(&self, atoms: &BTreeSet<AtomId>, most: u64) -> Option<u64> {
        let mut sizes = atoms.iter().map(|atom| self.size(*atom));
        let product = sizes.try_fold(1u64, |product, size| product.checked_mul(size?));
        product.filter(|&product| product <= most)
    }

    pub(super) fn support_of(&self, kind: &Kind, _range: Range) -> Option<Vec<AtomId>> {
        let below = |form: &Form| self.support(form.terms.iter().map(|term| term.0));
        match kind {
            Kind::Input(_) | Kind::Opaque { .. } => None,
            Kind::Floor { of, .. } | Kind::Piecewise { of, .. } => below(of),
            Kind::Truth { of, .. } => self.support(of.iter().copied()),
        }
    }

    /// The atoms below these, where they are few.
    fn support(&self, atoms: impl Iterator<Item = AtomId>) -> Option<Vec<AtomId>> {
        let mut found = BTreeSet::new();
        for atom in atoms {
            match &self.atoms[atom as usize].support {
                Some(support) => found.extend(support.iter().copied()),
                None => {
                    found.insert(atom);
                }
            }
            self.entries(&found, DEEP)?;
        }
        Some(found.into_iter().collect())
    }

    /// The function of forms as a table over the few atoms deep below them.
    pub(super) fn deep_table(
        &mut self,
        of: &[Form],
        f: &mut dyn FnMut(&[i128]) -> Option<i128>,
    ) -> Option<Form> {
        let support = self.support(atoms_of(of))?;
        (support.len() > 1 && self.apart(&support)).then_some(())?;
        self.table(support, of, f)
    }

    /// Whether no two of the atoms are functions of one form: a table would ask for
    /// combinations that never are.
    fn apart(&self, atoms: &[AtomId]) -> bool {
        let mut seen = HashSet::new();
        let bases = atoms
            .iter()
            .filter_map(|atom| match &self.atoms[*atom as usize].kind {
                Kind::Floor { of, .. } => of.primitive().map(|(base, ..)| base),
                Kind::Piecewise { of, .. } => Some((**of).clone()),
                _ => None,
            });
        bases.into_iter().all(|base| seen.insert(base))
    }

    /// The same over the atoms of the forms themselves.
    pub(super) fn wide_table(
        &mut self,
        of: &[Form],
        f: &mut dyn FnMut(&[i128]) -> Option<i128>,
    ) -> Option<Form> {
        let atoms: BTreeSet<AtomId> = atoms_of(of).collect();
        self.entries(&atoms, WIDE)?;
        self.table(atoms.into_iter().collect(), of, f)
    }

    /// The same value, with all atoms above the same few others as one table besides.
    pub fn canonical(&mut self, form: &Form) -> Option<Form> {
        let mut found = self.normal(form)?;
        let mut groups: Vec<(Vec<AtomId>, Form)> = vec![];
        for &(atom, coefficient) in &found.terms {
            let support = self.atoms[atom as usize].support.clone();
            let Some(support) = support.filter(|support| support.len() > 1) else {
                continue;
            };
            let term = (atom, coefficient);
            match groups.iter_mut().find(|group| group.0 == support) {
                Some(group) => group.1.terms.push(term),
                None => {
                    let (constant, terms) = (0, vec![term]);
                    groups.push((support, Form { constant, terms }));
                }
            }
        }
        for (support, part) in groups {
            let of = std::slice::from_ref(&part);
            if let Some(joined) = self.table(support, of, &mut |of| Some(of[0])) {
                found = found.plus(&part, -1)?.plus(&joined, 1)?;
            }
        }
        Some(found)
    }

    fn table(
        &mut self,
        support: Vec<AtomId>,
        of: &[Form],
        f: &mut dyn FnMut(&[i128]) -> Option<i128>,
    ) -> Option<Form> {
        let ranges: Vec<Range> = support
            .iter()
            .map(|a| self.atoms[*a as usize].range)
            .collect();
        let sizes = ranges
            .iter()
            .map(|range| (range.hi - range.lo + 1) as usize);
        let sizes: Vec<usize> = sizes.collect();
        let count: usize = sizes.iter().product();
        let mut columns = Columns::new();
        let mut stride = 1;
        for ((atom, range), size) in support.iter().zip(&ranges).zip(&sizes) {
            let column = (0..count).map(|at| range.lo + (at / stride % size) as i128);
            columns.insert(*atom, column.collect());
            stride *= size;
        }
        let mut operands = vec![];
        for form in of {
            operands.push(self.form_column(form, &mut columns, count)?);
        }
        let mut values = Vec::with_capacity(count);
        let mut row = vec![0; of.len()];
        for at in 0..count {
            for (value, operand) in row.iter_mut().zip(&operands) {
                *value = operand[at];
            }
            values.push(f(&row)?);
        }
        self.evaluated += count as u64;
        self.of_table(support, sizes, values)
    }

    fn form_column(&self, form: &Form, columns: &mut Columns, count: usize) -> Option<Vec<i128>> {
        let mut sum = vec![form.constant; count];
        for &(atom, factor) in &form.terms {
            if !columns.contains_key(&atom) {
                let column = self.atom_column(atom, columns, count)?;
                columns.insert(atom, column);
            }
            for (sum, value) in sum.iter_mut().zip(&columns[&atom]) {
                *sum = sum.checked_add(value.checked_mul(factor)?)?;
            }
        }
        Some(sum)
    }

    fn atom_column(&self, atom: AtomId, columns: &mut Columns, count: usize) -> Option<Vec<i128>> {
        match &self.atoms[atom as usize].kind {
            Kind::Input(_) | Kind::Opaque { .. } => None,
            Kind::Floor { of, amount } => {
                let of = self.form_column(of, columns, count)?;
                Some(of.into_iter().map(|value| value >> amount).collect())
            }
            Kind::Piecewise { of, function } => {
                let of = self.form_column(of, columns, count)?;
                of.into_iter().map(|value| function.at(value)).collect()
            }
            Kind::Truth { of, values } => {
                let mut index = vec![0usize; count];
                let mut stride = 1;
                for part in of {
                    let range = self.atoms[*part as usize].range;
                    let column = self.form_column(&Form::atom(*part), columns, count)?;
                    for (index, value) in index.iter_mut().zip(column) {
                        *index += usize::try_from(value - range.lo).ok()? * stride;
                    }
                    stride *= usize::try_from(range.hi - range.lo + 1).ok()?;
                }
                index
                    .into_iter()
                    .map(|at| values.get(at).copied())
                    .collect()
            }
        }
    }

    /// A table as a form: without what it does not depend on, and what is linear in it apart.
    fn of_table(
        &mut self,
        mut support: Vec<AtomId>,
        mut sizes: Vec<usize>,
        mut values: Vec<i128>,
    ) -> Option<Form> {
        let mut at = 0;
        while at < support.len() {
            let stride: usize = sizes[..at].iter().product();
            let first = |index: usize| index - index / stride % sizes[at] * stride;
            if (0..values.len()).all(|index| values[index] == values[first(index)]) {
                let kept = (0..values.len()).filter(|index| first(*index) == *index);
                values = kept.map(|index| values[index]).collect();
                support.remove(at);
                sizes.remove(at);
            } else {
                at += 1;
            }
        }
        match support[..] {
            [] => return Some(Form::constant(values[0])),
            [atom] => return self.of_single(atom, &values),
            _ => {}
        }
        let mut line = Form::constant(values[0]);
        let mut stride = 1;
        for (atom, size) in support.iter().zip(&sizes) {
            let slope = values[stride].checked_sub(values[0])?;
            let low = self.atoms[*atom as usize].range.lo;
            let term = Form::atom(*atom).offset(-low)?;
            line = line.plus(&term, slope)?;
            for (index, value) in values.iter_mut().enumerate() {
                let steps = (index / stride % size) as i128;
                *value = value.checked_sub(steps.checked_mul(slope)?)?;
            }
            stride *= size;
        }
        let base = values[0];
        values.iter_mut().for_each(|value| *value -= base);
        let mut factor = values.iter().fold(0, |factor, value| gcd(factor, *value));
        let Some(first) = values.iter().find(|value| **value != 0) else {
            return Some(line);
        };
        if *first < 0 {
            factor = -factor;
        }
        values.iter_mut().for_each(|value| *value /= factor);
        let (lo, hi) = (*values.iter().min()?, *values.iter().max()?);
        let kind = Kind::Truth {
            of: support,
            values: Arc::from(values),
        };
        let atom = self.atom(kind, Range::new(lo, hi));
        line.plus(&Form::atom(atom), factor)
    }

    fn of_single(&mut self, atom: AtomId, values: &[i128]) -> Option<Form> {
        let range = self.atoms[atom as usize].range;
        let number = Piecewise::line(range.lo, range.hi, 1, 0);
        let f = &mut |of: &[i128]| values.get(usize::try_from(of[0] - range.lo).ok()?).copied();
        let function = Piecewise::zip(&[&number], f)?;
        self.of_function(&Form::atom(atom), &function)
    }
}

/// The atoms of some forms, one after the other.
fn atoms_of(forms: &[Form]) -> impl Iterator<Item = AtomId> {
    let terms = forms.iter().flat_map(|form| form.terms.iter());
    terms.map(|term| term.0)
}
