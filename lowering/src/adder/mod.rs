//! One hardware adder: what a carry chain and the LUTs before it add, and at which place.
//!
//! [`plan`] decides for `constant + Σ ±(value << shift)` modulo 2^width which bits of which
//! value meet where. The netlist builds from it, and `compiler::target` counts from it, so
//! that the price of a sum is that of the circuit it becomes. [`readers`] says how many bits
//! of a value anybody reads and whether registers take it.

mod plan;
mod readers;
mod row;

pub use plan::{Plan, plan};
pub use readers::{Readers, readers};
pub use row::{Count, Placed, Row, Source};

use dialects::fx::IntType;

/// What is added: `±(value << shift)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addend {
    pub ty: IntType,
    /// Low bits of the value that are always zero.
    pub zeros: u32,
    pub shift: u32,
    pub negative: bool,
}

impl Addend {
    /// The place of the lowest bit that varies, in the sum.
    pub fn low(&self) -> u32 {
        self.shift.saturating_add(self.zeros)
    }

    /// How many bits vary.
    pub fn bits(&self) -> u32 {
        self.ty.width.saturating_sub(self.zeros)
    }
}

/// What the LUTs of a row cost besides one for each place where bits meet; in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// A place where the chain only passes one bit on.
    pub passed: u32,
    /// A second carry that goes to the next LUT over the fabric, on top of the LUT itself.
    pub routed: u32,
}

impl Rates {
    /// The rates of a sum: registers take both outputs of a LUT.
    pub fn new(passed: u32, routed: u32, readers: Readers) -> Self {
        Rates {
            passed,
            routed: if readers.registered { 0 } else { routed },
        }
    }
}

/// Sums of so few bits are left to LUTs alone: each bit of such a sum is a function of one.
pub const SMALL: u32 = 6;

/// The lowest `count` places.
pub fn places(count: u32) -> u128 {
    match count {
        0 => 0,
        1..128 => u128::MAX >> (128 - count),
        _ => u128::MAX,
    }
}
