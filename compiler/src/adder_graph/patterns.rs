//! How often each two-term pattern occurs, kept up to date while rows change.
//!
//! A pattern x_i ± 2^d x_j (Hosangadi, Potkonjak; Aksoy) is packed in a word. Counts are
//! upper bounds: two digits on offer may exclude each other.

/// `first + 2^apart · second`, or minus; `first <= second`, and `apart > 0` when they are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pattern {
    pub first: u32,
    pub second: u32,
    pub apart: i32,
    pub minus: bool,
}

const NODE_BITS: u32 = 28;

/// Node numbers stay below this.
pub(super) const MOST_NODES: usize = 1 << NODE_BITS;

impl Pattern {
    /// The pattern of two digits: (node, position, negative).
    pub fn of(lhs: (u32, u32, bool), rhs: (u32, u32, bool)) -> Pattern {
        let swap = (rhs.0, rhs.1) < (lhs.0, lhs.1);
        let (first, second) = if swap { (rhs, lhs) } else { (lhs, rhs) };
        Pattern {
            first: first.0,
            second: second.0,
            apart: second.1 as i32 - first.1 as i32,
            minus: first.2 != second.2,
        }
    }

    pub fn pack(self) -> u64 {
        u64::from(self.first) << (NODE_BITS + 8)
            | u64::from(self.second) << 8
            | ((self.apart + 63) as u64) << 1
            | u64::from(self.minus)
    }

    pub fn unpack(key: u64) -> Pattern {
        let node = (1 << NODE_BITS) - 1;
        Pattern {
            first: (key >> (NODE_BITS + 8)) as u32,
            second: (key >> 8 & node) as u32,
            apart: (key >> 1 & 127) as i32 - 63,
            minus: key & 1 == 1,
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// A packed pattern plus one; 0 for a slot never used.
    key: u64,
    count: u32,
    /// Whether it waits in the list of candidates, or in what was made of it.
    listed: bool,
}

/// An open-addressing table of counts, and the patterns that came to occur twice.
#[derive(Debug, Clone)]
pub(super) struct Patterns {
    slots: Vec<Slot>,
    used: usize,
    /// Patterns that occur twice or more and have been counted up since they were last unlisted.
    pub candidates: Vec<u64>,
}

impl Patterns {
    pub fn new() -> Self {
        Patterns {
            slots: vec![Slot::default(); 1 << 10],
            used: 0,
            candidates: Vec::new(),
        }
    }

    fn at(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let shift = 64 - self.slots.len().trailing_zeros();
        let mut at = ((key + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift) as usize;
        while self.slots[at].key != key + 1 && self.slots[at].key != 0 {
            at = (at + 1) & mask;
        }
        at
    }

    pub fn add(&mut self, key: u64) {
        let mut at = self.at(key);
        if self.slots[at].key == 0 {
            if 3 * self.used >= 2 * self.slots.len() {
                self.rebuild();
                at = self.at(key);
            }
            self.used += 1;
            self.slots[at].key = key + 1;
        }
        let slot = &mut self.slots[at];
        slot.count += 1;
        if slot.count >= 2 && !slot.listed {
            slot.listed = true;
            self.candidates.push(key);
        }
    }

    pub fn remove(&mut self, key: u64) {
        let at = self.at(key);
        let slot = &mut self.slots[at];
        debug_assert!(slot.count > 0, "a pattern is counted before it goes");
        slot.count = slot.count.saturating_sub(1);
    }

    pub fn count(&self, key: u64) -> u32 {
        self.slots[self.at(key)].count
    }

    /// It is no candidate now; counting it up makes it one again.
    pub fn unlist(&mut self, key: u64) {
        let at = self.at(key);
        self.slots[at].listed = false;
    }

    /// Room for what is counted, without what is not.
    fn rebuild(&mut self) {
        let live = |slot: &&Slot| slot.count > 0 || slot.listed;
        let kept = self.slots.iter().filter(live).count();
        let size = (4 * kept).next_power_of_two().max(1 << 10);
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); size]);
        self.used = kept;
        for slot in old.iter().filter(live) {
            let at = self.at(slot.key - 1);
            self.slots[at] = *slot;
        }
    }
}
