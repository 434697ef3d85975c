//! Makes a plan: which unit computes each value, from which rows.

use std::collections::HashMap;

use dialects::fx::{Graph, Op, ValueId};

use super::cut::{Dots, kind_of};
use super::dataflow::{Dataflow, Storage};
use super::linear::Form;
use super::pack::{Pack, Packer};
use super::packing::Packed;
use super::plan::{Call, DotKind, Input, Output, Plan, RowId, Sum, TableKey, Unit, Work};
use super::shape::{Instance, Leaf, Micro, Shape};
use super::writer::Writer;
use super::{Container, Interface};

/// More distinct shapes of packs than this are not worth compiling.
const MAX_PACK_SHAPES: usize = 32;

pub struct Planner<'a> {
    graph: &'a Graph,
    flow: &'a Dataflow,
    dots: &'a Dots,
    has_row: &'a [bool],
    /// Every value has a row.
    all_rows: Vec<bool>,
    packer: Packer<'a>,
    interface: Interface,
    plan: Plan,
    rows: HashMap<(ValueId, Storage), RowId>,
    raw: HashMap<usize, RowId>,
    shapes: HashMap<Shape, usize>,
    pack_shapes: usize,
    tables: HashMap<TableKey, usize>,
}

impl<'a> Planner<'a> {
    pub fn new(
        graph: &'a Graph,
        flow: &'a Dataflow,
        dots: &'a Dots,
        has_row: &'a [bool],
        packer: Packer<'a>,
        interface: Interface,
    ) -> Self {
        Planner {
            graph,
            flow,
            dots,
            has_row,
            all_rows: vec![true; graph.nodes.len()],
            packer,
            interface,
            plan: Plan::default(),
            rows: HashMap::new(),
            raw: HashMap::new(),
            shapes: HashMap::new(),
            pack_shapes: 0,
            tables: HashMap::new(),
        }
    }

    pub fn run(mut self) -> Plan {
        for value in self.graph.values() {
            let input = matches!(self.graph.node(value).op, Op::Input { .. });
            if !input && self.dots.needed(value) && self.has_row[value.index()] {
                self.row(value);
            }
        }
        self.results();
        let mut tables: Vec<(TableKey, usize)> = self.tables.into_iter().collect();
        tables.sort_by_key(|(_, at)| *at);
        self.plan.tables = tables.into_iter().map(|(key, _)| key).collect();
        self.plan
    }

    /// The row of a value, computed when it is first asked for.
    fn row(&mut self, value: ValueId) -> RowId {
        let value = self.flow.source(value);
        let storage = self.flow.storage(value);
        if let Some(row) = self.rows.get(&(value, storage)) {
            return *row;
        }
        let row = self.compute(value, storage);
        self.rows.insert((value, storage), row);
        row
    }

    /// The row of a value in a storage, converted when it is held in another.
    fn row_in(&mut self, value: ValueId, storage: Storage) -> RowId {
        let value = self.flow.source(value);
        if let Some(row) = self.rows.get(&(value, storage)) {
            return *row;
        }
        if self.flow.storage(value) == storage {
            return self.row(value);
        }
        let instance = self.writer().conversion(value, storage);
        let row = self.instance(instance);
        self.rows.insert((value, storage), row);
        row
    }

