//! The order of the units and the place of every row: a plan becomes tables.
//!
//! Units of one kind that do not depend on each other are computed in one go. Rows share
//! memory once their last reader is done.

use std::collections::{BTreeMap, HashMap};

use super::dataflow::Storage;
use super::plan::{DotKind, Plan, RowId, Unit, Work};

/// Samples that are computed together; every row has this many lanes.
pub const LANES: usize = 64;

/// Units are reordered within windows of this many, so that rows do not live too long.
const WINDOW: usize = 1024;

/// Sums that read nearly the same rows are computed this many at a time.
pub const SUMS_TOGETHER: usize = 4;

/// What a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kernel {
    Shape(usize),
    /// Sums of products, `sums` of them at a time.
    Dot {
        kind: DotKind,
        sums: usize,
    },
    /// Lookups in tables whose entries have `entry` bytes.
    Lookup {
        from: Storage,
        entry: usize,
        to: Storage,
    },
}

/// A kernel on `count` entries of the tables, from byte `table` on.
pub struct Step {
    pub kernel: Kernel,
    pub table: usize,
    pub count: usize,
}

/// A plan as data: what the generated code loops over.
pub struct Program {
    pub steps: Vec<Step>,
    pub bytes: Vec<u8>,
    /// Bytes of memory for the rows.
    pub scratch: usize,
    /// The tables of the live inputs, one per storage:
    /// i64 row offset, i64 number among the inputs, the smallest and the largest value.
    pub inputs: Vec<Transfer>,
    /// The tables of the results, one per storage: i64 row offset, i64 number.
    pub results: Vec<Transfer>,
}

/// Rows of one storage that are filled from the caller's memory or written to it.
pub struct Transfer {
    pub storage: Storage,
    pub table: usize,
    pub count: usize,
}

impl Program {
    pub fn of(plan: &Plan) -> Program {
        let mut bytes = Bytes::default();
        let tables = plan.tables.iter().map(|table| {
            let entry = entry_bytes(&table.values);
            bytes.align();
            let at = bytes.0.len();
            for value in &table.values {
                bytes.0.extend_from_slice(&value.to_le_bytes()[..entry]);
            }
            (at, entry, table.first)
        });
        let tables: Vec<(usize, usize, i128)> = tables.collect();

        let batches = batches(plan, &tables);
        let places = Places::of(plan, &batches);
        let mut steps = Vec::new();
        for (kernel, groups) in &batches {
            bytes.align();
            let table = bytes.0.len();
            for group in groups {
                write_entry(&tables, &places, group, &mut bytes);
            }
            steps.push(Step {
                kernel: *kernel,
                table,
                count: groups.len(),
            });
        }
        let inputs = transfers(plan, &plan.inputs, &mut bytes, |(number, row), bytes| {
            bytes.i64(places.of_row(*row) as i64);
            bytes.i64(*number as i64);
            let (storage, range) = (plan.rows[row.0 as usize], plan.input_ranges[*number]);
            bytes.number(storage, range.lo);
            bytes.number(storage, range.hi);
        });
        let results: Vec<(usize, RowId)> = plan.results.iter().copied().enumerate().collect();
        let results = transfers(plan, &results, &mut bytes, |(number, row), bytes| {
            bytes.i64(places.of_row(*row) as i64);
            bytes.i64(*number as i64);
        });
        Program {
            inputs,
            results,
            steps,
            bytes: bytes.0,
            scratch: places.size,
        }
    }
}

/// The tables of some rows, by storage.
fn transfers(
    plan: &Plan,
    rows: &[(usize, RowId)],
    bytes: &mut Bytes,
    write: impl Fn(&(usize, RowId), &mut Bytes),
) -> Vec<Transfer> {
    let mut by_storage: BTreeMap<Storage, Vec<&(usize, RowId)>> = BTreeMap::new();
    for entry in rows {
        by_storage
            .entry(plan.rows[entry.1.0 as usize])
            .or_default()
            .push(entry);
    }
    let mut transfers = Vec::new();
    for (storage, entries) in by_storage {
        bytes.align();
        let (table, count) = (bytes.0.len(), entries.len());
        entries.into_iter().for_each(|entry| write(entry, bytes));
        transfers.push(Transfer {
            storage,
            table,
            count,
        });
    }
    transfers
}

