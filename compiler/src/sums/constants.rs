//! Where the constant of a root costs nothing.
//!
//! An adder has vacant places: bits in which at most one operand varies can hold a constant
//! bit, and the carry into its lowest bit one unit. A root's constant only hurts in the
//! bits in which both of its operands vary; each such bit is moved to a vacant place of
//! the same weight in an adder that nobody but this root reads. The widths of those adders
//! stay what they are.

use dialects::fx::IntType;

use super::Root;
use super::build::{Part, parts};
use crate::adder_graph::{Output, Solution, Source};

/// What is known of an adder before it is built.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// Its values are 0 to `most`, of `width` bits.
    most: i128,
    width: u32,
    /// The constant that leaves the adder none of its own.
    natural: i128,
    /// From its value to the true sum, as long as nothing is put in.
    offset: i128,
    /// What `place` put in.
    extra: i128,
    /// Bits where both operands vary: `low..high`.
    low: u32,
    high: u32,
    /// The carry into the lowest bit is free.
    carry: bool,
    readers: u32,
}

/// The adders of a region with the constants they take.
pub struct Plan<'a> {
    solution: &'a Solution,
    leaves: &'a [IntType],
    known: Vec<Known>,
}

fn width_of(most: i128) -> u32 {
    (i128::BITS - most.leading_zeros()).max(1)
}

impl<'a> Plan<'a> {
    pub fn new(solution: &'a Solution, leaves: &'a [IntType]) -> Self {
        let mut plan = Plan {
            solution,
            leaves,
            known: Vec::with_capacity(solution.adders.len()),
        };
        for adder in &solution.adders {
            let (mut most, mut natural, mut offset) = (0i128, 0i128, 0i128);
            for part in parts(adder) {
                let moved = plan.offset(part.source) << part.shift;
                offset += if part.negative { -moved } else { moved };
                most += plan.most_of(&part) << part.shift;
                natural += plan.natural_of(&part) << part.shift;
                if let Source::Adder(at) = part.source {
                    plan.known[at as usize].readers += 1;
                }
            }
            let [a, b] = parts(adder);
            plan.known.push(Known {
                most,
                width: width_of(most),
                natural,
                offset: offset - natural,
                extra: 0,
                low: a.shift.max(b.shift),
                high: (a.shift + plan.width_of(&a)).min(b.shift + plan.width_of(&b)),
                carry: true,
                readers: 0,
            });
        }
        for output in &solution.outputs {
            if let Some(Source::Adder(at)) = output.source {
                plan.known[at as usize].readers += 1;
            }
        }
        for output in &solution.outputs {
            if let Some(Source::Adder(at)) = output.source
                && plan.known[at as usize].readers == 1
            {
                plan.known[at as usize].readers = 0;
            }
        }
        plan
    }

    /// Whether an adder is built as the root that alone reads it.
    pub fn is_root(&self, at: usize) -> bool {
        self.known[at].readers == 0
    }

    pub fn natural(&self, at: usize) -> i128 {
        self.known[at].natural
    }

    pub fn extra(&self, at: usize) -> i128 {
        self.known[at].extra
    }

    fn width_of(&self, part: &Part) -> u32 {
        match part.source {
            Source::Input(at) => self.leaves[at as usize].width,
            Source::Adder(at) => self.known[at as usize].width,
        }
    }

    /// The largest value of an operand's bits as the adder sees them.
    fn most_of(&self, part: &Part) -> i128 {
        let all = (1i128 << self.width_of(part)) - 1;
        match part.source {
            Source::Adder(at) if !part.negative => self.known[at as usize].most,
            Source::Input(at) if !part.negative && !self.leaves[at as usize].signed => {
                self.leaves[at as usize].range().hi
            }
            _ => all,
        }
    }

    /// What makes the operand's bits, its sign inverted, all of them when it is
    /// subtracted, of `± value`.
    fn natural_of(&self, part: &Part) -> i128 {
        let all = (1i128 << self.width_of(part)) - 1;
        let sign = match part.source {
            Source::Input(at) if self.leaves[at as usize].signed => (all + 1) / 2,
            _ => 0,
        };
        if part.negative { all - sign } else { sign }
    }

