//! Cuts: sets of values that decide a value, of few bits together.
//!
//! Every value keeps a handful of cuts, made of those of its operands: the ones whose cones
//! hold the most LUTs beside what a table on the cut takes, and the ones with the largest
//! cones at all, because structure can make their tables small.

use dialects::fx::{Graph, Op, ValueId};

use super::form::Part;

/// A cut with more bits than this is not kept.
pub const MAX_BITS: u32 = 12;

/// Cuts of each of the two kinds that a value keeps.
const KEPT: usize = 4;

/// Values that decide another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// In order.
    pub leaves: Vec<ValueId>,
    pub bits: u32,
    /// Thousandths of a LUT in the cone above the leaves; shared parts count repeatedly.
    pub area: u64,
}

impl Cut {
    /// What a table on the cut is expected to free, less what it takes at most.
    fn gain(&self, width: u32) -> i64 {
        let table = u64::from(width) << self.bits.saturating_sub(6);
        self.area as i64 - (table * 1000) as i64
    }

    /// Both together; `None` where they have too many bits.
    fn with(&self, other: &Cut, parts: &[Part]) -> Option<Cut> {
        let mut leaves = self.leaves.clone();
        let mut bits = self.bits;
        for leaf in &other.leaves {
            if let Err(at) = leaves.binary_search(leaf) {
                leaves.insert(at, *leaf);
                bits += parts[leaf.index()].bits();
                if bits > MAX_BITS {
                    return None;
                }
            }
        }
        Some(Cut {
            leaves,
            bits,
            area: self.area + other.area,
        })
    }
}

/// The cuts of every value, in node order; `own` is what each node costs by itself.
///
/// Inputs, registers and constants have none: nothing decides them from within.
pub fn cuts(graph: &Graph, parts: &[Part], own: &[u64]) -> Vec<Vec<Cut>> {
    let mut all: Vec<Vec<Cut>> = Vec::with_capacity(graph.nodes.len());
    for (index, node) in graph.nodes.iter().enumerate() {
        let cuts = match node.op {
            Op::Input { .. } | Op::Register { .. } | Op::Constant { .. } => Vec::new(),
            _ => {
                let start = Cut {
                    leaves: Vec::new(),
                    bits: 0,
                    area: own[index],
                };
                let mut joined = vec![start];
                for operand in node.op.operands() {
                    let of = choices(graph, parts, &all, operand);
                    let pairs = joined
                        .iter()
                        .flat_map(|cut| of.iter().map(move |o| (cut, o)));
                    joined = pairs
                        .filter_map(|(cut, other)| cut.with(other, parts))
                        .collect();
                }
                kept(joined, node.ty.width)
            }
        };
        all.push(cuts);
    }
    all
}

/// The cuts of an operand, and the operand itself as one, without the shift it stands behind.
fn choices(graph: &Graph, parts: &[Part], all: &[Vec<Cut>], operand: ValueId) -> Vec<Cut> {
    let mut shifted = operand;
    while let Op::Shl { input, .. } = graph.node(shifted).op {
        shifted = input;
    }
    let bits = parts[shifted.index()].bits();
    let itself = match graph.node(shifted).op {
        Op::Constant { .. } => Some((Vec::new(), 0)),
        _ => Some((vec![shifted], bits)).filter(|(_, bits)| *bits <= MAX_BITS),
    };
    let itself = itself.map(|(leaves, bits)| Cut {
        leaves,
        bits,
        area: 0,
    });
    all[operand.index()].iter().cloned().chain(itself).collect()
}

/// The best few, by both measures.
fn kept(mut cuts: Vec<Cut>, width: u32) -> Vec<Cut> {
    let by_leaves = |a: &Cut, b: &Cut| a.leaves.cmp(&b.leaves).then(a.area.cmp(&b.area));
    cuts.sort_unstable_by(by_leaves);
    cuts.dedup_by(|later, first| later.leaves == first.leaves);
    cuts.sort_by_key(|cut| (-cut.gain(width), cut.bits));
    let rest = cuts.split_off(cuts.len().min(KEPT));
    let mut rest: Vec<Cut> = rest;
    rest.sort_by_key(|cut| (std::cmp::Reverse(cut.area), cut.bits));
    cuts.extend(rest.into_iter().take(KEPT));
    cuts
}
