//! What a graph computes on one sample: registers are the identity, dead values nothing.

use dialects::Result;
use dialects::fx::{self, Graph, Op, Range, ValueId};

/// How a row of lanes holds a value; every value fits in one of them as a signed integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Storage {
    W32,
    W64,
    W128,
}

impl Storage {
    pub fn bits(self) -> u32 {
        match self {
            Storage::W32 => 32,
            Storage::W64 => 64,
            Storage::W128 => 128,
        }
    }

    pub fn bytes(self) -> usize {
        self.bits() as usize / 8
    }

    /// The narrowest that holds a range.
    pub fn of(range: Range) -> Storage {
        let fits = |bits: u32| {
            let (lo, hi) = (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1);
            lo <= range.lo && range.hi <= hi
        };
        match () {
            _ if fits(32) => Storage::W32,
            _ if fits(64) => Storage::W64,
            _ => Storage::W128,
        }
    }
}

/// The graph without registers, with the exact range of every value.
pub struct Dataflow {
    source: Vec<ValueId>,
    /// Whether a result depends on the value.
    pub live: Vec<bool>,
    /// How many live operations and results read the value, registers seen through.
    pub uses: Vec<u32>,
    pub ranges: Vec<Range>,
    pub storage: Vec<Storage>,
}

impl Dataflow {
    pub fn of(graph: &Graph) -> Result<Dataflow> {
        let mut source: Vec<ValueId> = graph.values().collect();
        for value in graph.values() {
            if let Op::Register { input } = graph.node(value).op {
                source[value.index()] = source[input.index()];
            }
        }
        let live = graph.live();
        let mut uses = vec![0; graph.nodes.len()];
        for value in graph.values() {
            let node = graph.node(value);
            if live[value.index()] && !matches!(node.op, Op::Register { .. }) {
                for operand in node.op.operands() {
                    uses[source[operand.index()].index()] += 1;
                }
            }
        }
        for result in &graph.results {
            uses[source[result.index()].index()] += 1;
        }
        let ranges = fx::ranges(graph)?;
        let storage = ranges.iter().map(|range| Storage::of(*range)).collect();
        Ok(Dataflow {
            source,
            live,
            uses,
            ranges,
            storage,
        })
    }

    /// The value behind registers.
    pub fn source(&self, value: ValueId) -> ValueId {
        self.source[value.index()]
    }

    pub fn is_source(&self, value: ValueId) -> bool {
        self.source(value) == value
    }

    /// Whether the value is live and no register.
    pub fn computes(&self, value: ValueId) -> bool {
        self.live[value.index()] && self.is_source(value)
    }

    pub fn constant(&self, graph: &Graph, value: ValueId) -> Option<i128> {
        match graph.node(self.source(value)).op {
            Op::Constant { value } => Some(value),
            _ => None,
        }
    }

    pub fn range(&self, value: ValueId) -> Range {
        self.ranges[self.source(value).index()]
    }

    pub fn storage(&self, value: ValueId) -> Storage {
        self.storage[self.source(value).index()]
    }
}
