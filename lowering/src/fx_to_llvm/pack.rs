//! Narrow sums of products: several values and weights in one lane.
//!
//! A sum of values of at most 8 bits with weights of at most 8 bits reads rows with four
//! values per 32-bit lane, one of at most 16 bits rows with two. Values are moved into the
//! type that the machine multiplies by subtracting a constant, which the sum adds again:
//! `Σ w·x = Σ w·(x - c) + Σ w·c`.

use std::collections::{BTreeSet, HashMap, VecDeque};

use dialects::fx::{Graph, LayerId, Op, Range, ValueId};

use super::Container;
use super::dataflow::{Dataflow, Storage};
use super::linear::Form;
use super::machine::{Fours, Instructions};
use super::packing::Packed;
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
pub struct Packer<'a> {
    graph: &'a Graph,
    flow: &'a Dataflow,
    /// How the caller holds inputs.
    container: Container,
    instructions: Instructions,
    kinds: Vec<Atoms>,
    /// Values that fill a lane together, and the group of each.
    groups: Vec<Vec<ValueId>>,
    beside: HashMap<(Atoms, ValueId), usize>,
    places: HashMap<(Atoms, ValueId), Place>,
    counts: HashMap<Atoms, usize>,
    rows: HashMap<(Atoms, usize), RowId>,
    waiting: VecDeque<(Atoms, usize)>,
}

/// A value that one kind of sums reads, by layer.
type Member = (Atoms, LayerId, ValueId);

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

/// What a row of packs holds.
pub enum Pack {
    /// Inputs side by side, from so many groups of four bytes on; ranges and what is
    /// subtracted, one per part.
    Raw {
        dword: usize,
        ranges: Vec<Range>,
        minus: Vec<i128>,
    },
    /// Values as bytes, signed ones or not.
    Bytes(Vec<Packed>, bool),
    Words(Vec<Packed>),
}

