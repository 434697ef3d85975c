//! Counts a netlist by the rules of `docs/benchmarks.md`.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::netlist::{Cell, Kind, Net, Netlist};

/// The figures of one netlist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// LUT1 to LUT6 and LUT6_2, each one.
    pub lut_cells: u32,
    /// A LUT6_2 counts two, unless it is a bit of a chain whose sum leaves through no pin that O5 needs.
    pub lut_conservative: u32,
    /// The conservative figure and one more for each place on a carry chain without a LUT of its own.
    pub lut_sites: u32,
    pub lut6_2: u32,
    pub ff: u32,
    pub muxf: u32,
    /// CARRY8 counts two.
    pub carry4: u32,
    pub inv: u32,
    pub dsp: u32,
    pub bram: u32,
}

/// Counts every cell once.
pub fn count(netlist: &Netlist) -> Count {
    let mut found = Count::default();
    for cell in &netlist.cells {
        match cell.kind {
            Kind::Lut(_) | Kind::ShiftRegister => {
                found.lut_cells += 1;
                found.lut_conservative += 1;
            }
            Kind::Lut62 => {
                found.lut_cells += 1;
                found.lut6_2 += 1;
                found.lut_conservative += if fits_one_lut(netlist, cell) { 1 } else { 2 };
            }
            Kind::Carry4 => found.carry4 += 1,
            Kind::Carry8 => found.carry4 += 2,
            Kind::FlipFlop => found.ff += 1,
            Kind::Mux => found.muxf += 1,
            Kind::Inverter => found.inv += 1,
            Kind::Dsp => found.dsp += 1,
            Kind::BlockRam => found.bram += 1,
            Kind::ClockBuffer => {}
        }
    }
    found.lut_sites = found.lut_conservative + bare_positions(netlist).len() as u32;
    found
}

/// Whether both functions of a LUT6_2 can leave one LUT.
///
/// The carry sum and O5 leave a slice through the same multiplexer, so the sum must go into the slice's own
/// flip-flop and nowhere else, or be unread. A LUT6_2 with one output unread is a plain LUT.
fn fits_one_lut(netlist: &Netlist, cell: &Cell) -> bool {
    let (o6, o5) = (cell.pin("O6"), cell.pin("O5"));
    if !netlist.is_read(o6) || !netlist.is_read(o5) {
        return true;
    }
    let mut chains = netlist
        .readers(o6)
        .iter()
        .filter(|reader| reader.pin == "S" && netlist.cells[reader.cell].kind.is_carry());
    chains.any(|reader| {
        let sum = netlist.cells[reader.cell].bit("O", reader.index);
        goes_into_a_register(netlist, sum)
    })
}

/// Whether a net is unread or is read by one flip-flop's D and by nothing else.
fn goes_into_a_register(netlist: &Netlist, net: Net) -> bool {
    if !netlist.is_read(net) {
        return true;
    }
    let [reader] = netlist.readers(net) else {
        return false;
    };
    !netlist.is_output_port(net)
        && reader.pin == "D"
        && netlist.cells[reader.cell].kind == Kind::FlipFlop
}

/// The places on carry chains, as (cell, position), whose S comes from no LUT of their own.
///
/// The S input is wired to the LUT beside it: a signal, a constant or the LUT of another place needs one there.
pub fn bare_positions(netlist: &Netlist) -> HashSet<(usize, usize)> {
    let mut taken = HashSet::new();
    let mut bare = HashSet::new();
    for (index, cell) in netlist.cells.iter().enumerate() {
        for position in 0..netlist.used_positions(cell) {
            let own = netlist.driver(cell.bit("S", position)).filter(|driver| {
                match netlist.cells[driver.cell].kind {
                    Kind::Lut(_) => true,
                    Kind::Lut62 => driver.pin == "O6",
                    _ => false,
                }
            });
            if !own.is_some_and(|driver| taken.insert(driver.cell)) {
                bare.insert((index, position));
            }
        }
    }
    bare
}
