//! The cost of a lookup: every result bit is a tree of muxes over LUTs.
//!
//! A block is what one LUT holds: 64 entries (LUT4: 16). A result bit of `k` input bits is
//! 2^(k-6) blocks; equal halves are one, and what two result bits share is there once: that
//! is what structure in a table is worth. Muxes are dedicated ones as far as the family has
//! them, LUTs beyond: a third of a LUT6, or one LUT4, for each choice of two.
//! A constant block under a dedicated mux takes a LUT all the same.
//! Tables are logic: a block RAM has a clock of its own, which `fx.lookup` has not.

use std::collections::HashSet;

use dialects::fx::{IntType, Table};

use super::cost::gates;
use super::{Cost, Family};

/// Tables above this size are counted as if they had no structure.
const COUNTED_ENTRIES: usize = 1 << 14;

/// Truth tables of the blocks of one result bit; `None` where the table has no entry.
type Blocks = [Option<u64>];

pub(super) fn of(family: &Family, ty: IntType, table: &Table) -> Cost {
    let domain = table.domain();
    if domain.single().is_some() {
        return Cost::default();
    }
    let inputs = domain.int_type().map_or(1, |ty| ty.width);
    let block_bits = family.lut_inputs.min(inputs);
    let heights = (inputs - block_bits).min(20);
    let mut tree = Tree {
        family,
        wires: wires(block_bits),
        seen: HashSet::new(),
        luts: 0,
        choices: 0,
    };
    match table.values.len() <= COUNTED_ENTRIES {
        true => {
            for bit in 0..ty.width.min(64) {
                tree.add(&blocks(table, bit, inputs, block_bits), true);
            }
        }
        false => {
            let muxes = (1u32 << heights) >> family.wide_mux_levels.min(heights);
            tree.luts = ty.width << heights;
            tree.choices = ty.width * (muxes - 1);
        }
    }
    let choosing = heights.saturating_sub(family.wide_mux_levels);
    // A LUT6 chooses between four, a LUT4 between two.
    let (choice_levels, choice_parts) = match family.lut_inputs {
        6 => (choosing.div_ceil(2), 3),
        _ => (choosing, 1),
    };
    let mut cost = gates(
        family,
        tree.luts + tree.choices.div_ceil(choice_parts),
        1 + choice_levels,
    );
    cost.delay_ps += family.wide_mux_levels.min(heights) * family.delays.wide_mux;
    cost
}

/// The result bits seen so far.
struct Tree<'a> {
    family: &'a Family,
    wires: HashSet<u64>,
    seen: HashSet<Vec<Option<u64>>>,
    luts: u32,
    /// Choices of two that LUTs make.
    choices: u32,
}

impl Tree<'_> {
    /// Adds a function; `free` where a constant or an input bit needs no LUT.
    fn add(&mut self, blocks: &Blocks, free: bool) {
        let mut given = blocks.iter().flatten();
        let Some(&first) = given.next() else {
            return;
        };
        if given.all(|&block| block == first) && self.wires.contains(&first) {
            self.luts += u32::from(!free);
            return;
        }
        let (low, high) = blocks.split_at(blocks.len() / 2);
        let agree = |(a, b): (&Option<u64>, &Option<u64>)| a.is_none() || b.is_none() || a == b;
        if blocks.len() > 1 && low.iter().zip(high).all(agree) {
            let both: Vec<Option<u64>> = low.iter().zip(high).map(|(a, b)| a.or(*b)).collect();
            return self.add(&both, free);
        }
        if !self.seen.insert(blocks.to_vec()) {
            return;
        }
        if blocks.len() == 1 {
            self.luts += 1;
            return;
        }
        let dedicated = blocks.len().ilog2() <= self.family.wide_mux_levels;
        self.choices += u32::from(!dedicated);
        self.add(low, !dedicated);
        self.add(high, !dedicated);
    }
}

/// The constants and the input bits as truth tables of a block.
fn wires(block_bits: u32) -> HashSet<u64> {
    let size = 1u32 << block_bits;
    let all = u64::MAX >> (64 - size);
    let copy = |bit: u32| {
        let ones = (0..size).filter(move |at| at >> bit & 1 == 1);
        ones.fold(0u64, |word, at| word | 1 << at)
    };
    [0, all]
        .into_iter()
        .chain((0..block_bits).map(copy))
        .collect()
}

/// One result bit over all inputs, by their bits as an unsigned number.
fn blocks(table: &Table, bit: u32, inputs: u32, block_bits: u32) -> Vec<Option<u64>> {
    let mut blocks = vec![None; 1 << (inputs - block_bits)];
    for (offset, value) in table.values.iter().enumerate() {
        let input = (table.first + offset as i128) & ((1 << inputs) - 1);
        let (block, at) = (input >> block_bits, input & ((1 << block_bits) - 1));
        let word = blocks[block as usize].get_or_insert(0u64);
        *word |= u64::from(value >> bit & 1 == 1) << at;
    }
    blocks
}
