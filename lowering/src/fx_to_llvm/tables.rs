//! A plan as data: the tables that the generated loops run over.

use std::collections::{BTreeMap, HashMap};

use super::dataflow::Storage;
use super::fuse::union;
use super::places::Places;
use super::plan::{Call, Input, Output, Plan, RowId, Sum, Work};
use super::schedule::{Group, Kernel, LANES, batches};
use super::{Container, Interface};

/// A kernel on `count` entries of the tables, from byte `table` on.
pub struct Step {
    pub kernel: Kernel,
    pub table: usize,
    pub count: usize,
}

/// What the generated code loops over.
pub struct Program {
    pub steps: Vec<Step>,
    pub bytes: Vec<u8>,
    /// Bytes of memory: the rows, then room for the samples of a block on each side.
    pub scratch: usize,
    pub stage_in: usize,
    pub stage_out: usize,
    pub inputs: Vec<Transfer>,
    pub results: Vec<Transfer>,
    /// How far into a sample's inputs is read: its size, or up to 15 bytes more.
    pub reach: usize,
}

/// Rows that are filled from the caller's memory or written to it.
pub struct Transfer {
    pub of: Move,
    pub table: usize,
    pub count: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Move {
    /// 16 bytes of each sample, four rows: i64 bytes into the sample, i64 per row.
    Pieces,
    /// Numbers one by one, of so many bytes: i64 row, i64 bytes into the sample; for inputs
    /// the smallest and the largest value.
    Elements { storage: Storage, bytes: usize },
}

impl Program {
    pub fn of(plan: &Plan, interface: Interface) -> Program {
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
        let entries: Vec<usize> = tables.iter().map(|(_, entry, _)| *entry).collect();

        let batches = batches(plan, &entries);
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
        // Parts of a piece that nobody reads go where nothing is kept.
        let unused = places.size;
        let stage_in = unused + Storage::W32.bytes() * LANES;
        let (inputs, reach) = inputs(plan, &places, unused, interface.input, &mut bytes);
        let row_bytes = interface.inputs * interface.input.bytes;
        let reach = reach.max(row_bytes);
        let stage_out = stage_in + (row_bytes * LANES + reach - row_bytes).next_multiple_of(64);
        Program {
            results: results(plan, &places, interface.output, &mut bytes),
            inputs,
            steps,
            bytes: bytes.0,
            scratch: stage_out + interface.outputs * interface.output.bytes * LANES,
            stage_in,
            stage_out,
            reach,
        }
    }
}

/// What fills rows, and how far into a sample it reads.
fn inputs(
    plan: &Plan,
    places: &Places,
    unused: usize,
    container: Container,
    bytes: &mut Bytes,
) -> (Vec<Transfer>, usize) {
    let mut pieces: BTreeMap<usize, [usize; 4]> = BTreeMap::new();
    let mut elements: BTreeMap<Storage, Vec<(RowId, usize, [i128; 2])>> = BTreeMap::new();
    for (input, row) in &plan.inputs {
        match input {
            Input::Raw(dword) => {
                let piece = pieces.entry(dword / 4).or_insert([unused; 4]);
                piece[dword % 4] = places.of_row(*row);
            }
            Input::Element(at, range) => elements
                .entry(plan.rows[row.0 as usize])
                .or_default()
                .push((*row, *at, [range.lo, range.hi])),
        }
    }
    let reach = pieces.keys().last().map_or(0, |last| last * 16 + 16);
    let mut transfers = transfer_pieces(pieces, bytes);
    for (storage, entries) in elements {
        bytes.align();
        let (table, count) = (bytes.0.len(), entries.len());
        for (row, at, limits) in entries {
            bytes.i64(places.of_row(row) as i64);
            bytes.i64((at * container.bytes) as i64);
            for limit in limits {
                bytes.number(storage, limit);
            }
        }
        let of = Move::Elements {
            storage,
            bytes: container.bytes,
        };
        transfers.push(Transfer { of, table, count });
    }
    (transfers, reach)
}

/// What writes results: 16 bytes at a time, then four, then single elements.
fn results(plan: &Plan, places: &Places, container: Container, bytes: &mut Bytes) -> Vec<Transfer> {
    let raw = |(output, _): &&(Output, RowId)| matches!(output, Output::Raw(_));
    let dwords = plan.results.iter().filter(raw).count();
    let mut pieces: BTreeMap<usize, [usize; 4]> = BTreeMap::new();
    let mut elements: BTreeMap<Move, Vec<(usize, usize)>> = BTreeMap::new();
    for (output, row) in &plan.results {
        let place = places.of_row(*row);
        let (start, size) = match output {
            Output::Raw(dword) if dword / 4 < dwords / 4 => {
                pieces.entry(dword / 4).or_insert([0; 4])[dword % 4] = place;
                continue;
            }
            Output::Raw(dword) => (dword * 4, 4),
            Output::Element(at) => (at * container.bytes, container.bytes),
        };
        let of = Move::Elements {
            storage: plan.rows[row.0 as usize],
            bytes: size,
        };
        elements.entry(of).or_default().push((place, start));
    }
    let mut transfers = transfer_pieces(pieces, bytes);
    for (of, entries) in elements {
        bytes.align();
        let (table, count) = (bytes.0.len(), entries.len());
        for (place, start) in entries {
            bytes.i64(place as i64);
            bytes.i64(start as i64);
        }
        transfers.push(Transfer { of, table, count });
    }
    transfers
}

fn transfer_pieces(pieces: BTreeMap<usize, [usize; 4]>, bytes: &mut Bytes) -> Vec<Transfer> {
    if pieces.is_empty() {
        return Vec::new();
    }
    bytes.align();
    let (table, count) = (bytes.0.len(), pieces.len());
    for (piece, rows) in pieces {
        bytes.i64(piece as i64 * 16);
        for row in rows {
            bytes.i64(row as i64);
        }
    }
    let of = Move::Pieces;
    vec![Transfer { of, table, count }]
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

    fn params(&mut self, call: &Call) {
        for (storage, value) in &call.params {
            self.number(*storage, *value);
        }
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

/// One entry. Offsets are bytes into the rows.
///
/// shape:   i64 out, i64 per read, then parameters: one i64, or two for 128 bits
/// sums:    i64 reads, per unit i64 out, per sum i64 constant, the units' parameters, then
///          per read its offset and one weight per sum, as i32 (i64 when the values read
///          have 64 bits)
/// lookup:  i64 out, i64 in, i64 table (bytes into the tables), i64 first
fn write_entry(tables: &[(usize, usize, i128)], places: &Places, group: &Group, bytes: &mut Bytes) {
    let offset = |row: RowId| places.of_row(row) as i64;
    let first = group[0];
    match &first.work {
        Work::Shape(call) => {
            bytes.i64(offset(first.writes));
            first.reads.iter().for_each(|row| bytes.i64(offset(*row)));
            bytes.params(call);
        }
        Work::Lookup { table, .. } => {
            let (at, _, from) = tables[*table];
            bytes.i64(offset(first.writes));
            bytes.i64(offset(first.reads[0]));
            bytes.i64(at as i64);
            bytes.i64(from as i64);
        }
        Work::Sums { kind, .. } => {
            let (mut all, mut tails) = (Vec::new(), Vec::new());
            for unit in group {
                if let Work::Sums { sums, tail, .. } = &unit.work {
                    all.extend(sums);
                    tails.extend(tail);
                }
            }
            let reads: Vec<&[RowId]> = all.iter().map(|sum| sum.reads.as_slice()).collect();
            let reads = union(&reads);
            bytes.i64(reads.len() as i64);
            group.iter().for_each(|unit| bytes.i64(offset(unit.writes)));
            all.iter().for_each(|sum| bytes.i64(sum.constant));
            tails.iter().for_each(|call| bytes.params(call));
            let weights: Vec<HashMap<RowId, i64>> = all.iter().map(|sum| weights(sum)).collect();
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

fn weights(sum: &Sum) -> HashMap<RowId, i64> {
    let weights = sum.weights.iter().copied();
    sum.reads.iter().copied().zip(weights).collect()
}