impl<'a> Packer<'a> {
    /// A packer for the kinds that the machine has and the sums repay.
    pub fn of(
        graph: &'a Graph,
        flow: &'a Dataflow,
        container: Container,
        forms: &[Option<Form>],
        instructions: Instructions,
    ) -> Packer<'a> {
        let mut packer = Packer {
            graph,
            flow,
            container,
            instructions,
            kinds: Vec::new(),
            groups: Vec::new(),
            beside: HashMap::new(),
            places: HashMap::new(),
            counts: HashMap::new(),
            rows: HashMap::new(),
            waiting: VecDeque::new(),
        };
        if instructions.fours.is_some() {
            packer.kinds.push(Atoms::Fours);
        }
        if instructions.pairs.is_some() {
            packer.kinds.push(Atoms::Pairs);
        }
        // Packing a value costs about as much as two multiplications.
        let (terms, atoms) = packer.census(forms);
        let distinct = |kind: &Atoms| atoms.iter().filter(|of| of.0 == *kind).count();
        packer
            .kinds
            .retain(|kind| terms.get(kind).copied().unwrap_or(0) >= 3 * distinct(kind));
        let (_, atoms) = packer.census(forms);
        packer.group(&atoms.into_iter().collect::<Vec<_>>());
        packer
    }

    /// The terms of each kind, and the values that have to be packed for them.
    fn census(&self, forms: &[Option<Form>]) -> (HashMap<Atoms, usize>, BTreeSet<Member>) {
        let mut terms = HashMap::<Atoms, usize>::new();
        let mut atoms = BTreeSet::new();
        for (index, form) in forms.iter().enumerate() {
            let Some(form) = form else { continue };
            if let Some(kind) = self.kind(ValueId(index as u32), form) {
                *terms.entry(kind).or_default() += form.terms.len();
                let new = form.terms.iter().map(|(atom, _)| *atom);
                let new = new.filter(|atom| self.dword(*atom, kind).is_none());
                atoms.extend(new.map(|atom| (kind, self.graph.node(atom).layer, atom)));
            }
        }
        (terms, atoms)
    }

    /// Neighbours of a layer fill a lane together.
    fn group(&mut self, atoms: &[Member]) {
        for layer in atoms.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            for group in layer.chunks(layer[0].0.parts().count()) {
                for (kind, _, atom) in group {
                    self.beside.insert((*kind, *atom), self.groups.len());
                }
                let values = group.iter().map(|(.., atom)| *atom);
                self.groups.push(values.collect());
            }
        }
    }

    /// The narrowest kind that computes a form.
    pub fn kind(&self, value: ValueId, form: &Form) -> Option<Atoms> {
        let fits = |kind: &&Atoms| {
            let half = 1i128 << (kind.parts().bits() - 1);
            let mut largest = [0, 0];
            let fits = form.terms.iter().all(|(atom, weight)| {
                let Range { lo, hi } = self.flow.range(*atom);
                let reach = hi - self.minus(**kind, Range::new(lo, hi));
                for (largest, weight) in largest.iter_mut().zip([*weight, -*weight]) {
                    *largest = (weight * reach).max(*largest);
                }
                hi - lo < 2 * half && (-half..half).contains(weight)
            });
            // Two products are added in 16 bits, whichever two lie side by side.
            let words = **kind == Atoms::Fours
                && matches!(self.instructions.fours, Some(Fours::ByWords { .. }));
            fits && !(words && largest.iter().any(|largest| 2 * largest > 0x7fff))
        };
        match self.flow.storage(value) {
            Storage::W32 => self.kinds.iter().find(fits).copied(),
            _ => None,
        }
    }

    /// The group of four bytes of the caller's inputs that holds an input as the kind reads it.
    fn dword(&self, atom: ValueId, kind: Atoms) -> Option<usize> {
        let bytes = self.container.bytes;
        match self.graph.node(atom).op {
            Op::Input { index } if bytes as u32 * 8 == kind.parts().bits() => {
                Some(index as usize * bytes / 4)
            }
            _ => None,
        }
    }

    /// What moves a range into the type that the machine multiplies.
    fn minus(&self, atoms: Atoms, range: Range) -> i128 {
        let full = match atoms {
            Atoms::Fours if self.signed_bytes() => Range::new(-0x80, 0x7f),
            Atoms::Fours => Range::new(0, 0xff),
            _ => Range::new(-0x8000, 0x7fff),
        };
        match full.contains(range) {
            true => 0,
            false => range.lo - full.lo,
        }
    }

    fn signed_bytes(&self) -> bool {
        matches!(self.instructions.fours, Some(Fours::Signed(_)))
    }

    fn new_pack(&mut self, atoms: Atoms, pack: Pack, new: &mut Vec<Pack>) -> usize {
        let count = self.counts.entry(atoms).or_default();
        self.waiting.push_back((atoms, *count));
        *count += 1;
        new.push(pack);
        *count - 1
    }

    /// All inputs of a group of four bytes.
    fn place_raw(&mut self, atoms: Atoms, dword: usize, new: &mut Vec<Pack>) {
        let per_lane = atoms.parts().count();
        let first = dword * per_lane;
        let inputs = first..(first + per_lane).min(self.graph.input_count());
        let ranges: Vec<Range> = inputs
            .clone()
            .map(|index| self.flow.ranges[index])
            .collect();
        let minus: Vec<i128> = ranges
            .iter()
            .map(|range| self.minus(atoms, *range))
            .collect();
        let raw = Pack::Raw {
            dword,
            ranges,
            minus: minus.clone(),
        };
        let pack = self.new_pack(atoms, raw, new);
        for (lane, (index, minus)) in inputs.zip(minus).enumerate() {
            let atom = ValueId(index as u32);
            self.places
                .insert((atoms, atom), Place { pack, lane, minus });
        }
    }

    /// The atom and those beside it that stand before the reader.
    fn place(&mut self, atoms: Atoms, atom: ValueId, reader: ValueId, new: &mut Vec<Pack>) {
        let group = self.beside.get(&(atoms, atom));
        let beside = group.map_or(vec![atom], |&group| self.groups[group].clone());
        let free = |atom: &ValueId| *atom < reader && !self.places.contains_key(&(atoms, *atom));
        let values: Vec<Packed> = beside
            .into_iter()
            .filter(free)
            .map(|value| Packed {
                value,
                minus: self.minus(atoms, self.flow.range(value)),
            })
            .collect();
        let pack = match atoms {
            Atoms::Fours => Pack::Bytes(values.clone(), self.signed_bytes()),
            _ => Pack::Words(values.clone()),
        };
        let pack = self.new_pack(atoms, pack, new);
        for (lane, Packed { value, minus }) in values.into_iter().enumerate() {
            self.places
                .insert((atoms, value), Place { pack, lane, minus });
        }
    }

    /// The sum on packed rows; `None` when its numbers are too wide.
    pub fn pack(&mut self, value: ValueId, form: &Form) -> Option<PackedSum> {
        let atoms = self.kind(value, form)?;
        let bits = atoms.parts().bits();
        let mut new: Vec<Pack> = Vec::new();
        for (atom, _) in &form.terms {
            if !self.places.contains_key(&(atoms, *atom)) {
                match self.dword(*atom, atoms) {
                    Some(dword) => self.place_raw(atoms, dword, &mut new),
                    None => self.place(atoms, *atom, value, &mut new),
                }
            }
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
        if let Some(pack) = self.waiting.pop_front() {
            self.rows.insert(pack, row);
        }
    }

    pub fn rows(&self, atoms: Atoms, packs: &[usize]) -> Vec<RowId> {
        packs
            .iter()
            .map(|pack| self.rows[&(atoms, *pack)])
            .collect()
    }
}
