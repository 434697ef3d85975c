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

/// An open-addressing table of counts, and the patterns that came to occur twice.
///
/// A slot is one word: a tag made of the pattern, whether the pattern is listed, the count.
/// Patterns of one tag, a few in a million, are counted as one; a count is a hint.
#[derive(Debug, Clone)]
pub(super) struct Patterns {
    slots: Vec<u64>,
    used: usize,
    /// Patterns that occur twice or more and have been counted up since they were last unlisted.
    pub candidates: Vec<u64>,
    /// The slots counted up (2 · slot) and down (2 · slot + 1), while they may be taken back.
    log: Option<Vec<u32>>,
    /// The changes of counts so far: the measure of work.
    pub work: u64,
}

const LISTED: u64 = 1 << 24;
const COUNT: u64 = LISTED - 1;
const TAG: u64 = !(LISTED | COUNT);

impl Patterns {
    pub fn new() -> Self {
        Patterns {
            slots: vec![0; 1 << 10],
            used: 0,
            candidates: Vec::new(),
            log: None,
            work: 0,
        }
    }

    /// The slot of a pattern, or the free slot where it belongs, and its tag.
    fn at(&self, key: u64) -> (usize, u64) {
        let word = (key ^ key >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let tag = (word ^ word << 32) & TAG | 1 << 25;
        (self.place(tag), tag)
    }

    fn place(&self, tag: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = (tag >> (64 - self.slots.len().trailing_zeros())) as usize;
        while self.slots[at] & TAG != tag && self.slots[at] != 0 {
            at = (at + 1) & mask;
        }
        at
    }

    pub fn add(&mut self, key: u64) {
        let (mut at, tag) = self.at(key);
        if self.slots[at] == 0 {
            if 4 * self.used >= 3 * self.slots.len() {
                self.rebuild();
                at = self.place(tag);
            }
            self.used += 1;
            self.slots[at] = tag;
        }
        self.work += 1;
        let slot = &mut self.slots[at];
        *slot += 1;
        if *slot & COUNT >= 2 && *slot & LISTED == 0 {
            *slot |= LISTED;
            self.candidates.push(key);
        }
        if let Some(log) = &mut self.log {
            log.push(2 * at as u32);
        }
    }

    pub fn remove(&mut self, key: u64) {
        let (at, _) = self.at(key);
        debug_assert!(
            self.slots[at] & COUNT > 0,
            "a pattern is counted before it goes"
        );
        self.work += 1;
        self.slots[at] -= 1;
        if let Some(log) = &mut self.log {
            log.push(2 * at as u32 + 1);
        }
    }

    pub fn count(&self, key: u64) -> u32 {
        (self.slots[self.at(key).0] & COUNT) as u32
    }

    /// It is no candidate now; counting it up makes it one again.
    pub fn unlist(&mut self, key: u64) {
        let (at, _) = self.at(key);
        self.slots[at] &= !LISTED;
    }

    /// From here on counts can be taken back.
    pub fn begin(&mut self) {
        let mut log = self.log.take().unwrap_or_default();
        log.clear();
        if 2 * self.used >= self.slots.len() {
            self.rebuild();
        }
        self.log = Some(log);
    }

    /// Take back all counts since [`Patterns::begin`].
    pub fn take_back(&mut self) {
        for change in self.log.iter_mut().flat_map(|log| log.drain(..).rev()) {
            let slot = &mut self.slots[(change >> 1) as usize];
            *slot = if change & 1 == 0 {
                *slot - 1
            } else {
                *slot + 1
            };
        }
    }

    /// Room for what is counted, without what is not.
    fn rebuild(&mut self) {
        let changes = self.log.take();
        let live = |slot: u64| slot != 0 && (changes.is_some() || slot & !TAG != 0);
        let kept = self.slots.iter().filter(|&&slot| live(slot)).count();
        let size = (4 * kept).next_power_of_two().max(1 << 10);
        let old = std::mem::replace(&mut self.slots, vec![0; size]);
        self.used = kept;
        let mut moved = vec![0; if changes.is_some() { old.len() } else { 0 }];
        for (from, &slot) in old.iter().enumerate().filter(|(_, slot)| live(**slot)) {
            let at = self.place(slot & TAG);
            self.slots[at] = slot;
            if changes.is_some() {
                moved[from] = at as u32;
            }
        }
        let follow = |change: u32| 2 * moved[(change >> 1) as usize] + (change & 1);
        self.log = changes.map(|log| log.into_iter().map(follow).collect());
    }
}
