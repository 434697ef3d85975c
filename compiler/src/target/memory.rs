//! What keeps words for many clock cycles: memories and shift registers.
//!
//! | what                    | LUTs                                        | FF           | block RAMs |
//! | memory in LUTs          | those of its parts, and muxes               | a word       | 0          |
//! | memory in block RAMs    | 0, or a word where writing comes first      | 0, or two    | as many as its words are wide |
//! | shift register in LUTs  | one a bit for so many places                | 0            | 0          |
//!
//! A memory is in LUTs as long as they are fewer than its block RAMs are worth; that is how
//! yosys chooses, which weighs parts of a word by their share.

use super::family::{Memory, Words};
use super::{Cost, Target};

/// The shortest row of registers that a synthesis makes a shift register of.
const SHORTEST: u32 = 3;

impl Target {
    /// The fewest words of a memory; without it registers keep everything.
    pub fn least_memory(&self) -> Option<u32> {
        self.family.memory.as_ref().map(|memory| memory.least)
    }

    /// A memory with a port that writes and one that reads, both at the clock's edge.
    pub fn memory(&self, count: u32, bits: u32) -> Cost {
        let Some(family) = &self.family.memory else {
            return Cost {
                lut: count * bits.div_ceil(2) + bits * (count - 1).div_ceil(3),
                ff: (count + 1) * bits,
                ..Cost::default()
            };
        };
        let words = Words { count, bits };
        let halves = family.halves(words);
        let shapes = family.distributed.iter();
        let distributed = shapes
            .filter(|shape| family.lut_share(shape, words) <= family.block_luts * halves / 2)
            .map(|shape| shape.luts * parts(words, shape.words))
            .min();
        match distributed {
            Some(lut) => {
                let deepest = family
                    .distributed
                    .iter()
                    .map(|shape| shape.words.count)
                    .max();
                let chosen = count.div_ceil(deepest.unwrap_or(count)) - 1;
                let mux = match self.family.lut_inputs {
                    6 => chosen.div_ceil(3),
                    _ => chosen,
                };
                Cost {
                    lut: lut + bits * mux,
                    ff: bits,
                    ..Cost::default()
                }
            }
            None => {
                let address = u32::BITS - (count - 1).leading_zeros();
                let (lut, ff) = match family.writes_first {
                    true => (bits + address, 2 * bits + address),
                    false => (0, 0),
                };
                Cost {
                    lut,
                    ff,
                    bram: halves.div_ceil(2),
                    ..Cost::default()
                }
            }
        }
    }

    /// A row of so many registers that move up together, of which the last is looked at.
    pub fn row(&self, places: u32, bits: u32) -> Cost {
        let shift = self.family.memory.as_ref().map_or(0, |of| of.shift);
        let (lut, ff) = match shift {
            1.. if places >= SHORTEST => (bits * places.div_ceil(shift), 0),
            _ => (0, bits * places),
        };
        Cost {
            lut,
            ff,
            ..Cost::default()
        }
    }
}

impl Memory {
    /// Half block RAMs: one alone, or whole ones.
    fn halves(&self, words: Words) -> u32 {
        let half = self
            .half
            .map(|half| parts(words, deeper(half, words.count)));
        match half {
            Some(1) => 1,
            _ => 2 * parts(words, deeper(self.block, words.count)),
        }
    }

    /// LUTs, a part that is not filled counting as its share.
    fn lut_share(&self, shape: &super::family::Distributed, words: Words) -> u32 {
        let deep = words.count.div_ceil(shape.words.count);
        deep * shape.luts * words.bits / shape.words.bits
    }
}

/// How many of a shape hold so many words.
fn parts(words: Words, shape: Words) -> u32 {
    words.count.div_ceil(shape.count) * words.bits.div_ceil(shape.bits)
}

/// A block RAM with narrower words that are as many more, as long as one holds a bit of each.
fn deeper(mut shape: Words, count: u32) -> Words {
    while shape.count < count && shape.bits > 1 {
        shape = Words {
            count: shape.count * 2,
            bits: shape.bits / 2,
        };
    }
    shape
}
