//! Where values stand in the memory of a run.
//!
//! A value that two pieces of code share has a slot: for each lane a container of 1, 2, 4, 8
//! or more bytes, lane after lane. What a container holds above the value's width means
//! nothing.

use std::collections::BTreeMap;

/// Bytes that every slot starts at a multiple of.
pub const ALIGNMENT: usize = 64;

/// The place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    pub offset: usize,
    /// Bytes of one lane.
    pub bytes: usize,
    pub width: u32,
}

/// Gives out places.
#[derive(Debug)]
pub struct Layout {
    pub lanes: usize,
    pub bytes: usize,
    free: BTreeMap<usize, Vec<usize>>,
}

impl Layout {
    pub fn new(lanes: usize) -> Layout {
        Layout {
            lanes,
            bytes: 0,
            free: BTreeMap::new(),
        }
    }

    pub fn slot(&mut self, width: u32) -> Slot {
        let bytes = (width as usize).div_ceil(8).next_power_of_two();
        let size = self.size(bytes);
        let free = self.free.get_mut(&size).and_then(Vec::pop);
        let offset = free.unwrap_or_else(|| {
            let offset = self.bytes.next_multiple_of(size.min(ALIGNMENT));
            self.bytes = offset + size;
            offset
        });
        Slot {
            offset,
            bytes,
            width,
        }
    }

    /// The slot's place may be given out again.
    pub fn release(&mut self, slot: Slot) {
        let size = self.size(slot.bytes);
        self.free.entry(size).or_default().push(slot.offset);
    }

    /// Bytes of a slot.
    pub fn size(&self, container: usize) -> usize {
        container * self.lanes
    }
}
