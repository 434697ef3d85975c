//! Where the constant of a root costs nothing.
//!
//! A constant in an adder is free in bits where at most one operand varies, and one unit
//! is as the carry into its lowest bit. A root's constant is the sum of the bias and of
//! all offsets below it; it only hurts in the bits in which both operands of the root vary.
//! Two things are done about those bits, in the adders that nobody but this root reads:
//!
//! - an adder may compute the negated sum, which changes the root's constant by what its
//!   width leaves unused;
//! - a bit of the constant is moved to a vacant place of the same weight.
//!
//! No adder becomes wider by either. What is left is added to the operand that is there
//! first, or to both by the root itself where nothing is lost: a register takes a sum of
//! two operands and a constant from one row of LUTs.

use super::Root;
use super::plan::{Part, Plan};
use crate::adder_graph::{Output, Source};

/// Adders whose sign is tried, all combinations.
const FLIPPED: usize = 8;

/// An adder that only the root reads, directly or through others of these.
#[derive(Debug, Clone, Copy)]
struct Private {
    adder: usize,
    /// The place of its reader in the list; `None` for the root.
    reader: Option<usize>,
    /// Its shift at the reader and at the root.
    shift: u32,
    weight: u32,
}

/// Chooses signs and constants of the adders that only this root reads.
pub fn place(plan: &mut Plan, root: &Root, output: &Output) {
    let Some(Source::Adder(top)) = output.source else {
        return;
    };
    let top = top as usize;
    if !plan.known[top].root {
        return;
    }
    let tree = tree(plan, top, output.shift);
    let tried = 1usize << tree.len().min(FLIPPED);
    let mut best: Option<(u32, usize)> = None;
    for flips in 0..tried {
        if !flip(plan, &tree, flips) {
            continue;
        }
        let left = fill(plan, &tree, top, root, output);
        if best.is_none_or(|best| left < best.0) {
            best = Some((left, flips));
        }
        if left == 0 {
            return;
        }
    }
    let (_, flips) = best.expect("as found, every adder fits");
    flip(plan, &tree, flips);
    fill(plan, &tree, top, root, output);
}

/// The private adders of a root, readers first.
fn tree(plan: &Plan, top: usize, shift: u32) -> Vec<Private> {
    let mut tree: Vec<Private> = Vec::new();
    let mut next = 0;
    let (mut reader, mut adder, mut weight) = (None, top, shift);
    loop {
        for part in plan.parts(adder) {
            if let Source::Adder(at) = part.source
                && plan.known[at as usize].readers == 1
            {
                tree.push(Private {
                    adder: at as usize,
                    reader,
                    shift: part.shift,
                    weight: weight + part.shift,
                });
            }
        }
        let Some(private) = tree.get(next) else {
            return tree;
        };
        (reader, adder, weight) = (Some(next), private.adder, private.weight);
        next += 1;
    }
}

/// Sets the signs; false when an adder would become wider.
fn flip(plan: &mut Plan, tree: &[Private], flips: usize) -> bool {
    for (at, private) in tree.iter().enumerate() {
        plan.known[private.adder].flipped = at < FLIPPED && flips >> at & 1 == 1;
    }
    let mut fits = true;
    for private in tree.iter().rev() {
        fits &= plan.settle(private.adder);
    }
    fits
}

/// Fills vacant places; how many bits of the root's constant are left that cost something.
fn fill(plan: &mut Plan, tree: &[Private], top: usize, root: &Root, output: &Output) -> u32 {
    let [mut needed, mut own] = [root.constant, 0i128];
    for part in plan.parts(top) {
        let part = Part {
            negative: part.negative != output.negative,
            shift: part.shift + output.shift,
            ..part
        };
        let moved = plan.offset_of(part.source) << part.shift;
        needed += if part.negative { -moved } else { moved };
        own += plan.natural_of(&part) << part.shift;
    }
    // What the root adds to the vectors of its operands.
    let mut rest = needed - own;
    let known = &plan.known[top];
    let (low, high) = (known.low + output.shift, known.high + output.shift);
    let mut left = 0;
    for bit in low..high {
        if rest >> bit & 1 == 0 {
            continue;
        }
        let taken = (0..tree.len()).find(|&at| fits(plan, tree, at, bit));
        match taken {
            Some(at) => {
                take(plan, tree, at, bit);
                let negative = negative_at_root(plan, tree, at, top) != output.negative;
                rest += if negative {
                    1i128 << bit
                } else {
                    -(1i128 << bit)
                };
            }
            None => left += 1,
        }
    }
    match plan.in_the_way(top, output.shift, rest) {
        0 => 0,
        _ => left,
    }
}

/// The sign of an operand at its reader.
fn negative_at_reader(plan: &Plan, tree: &[Private], at: usize, top: usize) -> bool {
    let reader = tree[at].reader.map_or(top, |reader| tree[reader].adder);
    let own = |part: &Part| part.source == Source::Adder(tree[at].adder as u32);
    let part = plan.parts(reader).into_iter().find(own);
    part.is_some_and(|part| part.negative)
}

fn negative_at_root(plan: &Plan, tree: &[Private], at: usize, top: usize) -> bool {
    let mut negative = negative_at_reader(plan, tree, at, top);
    let mut place = at;
    while let Some(reader) = tree[place].reader {
        negative ^= negative_at_reader(plan, tree, reader, top);
        place = reader;
    }
    negative
}

/// The adders that grow with this one, and by which power of two for each unit: those above
/// it up to the first that complements it.
fn growing(plan: &Plan, tree: &[Private], at: usize) -> Vec<(usize, u32)> {
    let mut found = vec![(tree[at].adder, 0)];
    let (mut place, mut by) = (at, 0);
    while let Some(reader) = tree[place].reader
        && !negative_at_reader(plan, tree, place, tree[reader].adder)
    {
        by += tree[place].shift;
        found.push((tree[reader].adder, by));
        place = reader;
    }
    found
}

/// Whether a bit of that weight at the root has a vacant place in the adder, and no adder
/// becomes wider by it.
fn fits(plan: &Plan, tree: &[Private], at: usize, bit: u32) -> bool {
    let known = &plan.known[tree[at].adder];
    let Some(place) = bit.checked_sub(tree[at].weight) else {
        return false;
    };
    let both = (known.low..known.high).contains(&place);
    let free = match both {
        true => place == known.low,
        false => place < known.width,
    };
    let room = |(at, by): &(usize, u32)| {
        let above = &plan.known[*at];
        (above.most + (1i128 << (place + by))) >> above.width == 0
    };
    free && known.extra >> place & 1 == 0 && growing(plan, tree, at).iter().all(room)
}

fn take(plan: &mut Plan, tree: &[Private], at: usize, bit: u32) {
    let place = bit - tree[at].weight;
    for (adder, by) in growing(plan, tree, at) {
        plan.known[adder].most += 1i128 << (place + by);
    }
    let known = &mut plan.known[tree[at].adder];
    known.extra += 1i128 << place;
}
