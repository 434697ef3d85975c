//! A fabric of LUT6 with carry chains and nothing else: for comparing designs.
//!
//! Delays are round numbers: one LUT level with its net is 0.5 ns.

use super::{Chain, Delays, Device, Family};

pub const FAMILY: Family = Family {
    name: "generic",
    summary: "LUT6 and carry chains, no multipliers, no size",
    lut_inputs: 6,
    wide_mux_levels: 0,
    chain: Chain {
        cell_bits: 1,
        passed_percent: 50,
        routed_percent: 100,
        cells: None,
        inverts_in_luts: false,
        compare_percent: 67,
        compare_constant_percent: 34,
    },
    gates: None,
    dsp: None,
    memory: None,
    delays: Delays {
        net: 400,
        nets: [400; 8],
        lut: 100,
        wide_mux: 0,
        carry_in: 100,
        carry_8: 80,
        carry_out: 100,
        carry_near: 200,
        register: 200,
        shortest_clock: 0,
    },
    devices: &[Device {
        name: "generic",
        part: "generic LUT6",
        delay_percent: 100,
        capacity: None,
    }],
};
