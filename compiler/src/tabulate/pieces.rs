//! A long table as shorter ones, exactly: `t(x) = base(h) + piece(class(h), l)`, where h are
//! the high bits of x and l the low ones.
//!
//! A piece is one run of 2^|l| entries less its smallest; runs that differ only by that are
//! one class. A smooth function has few classes and small pieces, and its base is a smooth
//! table again. Every split of the bits is tried and the cheapest kept; bases split further. (Multipartite tables, de Dinechin and Tisserand 2005, and Hsiao et al.'s
//! compression, 2017, here without an approximation: what they leave to an error bound is a
//! class of its own.)

use std::collections::HashMap;
use std::sync::Arc;

use dialects::fx::{Op, Range, Table};

use super::form::{Form, Part};
use crate::target::{Operand, Target};

/// Tables up to this many input bits are left whole: a LUT and its muxes hold them.
const WHOLE_BITS: u32 = 7;

/// Pieces of longer tables than this are not looked at.
const PIECE_BITS: u32 = 12;

/// How a table is built.
#[derive(Clone)]
pub enum Plan {
    Whole(Table),
    Split {
        low: u32,
        base: Box<Plan>,
        class: Table,
        piece: Table,
    },
}

/// LUTs of a table as it is; its inputs are exactly those it has entries for.
pub fn luts(target: &Target, table: &Table) -> u32 {
    let entries = table.values.iter().map(|value| Some(i128::from(*value)));
    let ty = Range::hull(entries).and_then(Range::int_type);
    let op = Op::Lookup {
        input: dialects::fx::ValueId(0),
        table: Arc::new(table.clone()),
    };
    ty.map_or(0, |ty| target.cost(&op, ty, &[]).area)
}

/// The cheapest way found to build a table, and its LUTs.
///
/// The base of a base is the base of a longer run, so the bases are one row of tables and
/// the best of each follows from the best of the shorter ones.
pub fn plan(target: &Target, table: Table) -> (Plan, u32) {
    let bits = bits(table.values.len());
    if bits <= WHOLE_BITS {
        let luts = luts(target, &table);
        return (Plan::Whole(table), luts);
    }
    let mut bases = vec![table];
    for low in 1..bits.saturating_sub(1) {
        bases.push(halved(&bases[low as usize - 1]));
    }
    let mut best: Vec<(Plan, u32)> = Vec::new();
    for (from, table) in bases.iter().enumerate().rev() {
        let mut found = (None, luts(target, table));
        for (at, (_, base_luts)) in best.iter().enumerate() {
            // `best` holds the shorter bases, the shortest first.
            let low = (bases.len() - 1 - at - from) as u32;
            let Some(limit) = found.1.checked_sub(*base_luts) else {
                continue;
            };
            if let Some(split) = split(target, table, low, limit) {
                found = (
                    Some((at, low, split.class, split.piece)),
                    split.luts + base_luts,
                );
            }
        }
        let plan = match found.0 {
            None => Plan::Whole(table.clone()),
            Some((at, low, class, piece)) => Plan::Split {
                low,
                base: Box::new(best[at].0.clone()),
                class,
                piece,
            },
        };
        best.push((plan, found.1));
    }
    best.pop()
        .expect("the table itself is the last of its bases")
}

/// The smaller of each two neighbours, as their high bits are read.
fn halved(table: &Table) -> Table {
    let domain = table.domain();
    let entry = |high: i128| {
        let pair = [high * 2, high * 2 + 1].into_iter();
        pair.filter_map(|input| table.get(input)).min()
    };
    let (first, last) = (domain.lo >> 1, domain.hi >> 1);
    Table {
        first,
        values: (first..=last).filter_map(entry).collect(),
    }
}

struct Split {
    class: Table,
    piece: Table,
    /// LUTs of both and of the adder.
    luts: u32,
}

/// How many bits tell so many values apart.
fn bits(values: usize) -> u32 {
    usize::BITS - values.saturating_sub(1).leading_zeros()
}

/// The table split `low` bits from below; `None` where that takes `limit` LUTs or more.
fn split(target: &Target, table: &Table, low: u32, limit: u32) -> Option<Split> {
    let domain = table.domain();
    let (first, last) = (domain.lo >> low, domain.hi >> low);
    let (mut base, mut numbers) = (Vec::new(), Vec::new());
    let mut known: HashMap<Vec<i64>, usize> = HashMap::new();
    let most = 1usize << PIECE_BITS.saturating_sub(low);
    for high in first..=last {
        let run = (0..1i128 << low).map(|at| {
            // A run that sticks out of the table is filled with the nearest entry.
            let input = ((high << low) + at).clamp(domain.lo, domain.hi);
            table.get(input)
        });
        let run: Vec<i64> = run.collect::<Option<_>>()?;
        let smallest = run.iter().copied().min()?;
        let piece = run.iter().map(|value| value.checked_sub(smallest));
        let piece: Vec<i64> = piece.collect::<Option<_>>()?;
        let next = known.len();
        numbers.push(*known.entry(piece).or_insert(next));
        base.push(smallest);
        if known.len() > most {
            return None;
        }
    }
    // Classes in the order of their entries: neighbours are alike.
    let mut pieces: Vec<(Vec<i64>, usize)> = known.into_iter().collect();
    pieces.sort_unstable();
    let mut place = vec![0; pieces.len()];
    for (at, (_, number)) in pieces.iter().enumerate() {
        place[*number] = at as i64;
    }
    let entries = pieces.iter().flat_map(|(piece, _)| piece.iter().copied());
    let piece = Table {
        first: 0,
        values: entries.collect(),
    };
    let base = Table {
        first,
        values: base,
    };
    let fixed = luts(target, &piece) + adder(target, &base, &piece)?;
    if fixed >= limit {
        return None;
    }
    let class = Table {
        first,
        values: numbers.into_iter().map(|number| place[number]).collect(),
    };
    let luts = fixed + luts(target, &class);
    (luts < limit).then_some(Split { class, piece, luts })
}

fn adder(target: &Target, base: &Table, piece: &Table) -> Option<u32> {
    let range = |table: &Table| {
        let entries = table.values.iter().map(|value| Some(i128::from(*value)));
        Range::hull(entries)
    };
    let (a, b) = (range(base)?, range(piece)?);
    let sum = Range::new(a.lo + b.lo, a.hi + b.hi);
    let of = [Operand::of(a.int_type()?), Operand::of(b.int_type()?)];
    let id = dialects::fx::ValueId(0);
    let op = Op::Add { lhs: id, rhs: id };
    Some(target.cost(&op, sum.int_type()?, &of).area)
}

/// The plan as steps on x, which the table has an entry for.
pub fn build(form: &mut Form, x: Part, plan: &Plan) -> Option<Part> {
    let (low, base, class, piece) = match plan {
        Plan::Whole(table) => return form.lookup(x, table.clone()),
        Plan::Split {
            low,
            base,
            class,
            piece,
        } => (*low, base, class, piece),
    };
    let high = form.shr(x, low)?;
    let rest = form.low(x, low)?;
    let class = form.lookup(high, class.clone())?;
    let base = build(form, high, base)?;
    let place = form.index(class, rest, low)?;
    let piece = form.lookup(place, piece.clone())?;
    form.sum([(base, 0, false), (piece, 0, false)])
}
