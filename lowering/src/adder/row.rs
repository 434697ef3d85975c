//! One row: a carry chain with one LUT at each place.
//!
//! A place adds up to three bits, a constant's one among them. Two bits x, y go onto the
//! chain as they are: S = x ^ y, DI = x. Three make a second carry, m = maj(x, y, z), which is
//! one of the bits of the next place: S = x ^ y ^ z ^ m(below), DI = m(below).
//! A LUT has two outputs of five inputs. A second carry is therefore found again by the next
//! LUT where the bits of both places are five at most (*local*: the output stays in the
//! slice), and else comes from the LUT of its own place over the fabric (*routed*).
//!
//! | bits that meet                     | LUT                                  |
//! | one, no second carry               | none: the chain passes it on         |
//! | the same as below: extended signs  | none: the chain passes on what the LUT below gave |
//! | two or three, or a second carry    | one                                  |
//! | a second carry that is routed      | its slice has no output left for the sum: see [`super::Rates`] |
//! | a second carry found again, or two bits that are both inverted | both outputs go onto the chain |

use smallvec::SmallVec;

use super::{Rates, places};

/// Where the bits of an addend come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The addend of that number.
    Addend(usize),
    /// The row before this one.
    Before,
}

/// An addend at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    pub source: Source,
    /// How far left the source's bit 0 stands.
    pub shift: u32,
    /// Where it has a bit.
    pub mask: u128,
    /// Where that bit is added inverted.
    pub inverted: u128,
    /// Where that bit is the one of the place below: above the sign.
    pub extended: u128,
}

/// A row; see above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// How many bits the sum has.
    pub width: u32,
    /// The first place of the chain; below it are wires. `width` when all are.
    pub low: u32,
    pub addends: SmallVec<[Placed; 3]>,
    /// What is added besides, without `carry_in` and `save_in`.
    pub constant: u128,
    pub carry_in: bool,
    /// A second carry into the first place.
    pub save_in: bool,
    /// Places that make a second carry.
    pub save: u128,
    /// Of these, those whose carry the next LUT finds again.
    pub local: u128,
    /// Places that add the same bits as the one below: signs.
    pub shared: u128,
}

/// What a row takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Places with a LUT.
    pub luts: u32,
    /// Places with one bit that the chain passes on.
    pub passed: u32,
    /// Second carries that leave their slice.
    pub routed: u32,
    /// Places whose LUT gives the chain both its inputs.
    pub beside: u32,
    /// Places of the chain.
    pub chain: u32,
}

impl Count {
    /// LUTs in percent.
    pub fn percent(&self, rates: Rates) -> u32 {
        100 * self.luts + rates.passed * self.passed + rates.routed * self.routed
    }
}

impl Row {
    /// The row of some addends and a constant, `carries` units of which come in at the first
    /// place: as carry, then as second carry. `None` where four bits meet.
    pub fn new(addends: &[Placed], constant: u128, width: u32, carries: u32) -> Option<Row> {
        let all = places(width);
        let [one, two, three] = counts(addends);
        let meet = (two | (one & constant)) & all;
        let low = meet.trailing_zeros().min(width);
        let unit = u128::from(carries) << low.min(127);
        let constant = constant.wrapping_sub(unit) & all;
        let four_meet = three & constant & all & !places(low);
        if four_meet != 0 || (low == width && carries > 0) {
            return None;
        }
        let mut row = Row {
            width,
            low,
            addends: addends.into(),
            constant,
            carry_in: carries > 0,
            save_in: carries > 1,
            save: 0,
            local: 0,
            shared: 0,
        };
        row.find_second_carries(one, two, three);
        row.find_shared(two);
        Some(row)
    }

    fn find_second_carries(&mut self, one: u128, two: u128, three: u128) {
        let two_meet = two | (one & self.constant);
        let three_meet = three | (two & self.constant);
        if !self.save_in && three_meet >> self.low.min(127) == 0 {
            return;
        }
        let bit = |mask: u128, at: u32| mask >> at & 1 == 1;
        let mut carried = self.save_in;
        for at in self.low..self.width.saturating_sub(1) {
            carried = bit(three_meet, at) || bit(two_meet, at) && carried;
            self.save |= u128::from(carried) << at;
        }
        let mut routed_above = false;
        for at in (self.low..self.width.saturating_sub(1)).rev() {
            if !bit(self.save, at) {
                routed_above = false;
                continue;
            }
            routed_above |= bit(three, at) && bit(three, at + 1);
            self.local |= u128::from(!routed_above) << at;
        }
    }

    fn find_shared(&mut self, two: u128) {
        let first = 1u128 << self.low.min(127);
        let carries = self.save | self.save << 1 | if self.save_in { first } else { 0 };
        let mut shared = two & places(self.width) & !places(self.low + 1);
        shared &= !(carries | carries << 1 | self.constant ^ self.constant << 1);
        for of in &self.addends {
            shared &= of.extended | !(of.mask | of.mask << 1);
        }
        self.shared = shared;
    }

    /// Places where one addend at least, two, and three have a bit.
    pub fn counts(&self) -> [u128; 3] {
        counts(&self.addends)
    }

    pub fn count(&self) -> Count {
        let [one, two, _] = self.counts();
        let chain = places(self.width) & !places(self.low);
        let from_below = self.save << 1 & chain;
        let local_below = self.local << 1 & chain;
        // A place that makes a routed carry has a LUT for it.
        let luts = (two | local_below | one & from_below | self.save & !self.local) & chain;
        let luts = luts & !self.shared;
        // Two inverted bits: neither can go onto the chain as it is.
        let plain = self
            .addends
            .iter()
            .fold(0, |all, of| all | of.mask & !of.inverted);
        let carried = from_below | u128::from(self.save_in) << self.low.min(127);
        let inverted = two & !plain & !carried & !self.save;
        let beside = (local_below | inverted) & luts;
        Count {
            luts: luts.count_ones(),
            passed: (one & chain & !luts).count_ones(),
            routed: (self.save & !self.local).count_ones(),
            beside: beside.count_ones(),
            chain: self.width - self.low,
        }
    }
}

fn counts(addends: &[Placed]) -> [u128; 3] {
    let mut counts = [0; 3];
    for addend in addends {
        let mask = addend.mask;
        counts[2] |= counts[1] & mask;
        counts[1] |= counts[0] & mask;
        counts[0] |= mask;
    }
    counts
}
