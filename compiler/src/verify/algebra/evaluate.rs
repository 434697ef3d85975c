//! The values of atoms for one sample: what every rule of this room is tested against.

use super::{Algebra, AtomId, Form, Kind};

impl Algebra {
    /// The value of every atom; `None` beyond 128 bits, or where a table has no entry.
    pub fn evaluate(&self, inputs: &[i128]) -> Vec<Option<i128>> {
        let mut values: Vec<Option<i128>> = Vec::with_capacity(self.atoms.len());
        for atom in &self.atoms {
            let found = match &atom.kind {
                Kind::Input(number) => inputs.get(*number).copied(),
                kind => self.value_of(kind, &|atom| values[atom as usize]),
            };
            values.push(found);
        }
        values
    }

    /// What an atom is for these values of the atoms below.
    fn value_of(&self, kind: &Kind, values: &dyn Fn(AtomId) -> Option<i128>) -> Option<i128> {
        let of = |form: &Form| sum(form, values);
        match kind {
            Kind::Input(_) => None,
            Kind::Floor { of: form, amount } => of(form).map(|value| value >> amount),
            Kind::Piecewise { of: form, function } => function.at(of(form)?),
            Kind::Truth {
                of: atoms,
                values: table,
            } => {
                let (mut index, mut stride) = (0, 1);
                for atom in atoms {
                    let range = self.atoms[*atom as usize].range;
                    index += usize::try_from(values(*atom)? - range.lo).ok()? * stride;
                    stride *= usize::try_from(range.hi - range.lo + 1).ok()?;
                }
                table.get(index).copied()
            }
            Kind::Opaque {
                op,
                of: forms,
                table,
            } => {
                let forms = forms.iter().map(|form| of(form));
                match (*op, &forms.collect::<Option<Vec<_>>>()?[..]) {
                    ("gate" | "product", [a, b]) => a.checked_mul(*b),
                    ("clamp", [value, min, max]) => Some((*value).max(*min).min(*max)),
                    ("clamp_cell", [value, over, under, ones]) => {
                        Some(clamp_cell(*value, *over, *under, *ones))
                    }
                    ("lookup", [at, first]) => {
                        table.get(usize::try_from(at - first).ok()?).copied()
                    }
                    _ => None,
                }
            }
        }
    }
}

/// A cell that clamps to zero and to all ones.
pub fn clamp_cell(value: i128, over: i128, under: i128, ones: i128) -> i128 {
    match (over, under) {
        (_, 1) => 0,
        (0, _) => value,
        _ => ones,
    }
}

/// The value of a form.
pub fn value(form: &Form, values: &[Option<i128>]) -> Option<i128> {
    sum(form, &|atom| values[atom as usize])
}

fn sum(form: &Form, values: &dyn Fn(AtomId) -> Option<i128>) -> Option<i128> {
    let mut terms = form.terms.iter();
    terms.try_fold(form.constant, |sum, (atom, factor)| {
        sum.checked_add(values(*atom)?.checked_mul(*factor)?)
    })
}
