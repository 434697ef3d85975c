//! Lattice ECP5 at speed grade 6.
//!
//! Capacities: Lattice FPGA-DS-02012, *ECP5 and ECP5-5G Family Data Sheet*; a DSP is one
//! 18 by 18 multiplier, a block RAM one EBR of 18 Kb.
//! Delays: fitted to nextpnr-ecp5, which placed and routed chains of 16-bit adders at 2.4 ns
//! an adder and 0.6 ns of overhead.

use super::family::{Distributed, words};
use super::{Capacity, Chain, Delays, Device, Dsp, Family, Memory};

pub const FAMILY: Family = Family {
    name: "ecp5",
    summary: "Lattice ECP5, speed grade 6: LUT4, CCU2C, MULT18X18D",
    lut_inputs: 4,
    wide_mux_levels: 3,
    chain: Chain {
        cell_bits: 2,
        passed_percent: 100,
        routed_percent: 100,
        cells: None,
        inverts_in_luts: false,
        compare_percent: 200,
        compare_constant_percent: 145,
    },
    gates: None,
    dsp: Some(Dsp {
        wide: 18,
        narrow: 18,
        min_result: 4,
        delay: 3900,
        cascade: 2500,
    }),
    memory: Some(Memory {
        least: 4,
        shift: 0,
        distributed: &[Distributed {
            words: words(16, 4),
            luts: 2,
        }],
        block: words(512, 36),
        half: None,
        block_luts: 64,
        writes_first: true,
    }),
    delays: Delays {
        net: 950,
        nets: [950; 8],
        lut: 240,
        wide_mux: 200,
        carry_in: 210,
        carry_8: 285,
        carry_out: 430,
        carry_near: 640,
        register: 600,
        shortest_clock: 2500,
    },
    devices: &[
        device("lfe5u-85", "LFE5U-85", 83_640, 156, 208),
        device("lfe5u-45", "LFE5U-45", 43_848, 72, 108),
        device("lfe5u-25", "LFE5U-25", 24_288, 28, 56),
    ],
};

/// The family has one flip-flop for each LUT.
const fn device(name: &'static str, part: &'static str, lut: u32, dsp: u32, bram: u32) -> Device {
    Device {
        name,
        part,
        delay_percent: 100,
        capacity: Some(Capacity {
            lut,
            ff: lut,
            dsp,
            bram,
        }),
    }
}
