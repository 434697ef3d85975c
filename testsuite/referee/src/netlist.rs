//! The netlist that yosys leaves, read from its JSON: cells, their pins, and who drives and reads each net.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use serde::Deserialize;

use crate::{Result, because};

/// A wire of one bit. 0 and 1 are the constants; an undefined bit counts as 0.
pub type Net = u32;

/// A cell of AMD's UltraScale+ library that the referee knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// LUT1 to LUT6: the number of inputs.
    Lut(u8),
    /// Two functions of the same inputs: O6 of six, O5 of five.
    Lut62,
    Carry4,
    Carry8,
    /// A flip-flop with clock enable and set or reset.
    FlipFlop,
    /// MUXF7, MUXF8, MUXF9.
    Mux,
    Inverter,
    /// A shift register in a LUT.
    ShiftRegister,
    Dsp,
    BlockRam,
    ClockBuffer,
}

impl Kind {
    fn from_name(name: &str) -> Option<Kind> {
        Some(match name {
            "LUT1" => Kind::Lut(1),
            "LUT2" => Kind::Lut(2),
            "LUT3" => Kind::Lut(3),
            "LUT4" => Kind::Lut(4),
            "LUT5" => Kind::Lut(5),
            "LUT6" => Kind::Lut(6),
            "LUT6_2" => Kind::Lut62,
            "CARRY4" => Kind::Carry4,
            "CARRY8" => Kind::Carry8,
            "FDRE" | "FDSE" | "FDCE" | "FDPE" => Kind::FlipFlop,
            "MUXF7" | "MUXF8" | "MUXF9" => Kind::Mux,
            "INV" => Kind::Inverter,
            "SRL16E" | "SRLC32E" => Kind::ShiftRegister,
            "DSP48E2" => Kind::Dsp,
            "RAMB18E2" | "RAMB36E2" => Kind::BlockRam,
            "BUFG" => Kind::ClockBuffer,
            _ => return None,
        })
    }

    pub fn is_carry(self) -> bool {
        matches!(self, Kind::Carry4 | Kind::Carry8)
    }

    /// Positions of a carry cell; 0 for any other.
    pub fn positions(self) -> usize {
        match self {
            Kind::Carry4 => 4,
            Kind::Carry8 => 8,
            _ => 0,
        }
    }

    fn is_output(self, pin: &str) -> bool {
        match self {
            Kind::Lut62 => pin == "O5" || pin == "O6",
            Kind::Carry4 | Kind::Carry8 => pin == "O" || pin == "CO",
            Kind::FlipFlop => pin == "Q",
            Kind::ShiftRegister => matches!(pin, "Q" | "Q31"),
            Kind::Dsp => matches!(pin, "P" | "PCOUT" | "ACOUT" | "BCOUT" | "CARRYOUT"),
            Kind::BlockRam => pin.starts_with("DOUT"),
            _ => pin == "O",
        }
    }
}

#[derive(Debug)]
pub struct Cell {
    pub kind: Kind,
    /// The truth table of a LUT; 0 for any other cell.
    pub init: u64,
    pins: BTreeMap<String, Vec<Net>>,
}

impl Cell {
    /// Bit `index` of a pin; constant 0 where nothing is connected.
    pub fn bit(&self, pin: &str, index: usize) -> Net {
        let bits = self.pins.get(pin);
        bits.and_then(|bits| bits.get(index)).copied().unwrap_or(0)
    }

    pub fn pin(&self, pin: &str) -> Net {
        self.bit(pin, 0)
    }
}

/// One bit of one pin of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinBit {
    pub cell: usize,
    pub pin: String,
    pub index: usize,
}

#[derive(Debug)]
pub struct Netlist {
    pub cells: Vec<Cell>,
    drivers: HashMap<Net, PinBit>,
    readers: HashMap<Net, Vec<PinBit>>,
    output_ports: HashMap<Net, usize>,
}

