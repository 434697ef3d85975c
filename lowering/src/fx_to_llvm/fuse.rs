//! Work on sums is done where they are made: a shape that reads nothing but sums, which
//! nothing else reads, becomes their tail. Neurons then never go through memory before
//! they are rounded, clamped and packed.

use super::dataflow::Storage;
use super::plan::{Plan, RowId, Unit, Work};
use super::schedule::SUMS_TOGETHER;

pub fn fuse(plan: &mut Plan) {
    let mut readers = vec![0u32; plan.rows.len()];
    let mut count = |row: &RowId| readers[row.0 as usize] += 1;
    plan.units
        .iter()
        .flat_map(|unit| &unit.reads)
        .for_each(&mut count);
    plan.results.iter().for_each(|(_, row)| count(row));

    let mut made_by: Vec<Option<usize>> = vec![None; plan.rows.len()];
    let mut units: Vec<Option<Unit>> = Vec::with_capacity(plan.units.len());
    for unit in std::mem::take(&mut plan.units) {
        let only = |row: &RowId| readers[row.0 as usize] == 1;
        let makers: Option<Vec<usize>> = match &unit.work {
            Work::Shape(call) if unit.reads.iter().all(only) && plan.fits(call.shape) => unit
                .reads
                .iter()
                .map(|row| made_by[row.0 as usize])
                .collect(),
            _ => None,
        };
        let makers = makers.filter(|makers| together(&units, makers));
        let writes = unit.writes.0 as usize;
        let unit = match makers {
            Some(makers) => joined(makers.into_iter().filter_map(|at| units[at].take()), unit),
            None => unit,
        };
        if matches!(unit.work, Work::Sums { tail: None, .. }) {
            made_by[writes] = Some(units.len());
        }
        units.push(Some(unit));
    }
    plan.units = units.into_iter().flatten().collect();
}

impl Plan {
    /// Whether the lanes of a shape are those of sums.
    fn fits(&self, shape: usize) -> bool {
        let wide = |storage: Storage| storage == Storage::W128;
        !self.shapes[shape]
            .iter()
            .any(|micro| wide(micro.works_in()))
    }
}

/// Whether some sums are of one kind and read nearly the same rows.
fn together(units: &[Option<Unit>], makers: &[usize]) -> bool {
    let mut kinds = Vec::new();
    let mut reads = Vec::new();
    for unit in makers.iter().filter_map(|at| units[*at].as_ref()) {
        if let Work::Sums { kind, .. } = &unit.work {
            kinds.push(*kind);
            reads.push(unit.reads.as_slice());
        }
    }
    let count = kinds.len();
    (1..=SUMS_TOGETHER).contains(&count)
        && count == makers.len()
        && kinds.iter().all(|kind| *kind == kinds[0])
        && alike(&reads)
}

/// Whether computing sums over the union of what they read costs little more.
pub fn alike(reads: &[&[RowId]]) -> bool {
    let terms: usize = reads.iter().map(|reads| reads.len()).sum();
    union(reads).len() * reads.len() * 2 <= terms * 3
}

pub fn union(reads: &[&[RowId]]) -> Vec<RowId> {
    let mut union = reads.concat();
    union.sort();
    union.dedup();
    union
}

/// A shape and the sums it reads as one unit.
fn joined(makers: impl Iterator<Item = Unit>, shape: Unit) -> Unit {
    let (mut all, mut made) = (Vec::new(), None);
    for unit in makers {
        if let Work::Sums { kind, sums, .. } = unit.work {
            all.extend(sums);
            made = Some(kind);
        }
    }
    let reads: Vec<&[RowId]> = all.iter().map(|sum| sum.reads.as_slice()).collect();
    let reads = union(&reads);
    match (shape.work, made) {
        (Work::Shape(call), Some(kind)) => Unit {
            work: Work::Sums {
                kind,
                sums: all,
                tail: Some(call),
            },
            reads,
            writes: shape.writes,
        },
        (work, _) => Unit { work, ..shape },
    }
}
