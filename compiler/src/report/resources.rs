//! Counts of ops and what they take.

use dialects::fx::{Node, Op};
use serde::{Deserialize, Serialize};

use crate::target::Cost;

/// What a graph, or a part of one, is made of and takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources {
    /// Ops other than inputs, constants and registers.
    pub ops: u64,
    /// Of these, additions and subtractions; a sum of several terms is one.
    pub adders: u64,
    /// Bits of their results that are not always zero.
    pub adder_bits: u64,
    pub multipliers: u64,
    pub tables: u64,
    pub registers: u64,
    pub lut: u64,
    /// Register bits.
    pub ff: u64,
    pub dsp: u64,
    pub bram: u64,
}

impl Resources {
    #[must_use]
    pub fn plus(&self, other: &Resources) -> Resources {
        Resources {
            ops: self.ops + other.ops,
            adders: self.adders + other.adders,
            adder_bits: self.adder_bits + other.adder_bits,
            multipliers: self.multipliers + other.multipliers,
            tables: self.tables + other.tables,
            registers: self.registers + other.registers,
            lut: self.lut + other.lut,
            ff: self.ff + other.ff,
            dsp: self.dsp + other.dsp,
            bram: self.bram + other.bram,
        }
    }

    /// Adds a node whose result has so many bits that are not always zero.
    pub(super) fn count(&mut self, node: &Node, bits: u32, cost: &Cost) {
        let worked = match node.op {
            Op::Input { .. } | Op::Constant { .. } | Op::Register { .. } => 0,
            _ => 1,
        };
        self.ops += worked;
        match node.op {
            Op::Add { .. } | Op::Sub { .. } | Op::Sum { .. } => {
                self.adders += 1;
                self.adder_bits += u64::from(bits);
            }
            Op::Mul { .. } => self.multipliers += 1,
            Op::Lookup { .. } => self.tables += 1,
            Op::Register { .. } => self.registers += 1,
            _ => {}
        }
        self.lut += u64::from(cost.lut);
        self.ff += u64::from(cost.ff);
        self.dsp += u64::from(cost.dsp);
        self.bram += u64::from(cost.bram);
    }
}