/// The tables' bytes, little-endian.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn align(&mut self) {
        self.0.resize(self.0.len().next_multiple_of(16), 0);
    }

    fn i64(&mut self, value: i64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn i32(&mut self, value: i32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn number(&mut self, storage: Storage, value: i128) {
        self.i64(value as i64);
        if storage == Storage::W128 {
            self.i64((value >> 64) as i64);
        }
    }
}

/// The smallest entry that holds every value of a table.
fn entry_bytes(values: &[i64]) -> usize {
    let fits = |bits: u32| {
        values
            .iter()
            .all(|value| value >> (bits - 1) == 0 || value >> (bits - 1) == -1)
    };
    match () {
        _ if fits(8) => 1,
        _ if fits(16) => 2,
        _ if fits(32) => 4,
        _ => 8,
    }
}

/// Units computed by one entry of a table: several sums, or one of anything else.
type Group<'a> = Vec<&'a Unit>;

/// What runs in order: a kernel and its groups.
fn batches<'a>(plan: &'a Plan, tables: &[(usize, usize, i128)]) -> Vec<(Kernel, Vec<Group<'a>>)> {
    let mut batches = Vec::new();
    for window in plan.units.chunks(WINDOW) {
        // How many units of the window must run before each.
        let mut level: HashMap<RowId, usize> = HashMap::new();
        let mut sorted: BTreeMap<(usize, Kernel), Vec<&Unit>> = BTreeMap::new();
        for unit in window {
            let before = unit.reads.iter().filter_map(|row| level.get(row)).max();
            let at = before.map_or(0, |before| before + 1);
            level.insert(unit.writes, at);
            sorted
                .entry((at, kernel(unit, tables)))
                .or_default()
                .push(unit);
        }
        for ((_, kernel), units) in sorted {
            match kernel {
                Kernel::Dot { kind, .. } => batches.extend(dot_groups(kind, units)),
                _ => batches.push((kernel, units.into_iter().map(|unit| vec![unit]).collect())),
            }
        }
    }
    batches
}

fn kernel(unit: &Unit, tables: &[(usize, usize, i128)]) -> Kernel {
    match &unit.work {
        Work::Shape { shape, .. } => Kernel::Shape(*shape),
        Work::Dot { kind, .. } => Kernel::Dot {
            kind: *kind,
            sums: 1,
        },
        Work::Lookup { table, from, to } => Kernel::Lookup {
            from: *from,
            entry: tables[*table].1,
            to: *to,
        },
    }
}

/// Sums that share most of what they read go together, the others alone.
fn dot_groups<'a>(kind: DotKind, units: Vec<&'a Unit>) -> Vec<(Kernel, Vec<Group<'a>>)> {
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    for units in units.chunks(SUMS_TOGETHER) {
        let terms: usize = units.iter().map(|unit| unit.reads.len()).sum();
        let padded = union_of_reads(units).len() * SUMS_TOGETHER;
        match units.len() == SUMS_TOGETHER && padded * 2 <= terms * 3 {
            true => together.push(units.to_vec()),
            false => alone.extend(units.iter().map(|unit| vec![*unit])),
        }
    }
    [(SUMS_TOGETHER, together), (1, alone)]
        .into_iter()
        .filter(|(_, groups)| !groups.is_empty())
        .map(|(sums, groups)| (Kernel::Dot { kind, sums }, groups))
        .collect()
}

fn union_of_reads(units: &[&Unit]) -> Vec<RowId> {
    let mut union: Vec<RowId> = units.iter().flat_map(|unit| unit.reads.clone()).collect();
    union.sort();
    union.dedup();
    union
}

