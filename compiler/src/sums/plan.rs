//! What is known of a region's adders before they are built: widths, signs and constants.
//!
//! An adder works on vectors of bits without a sign: an operand that is signed has its sign
//! bit inverted, one that is subtracted all its bits. The *natural* constant of an adder is
//! what makes its value the plain sum of those vectors.

use dialects::fx::IntType;

use crate::adder_graph::{Adder, Solution, Source};

/// `± (source << shift)`
#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub source: Source,
    pub shift: u32,
    pub negative: bool,
}

/// An adder as it will be built.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its values are 0 to `most`, of `width` bits.
    pub most: i128,
    pub width: u32,
    /// It computes the negated sum; its readers take it back.
    pub flipped: bool,
    pub natural: i128,
    /// A constant beside the natural one, in places where it costs nothing.
    pub extra: i128,
    /// From its value to the true sum.
    pub offset: i128,
    /// Bits in which both operands vary: `low..high`.
    pub low: u32,
    pub high: u32,
    /// Adders one after the other up to this one.
    pub level: u32,
    /// Adders and outputs that read it.
    pub readers: u32,
    /// It is built as the output that alone reads it.
    pub root: bool,
}

pub struct Plan<'a> {
    pub solution: &'a Solution,
    leaves: &'a [IntType],
    pub known: Vec<Known>,
}

fn parts_of(adder: &Adder) -> [Part; 2] {
    [
        Part {
            source: adder.lhs,
            shift: adder.lhs_shift,
            negative: adder.lhs_negative,
        },
        Part {
            source: adder.rhs,
            shift: adder.rhs_shift,
            negative: adder.rhs_negative,
        },
    ]
}

impl<'a> Plan<'a> {
    pub fn new(solution: &'a Solution, leaves: &'a [IntType]) -> Self {
        let mut plan = Plan {
            solution,
            leaves,
            known: Vec::with_capacity(solution.adders.len()),
        };
        for adder in &solution.adders {
            let [a, b] = parts_of(adder);
            for part in [a, b] {
                if let Source::Adder(at) = part.source {
                    plan.known[at as usize].readers += 1;
                }
            }
            let most = [a, b].map(|part| plan.most_of(&part) << part.shift);
            let most = most[0] + most[1];
            plan.known.push(Known {
                most,
                width: (i128::BITS - most.leading_zeros()).max(1),
                flipped: false,
                natural: 0,
                extra: 0,
                offset: 0,
                low: a.shift.max(b.shift),
                high: (a.shift + plan.width_of(&a)).min(b.shift + plan.width_of(&b)),
                level: 1 + plan.level_of(a.source).max(plan.level_of(b.source)),
                readers: 0,
                root: false,
            });
            plan.settle(plan.known.len() - 1);
        }
        let outputs = solution.outputs.iter().filter_map(|output| output.source);
        for source in outputs.clone() {
            if let Source::Adder(at) = source {
                plan.known[at as usize].readers += 1;
            }
        }
        for source in outputs {
            if let Source::Adder(at) = source {
                let known = &mut plan.known[at as usize];
                known.root = known.readers == 1;
            }
        }
        plan
    }

    /// The operands of an adder, with the signs that flipped adders ask for.
    pub fn parts(&self, at: usize) -> [Part; 2] {
        let own = self.known.get(at).is_some_and(|known| known.flipped);
        parts_of(&self.solution.adders[at]).map(|part| {
            let theirs = match part.source {
                Source::Adder(at) => self.known[at as usize].flipped,
                Source::Input(_) => false,
            };
            Part {
                negative: part.negative ^ own ^ theirs,
                ..part
            }
        })
    }

    /// Works out what follows from an adder's signs and those below it; false when its
    /// values do not fit its width.
    pub fn settle(&mut self, at: usize) -> bool {
        let (mut most, mut natural, mut offset) = (0i128, 0i128, 0i128);
        for part in self.parts(at) {
            most += self.most_of(&part) << part.shift;
            natural += self.natural_of(&part) << part.shift;
            let moved = self.offset_of(part.source) << part.shift;
            offset += if part.negative { -moved } else { moved };
        }
        let known = &mut self.known[at];
        known.most = most;
        known.natural = natural;
        known.extra = 0;
        known.offset = offset - natural;
        most >> known.width == 0
    }

    pub fn offset_of(&self, source: Source) -> i128 {
        match source {
            Source::Input(_) => 0,
            Source::Adder(at) => self.known[at as usize].offset,
        }
    }

    pub fn level_of(&self, source: Source) -> u32 {
        match source {
            Source::Input(_) => 0,
            Source::Adder(at) => self.known[at as usize].level,
        }
    }

    /// The bits of a root's constant, as it is added to its operands' vectors, that lie
    /// where both operands vary; 0 where one unit of them is the carry into the lowest.
    pub fn in_the_way(&self, top: usize, shift: u32, rest: i128) -> i128 {
        let known = &self.known[top];
        between(rest, known.low + shift, known.high + shift)
    }

    /// The same bits, and those that come into the way when they are added to `early`, one
    /// of the operands, which then varies in more bits than it did.
    pub fn all_in_the_way(&self, top: usize, shift: u32, rest: i128, early: &Part) -> i128 {
        let known = &self.known[top];
        let (low, mut high) = (known.low + shift, known.high + shift);
        loop {
            let bits = between(rest, low, high);
            if bits == 0 {
                return 0;
            }
            let place = early.shift + shift;
            let most = self.most_of(early) + (bits >> place);
            let top = place + (i128::BITS - most.leading_zeros());
            if top <= high || top >= 100 {
                return bits;
            }
            high = top;
        }
    }

    fn width_of(&self, part: &Part) -> u32 {
        match part.source {
            Source::Input(at) => self.leaves[at as usize].width,
            Source::Adder(at) => self.known[at as usize].width,
        }
    }

    /// The largest value of an operand's vector.
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

    /// What makes the operand's vector of `± value`.
    pub fn natural_of(&self, part: &Part) -> i128 {
        let all = (1i128 << self.width_of(part)) - 1;
        let sign = match part.source {
            Source::Input(at) if self.leaves[at as usize].signed => (all + 1) / 2,
            _ => 0,
        };
        if part.negative { all - sign } else { sign }
    }
}

/// The bits `low..high` of a constant; 0 for the lowest of them alone, which is a carry.
fn between(constant: i128, low: u32, high: u32) -> i128 {
    let bits = constant & ((1i128 << high.max(low)) - (1i128 << low));
    if bits == 1 << low { 0 } else { bits }
}
