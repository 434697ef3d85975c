//! fx.lookup: entry `input - first` of a table.
//!
//! | input | result                                    |
//! | any   | the smallest type that holds the entries  |
//!
//! The table has an entry for every value that can reach the input: the verifier refuses
//! a table that is too short.

use std::sync::Arc;

use super::{Op, OpDef, Range};

/// A table: `values[0]` is the entry for the input `first`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Table {
    pub first: i128,
    pub values: Vec<i64>,
}

impl Table {
    /// The inputs that have an entry.
    pub fn domain(&self) -> Range {
        Range::new(self.first, self.first + self.values.len() as i128 - 1)
    }

    /// The table with an entry for every input of a range besides its own; what was outside
    /// has the nearest entry. `None` beyond 2^20 entries.
    pub fn covering(&self, range: Range) -> Option<Table> {
        const MOST: i128 = 1 << 20;
        let all = self.domain().union(range);
        let (&first, &last) = (self.values.first()?, self.values.last()?);
        let size = all.hi.checked_sub(all.lo).filter(|size| *size < MOST)? as usize + 1;
        let before = (self.first - all.lo) as usize;
        let mut values = vec![first; before];
        values.extend(&self.values);
        values.resize(size, last);
        let first = all.lo;
        Some(Table { first, values })
    }

    pub fn get(&self, input: i128) -> Option<i64> {
        let index = usize::try_from(input - self.first).ok()?;
        self.values.get(index).copied()
    }
}

pub const OP: OpDef = OpDef {
    name: "lookup",
    summary: "entry `input - first` of a table",
    operands: &["input"],
    attributes: &["first", "table"],
    read: |fields| {
        let values = fields.integers("table")?.to_vec();
        let first = fields.integer("first")?;
        Ok(Op::Lookup {
            input: fields.operands[0],
            table: Arc::new(Table { first, values }),
        })
    },
    print: |op| {
        let table = table_of(op);
        let values = table.values.iter().map(i64::to_string).collect::<Vec<_>>();
        vec![
            super::typed(table.first),
            format!("array<i64: {}>", values.join(", ")),
        ]
    },
    range: |op, of, _| {
        let table = table_of(op);
        let from = usize::try_from(of[0].lo - table.first).ok()?;
        let to = usize::try_from(of[0].hi - table.first).ok()?;
        let reached = table.values.get(from..=to)?;
        Range::hull(reached.iter().map(|&value| Some(i128::from(value))))
    },
    eval: |op, of, _| {
        let entry = table_of(op).get(of[0]);
        i128::from(entry.expect("the verifier saw an entry for every input"))
    },
};

fn table_of(op: &Op) -> &Table {
    match op {
        Op::Lookup { table, .. } => table,
        _ => unreachable!("the row of fx.lookup was asked about another op"),
    }
}