impl Netlist {
    /// Reads the module `top`; a cell that the referee does not know is an error.
    pub fn read(json: impl Read, top: &str) -> Result<Netlist> {
        let file: File = serde_json::from_reader(std::io::BufReader::new(json))
            .map_err(because("the netlist is not as yosys writes it"))?;
        let module = file.modules.get(top);
        let module = module.ok_or_else(|| format!("the netlist has no module {top}"))?;
        let mut netlist = Netlist {
            cells: Vec::with_capacity(module.cells.len()),
            drivers: HashMap::new(),
            readers: HashMap::new(),
            output_ports: HashMap::new(),
        };
        for port in module
            .ports
            .values()
            .filter(|port| port.direction == "output")
        {
            for bit in &port.bits {
                *netlist.output_ports.entry(bit.net()).or_default() += 1;
            }
        }
        for (name, cell) in &module.cells {
            let kind = Kind::from_name(&cell.kind);
            let kind =
                kind.ok_or_else(|| format!("cell {name} is a {}: no rule counts it", cell.kind))?;
            netlist.push(kind, cell)?;
        }
        Ok(netlist)
    }

    fn push(&mut self, kind: Kind, source: &FileCell) -> Result<()> {
        let cell = self.cells.len();
        let mut pins = BTreeMap::new();
        for (pin, bits) in &source.connections {
            let nets: Vec<Net> = bits.iter().map(Bit::net).collect();
            for (index, &net) in nets.iter().enumerate().filter(|(_, net)| **net > 1) {
                let here = PinBit {
                    cell,
                    pin: pin.clone(),
                    index,
                };
                if !kind.is_output(pin) {
                    self.readers.entry(net).or_default().push(here);
                } else if self.drivers.insert(net, here).is_some() {
                    return Err(format!("net {net} has two drivers"));
                }
            }
            pins.insert(pin.clone(), nets);
        }
        let init = match kind {
            Kind::Lut(_) | Kind::Lut62 => source.init()?,
            _ => 0,
        };
        self.cells.push(Cell { kind, init, pins });
        Ok(())
    }

    /// The output pin that drives a net; none for a constant or an input of the module.
    pub fn driver(&self, net: Net) -> Option<&PinBit> {
        self.drivers.get(&net)
    }

    /// The input pins that read a net.
    pub fn readers(&self, net: Net) -> &[PinBit] {
        self.readers.get(&net).map_or(&[], Vec::as_slice)
    }

    pub fn is_output_port(&self, net: Net) -> bool {
        self.output_ports.contains_key(&net)
    }

    /// Whether anything depends on a net.
    pub fn is_read(&self, net: Net) -> bool {
        net > 1 && (!self.readers(net).is_empty() || self.is_output_port(net))
    }

    /// How many positions of a carry cell do work: those up to the last that something depends on.
    pub fn used_positions(&self, carry: &Cell) -> usize {
        let used = |&i: &usize| self.is_read(carry.bit("O", i)) || self.is_read(carry.bit("CO", i));
        let last = (0..carry.kind.positions()).rev().find(used);
        last.map_or(0, |last| last + 1)
    }
}

#[derive(Deserialize)]
struct File {
    modules: BTreeMap<String, Module>,
}

#[derive(Deserialize)]
struct Module {
    ports: BTreeMap<String, Port>,
    cells: BTreeMap<String, FileCell>,
}

#[derive(Deserialize)]
struct Port {
    direction: String,
    bits: Vec<Bit>,
}

#[derive(Deserialize)]
struct FileCell {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    parameters: BTreeMap<String, serde_json::Value>,
    connections: BTreeMap<String, Vec<Bit>>,
}

impl FileCell {
    /// INIT as yosys prints it: binary digits, or a number.
    fn init(&self) -> Result<u64> {
        let value = self.parameters.get("INIT");
        let number = match value {
            Some(serde_json::Value::String(digits)) => {
                u64::from_str_radix(&digits.replace(['x', 'z'], "0"), 2).ok()
            }
            Some(value) => value.as_u64(),
            None => Some(0),
        };
        number.ok_or_else(|| format!("{} has an INIT that is no number: {value:?}", self.kind))
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Bit {
    Net(Net),
    Constant(String),
}

impl Bit {
    fn net(&self) -> Net {
        match self {
            Bit::Net(net) => *net,
            Bit::Constant(value) => u32::from(value == "1"),
        }
    }
}
