//! Standard cells: areas in NAND2 equivalents (GE), the sizes of an open 45 nm library's smallest cells.
//!
//! | cell             | GE   | cell               | GE   |
//! | NOT              | 0.67 | XOR2, XNOR2        | 2    |
//! | NAND2, NOR2      | 1    | MUX2               | 2.33 |
//! | AND2, OR2        | 1.33 | AOI22, OAI22       | 1.67 |
//! | AOI21, OAI21     | 1.33 | flip-flop, apart   | 5.67 |
//!
//! The areas of ops are those of a synthesis of single ops onto these cells (`driver/synth`), whose adders are parallel
//! prefix trees. Delays are round numbers of a 65 nm process at its slow corner, wires included; no library stands
//! behind them, so they rank circuits.

use super::{Chain, Delays, Device, Family, Gates};

pub const FAMILY: Family = Family {
    name: "asic",
    summary: "standard cells, areas in NAND2 equivalents (GE)",
    lut_inputs: 6,
    wide_mux_levels: 0,
    chain: Chain {
        cell_bits: 1,
        passed_percent: 42,
        routed_percent: 0,
        cells: None,
        inverts_in_luts: true,
        compare_percent: 580,
        compare_constant_percent: 100,
    },
    gates: Some(Gates {
        add: 715,
        pass: 300,
        invert: 75,
        equal: 320,
        equal_constant: 133,
        product: 1150,
        select: 233,
        gate: 133,
        exclusive: 200,
        mux: 150,
    }),
    dsp: None,
    memory: None,
    delays: Delays {
        net: 20,
        nets: [15, 20, 25, 35, 45, 60, 80, 100],
        lut: 60,
        wide_mux: 0,
        carry_in: 60,
        carry_8: 40,
        carry_out: 60,
        carry_near: 100,
        register: 150,
        shortest_clock: 400,
    },
    devices: &[Device {
        name: "asic",
        part: "standard cells",
        delay_percent: 100,
        capacity: None,
    }],
};