    fn writer(&self) -> Writer<'a> {
        Writer::new(self.graph, self.flow, self.has_row)
    }

    fn compute(&mut self, value: ValueId, storage: Storage) -> RowId {
        let (dots, graph) = (self.dots, self.graph);
        match (&dots.forms[value.index()], &graph.node(value).op) {
            (_, Op::Input { index }) => self.input(value, *index as usize),
            (Some(form), _) => self.sum(value, form),
            (None, Op::Lookup { input, table }) => {
                let key = TableKey {
                    first: table.first,
                    values: table.values.clone(),
                };
                let next = self.tables.len();
                let table = *self.tables.entry(key).or_insert(next);
                let (from, to) = (self.flow.storage(*input), storage);
                let reads = vec![self.row(*input)];
                self.unit(Work::Lookup { table, from, to }, reads, storage)
            }
            _ => {
                let instance = self.writer().instance(value);
                self.instance(instance)
            }
        }
    }

    /// Elements of at most four bytes come out of raw rows, wider ones one by one.
    fn input(&mut self, value: ValueId, index: usize) -> RowId {
        let range = self.flow.range(value);
        if self.interface.input.bytes <= 4 {
            let writer = self.writer();
            let instance = writer.input(index, self.interface.input, range);
            return self.instance(instance);
        }
        let row = self.new_row(self.flow.storage(value));
        self.plan.inputs.push((Input::Element(index, range), row));
        row
    }

    fn sum(&mut self, value: ValueId, form: &Form) -> RowId {
        let kind = kind_of(self.flow, value, form).expect("only such forms are kept");
        let (kind, sum) = match self.packer.pack(value, form) {
            Some(packed) => {
                for pack in packed.new {
                    let row = self.pack(pack);
                    self.packer.made(row);
                }
                let kind = DotKind {
                    atoms: packed.atoms,
                    sum: Storage::W32,
                };
                let sum = Sum {
                    reads: self.packer.rows(packed.atoms, &packed.packs),
                    weights: packed.weights,
                    constant: packed.constant,
                };
                (kind, sum)
            }
            None => {
                let storage = kind.atoms.storage();
                let rows = form.terms.iter();
                let rows = rows.map(|(atom, _)| self.row_in(*atom, storage));
                let sum = Sum {
                    reads: rows.collect(),
                    weights: form.terms.iter().map(|(_, w)| *w as i64).collect(),
                    constant: form.constant as i64,
                };
                (kind, sum)
            }
        };
        let (reads, storage) = (sum.reads.clone(), kind.sum);
        let work = Work::Sums {
            kind,
            sums: vec![sum],
            tail: None,
        };
        self.unit(work, reads, storage)
    }

    fn pack(&mut self, pack: Pack) -> RowId {
        let write = |writer: Writer, pack: &Pack, container: Container| match pack {
            Pack::Bytes(values, signed) => writer.bytes(values, *signed),
            Pack::Words(values) => writer.words(values),
            Pack::Raw {
                dword,
                ranges,
                minus,
            } => writer.raw(*dword, container, ranges, minus),
        };
        let container = self.interface.input;
        let mut instance = write(self.writer(), &pack, container);
        if !self.shapes.contains_key(&instance.shape) {
            if self.pack_shapes >= MAX_PACK_SHAPES {
                let rows = Writer::new(self.graph, self.flow, &self.all_rows);
                instance = write(rows, &pack, container);
            }
            self.pack_shapes += 1;
        }
        self.instance(instance)
    }

    fn results(&mut self) {
        let container = self.interface.output;
        let row_bytes = self.interface.outputs * container.bytes;
        // Groups of four bytes, then what is left over one by one.
        let raw = if container.bytes <= 4 {
            row_bytes / 4
        } else {
            0
        };
        let graph = self.graph;
        let per_dword = (4 / container.bytes).max(1);
        for (dword, values) in graph.results.chunks(per_dword).enumerate().take(raw) {
            let same = self.flow.storage(values[0]) == Storage::W32;
            let packed = values.iter().map(|&value| Packed { value, minus: 0 });
            let packed: Vec<Packed> = packed.collect();
            let instance = match container.bytes {
                1 => self.writer().bytes(&packed, container.signed),
                2 => self.writer().words(&packed),
                _ if same => {
                    let row = self.row(values[0]);
                    self.plan.results.push((Output::Raw(dword), row));
                    continue;
                }
                _ => self.writer().low(values[0]),
            };
            let row = self.instance(instance);
            self.plan.results.push((Output::Raw(dword), row));
        }
        for (at, value) in graph.results.iter().enumerate().skip(raw * per_dword) {
            let row = self.row(*value);
            self.plan.results.push((Output::Element(at), row));
        }
    }

    fn shape(&mut self, shape: Shape) -> usize {
        let next = self.plan.shapes.len();
        let at = *self.shapes.entry(shape.clone()).or_insert(next);
        if at == next {
            self.plan.shapes.push(shape);
        }
        at
    }

    fn new_row(&mut self, storage: Storage) -> RowId {
        self.plan.rows.push(storage);
        RowId(self.plan.rows.len() as u32 - 1)
    }

    fn raw_row(&mut self, dword: usize) -> RowId {
        if let Some(row) = self.raw.get(&dword) {
            return *row;
        }
        let row = self.new_row(Storage::W32);
        self.raw.insert(dword, row);
        self.plan.inputs.push((Input::Raw(dword), row));
        row
    }

    /// A new row for what an instance computes.
    fn instance(&mut self, instance: Instance) -> RowId {
        let Instance {
            shape,
            leaves,
            params,
        } = instance;
        let leaves = leaves.into_iter().map(|leaf| match leaf {
            Leaf::Value(value) => self.row(value),
            Leaf::Raw(dword) => self.raw_row(dword),
        });
        let reads: Vec<RowId> = leaves.collect();
        match (shape.as_slice(), reads.as_slice()) {
            ([Micro::Leaf(from), Micro::Cast(to, 0)], [row]) if from == to => return *row,
            _ => {}
        }
        let storage = shape.last().expect("a shape has a result").storage();
        let shape = self.shape(shape);
        self.unit(Work::Shape(Call { shape, params }), reads, storage)
    }

    fn unit(&mut self, work: Work, reads: Vec<RowId>, storage: Storage) -> RowId {
        let writes = self.new_row(storage);
        self.plan.units.push(Unit {
            work,
            reads,
            writes,
        });
        writes
    }
}
