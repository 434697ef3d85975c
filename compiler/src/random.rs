//! Random numbers that are the same on every machine and in every run.

use dialects::fx::IntType;

/// SplitMix64.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Any value of the type, all alike; an end of it one time in eight.
    pub fn value(&mut self, ty: IntType) -> i128 {
        match self.bits() % 16 {
            0 => ty.range().lo,
            1 => ty.range().hi,
            _ => ty.wrap(i128::from(self.bits()) | i128::from(self.bits()) << 63),
        }
    }
}
