//! AMD UltraScale+ at speed grade -2.
//!
//! Capacities: AMD DS890, *UltraScale Architecture and Product Data Sheet: Overview*
//! (VU9P, VU13P), and DS891 for Zynq UltraScale+ (ZU7EV). Block RAMs are of 36 Kb.
//! Delays: in the range of -2 speed files as timing reports show them; a 12-bit adder comes
//! to about 0.8 ns with its net. They rank designs; a place-and-route run decides.

use lowering::primitives::CarryCell;

use super::{Capacity, Chain, Delays, Device, Dsp, Family};

pub const FAMILY: Family = Family {
    name: "ultrascale_plus",
    summary: "AMD UltraScale+, speed grade -2: LUT6, CARRY8, DSP48E2",
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
        delay: 2100,
        cascade: 1200,
    }),
    memory: Some(super::ultrascale::MEMORY),
    delays: Delays {
        net: 300,
        nets: [280, 330, 380, 440, 500, 560, 650, 750],
        lut: 100,
        wide_mux: 60,
        carry_in: 130,
        carry_8: 13,
        carry_out: 75,
        carry_near: 190,
        register: 140,
        shortest_clock: 1290,
    },
    devices: &[
        device("vu13p", "XCVU13P", 1_728_000, 12_288, 2_688),
        device("vu9p", "XCVU9P", 1_182_240, 6_840, 2_160),
        device("zu7ev", "XCZU7EV", 230_400, 1_728, 312),
    ],
};

/// The family has two flip-flops for each LUT.
const fn device(name: &'static str, part: &'static str, lut: u32, dsp: u32, bram: u32) -> Device {
    Device {
        name,
        part,
        delay_percent: 100,
        capacity: Some(Capacity {
            lut,
            ff: 2 * lut,
            dsp,
            bram,
        }),
    }
}
