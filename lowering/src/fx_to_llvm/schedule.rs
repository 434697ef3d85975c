//! The order of the units: what is computed in one go.
//!
//! Units of one kind that do not depend on each other are computed by one loop.

use std::collections::{BTreeMap, HashMap};

use super::dataflow::Storage;
use super::fuse::alike;
use super::plan::{DotKind, Plan, RowId, Unit, Work};

/// Samples that are computed together; every row has this many lanes.
pub const LANES: usize = 64;

/// Units are reordered within windows of this many, so that rows do not live too long.
const WINDOW: usize = 1024;

/// At most this many sums are computed at a time.
pub const SUMS_TOGETHER: usize = 4;

/// What a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kernel {
    Shape(usize),
    /// Sums of products: `each` for a unit, some units at a time, and what a unit does with
    /// its sums.
    Sums {
        kind: DotKind,
        each: usize,
        units: usize,
        tail: Option<usize>,
    },
    /// Lookups in tables whose entries have `entry` bytes.
    Lookup {
        from: Storage,
        entry: usize,
        to: Storage,
    },
}

/// Units computed by one entry of a table: several sums, or one of anything else.
pub type Group<'a> = Vec<&'a Unit>;

/// What runs in order: a kernel and its groups.
///
/// `entries` gives the bytes of each table's entries.
pub fn batches<'a>(plan: &'a Plan, entries: &[usize]) -> Vec<(Kernel, Vec<Group<'a>>)> {
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
                .entry((at, kernel(unit, entries)))
                .or_default()
                .push(unit);
        }
        for ((_, kernel), units) in sorted {
            match kernel {
                Kernel::Sums { .. } => batches.extend(sum_groups(kernel, units)),
                _ => batches.push((kernel, units.into_iter().map(|unit| vec![unit]).collect())),
            }
        }
    }
    batches
}

fn kernel(unit: &Unit, entries: &[usize]) -> Kernel {
    match &unit.work {
        Work::Shape(call) => Kernel::Shape(call.shape),
        Work::Sums { kind, sums, tail } => Kernel::Sums {
            kind: *kind,
            each: sums.len(),
            units: 1,
            tail: tail.as_ref().map(|call| call.shape),
        },
        Work::Lookup { table, from, to } => Kernel::Lookup {
            from: *from,
            entry: entries[*table],
            to: *to,
        },
    }
}

/// Sums that share most of what they read go together, the others alone.
fn sum_groups<'a>(kernel: Kernel, all: Vec<&'a Unit>) -> Vec<(Kernel, Vec<Group<'a>>)> {
    let Kernel::Sums {
        kind, each, tail, ..
    } = kernel
    else {
        return Vec::new();
    };
    let mut groups: BTreeMap<usize, Vec<Group>> = BTreeMap::new();
    for mut units in all.chunks((SUMS_TOGETHER / each).max(1)) {
        while !units.is_empty() {
            let reads = |count| units.iter().take(count).map(|unit| unit.reads.as_slice());
            let fits = |count: &usize| alike(&reads(*count).collect::<Vec<_>>());
            let count = (2..=units.len()).rev().find(fits).unwrap_or(1);
            let (group, rest) = units.split_at(count);
            groups.entry(count).or_default().push(group.to_vec());
            units = rest;
        }
    }
    let kernel = |units| Kernel::Sums {
        kind,
        each,
        units,
        tail,
    };
    let groups = groups.into_iter().rev();
    groups
        .map(|(units, groups)| (kernel(units), groups))
        .collect()
}
