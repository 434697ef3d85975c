//! AMD 7 series at speed grade -2.
//!
//! Capacities: AMD DS180, *7 Series FPGAs Data Sheet: Overview*. Block RAMs are of 36 Kb.
//! Delays: in the range of Kintex-7 -2 timing reports.

use lowering::primitives::CarryCell;

use super::family::{Distributed, words};
use super::{Capacity, Chain, Delays, Device, Dsp, Family, Memory};

pub const FAMILY: Family = Family {
    name: "series7",
    summary: "AMD 7 series, speed grade -2: LUT6, CARRY4, DSP48E1",
    lut_inputs: 6,
    wide_mux_levels: 2,
    chain: Chain {
        cell_bits: 1,
        passed_percent: 50,
        routed_percent: 100,
        cells: Some(CarryCell::Carry4),
        inverts_in_luts: false,
        compare_percent: 67,
        compare_constant_percent: 34,
    },
    gates: None,
    dsp: Some(Dsp {
        wide: 25,
        narrow: 18,
        min_result: 9,
        delay: 3300,
        cascade: 1800,
    }),
    memory: Some(Memory {
        least: 4,
        shift: 32,
        distributed: &[
            Distributed {
                words: words(32, 6),
                luts: 4,
            },
            Distributed {
                words: words(64, 3),
                luts: 4,
            },
        ],
        block: words(512, 72),
        half: Some(words(512, 36)),
        block_luts: 128,
        writes_first: false,
    }),
    delays: Delays {
        net: 650,
        nets: [455, 535, 620, 715, 815, 910, 1055, 1220],
        lut: 120,
        wide_mux: 150,
        carry_in: 250,
        carry_8: 110,
        carry_out: 200,
        carry_near: 415,
        register: 400,
        shortest_clock: 1410,
    },
    devices: &[Device {
        name: "xc7k325t",
        part: "XC7K325T",
        delay_percent: 100,
        capacity: Some(Capacity {
            lut: 203_800,
            ff: 407_600,
            dsp: 840,
            bram: 445,
        }),
    }],
};
