//! The cost of a lookup: every result bit is a tree of LUTs under dedicated muxes.
//!
//! A result bit of `k` input bits is 2^(k-6) LUTs of 64 entries (LUT4: 2^(k-4) of 16).
//! Blocks that are equal, or constant, in any result bit cost once, or nothing: this is
//! what structure in a table is worth. Beyond the dedicated muxes LUTs do the choosing.
//! Tables are logic: a block RAM has a clock of its own, which `fx.lookup` has not.

use std::collections::HashSet;

use dialects::fx::{IntType, Table};

use super::cost::gates;
use super::{Cost, Family};

/// Tables above this size are counted as if no two blocks were equal.
const COUNTED_ENTRIES: usize = 1 << 16;

pub(super) fn of(family: &Family, ty: IntType, table: &Table) -> Cost {
    let domain = table.domain();
    let inputs = domain.int_type().map_or(1, |ty| ty.width);
    if domain.single().is_some() {
        return Cost::default();
    }
    let block_bits = family.lut_inputs.min(inputs);
    let blocks = 1u32 << (inputs - block_bits).min(30);
    let lut = match table.values.len() <= COUNTED_ENTRIES {
        true => distinct_blocks(table, ty, block_bits),
        false => ty.width.saturating_mul(blocks),
    };
    let joined = blocks.div_ceil(1 << family.wide_mux_levels);
    // A LUT6 chooses between four, a LUT4 between two.
    let choice = family.lut_inputs / 2 - 1;
    let (mut choosers, mut choosing_levels, mut left) = (0u32, 0, joined);
    while left > 1 {
        left = left.div_ceil(1 << (choice.max(1)));
        choosers += left;
        choosing_levels += 1;
    }
    let muxes = family.wide_mux_levels.min(inputs - block_bits);
    // Where blocks coincide there is less to choose between, too.
    let share = |count: u32| {
        let all = u64::from(ty.width) * u64::from(blocks);
        (u64::from(count) * u64::from(ty.width) * u64::from(lut)).div_ceil(all.max(1)) as u32
    };
    let mut cost = gates(family, lut + share(choosers), 1 + choosing_levels);
    cost.delay_ps += muxes * family.delays.wide_mux;
    cost
}

/// Different truth tables of `block_bits` inputs over all result bits; constants and copies
/// of an input bit are wires.
fn distinct_blocks(table: &Table, ty: IntType, block_bits: u32) -> u32 {
    let size = 1usize << block_bits;
    let mut seen: HashSet<u64> = HashSet::new();
    let all = match size {
        64 => u64::MAX,
        size => (1u64 << size) - 1,
    };
    let mut wires: HashSet<u64> = HashSet::from([0, all]);
    for bit in 0..block_bits {
        let copy = (0..size).filter(|at| at >> bit & 1 == 1);
        wires.insert(copy.fold(0, |word, at| word | 1 << at));
    }
    for bit in 0..ty.width.min(64) {
        // Blocks begin where the input's high bits change.
        let mut block: Option<(i128, u64, u64)> = None;
        let mut finish = |block: Option<(i128, u64, u64)>| {
            if let Some((_, word, given)) = block {
                // Entries outside the table can be anything: the block may be a constant.
                let constant = word == 0 || word == given;
                if !constant && !wires.contains(&word) {
                    seen.insert(word);
                }
            }
        };
        for (offset, value) in table.values.iter().enumerate() {
            let input = table.first + offset as i128;
            let (base, at) = (input >> block_bits, input & (size as i128 - 1));
            if block.is_none_or(|(known, _, _)| known != base) {
                finish(block.take());
                block = Some((base, 0, 0));
            }
            if let Some((_, word, given)) = &mut block {
                *word |= u64::from(value >> bit & 1 == 1) << at;
                *given |= 1 << at;
            }
        }
        finish(block);
    }
    seen.len() as u32
}
