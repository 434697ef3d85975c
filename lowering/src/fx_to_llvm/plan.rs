//! What has to be computed, each piece with the rows it reads and the row it writes.

use dialects::Result;
use dialects::fx::{Graph, Range};

use super::cut::{Dots, packed_only, rare_shapes, rows_needed};
use super::dataflow::{Dataflow, Storage};
use super::machine::Instructions;
use super::pack::Packer;
use super::planner::Planner;
use super::shape::{Parts, Shape};
use super::{Interface, fuse, linear};

/// A row of lanes: one value, in one storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowId(pub u32);

/// What a sum of products reads and what it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DotKind {
    pub atoms: Atoms,
    pub sum: Storage,
}

/// How the rows that a sum of products reads hold its values, and how its weights are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Atoms {
    /// One value and one weight per lane.
    One(Storage),
    /// Two signed words per 32-bit lane.
    Pairs,
    /// Four bytes per 32-bit lane, values unsigned, weights signed.
    Fours,
}

impl Atoms {
    /// The storage of the rows and of the weights.
    pub fn storage(self) -> Storage {
        match self {
            Atoms::One(storage) => storage,
            Atoms::Pairs | Atoms::Fours => Storage::W32,
        }
    }

    /// What a lane of packed values holds.
    pub fn parts(self) -> Parts {
        match self {
            Atoms::Fours => Parts::Bytes,
            Atoms::Pairs => Parts::Words,
            Atoms::One(_) => unreachable!("one value per lane is not packed"),
        }
    }
}

/// `constant + Σ weight · read`, modulo 2^bits.
pub struct Sum {
    pub reads: Vec<RowId>,
    /// One per read; packed as the reads are.
    pub weights: Vec<i64>,
    pub constant: i64,
}

/// An instance of `Plan::shapes[shape]`.
pub struct Call {
    pub shape: usize,
    pub params: Vec<(Storage, i128)>,
}

pub enum Work {
    /// Of what is read.
    Shape(Call),
    /// Of some sums, in order; or the one sum itself.
    Sums {
        kind: DotKind,
        sums: Vec<Sum>,
        tail: Option<Call>,
    },
    /// The entry of `Plan::tables[table]` at the value read.
    Lookup {
        table: usize,
        from: Storage,
        to: Storage,
    },
}

pub struct Unit {
    pub work: Work,
    /// All rows it reads; in the order of its leaves where it is a shape.
    pub reads: Vec<RowId>,
    pub writes: RowId,
}

/// A table of the graph, by what its entries are.
#[derive(PartialEq, Eq, Hash)]
pub struct TableKey {
    pub first: i128,
    pub values: Vec<i64>,
}

/// Everything a graph computes; units stand after those whose rows they read.
#[derive(Default)]
pub struct Plan {
    pub rows: Vec<Storage>,
    pub units: Vec<Unit>,
    pub shapes: Vec<Shape>,
    pub tables: Vec<TableKey>,
    /// What is read of the caller's inputs.
    pub inputs: Vec<(Input, RowId)>,
    /// What is written of the caller's results.
    pub results: Vec<(Output, RowId)>,
}

/// A part of a sample's inputs.
#[derive(Debug, Clone, Copy)]
pub enum Input {
    /// So many groups of four bytes into the sample, as they are.
    Raw(usize),
    /// The element of this number, clamped to its range.
    Element(usize, Range),
}

/// A part of a sample's results.
#[derive(Debug, Clone, Copy)]
pub enum Output {
    /// So many groups of four bytes into the sample.
    Raw(usize),
    /// The element of this number.
    Element(usize),
}

impl Plan {
    pub fn of(graph: &Graph, instructions: Instructions, interface: Interface) -> Result<Plan> {
        let flow = Dataflow::of(graph)?;
        let forms = linear::forms(graph, &flow);
        let dots = Dots::of(graph, &flow, forms);
        let packer = Packer::of(graph, &flow, interface.input, &dots.forms, instructions);
        let mut has_row = rows_needed(graph, &flow, &dots);
        for value in rare_shapes(graph, &flow, &dots, &has_row) {
            has_row[value.index()] = true;
        }
        for value in packed_only(graph, &flow, &dots, &packer) {
            has_row[value.index()] = false;
        }
        let mut plan = Planner::new(graph, &flow, &dots, &has_row, packer, interface).run();
        fuse::fuse(&mut plan);
        Ok(plan)
    }
}