    fn offset(&self, source: Source) -> i128 {
        match source {
            Source::Input(_) => 0,
            Source::Adder(at) => self.known[at as usize].offset,
        }
    }
}

/// A vacant adder on the way to a root.
#[derive(Debug, Clone)]
struct Slot {
    adder: usize,
    /// Its weight and sign at the root.
    shift: u32,
    negative: bool,
    /// The adders that grow with it, each with the weight of this one there.
    above: Vec<(usize, u32)>,
}

/// Chooses the constants of the adders that only this root reads.
pub fn place(plan: &mut Plan, root: &Root, output: &Output) {
    let Some(Source::Adder(top)) = output.source else {
        return;
    };
    let top = top as usize;
    if !plan.is_root(top) {
        return;
    }
    let slots = slots(plan, top, output);
    let [mut needed, mut own] = [root.constant, 0i128];
    for part in parts(&plan.solution.adders[top]) {
        let flipped = Part {
            negative: part.negative != output.negative,
            ..part
        };
        let shift = part.shift + output.shift;
        let moved = plan.offset(part.source) << shift;
        needed += if flipped.negative { -moved } else { moved };
        own += plan.natural_of(&flipped) << shift;
    }
    // The constant in the hardware of the root, modulo what its bits can hold.
    let mut rest = needed - own;
    let (low, high) = (
        plan.known[top].low + output.shift,
        plan.known[top].high + output.shift,
    );
    for bit in low..high {
        if rest >> bit & 1 == 0 {
            continue;
        }
        let slot = slots.iter().find(|slot| fits(plan, slot, bit));
        if let Some(slot) = slot {
            take(plan, slot, bit);
            rest += if slot.negative {
                1i128 << bit
            } else {
                -(1i128 << bit)
            };
        }
    }
}

/// The adders that only the root reads, those near it first.
fn slots(plan: &Plan, top: usize, output: &Output) -> Vec<Slot> {
    let mut found: Vec<Slot> = Vec::new();
    let mut open = std::collections::VecDeque::from([Slot {
        adder: top,
        shift: output.shift,
        negative: output.negative,
        above: vec![],
    }]);
    while let Some(slot) = open.pop_front() {
        for part in parts(&plan.solution.adders[slot.adder]) {
            let Source::Adder(at) = part.source else {
                continue;
            };
            if plan.known[at as usize].readers != 1 {
                continue;
            }
            // A complemented operand fills its bits whatever its values are.
            let mut above = vec![(at as usize, 0)];
            if !part.negative && slot.adder != top {
                above.extend(slot.above.iter().map(|(at, by)| (*at, by + part.shift)));
            }
            open.push_back(Slot {
                adder: at as usize,
                shift: slot.shift + part.shift,
                negative: slot.negative != part.negative,
                above,
            });
        }
        if slot.adder != top {
            found.push(slot);
        }
    }
    found
}

/// Whether a bit of that weight at the root has a vacant place in the adder, and no adder
/// becomes wider by it.
fn fits(plan: &Plan, slot: &Slot, bit: u32) -> bool {
    let known = &plan.known[slot.adder];
    let Some(place) = bit.checked_sub(slot.shift) else {
        return false;
    };
    let both = (known.low..known.high).contains(&place);
    let carry = place == known.low && known.carry;
    let vacant = !both && place < known.width && known.extra >> place & 1 == 0;
    let room = |(at, by): &(usize, u32)| {
        let above = &plan.known[*at];
        above.most + (1i128 << (place + by)) < 1i128 << above.width
    };
    (carry || vacant) && slot.above.iter().all(room)
}

fn take(plan: &mut Plan, slot: &Slot, bit: u32) {
    let place = bit - slot.shift;
    let known = &mut plan.known[slot.adder];
    known.extra += 1i128 << place;
    if (known.low..known.high).contains(&place) {
        known.carry = false;
    }
    for (at, by) in &slot.above {
        plan.known[*at].most += 1i128 << (place + by);
    }
}