/// One entry. Offsets are bytes into the rows.
///
/// shape:   i64 out, i64 per read, then parameters: one i64, or two for 128 bits
/// sums:    i64 reads, per sum i64 out, per sum i64 constant, then per read its offset and
///          one weight per sum, as i32 (i64 when the values read have 64 bits)
/// lookup:  i64 out, i64 in, i64 table (bytes into the tables), i64 first
fn write_entry(tables: &[(usize, usize, i128)], places: &Places, group: &Group, bytes: &mut Bytes) {
    let offset = |row: RowId| places.of_row(row) as i64;
    let first = group[0];
    match &first.work {
        Work::Shape { params, .. } => {
            bytes.i64(offset(first.writes));
            first.reads.iter().for_each(|row| bytes.i64(offset(*row)));
            for (storage, value) in params {
                bytes.number(*storage, *value);
            }
        }
        Work::Lookup { table, .. } => {
            let (at, _, from) = tables[*table];
            bytes.i64(offset(first.writes));
            bytes.i64(offset(first.reads[0]));
            bytes.i64(at as i64);
            bytes.i64(from as i64);
        }
        Work::Dot { kind, .. } => {
            let reads = union_of_reads(group);
            bytes.i64(reads.len() as i64);
            group.iter().for_each(|unit| bytes.i64(offset(unit.writes)));
            for unit in group {
                if let Work::Dot { constant, .. } = &unit.work {
                    bytes.i64(*constant);
                }
            }
            let weights: Vec<HashMap<RowId, i64>> =
                group.iter().map(|unit| weights(unit)).collect();
            for row in reads {
                let sums = weights.iter().map(|of| of.get(&row).copied().unwrap_or(0));
                match kind.atoms.storage() {
                    Storage::W32 => {
                        bytes.i32(offset(row) as i32);
                        sums.for_each(|weight| bytes.i32(weight as i32));
                    }
                    _ => {
                        bytes.i64(offset(row));
                        sums.for_each(|weight| bytes.i64(weight));
                    }
                }
            }
        }
    }
}

fn weights(unit: &Unit) -> HashMap<RowId, i64> {
    match &unit.work {
        Work::Dot { weights, .. } => unit
            .reads
            .iter()
            .copied()
            .zip(weights.iter().copied())
            .collect(),
        _ => unreachable!("groups of sums hold sums"),
    }
}

/// Where each row lies.
struct Places {
    offset: Vec<Option<usize>>,
    size: usize,
}

impl Places {
    fn of(plan: &Plan, batches: &[(Kernel, Vec<Group>)]) -> Places {
        let order: Vec<&Unit> = batches
            .iter()
            .flat_map(|(_, groups)| groups.iter().flatten().copied())
            .collect();
        // A group is one step of time: what it reads is kept until all of it is written.
        let mut time = Vec::with_capacity(order.len());
        let groups = batches.iter().flat_map(|(_, groups)| groups);
        for (at, group) in groups.enumerate() {
            time.extend(group.iter().map(|_| at));
        }
        let mut last = vec![0; plan.rows.len()];
        for (unit, at) in order.iter().zip(&time) {
            unit.reads.iter().for_each(|row| last[row.0 as usize] = *at);
        }
        plan.results
            .iter()
            .for_each(|row| last[row.0 as usize] = usize::MAX);

        let mut places = Places {
            offset: vec![None; plan.rows.len()],
            size: 0,
        };
        let mut free: HashMap<Storage, Vec<usize>> = HashMap::new();
        let mut ending: BTreeMap<usize, Vec<RowId>> = BTreeMap::new();
        for (_, row) in &plan.inputs {
            places.take(plan, *row, &mut free);
            ending.entry(last[row.0 as usize]).or_default().push(*row);
        }
        for (unit, at) in order.iter().zip(&time) {
            while let Some(entry) = ending.first_entry().filter(|entry| entry.key() < at) {
                for row in entry.remove() {
                    let offset = places.of_row(row);
                    free.entry(plan.rows[row.0 as usize])
                        .or_default()
                        .push(offset);
                }
            }
            let row = unit.writes;
            places.take(plan, row, &mut free);
            ending
                .entry(last[row.0 as usize].max(*at))
                .or_default()
                .push(row);
        }
        places
    }

    fn take(&mut self, plan: &Plan, row: RowId, free: &mut HashMap<Storage, Vec<usize>>) {
        let storage = plan.rows[row.0 as usize];
        let known = free.get_mut(&storage).and_then(Vec::pop);
        let offset = known.unwrap_or_else(|| {
            self.size += storage.bytes() * LANES;
            self.size - storage.bytes() * LANES
        });
        self.offset[row.0 as usize] = Some(offset);
    }

    fn of_row(&self, row: RowId) -> usize {
        self.offset[row.0 as usize].expect("every row is an input or written by a unit")
    }
}
