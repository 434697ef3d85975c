//! AMD UltraScale at speed grade -2.
//!
//! Capacities: AMD DS890, *UltraScale Architecture and Product Data Sheet: Overview*.
//! Block RAMs are of 36 Kb.
//! Delays: those of UltraScale+ times 1.3, the step between the two processes.

use lowering::primitives::CarryCell;

use super::family::{Distributed, words};
use super::{Capacity, Chain, Delays, Device, Dsp, Family, Memory};

/// Shift registers and memories of an UltraScale device, an UltraScale+ one's too.
pub(super) const MEMORY: Memory = Memory {
    least: 4,
    shift: 32,
    distributed: &[
        Distributed {
            words: words(32, 14),
            luts: 8,
        },
        Distributed {
            words: words(64, 7),
            luts: 8,
        },
    ],
    block: words(512, 72),
    half: Some(words(512, 36)),
    block_luts: 128,
    writes_first: false,
};

pub const FAMILY: Family = Family {
    name: "ultrascale",
    summary: "AMD UltraScale, speed grade -2: LUT6, CARRY8, DSP48E2",
    lut_inputs: 6,
    wide_mux_levels: 3,
    chain: Chain {
        cell_bits: 1,
        passed_percent: 50,
        routed_percent: 100,
        cells: Some(CarryCell::Carry8),
        inverts_in_luts: false,
        compare_percent: 67,
        compare_constant_percent: 34,
    },
    gates: None,
    dsp: Some(Dsp {
        wide: 27,
        narrow: 18,
        min_result: 9,
        delay: 2700,
        cascade: 1500,
    }),
    memory: Some(MEMORY),
    delays: Delays {
        net: 390,
        nets: [365, 430, 495, 570, 650, 730, 845, 975],
        lut: 130,
        wide_mux: 80,
        carry_in: 170,
        carry_8: 17,
        carry_out: 97,
        carry_near: 247,
        register: 182,
        shortest_clock: 1380,
    },
    devices: &[Device {
        name: "ku115",
        part: "XCKU115",
        delay_percent: 100,
        capacity: Some(Capacity {
            lut: 663_360,
            ff: 1_326_720,
            dsp: 5_520,
            bram: 2_160,
        }),
    }],
};
