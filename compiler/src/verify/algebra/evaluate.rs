//! The values of atoms for one sample: what every rule of this room is tested against.

use super::{Algebra, Form, Kind};

impl Algebra {
    /// The value of every atom; `None` for an operation that is known by its name only.
    pub fn evaluate(&self, inputs: &[i128]) -> Vec<Option<i128>> {
        let mut values: Vec<Option<i128>> = Vec::with_capacity(self.atoms.len());
        for atom in &self.atoms {
            let of = |form: &Form| value(form, &values);
            let found = match &atom.kind {
                Kind::Input(number) => inputs.get(*number).copied(),
                Kind::Floor { of: form, amount } => of(form).map(|value| value >> amount),
                Kind::Piecewise { of: form, function } => {
                    of(form).and_then(|value| function.at(value))
                }
                Kind::Truth {
                    of: atoms,
                    values: table,
                } => self.entry(atoms, table, &values),
                Kind::Opaque { op, of: forms } => {
                    let forms = forms.iter().map(|form| of(form));
                    let forms = forms.collect::<Option<Vec<_>>>();
                    match (*op, forms.as_deref()) {
                        ("gate" | "product", Some([a, b])) => a.checked_mul(*b),
                        _ => None,
                    }
                }
            };
            values.push(found);
        }
        values
    }

    fn entry(&self, atoms: &[u32], table: &[i128], values: &[Option<i128>]) -> Option<i128> {
        let (mut index, mut stride) = (0, 1);
        for atom in atoms {
            let range = self.atoms[*atom as usize].range;
            index += usize::try_from(values[*atom as usize]? - range.lo).ok()? * stride;
            stride *= usize::try_from(range.hi - range.lo + 1).ok()?;
        }
        table.get(index).copied()
    }
}

/// The value of a form.
pub fn value(form: &Form, values: &[Option<i128>]) -> Option<i128> {
    form.terms
        .iter()
        .try_fold(form.constant, |sum, (atom, factor)| {
            sum.checked_add(values[*atom as usize]?.checked_mul(*factor)?)
        })
}
