//! A sum of many narrow values as a sum of small tables.
//!
//! Values of a bit or two are too narrow for adders: six bits of them, weights and all, are
//! one LUT for each bit of their part of the sum. Groups follow the order of the values, so
//! that sums over the same values group alike; parts that differ by a factor ±2^k are one.

use std::collections::{BTreeMap, BTreeSet};

use dialects::fx::{Graph, Op, Table, ValueId};

use super::LUT;
use super::bound::spent;
use super::form::{Form, Part};
use crate::egraph::{Offer, is_linear};
use crate::target::Target;

/// Wider values are left to adders.
const NARROW_BITS: u32 = 3;

/// Bits of a group that are tried: what one LUT takes, and less, which is shared more often.
const GROUP_BITS: [u32; 2] = [6, 4];

/// A sum of more terms, or less, is left alone.
const TERMS: std::ops::RangeInclusive<usize> = 3..=4096;

/// The offers for the ends of all sums of narrow values; `own` is what each node costs.
pub fn offers(graph: &Graph, parts: &[Part], own: &[u64], target: &Target) -> Vec<Offer> {
    let sums: Vec<(ValueId, Sum)> = ends(graph, own)
        .into_iter()
        .filter_map(|end| Some((end, sum(graph, end)?)))
        .filter(|(_, sum)| {
            let narrow = |leaf: &ValueId| (1..=NARROW_BITS).contains(&parts[leaf.index()].bits());
            TERMS.contains(&sum.terms.len()) && sum.terms.keys().all(narrow)
        })
        .collect();
    let leaves = sums.iter().flat_map(|(_, sum)| sum.terms.keys().copied());
    let leaves: BTreeSet<ValueId> = leaves.collect();
    let leaves: Vec<ValueId> = leaves.into_iter().collect();
    let mut offers = Vec::new();
    for bits in GROUP_BITS {
        let places = grouped(&leaves, parts, bits);
        let places: BTreeMap<ValueId, usize> = places
            .iter()
            .enumerate()
            .flat_map(|(at, group)| group.iter().map(move |leaf| (*leaf, at)))
            .collect();
        for (of, sum) in &sums {
            let own: Vec<ValueId> = sum.terms.keys().copied().collect();
            let packed = grouped(&own, parts, bits);
            let aligned = own.chunk_by(|a, b| places[a] == places[b]);
            let aligned: Vec<Vec<ValueId>> = aligned.map(<[ValueId]>::to_vec).collect();
            for groups in [&packed, &aligned] {
                let form = Form::new(target, graph.nodes.len());
                offers.extend(offer(form, parts, *of, sum, groups));
            }
        }
    }
    offers
}

/// constant + Σ coefficient·leaf, without zero terms.
struct Sum {
    terms: BTreeMap<ValueId, i128>,
    constant: i128,
}

fn constant(graph: &Graph, value: ValueId) -> Option<i128> {
    match graph.node(value).op {
        Op::Constant { value } => Some(value),
        _ => None,
    }
}

/// Slope and offset of a table on a line.
fn line(table: &Table) -> Option<(i128, i128)> {
    let (first, second) = (*table.values.first()?, *table.values.get(1)?);
    let slope = i128::from(second) - i128::from(first);
    let mut entries = table.values.iter().zip(0..);
    let offset = i128::from(first);
    let on_line = entries.all(|(value, at)| i128::from(*value) == offset + slope * at);
    on_line.then_some((slope, offset - slope * table.first))
}

fn sums(graph: &Graph, op: &Op) -> bool {
    let of = op.operands();
    matches!(op, Op::Shl { .. }) || is_linear(op, |at| constant(graph, of[at]).is_some())
}

/// The sums that something else than a sum reads and that are more than wires.
fn ends(graph: &Graph, own: &[u64]) -> Vec<ValueId> {
    let mut adds: Vec<bool> = Vec::with_capacity(graph.nodes.len());
    for (node, own) in graph.nodes.iter().zip(own) {
        let through = match &node.op {
            Op::Lookup { table, .. } => line(table).is_some(),
            op => sums(graph, op),
        };
        let below = || node.op.operands().iter().any(|v| adds[v.index()]);
        adds.push(through && (*own >= LUT || below()));
    }
    let mut read = vec![false; graph.nodes.len()];
    for node in graph.nodes.iter().filter(|node| !sums(graph, &node.op)) {
        for operand in node.op.operands() {
            read[operand.index()] = true;
        }
    }
    for result in &graph.results {
        read[result.index()] = true;
    }
    let ends = graph.values().filter(|value| read[value.index()]);
    let ends = ends.filter(|value| adds[value.index()] && sums(graph, &graph.node(*value).op));
    ends.collect()
}

