//! Narrow sums of products: several values and weights in one lane.
//!
//! A sum of values of at most 8 bits with weights of at most 8 bits reads rows with four
//! values per 32-bit lane, one of at most 16 bits rows with two. Values are moved into the
//! type that the machine multiplies by subtracting a constant, which the sum adds again:
//! `Σ w·x = Σ w·(x - c) + Σ w·c`.

use std::collections::HashMap;

use dialects::fx::{Range, ValueId};

use super::dataflow::{Dataflow, Storage};
use super::linear::Form;
use super::machine::Packed;
use super::plan::{Atoms, RowId};

/// A packed value: which pack of its kind holds it, where in the lane, minus what.
#[derive(Debug, Clone, Copy)]
struct Place {
    pack: usize,
    lane: usize,
    minus: i128,
}

/// Which values are in which packs; packs are made when the first sum needs them, so that
/// they stand after their values and before their readers.
#[derive(Default)]
pub struct Packer {
    kinds: Vec<Atoms>,
    places: HashMap<(Atoms, ValueId), Place>,
    counts: HashMap<Atoms, usize>,
    rows: HashMap<(Atoms, usize), RowId>,
    waiting: Vec<(Atoms, usize)>,
}

/// A sum as the packed rows give it.
pub struct PackedSum {
    pub atoms: Atoms,
    /// Packs to make first.
    pub new: Vec<Pack>,
    pub packs: Vec<usize>,
    /// One per pack.
    pub weights: Vec<i64>,
    pub constant: i64,
}

/// Values, each with what is subtracted from it, and the bits each takes in a lane.
pub struct Pack {
    pub values: Vec<(ValueId, i128)>,
    pub bits: u32,
}

impl Packer {
    /// A packer for the kinds that the machine has and the sums repay.
    pub fn of(flow: &Dataflow, forms: &[Option<Form>], packed: Packed) -> Packer {
        let mut packer = Packer::default();
        let mut terms = HashMap::<Atoms, usize>::new();
        let mut atoms = HashMap::<(Atoms, ValueId), ()>::new();
        for (kind, intrinsic) in [(Atoms::Fours, packed.fours), (Atoms::Pairs, packed.pairs)] {
            if intrinsic.is_some() {
                packer.kinds.push(kind);
            }
        }
        for (index, form) in forms.iter().enumerate() {
            let Some(form) = form else { continue };
            if let Some(kind) = packer.kind(flow, ValueId(index as u32), form) {
                *terms.entry(kind).or_default() += form.terms.len();
                atoms.extend(form.terms.iter().map(|(atom, _)| ((kind, *atom), ())));
            }
        }
        // Packing a value costs about as much as two multiplications.
        let mut distinct = HashMap::<Atoms, usize>::new();
        for (kind, _) in atoms.keys() {
            *distinct.entry(*kind).or_default() += 1;
        }
        let count = |of: &HashMap<Atoms, usize>, kind: &Atoms| of.get(kind).copied().unwrap_or(0);
        packer
            .kinds
            .retain(|kind| count(&terms, kind) >= 3 * count(&distinct, kind));
        packer
    }

    /// The narrowest kind that computes a form.
    fn kind(&self, flow: &Dataflow, value: ValueId, form: &Form) -> Option<Atoms> {
        let fits = |kind: &&Atoms| {
            let bits = bits(**kind);
            form.terms.iter().all(|(atom, weight)| {
                let Range { lo, hi } = flow.range(*atom);
                let half = 1i128 << (bits - 1);
                hi - lo < 2 * half && (-half..half).contains(weight)
            })
        };
        match flow.storage(value) {
            Storage::W32 => self.kinds.iter().find(fits).copied(),
            _ => None,
        }
    }

    /// The sum on packed rows; `None` when its numbers are too wide.
    pub fn pack(&mut self, flow: &Dataflow, value: ValueId, form: &Form) -> Option<PackedSum> {
        let atoms = self.kind(flow, value, form)?;
        let bits = bits(atoms);
        let per_lane = (Storage::W32.bits() / bits) as usize;
        let count = self.counts.entry(atoms).or_default();
        let mut new: Vec<Pack> = Vec::new();
        for (atom, _) in &form.terms {
            if self.places.contains_key(&(atoms, *atom)) {
                continue;
            }
            if new.last().is_none_or(|pack| pack.values.len() == per_lane) {
                new.push(Pack {
                    values: Vec::with_capacity(per_lane),
                    bits,
                });
                self.waiting.push((atoms, *count));
                *count += 1;
            }
            let pack = new.last_mut().expect("one was just made");
            let place = Place {
                pack: *count - 1,
                lane: pack.values.len(),
                minus: minus(atoms, flow.range(*atom)),
            };
            pack.values.push((*atom, place.minus));
            self.places.insert((atoms, *atom), place);
        }
        let mut constant = form.constant;
        let mut weights = HashMap::<usize, u32>::new();
        for (atom, weight) in &form.terms {
            let place = self.places[&(atoms, *atom)];
            constant = constant.wrapping_add(weight.wrapping_mul(place.minus));
            let field = (*weight as u32) & (u32::MAX >> (Storage::W32.bits() - bits));
            *weights.entry(place.pack).or_default() |= field << (place.lane as u32 * bits);
        }
        let mut packs: Vec<usize> = weights.keys().copied().collect();
        packs.sort();
        Some(PackedSum {
            atoms,
            new,
            weights: packs
                .iter()
                .map(|pack| i64::from(weights[pack] as i32))
                .collect(),
            packs,
            constant: constant as i64,
        })
    }

    /// The next of the packs to make got this row.
    pub fn made(&mut self, row: RowId) {
        let pack = self.waiting.remove(0);
        self.rows.insert(pack, row);
    }

    pub fn rows(&self, atoms: Atoms, packs: &[usize]) -> Vec<RowId> {
        packs
            .iter()
            .map(|pack| self.rows[&(atoms, *pack)])
            .collect()
    }
}

fn bits(atoms: Atoms) -> u32 {
    match atoms {
        Atoms::Fours => 8,
        Atoms::Pairs => 16,
        Atoms::One(_) => unreachable!("one value per lane is not packed"),
    }
}

/// What moves a range into the type that the machine multiplies.
fn minus(atoms: Atoms, range: Range) -> i128 {
    let full = match atoms {
        Atoms::Fours => Range::new(0, 0xff),
        _ => Range::new(-0x8000, 0x7fff),
    };
    match full.contains(range) {
        true => 0,
        false => range.lo - full.lo,
    }
}
