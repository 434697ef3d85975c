//! The worst path from register to register, by OpenSTA on a netlist and a liberty file of our own.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::count::bare_positions;
use crate::liberty::{Masks, liberty};
use crate::netlist::{Cell, Kind, Net, Netlist};
use crate::{Result, because};

/// What a clock period needs beside the worst path.
pub const UNCERTAINTY: f64 = 0.035;
/// No clock of the family is faster: 775 MHz.
pub const SHORTEST_PERIOD: f64 = 1.290;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Nanoseconds from clock to set-up; 0 where no path leads from a register to a register.
    pub worst_ns: f64,
    /// The registers at both ends and the cells between them.
    pub path: String,
}

impl Timing {
    pub fn period_ns(&self) -> f64 {
        (self.worst_ns + UNCERTAINTY).max(SHORTEST_PERIOD)
    }
}

/// The timing netlist as Verilog, and the masks of the LUT6_2 in it.
///
/// There are no ports but the clock: a path that begins or ends at one is not looked at. A CARRY8 becomes two
/// CARRY4, so that chains cost the same however they were written; a place of a chain without a LUT of its own
/// gets a LUT1, as it does in silicon. An inverter is part of whatever LUT reads it: its readers read its input.
pub fn timing_netlist(netlist: &Netlist) -> Result<(String, BTreeSet<Masks>)> {
    let mut writer = Writer {
        netlist,
        text: "module bench (clk);\n  input clk;\n".to_string(),
        masks: BTreeSet::new(),
    };
    let bare = bare_positions(netlist);
    for (index, cell) in netlist.cells.iter().enumerate() {
        writer.cell(index, cell, &bare)?;
    }
    Ok((writer.text + "endmodule\n", writer.masks))
}

struct Writer<'a> {
    netlist: &'a Netlist,
    text: String,
    masks: BTreeSet<Masks>,
}

impl Writer<'_> {
    fn instance(&mut self, kind: &str, name: &str, pins: Vec<(String, String)>) {
        // An output that is tied to nothing reads as constant 0.
        let open = |pin: &str, wire: &str| {
            (pin.starts_with(['O', 'Q']) || pin.starts_with("CO")) && wire.starts_with("1'b")
        };
        let pins: Vec<String> = pins
            .into_iter()
            .filter(|(pin, wire)| !open(pin, wire))
            .map(|(pin, wire)| format!(".{pin}({wire})"))
            .collect();
        writeln!(self.text, "  {kind} {name} ({});", pins.join(", ")).unwrap();
    }

    fn cell(
        &mut self,
        index: usize,
        cell: &Cell,
        bare: &std::collections::HashSet<(usize, usize)>,
    ) -> Result<()> {
        let netlist = self.netlist;
        let pins = |names: &[&str]| -> Vec<(String, String)> {
            let pin = |name: &&str| (name.to_string(), wire(netlist, cell.pin(name)));
            names.iter().map(pin).collect()
        };
        let name = format!("c{index}");
        match cell.kind {
            Kind::Lut(inputs) => {
                let mut all = pins(&["I0", "I1", "I2", "I3", "I4", "I5"][..inputs as usize]);
                all.extend(pins(&["O"]));
                self.instance(&format!("LUT{inputs}"), &name, all);
            }
            Kind::Lut62 => {
                let inputs = ["I0", "I1", "I2", "I3", "I4", "I5"];
                let constant = inputs.iter().zip(0..);
                let constant = constant.filter(|(pin, _)| cell.pin(pin) < 2);
                let constant: Vec<_> = constant.map(|(pin, i)| (i, cell.pin(pin) == 1)).collect();
                let masks = Masks::new(cell.init, &constant);
                self.masks.insert(masks);
                // An input that neither output depends on is no load.
                let mut all = pins(&inputs);
                all.retain(|(pin, _)| {
                    let input = pin[1..].parse::<u8>().unwrap_or(0);
                    (masks.o6 | masks.o5) >> input & 1 == 1
                });
                all.extend(pins(&["O6", "O5"]));
                self.instance(&masks.cell(), &name, all);
            }
            Kind::Carry4 | Kind::Carry8 => self.carry(index, cell, bare)?,
            Kind::FlipFlop => {
                let mut all = pins(&["D", "CE", "Q"]);
                let reset = ["R", "S", "CLR", "PRE"].map(|pin| cell.pin(pin));
                let reset = reset.into_iter().find(|&net| net > 1).unwrap_or(0);
                all.push(("R".to_string(), wire(self.netlist, reset)));
                all.push(("C".to_string(), "clk".to_string()));
                self.instance("FF", &name, all);
            }
            Kind::Mux => {
                self.instance("MUXF", &name, pins(&["I0", "I1", "S", "O"]));
            }
            Kind::ShiftRegister => {
                let mut all = pins(&["D", "CE", "A0", "A1", "A2", "A3", "A4", "Q"]);
                all.push(("C".to_string(), "clk".to_string()));
                self.instance("SRL", &name, all);
            }
            Kind::Dsp | Kind::BlockRam => {
                return Err("the liberty has no delays for DSP and block RAM cells".to_string());
            }
            Kind::Inverter | Kind::ClockBuffer => {}
        }
        Ok(())
    }

    fn carry(
        &mut self,
        index: usize,
        cell: &Cell,
        bare: &std::collections::HashSet<(usize, usize)>,
    ) -> Result<()> {
        if cell.kind == Kind::Carry8 && cell.pin("CI_TOP") != 0 {
            return Err(
                "a CARRY8 has its CI_TOP in use: that is two chains, write two cells".to_string(),
            );
        }
        let used = self.netlist.used_positions(cell);
        for half in 0..cell.kind.positions() / 4 {
            let mut pins = Vec::new();
            for place in 0..4 {
                let position = half * 4 + place;
                if position >= used {
                    break;
                }
                let bit = |pin: &str| cell.bit(pin, position);
                let mut s = wire(self.netlist, bit("S"));
                if bare.contains(&(index, position)) && bit("S") > 1 {
                    let through = format!("r{index}_{position}");
                    let pins = vec![("I0".to_string(), s), ("O".to_string(), through.clone())];
                    self.instance("LUT1", &format!("t{index}_{position}"), pins);
                    s = through;
                }
                pins.push((format!("S{place}"), s));
                pins.push((format!("DI{place}"), wire(self.netlist, bit("DI"))));
                pins.push((format!("O{place}"), wire(self.netlist, bit("O"))));
                let between = half == 0 && place == 3 && cell.kind == Kind::Carry8 && used > 4;
                if !between {
                    pins.push((format!("CO{place}"), wire(self.netlist, bit("CO"))));
                } else if self.netlist.is_read(bit("CO")) {
                    // CO[3] of a CARRY8 is read outside too: one wire serves both.
                    pins.push((format!("CO{place}"), wire(self.netlist, bit("CO"))));
                } else {
                    pins.push((format!("CO{place}"), format!("h{index}")));
                }
            }
            if pins.is_empty() {
                break;
            }
            if half == 1 {
                let read = self.netlist.is_read(cell.bit("CO", 3));
                let below = if read {
                    wire(self.netlist, cell.bit("CO", 3))
                } else {
                    format!("h{index}")
                };
                pins.push(("CI".to_string(), below));
            } else {
                let (ci, start) = (cell.pin("CI"), cell.pin("CYINIT"));
                if self.is_end_of_chain(ci) {
                    pins.push(("CI".to_string(), wire(self.netlist, ci)));
                } else if ci > 1 {
                    pins.push(("CYINIT".to_string(), wire(self.netlist, ci)));
                } else if start > 1 {
                    pins.push(("CYINIT".to_string(), wire(self.netlist, start)));
                }
            }
            self.instance("CARRY4", &format!("c{index}_{half}"), pins);
        }
        Ok(())
    }

    /// Whether a net is the last carry of a cell: only that has a wire of its own to the next CI.
    fn is_end_of_chain(&self, net: Net) -> bool {
        self.netlist.driver(net).is_some_and(|driver| {
            let kind = self.netlist.cells[driver.cell].kind;
            kind.is_carry() && driver.pin == "CO" && driver.index + 1 == kind.positions()
        })
    }
}

