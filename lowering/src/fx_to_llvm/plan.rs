//! What has to be computed, each piece with the rows it reads and the row it writes.

use std::collections::HashMap;

use dialects::Result;
use dialects::fx::{Graph, Op, Range, ValueId};

use super::cut::{Dots, kind_of, rare_shapes, rows_needed};
use super::dataflow::{Dataflow, Storage};
use super::linear::{self, Form};
use super::machine::Packed;
use super::pack::Packer;
use super::shape::{Instance, Shape, Writer};

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
}

pub enum Work {
    /// An instance of `Plan::shapes[shape]`.
    Shape {
        shape: usize,
        params: Vec<(Storage, i128)>,
    },
    /// The sum of the reads times the weights, and a constant, modulo 2^bits of the sum.
    Dot {
        kind: DotKind,
        /// One per read; packed as the reads are.
        weights: Vec<i64>,
        constant: i64,
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
    /// The live inputs: their number among the inputs and their rows.
    pub inputs: Vec<(usize, RowId)>,
    /// The values each input may have, dead ones included.
    pub input_ranges: Vec<Range>,
    /// The rows of the results, in order.
    pub results: Vec<RowId>,
}

impl Plan {
    pub fn of(graph: &Graph, packed: Packed) -> Result<Plan> {
        let flow = Dataflow::of(graph)?;
        let forms = linear::forms(graph, &flow);
        let dots = Dots::of(graph, &flow, forms);
        let mut has_row = rows_needed(graph, &flow, &dots);
        let rare = rare_shapes(graph, &flow, &dots, &has_row);
        for value in rare {
            has_row[value.index()] = true;
        }
        Planner {
            graph,
            flow: &flow,
            packer: Packer::of(&flow, &dots.forms, packed),
            dots: &dots,
            has_row: &has_row,
            plan: Plan {
                input_ranges: flow.ranges[..graph.input_count()].to_vec(),
                ..Plan::default()
            },
            rows: HashMap::new(),
            shapes: HashMap::new(),
            tables: HashMap::new(),
        }
        .run()
    }
}

struct Planner<'a> {
    graph: &'a Graph,
    flow: &'a Dataflow,
    dots: &'a Dots,
    has_row: &'a [bool],
    packer: Packer,
    plan: Plan,
    rows: HashMap<(ValueId, Storage), RowId>,
    shapes: HashMap<Shape, usize>,
    tables: HashMap<TableKey, usize>,
}

impl Planner<'_> {
    fn run(mut self) -> Result<Plan> {
        for value in self.graph.values() {
            if self.dots.needed(value) && self.has_row[value.index()] {
                self.unit(value);
            }
        }
        self.plan.results = self
            .graph
            .results
            .iter()
            .map(|result| self.row(*result))
            .collect();
        let mut tables: Vec<(TableKey, usize)> = self.tables.into_iter().collect();
        tables.sort_by_key(|(_, at)| *at);
        self.plan.tables = tables.into_iter().map(|(key, _)| key).collect();
        Ok(self.plan)
    }

    fn unit(&mut self, value: ValueId) {
        if let Op::Input { index } = self.graph.node(value).op {
            let row = self.new_row(value, self.flow.storage(value));
            self.plan.inputs.push((index as usize, row));
            return;
        }
        let (work, reads) = match (&self.dots.forms[value.index()], &self.graph.node(value).op) {
            (Some(form), _) => self.dot(value, form),
            (None, Op::Lookup { input, table }) => {
                let key = TableKey {
                    first: table.first,
                    values: table.values.clone(),
                };
                let next = self.tables.len();
                let table = *self.tables.entry(key).or_insert(next);
                let (from, to) = (self.flow.storage(*input), self.flow.storage(value));
                (Work::Lookup { table, from, to }, vec![self.row(*input)])
            }
            _ => {
                let instance = Writer::new(self.graph, self.flow, self.has_row).instance(value);
                let reads = instance.leaves.iter().map(|leaf| self.row(*leaf)).collect();
                let shape = self.shape(instance.shape);
                let params = instance.params;
                (Work::Shape { shape, params }, reads)
            }
        };
        let writes = self.new_row(value, self.flow.storage(value));
        self.plan.units.push(Unit {
            work,
            reads,
            writes,
        });
    }

    fn dot(&mut self, value: ValueId, form: &Form) -> (Work, Vec<RowId>) {
        let kind = kind_of(self.flow, value, form).expect("only such forms are kept");
        if let Some(packed) = self.packer.pack(self.flow, value, form) {
            for pack in packed.new {
                let writer = Writer::new(self.graph, self.flow, self.has_row);
                let row = self.instance(writer.pack(&pack.values, pack.bits));
                self.packer.made(row);
            }
            let reads = self.packer.rows(packed.atoms, &packed.packs);
            let work = Work::Dot {
                kind: DotKind {
                    atoms: packed.atoms,
                    sum: Storage::W32,
                },
                weights: packed.weights,
                constant: packed.constant,
            };
            return (work, reads);
        }
        let storage = kind.atoms.storage();
        let rows = form
            .terms
            .iter()
            .map(|(atom, _)| self.row_in(*atom, storage));
        let reads = rows.collect();
        let weights = form
            .terms
            .iter()
            .map(|(_, weight)| *weight as i64)
            .collect();
        let constant = form.constant as i64;
        let work = Work::Dot {
            kind,
            weights,
            constant,
        };
        (work, reads)
    }

    fn shape(&mut self, shape: Shape) -> usize {
        let next = self.plan.shapes.len();
        let at = *self.shapes.entry(shape.clone()).or_insert(next);
        if at == next {
            self.plan.shapes.push(shape);
        }
        at
    }

    fn new_row(&mut self, value: ValueId, storage: Storage) -> RowId {
        let row = RowId(self.plan.rows.len() as u32);
        self.plan.rows.push(storage);
        self.rows.insert((value, storage), row);
        row
    }

    fn row(&self, value: ValueId) -> RowId {
        let value = self.flow.source(value);
        self.rows[&(value, self.flow.storage(value))]
    }

    /// The row of a value in a storage, converted when it is held in another.
    fn row_in(&mut self, value: ValueId, storage: Storage) -> RowId {
        if let Some(row) = self.rows.get(&(value, storage)) {
            return *row;
        }
        let writer = Writer::new(self.graph, self.flow, self.has_row);
        let row = self.instance(writer.conversion(value, storage));
        self.rows.insert((value, storage), row);
        row
    }

    /// A new row for what an instance computes.
    fn instance(&mut self, instance: Instance) -> RowId {
        let reads = instance.leaves.iter().map(|leaf| self.row(*leaf)).collect();
        let storage = instance
            .shape
            .last()
            .expect("a shape has a result")
            .storage();
        let shape = self.shape(instance.shape);
        let writes = RowId(self.plan.rows.len() as u32);
        self.plan.rows.push(storage);
        self.plan.units.push(Unit {
            work: Work::Shape {
                shape,
                params: instance.params,
            },
            reads,
            writes,
        });
        writes
    }
}