/// The whole sum below a value, in coefficients of what is no sum.
fn sum(graph: &Graph, end: ValueId) -> Option<Sum> {
    let mut open: BTreeMap<ValueId, i128> = BTreeMap::from([(end, 1)]);
    let mut found = Sum {
        terms: BTreeMap::new(),
        constant: 0,
    };
    // Readers stand behind what they read: the last open value has all its coefficient.
    while let Some((value, factor)) = open.pop_last() {
        let mut push = |value: ValueId, by: i128| {
            let more = factor.checked_mul(by)?;
            let entry = open.entry(value).or_insert(0);
            *entry = entry.checked_add(more)?;
            Some(())
        };
        match &graph.node(value).op {
            Op::Constant { value } => {
                found.constant = found.constant.checked_add(factor.checked_mul(*value)?)?;
            }
            Op::Add { lhs, rhs } => {
                push(*lhs, 1)?;
                push(*rhs, 1)?;
            }
            Op::Sub { lhs, rhs } => {
                push(*lhs, 1)?;
                push(*rhs, -1)?;
            }
            Op::Neg { input } => push(*input, -1)?,
            Op::Shl { input, amount } => push(*input, 1i128.checked_shl(*amount)?)?,
            Op::Sum { terms, constant } => {
                for term in terms {
                    push(term.value, term.factor()?)?;
                }
                found.constant = found.constant.checked_add(factor.checked_mul(*constant)?)?;
            }
            Op::Mul { lhs, rhs } if constant(graph, *rhs).is_some() => {
                push(*lhs, constant(graph, *rhs)?)?;
            }
            Op::Mul { lhs, rhs } if constant(graph, *lhs).is_some() => {
                push(*rhs, constant(graph, *lhs)?)?;
            }
            Op::Lookup { input, table } if line(table).is_some() => {
                let (by, offset) = line(table)?;
                push(*input, by)?;
                found.constant = found.constant.checked_add(factor.checked_mul(offset)?)?;
            }
            _ if factor != 0 => {
                found.terms.insert(value, factor);
                if found.terms.len() > *TERMS.end() {
                    return None;
                }
            }
            _ => {}
        }
    }
    Some(found)
}

/// Values in runs of at most so many bits.
fn grouped(values: &[ValueId], parts: &[Part], most: u32) -> Vec<Vec<ValueId>> {
    let mut groups: Vec<Vec<ValueId>> = Vec::new();
    let mut bits = most;
    for value in values {
        let own = parts[value.index()].bits();
        match groups.last_mut() {
            Some(last) if bits + own <= most => last.push(*value),
            _ => {
                groups.push(vec![*value]);
                bits = 0;
            }
        }
        bits += own;
    }
    groups
}

/// The sum by one table for each group; the first table holds the constant.
fn offer(
    mut form: Form,
    parts: &[Part],
    of: ValueId,
    sum: &Sum,
    groups: &[Vec<ValueId>],
) -> Option<Offer> {
    let mut summands: Vec<(Part, u32, bool)> = Vec::with_capacity(groups.len());
    for (at, group) in groups.iter().enumerate() {
        let leaves: Vec<Part> = group.iter().map(|leaf| parts[leaf.index()]).collect();
        let weights: Vec<i128> = group.iter().map(|leaf| sum.terms[leaf]).collect();
        let constant = if at == 0 { sum.constant } else { 0 };
        let all = weights.iter().fold(constant, |all, weight| all | weight);
        let shift = all.trailing_zeros();
        let negative = constant == 0 && weights[0] < 0 && at > 0;
        let factor = if negative { -1 } else { 1 } << shift;
        let entries = entries(&leaves, &weights, constant, factor)?;
        let index = form.concat(&leaves)?;
        let mut values = spent(&entries);
        values.truncate(usize::try_from(index.range.hi).ok()? + 1);
        let table = form.lookup(index, Table { first: 0, values })?;
        summands.push((table, shift, negative));
    }
    // The narrowest two first; what holds a positive one is positive.
    while summands.len() > 1 {
        let width = |part: &Part| part.range.int_type().map_or(0, |ty| ty.width);
        summands.sort_by_key(|(part, shift, _)| std::cmp::Reverse(width(part) + shift));
        let ((a, i, a_negative), (b, j, b_negative)) = (summands.pop()?, summands.pop()?);
        let low = i.min(j);
        let negative = a_negative && b_negative;
        let first = (a, i - low, a_negative && !negative);
        let second = (b, j - low, b_negative && !negative);
        summands.push((form.sum([first, second])?, low, negative));
    }
    let (total, shift, negative) = summands.pop()?;
    let total = form.shl(total, shift)?;
    (!negative).then(|| form.offer(of, total))?
}

/// (constant + Σ weight·leaf) / factor over the codes of the leaves.
fn entries(
    leaves: &[Part],
    weights: &[i128],
    constant: i128,
    factor: i128,
) -> Option<Vec<Option<i64>>> {
    let mut sums = vec![Some(constant)];
    for (leaf, weight) in leaves.iter().zip(weights) {
        let codes = (0..1i128 << leaf.bits()).map(|code| leaf.value(code));
        let next = codes.flat_map(|value| {
            let below = sums.iter();
            below
                .map(move |sum| Some((*sum)? + value? * weight))
                .collect::<Vec<_>>()
        });
        sums = next.collect();
    }
    let entry = |sum: Option<i128>| match sum {
        Some(sum) => i64::try_from(sum / factor).ok().map(Some),
        None => Some(None),
    };
    sums.into_iter().map(entry).collect()
}