fn wire(netlist: &Netlist, net: Net) -> String {
    if net < 2 {
        return format!("1'b{net}");
    }
    let driver = netlist
        .driver(net)
        .map(|driver| &netlist.cells[driver.cell]);
    match driver {
        Some(cell) if cell.kind == Kind::Inverter => wire(netlist, cell.pin("I")),
        _ => format!("n{net}"),
    }
}

/// Runs `sta` in a folder, which keeps its input.
pub fn analyse(netlist: &Netlist, folder: &Path) -> Result<Timing> {
    let (text, masks) = timing_netlist(netlist)?;
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(because(path.display()))
    };
    write("timing.v", &text)?;
    write("timing.lib", &liberty(&masks))?;
    write(
        "timing.tcl",
        "read_liberty timing.lib\nread_verilog timing.v\nlink_design bench\n\
         create_clock -name c -period 100 [get_ports clk]\nreport_checks -path_delay max -digits 4\n",
    )?;
    let output = Command::new("sta")
        .args(["-no_splash", "-exit", "timing.tcl"])
        .current_dir(folder)
        .output()
        .map_err(because("sta (Debian's package opensta) does not start"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || said.contains("Error") || !wrong.is_empty() {
        return Err(format!(
            "sta refuses the netlist in {}: {said}{wrong}",
            folder.display()
        ));
    }
    fs::remove_file(folder.join("timing.v")).map_err(because("timing.v"))?;
    parse(&said)
}

/// Reads the report of one path at a period of 100 ns.
fn parse(report: &str) -> Result<Timing> {
    if report.contains("No paths found") {
        return Ok(Timing {
            worst_ns: 0.0,
            path: String::new(),
        });
    }
    let slack = report.lines().find(|line| line.contains("slack"));
    let slack = slack.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    let slack = slack.ok_or_else(|| format!("sta reports no slack:\n{report}"))?;
    let cells = report.lines().filter_map(|line| {
        let (_, cell) = line.split_once('(')?;
        let (cell, rest) = cell.split_once(')')?;
        let pin = line.split_once('/')?.1.split_whitespace().next()?;
        rest.is_empty().then(|| format!("{cell}.{pin}"))
    });
    Ok(Timing {
        worst_ns: ((100.0 - slack) * 10_000.0).round() / 10_000.0,
        path: cells.collect::<Vec<_>>().join(" "),
    })
}
