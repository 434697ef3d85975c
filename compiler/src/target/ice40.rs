//! Lattice iCE40 HX and UltraPlus.
//!
//! Capacities: Lattice FPGA-DS-02029, *iCE40 LP/HX Family Data Sheet*, and FPGA-DS-02008 for
//! UltraPlus; a LUT is one logic cell, a block RAM is of 4 Kb. The UltraPlus multipliers
//! are left out: synthesis uses them on request only.
//! Delays: in the range of icestorm's figures for HX; UltraPlus takes 2.4 times as long.

use super::family::words;
use super::{Capacity, Chain, Delays, Device, Family, Memory};

pub const FAMILY: Family = Family {
    name: "ice40",
    summary: "Lattice iCE40: LUT4, one carry per logic cell, no multipliers used",
    lut_inputs: 4,
    wide_mux_levels: 0,
    chain: Chain {
        cell_bits: 1,
        passed_percent: 100,
        routed_percent: 100,
        cells: None,
        inverts_in_luts: true,
        compare_percent: 188,
        compare_constant_percent: 138,
    },
    gates: None,
    dsp: None,
    memory: Some(Memory {
        least: 16,
        shift: 0,
        distributed: &[],
        block: words(256, 16),
        half: None,
        block_luts: 32,
        writes_first: true,
    }),
    delays: Delays {
        net: 900,
        nets: [900; 8],
        lut: 450,
        wide_mux: 0,
        carry_in: 260,
        carry_8: 1100,
        carry_out: 400,
        carry_near: 660,
        register: 1000,
        shortest_clock: 3640,
    },
    devices: &[
        Device {
            name: "hx8k",
            part: "iCE40HX8K",
            delay_percent: 100,
            capacity: Some(Capacity {
                lut: 7_680,
                ff: 7_680,
                dsp: 0,
                bram: 32,
            }),
        },
        Device {
            name: "up5k",
            part: "iCE40UP5K",
            delay_percent: 240,
            capacity: Some(Capacity {
                lut: 5_280,
                ff: 5_280,
                dsp: 0,
                bram: 30,
            }),
        },
    ],
};
