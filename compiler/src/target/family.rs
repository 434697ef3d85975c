//! The shape of a family's table.

use lowering::primitives::CarryCell;

/// One device family at one speed grade. Delays are picoseconds.
#[derive(Debug)]
pub struct Family {
    /// The name `target::find` takes.
    pub name: &'static str,
    pub summary: &'static str,
    /// Inputs of one LUT.
    pub lut_inputs: u32,
    /// How many times LUTs join in pairs through dedicated muxes: 3 makes functions of
    /// `lut_inputs + 3` inputs without spending a LUT on the joining.
    pub wide_mux_levels: u32,
    pub chain: Chain,
    /// What ops take where logic is gates and not LUTs; the costs' `lut` counts NAND2 equivalents there.
    pub gates: Option<Gates>,
    pub dsp: Option<Dsp>,
    /// What waits for long; `None` where that is registers.
    pub memory: Option<Memory>,
    pub delays: Delays,
    /// The first is what the family's name alone stands for.
    pub devices: &'static [Device],
}

/// What a carry chain takes.
#[derive(Debug)]
pub struct Chain {
    /// Bits of one indivisible cell.
    pub cell_bits: u32,
    /// LUTs in percent for a bit that the chain only passes on. 100: the chain's LUTs are
    /// taken whether they add anything or not.
    pub passed_percent: u32,
    /// LUTs in percent for a second carry that leaves its slice while the sum does so too:
    /// one output of the slice's is wanted twice.
    pub routed_percent: u32,
    /// The cells that rows of three addends are built from; `None` where sums are left to
    /// the synthesis.
    pub cells: Option<CarryCell>,
    /// A subtrahend is inverted in LUTs of its own.
    pub inverts_in_luts: bool,
    /// LUTs in percent a bit for an ordered comparison of two values, and with a constant.
    pub compare_percent: u32,
    pub compare_constant_percent: u32,
}

impl Family {
    /// What the costs' `lut` counts.
    pub fn area_unit(&self) -> &'static str {
        match self.gates {
            Some(_) => "GE",
            None => "LUT",
        }
    }

    /// The same in a sentence.
    pub fn area_units(&self) -> &'static str {
        match self.gates {
            Some(_) => "gate equivalents",
            None => "LUTs",
        }
    }
}

/// Areas in hundredths of a NAND2.
#[derive(Debug, Clone, Copy)]
pub struct Gates {
    /// A place of a sum where both operands vary; where one does; an inverted bit besides.
    pub add: u32,
    pub pass: u32,
    pub invert: u32,
    /// A bit of a test for equality, and with a constant.
    pub equal: u32,
    pub equal_constant: u32,
    /// A pair of bits of a product of two values.
    pub product: u32,
    /// One bit chosen from two.
    pub select: u32,
    /// A gate of two inputs that joins or masks.
    pub gate: u32,
    pub exclusive: u32,
    /// A choice of two in a table that is no constant.
    pub mux: u32,
}

/// A hard multiplier, used without its pipeline registers.
#[derive(Debug)]
pub struct Dsp {
    /// Signed bits of the wider and of the narrower input.
    pub wide: u32,
    pub narrow: u32,
    /// A product narrower than this is built from LUTs.
    pub min_result: u32,
    /// Input to product.
    pub delay: u32,
    /// For each further multiplier that a wider product needs.
    pub cascade: u32,
}

/// Memories with a port that writes and a port that reads, both at the clock's edge.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// The fewest words of one: below that registers are cheaper.
    pub least: u32,
    /// Places of a shift register that one LUT holds; 0 where LUTs hold none.
    pub shift: u32,
    /// Memories in LUTs.
    pub distributed: &'static [Distributed],
    /// What the family calls a block RAM.
    pub block: Words,
    /// The same halved, where half of one can be had.
    pub half: Option<Words>,
    /// LUTs that a whole block RAM is thought to be worth.
    pub block_luts: u32,
    /// A block RAM gives what is written while it is read, and needs registers to give what
    /// was there before.
    pub writes_first: bool,
}

/// A memory in LUTs.
#[derive(Debug, Clone, Copy)]
pub struct Distributed {
    pub words: Words,
    pub luts: u32,
}

/// So many words of so many bits.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    pub count: u32,
    pub bits: u32,
}

/// So many words of so many bits.
pub(super) const fn words(count: u32, bits: u32) -> Words {
    Words { count, bits }
}

/// Delays of the parts of an op in picoseconds.
#[derive(Debug)]
pub struct Delays {
    /// One routed net of small fan-out between two LUTs, as the cost of an op counts it.
    pub net: u32,
    /// A net to 1, 2, 4 and so on to 128 LUT inputs; the schedule counts these.
    pub nets: [u32; 8],
    pub lut: u32,
    /// One joining of LUTs through a dedicated mux.
    pub wide_mux: u32,
    /// From a LUT onto the carry chain.
    pub carry_in: u32,
    /// Along the chain, for eight bits.
    pub carry_8: u32,
    /// From the chain to a sum bit.
    pub carry_out: u32,
    /// From a sum's LUT to the result, a bit or a few further on: what a sum adds when its
    /// low bits arrive first and the next sum begins on the result's.
    pub carry_near: u32,
    /// Clock to output, set-up, and the clock's uncertainty.
    pub register: u32,
    /// The shortest clock period that is ever offered: what the clock network takes.
    pub shortest_clock: u32,
}

/// One device.
#[derive(Debug)]
pub struct Device {
    /// The name `target::find` takes.
    pub name: &'static str,
    /// The ordering code, without package and grade.
    pub part: &'static str,
    /// The device's delays in percent of its family's table.
    pub delay_percent: u32,
    /// What the device holds; `None` for a fabric without a size.
    pub capacity: Option<Capacity>,
}

/// What a device holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    pub lut: u32,
    pub ff: u32,
    pub dsp: u32,
    /// Block RAMs, in the family's own unit.
    pub bram: u32,
}
