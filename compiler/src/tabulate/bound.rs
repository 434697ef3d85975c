//! A truth table by smaller ones: what a few leaves mean to the rest becomes a code.
//!
//! Fix some leaves; each joint value of them leaves a function of the others. Values that
//! leave the same function are one class, and only the number of the class has to be known:
//! where classes have fewer bits than the leaves, a table makes the code and the function
//! goes on without the leaves (Ashenhurst 1957, Curtis 1962; word-wise: leaves stay whole and
//! all bits of the result share the codes). A sum behind a threshold has few classes.
//! Combinations that cannot occur are no difference between two classes.

use dialects::fx::Table;

use super::form::{Form, Part};
use super::pieces;
use super::truth::Truth;

/// A code is made of at most so many bits: one LUT for each of its bits.
const BOUND_BITS: u32 = 6;

/// Sets of leaves that are tried at each step.
const MAX_SETS: usize = 64;

/// The value of a truth table as steps of `form`.
pub fn build(form: &mut Form, mut truth: Truth) -> Option<Part> {
    while truth.bits() > BOUND_BITS {
        let Some(best) = best_set(&truth) else {
            break;
        };
        let values = best.codes.iter().map(|code| *code as i64).collect();
        let bound: Vec<Part> = best.set.iter().map(|at| truth.parts[*at]).collect();
        let index = form.concat(&bound)?;
        let table = Table { first: 0, values };
        let code = lookup(form, index, table)?;
        truth = best.rest(&truth, code);
    }
    let parts = truth.parts.clone();
    let index = form.concat(&parts)?;
    let values = spent(&truth.entries);
    lookup(form, index, Table { first: 0, values })
}

/// A table on an index that may not reach all of it, as it is or by pieces.
fn lookup(form: &mut Form, index: Part, mut table: Table) -> Option<Part> {
    table
        .values
        .truncate(usize::try_from(index.range.hi).ok()? + 1);
    let (plan, _) = pieces::plan(form.target(), table);
    pieces::build(form, index, &plan)
}

/// A set of leaves and the class of each of their joint values.
struct Bound {
    set: Vec<usize>,
    codes: Vec<usize>,
    /// A column of each class: entries by the joint values of the other leaves.
    classes: Vec<Vec<Option<i64>>>,
}

impl Bound {
    /// The truth table over the code, lowest, and the other leaves.
    fn rest(&self, truth: &Truth, code: Part) -> Truth {
        let others = (0..truth.parts.len()).filter(|at| !self.set.contains(at));
        let mut parts = vec![code];
        parts.extend(others.map(|at| truth.parts[at]));
        let codes = 1usize << code.bits();
        let size = self.classes[0].len();
        let entries = (0..size * codes).map(|at| {
            let class = self.classes.get(at % codes)?;
            class[at / codes]
        });
        Truth {
            parts,
            entries: entries.collect(),
        }
    }
}

/// The set of leaves whose code saves the most.
fn best_set(truth: &Truth) -> Option<Bound> {
    let bits: Vec<u32> = truth.parts.iter().map(Part::bits).collect();
    let total: u32 = bits.iter().sum();
    let width = u64::from(truth.width());
    let cost = |inputs: u32| match inputs {
        0..=6 => width,
        _ => width << (inputs - 6),
    };
    let mut sets: Vec<(u32, u32)> = (1u32..1 << bits.len().min(16))
        .map(|set| {
            let of = bits.iter().enumerate();
            let of = of.filter(|(at, _)| set >> at & 1 == 1).map(|(_, b)| b);
            (of.sum(), set)
        })
        .filter(|(of, _)| (2..=BOUND_BITS).contains(of) && *of < total)
        .collect();
    sets.sort_unstable_by_key(|(of, set)| (std::cmp::Reverse(*of), *set));
    sets.truncate(MAX_SETS);
    let mut best: Option<(u64, Bound)> = None;
    for (of, set) in sets {
        let set: Vec<usize> = (0..bits.len()).filter(|at| set >> at & 1 == 1).collect();
        let Some((codes, classes)) = classes(truth, &bits, &set, 1 << (of - 1)) else {
            continue;
        };
        let code = usize::BITS - (classes.len() - 1).leading_zeros();
        let after = u64::from(code) + cost(total - of + code);
        if after < best.as_ref().map_or(cost(total), |(least, _)| *least) {
            best = Some((
                after,
                Bound {
                    set,
                    codes,
                    classes,
                },
            ));
        }
    }
    best.map(|(_, bound)| bound)
}

type Column = Vec<Option<i64>>;

/// The classes of the joint values of some leaves; `None` above `most`.
fn classes(
    truth: &Truth,
    bits: &[u32],
    set: &[usize],
    most: usize,
) -> Option<(Vec<usize>, Vec<Column>)> {
    let offsets = |inside: bool| {
        let mut offsets = vec![0usize];
        let mut low = 0;
        for (at, bits) in bits.iter().enumerate() {
            if set.contains(&at) == inside {
                let codes = 0..1usize << bits;
                let step = codes.flat_map(|code| offsets.iter().map(move |o| o + (code << low)));
                offsets = step.collect();
            }
            low += bits;
        }
        offsets
    };
    let (bound, free) = (offsets(true), offsets(false));
    let mut columns: Vec<(Column, usize)> = bound
        .iter()
        .enumerate()
        .map(|(at, b)| (free.iter().map(|f| truth.entries[b + f]).collect(), at))
        .collect();
    // Columns in the order of their entries: neighbouring codes mean alike.
    columns.sort_unstable();
    let mut codes = vec![0; bound.len()];
    let mut classes: Vec<Column> = Vec::new();
    for (column, at) in columns {
        let fits = |class: &Column| {
            let mut pairs = class.iter().zip(&column);
            pairs.all(|(a, b)| a.is_none() || b.is_none() || a == b)
        };
        let known = classes.iter().rposition(fits);
        let code = known.unwrap_or(classes.len());
        match classes.get_mut(code) {
            Some(class) => {
                for (entry, other) in class.iter_mut().zip(&column) {
                    *entry = entry.or(*other);
                }
            }
            None => classes.push(column),
        }
        codes[at] = code;
        if classes.len() > most {
            return None;
        }
    }
    Some((codes, classes))
}

/// Entries for combinations that cannot occur, such that halves are equal where they can be,
/// or the nearest entry below.
pub fn spent(entries: &[Option<i64>]) -> Vec<i64> {
    let mut entries = entries.to_vec();
    merge(&mut entries);
    let mut last = entries.iter().flatten().next().copied().unwrap_or(0);
    let fill = entries.into_iter().map(|entry| {
        last = entry.unwrap_or(last);
        last
    });
    fill.collect()
}

fn merge(entries: &mut [Option<i64>]) {
    if entries.len() < 2 || entries.iter().all(Option::is_some) {
        return;
    }
    let (low, high) = entries.split_at_mut(entries.len() / 2);
    let agree = |(a, b): (&Option<i64>, &Option<i64>)| a.is_none() || b.is_none() || a == b;
    if low.iter().zip(high.iter()).all(agree) {
        for (a, b) in low.iter_mut().zip(high.iter_mut()) {
            (*a, *b) = (a.or(*b), b.or(*a));
        }
        merge(low);
        high.copy_from_slice(low);
    } else {
        merge(low);
        merge(high);
    }
}
