//! Reads the SystemVerilog of a design through yosys, which none of kaon's code wrote.
//!
//! yosys parses, elaborates and flattens; the cells that are left are words of few kinds, read
//! from its JSON. Modules of kaon's library are declared only, and stay cells of their own.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::process::Command;
use std::sync::Arc;

use dialects::{Diagnostic, Result};
use serde::Deserialize;

use super::circuit::{Cell, Chunk, Circuit, Op, Row, Signal, Source};

/// The modules of the library without what is in them.
const DECLARATIONS: &str = include_str!("library.v");

/// What yosys calls itself; `None` where it is not installed.
pub fn version() -> Option<String> {
    let output = Command::new("yosys").arg("-V").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Some(
        text.split_whitespace()
            .take(2)
            .collect::<Vec<_>>()
            .join(" "),
    )
}

/// The circuit of a Verilog text.
///
/// Errors: text that yosys refuses, cells that kaon's Verilog never becomes.
pub fn read(verilog: &str, top: &str) -> Result<Circuit> {
    let text = elaborate(verilog, top)?;
    let design: Design = serde_json::from_str(&text)
        .map_err(|error| Diagnostic::new("yosys wrote no netlist").note(error.to_string()))?;
    let module = design.modules.get(top);
    let module = module.ok_or_else(|| Diagnostic::new(format!("yosys knows no module `{top}`")))?;
    Build::new(module)?.finish(module)
}

fn elaborate(verilog: &str, top: &str) -> Result<String> {
    let disk = |error: std::io::Error| {
        Diagnostic::new("reading Verilog needs a temporary folder").note(error.to_string())
    };
    let folder = tempfile::Builder::new()
        .prefix("kaon-verify-")
        .tempdir()
        .map_err(disk)?;
    let at = |name: &str| folder.path().join(name);
    fs::write(at("library.v"), DECLARATIONS).map_err(disk)?;
    fs::write(at("design.sv"), verilog).map_err(disk)?;
    let script = format!(
        "read_verilog -sv library.v design.sv; hierarchy -check -top {top}; proc; flatten; \
         opt_clean; write_json design.json"
    );
    let output = Command::new("yosys")
        .current_dir(folder.path())
        .args(["-q", "-p", &script])
        .output()
        .map_err(|error| Diagnostic::new("yosys cannot be started").note(error.to_string()))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let lines = text.lines().filter(|line| !line.trim().is_empty()).take(8);
        let refusal = Diagnostic::new("yosys cannot read this Verilog");
        return Err(lines.fold(refusal, |finding, line| finding.note(line.trim_end())));
    }
    fs::read_to_string(at("design.json")).map_err(disk)
}

#[derive(Deserialize)]
struct Design {
    modules: BTreeMap<String, ModuleJson>,
}

#[derive(Deserialize)]
struct ModuleJson {
    ports: serde_json::Map<String, serde_json::Value>,
    cells: BTreeMap<String, CellJson>,
}

#[derive(Deserialize)]
struct PortJson {
    direction: String,
    bits: Vec<Bit>,
}

#[derive(Deserialize)]
struct CellJson {
    #[serde(rename = "type")]
    kind: String,
    parameters: BTreeMap<String, String>,
    connections: BTreeMap<String, Vec<Bit>>,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum Bit {
    Net(u64),
    Constant(String),
}

impl CellJson {
    fn bits(&self, port: &str) -> &[Bit] {
        self.connections.get(port).map_or(&[], Vec::as_slice)
    }

    /// A parameter written in binary.
    fn parameter(&self, name: &str) -> Option<u128> {
        let text = self.parameters.get(name)?;
        let (high, low) = text.split_at_checked(text.len().saturating_sub(128))?;
        if high.chars().any(|digit| digit != '0') {
            return None;
        }
        u128::from_str_radix(low, 2).ok()
    }

    /// The port that is driven.
    fn output(&self) -> &'static str {
        match self.kind.as_str() {
            "$dff" | "$sdff" => "Q",
            "$memrd_v2" => "DATA",
            "kaon_add" | "kaon_add3" => "sum",
            "kaon_clamp" | "kaon_lut" => "result",
            _ => "Y",
        }
    }
}

struct Build {
    circuit: Circuit,
    nets: HashMap<u64, (Source, u32)>,
    tables: HashMap<String, Arc<[u128]>>,
}

impl Build {
    /// Numbers ports and results, so that cells can be read in any order.
    fn new(module: &ModuleJson) -> Result<Build> {
        let mut build = Build {
            circuit: Circuit::default(),
            nets: HashMap::new(),
            tables: HashMap::new(),
        };
        for (name, port) in ports(module)? {
            if port.direction == "input" {
                let source = Source::Port(build.circuit.ports.len());
                build.circuit.ports.push((name, port.bits.len() as u32));
                build.drive(&port.bits, source);
            }
        }
        // Cells that need several of ours put the last one where the result is expected.
        for (at, cell) in module
            .cells
            .values()
            .filter(|cell| cell.kind != "$meminit")
            .enumerate()
        {
            build.drive(cell.bits(cell.output()), Source::Cell(at));
            build.circuit.cells.push(Cell {
                op: Op::Not,
                of: vec![],
                width: 0,
                name: String::new(),
            });
        }
        for cell in module.cells.values().filter(|cell| cell.kind == "$meminit") {
            build.table(cell)?;
        }
        Ok(build)
    }

    fn drive(&mut self, bits: &[Bit], source: Source) {
        for (at, bit) in bits.iter().enumerate() {
            if let Bit::Net(net) = bit {
                self.nets.insert(*net, (source, at as u32));
            }
        }
    }

    fn table(&mut self, cell: &CellJson) -> Result<()> {
        let odd = || Diagnostic::new("yosys found a memory that is no table");
        let name = cell.parameters.get("MEMID").ok_or_else(odd)?;
        let width = cell.parameter("WIDTH").ok_or_else(odd)? as usize;
        let bits = cell.bits("DATA").iter().map(|bit| match bit {
            Bit::Constant(text) if text == "0" => Some(0u128),
            Bit::Constant(text) if text == "1" => Some(1),
            _ => None,
        });
        let bits = bits.collect::<Option<Vec<_>>>().ok_or_else(odd)?;
        let first = cell.bits("ADDR").iter();
        let from_zero = first
            .clone()
            .all(|bit| matches!(bit, Bit::Constant(text) if text == "0"));
        if width == 0 || width > 126 || !from_zero || self.tables.contains_key(name) {
            return Err(odd());
        }
        let words = bits.chunks(width).map(|word| {
            let bits = word.iter().enumerate();
            bits.fold(0, |word, (at, bit)| word | bit << at)
        });
        self.tables.insert(name.clone(), words.collect());
        Ok(())
    }

    fn signal(&self, bits: &[Bit]) -> Result<Signal> {
        let mut signal = Signal::default();
        for bit in bits {
            let (source, low) = match bit {
                Bit::Constant(text) if text == "0" => (Source::Constant(0), 0),
                Bit::Constant(text) if text == "1" => (Source::Constant(1), 0),
                Bit::Constant(_) => {
                    return Err(Diagnostic::new("a bit of the Verilog is undefined"));
                }
                Bit::Net(net) => *self
                    .nets
                    .get(net)
                    .ok_or_else(|| Diagnostic::new("a bit of the Verilog has no driver"))?,
            };
            signal.push(Chunk {
                source,
                low,
                width: 1,
            });
        }
        Ok(signal)
    }

    fn finish(mut self, module: &ModuleJson) -> Result<Circuit> {
        let cells = module
            .cells
            .iter()
            .filter(|(_, cell)| cell.kind != "$meminit");
        for (at, (name, cell)) in cells.enumerate() {
            let found = self
                .cell(name, cell)
                .map_err(|error| error.note(format!("cell `{name}` of type {}", cell.kind)))?;
            if !found.fits() {
                let text = "the Verilog has a cell of widths that do not fit";
                return Err(Diagnostic::new(text).note(format!("`{name}`, {}", cell.kind)));
            }
            self.circuit.cells[at] = found;
        }
        for (name, port) in ports(module)? {
            if port.direction == "output" {
                let signal = self.signal(&port.bits)?;
                self.circuit.outputs.push((name, signal));
            }
        }
        Ok(self.circuit)
    }

    /// Adds a cell that yosys does not have; its result.
    fn extra(&mut self, name: &str, op: Op, of: Vec<Signal>, width: u32) -> Signal {
        let name = name.to_string();
        self.circuit.cells.push(Cell {
            op,
            of,
            width,
            name,
        });
        Signal::of(Source::Cell(self.circuit.cells.len() - 1), width)
    }

    fn cell(&mut self, name: &str, cell: &CellJson) -> Result<Cell> {
        let unknown = || Diagnostic::new("kaon's Verilog never becomes such a cell");
        let width = cell.bits(cell.output()).len() as u32;
        let flag = |name: &str| cell.parameter(name) == Some(1);
        let kind = cell.kind.as_str();
        let get = |build: &Build, port: &str| build.signal(cell.bits(port));
        let wide = |build: &Build, port: &str, width: u32| -> Result<Signal> {
            Ok(extended(
                get(build, port)?,
                width,
                flag(&format!("{port}_SIGNED")),
            ))
        };
        let made = |op: Op, of: Vec<Signal>| Cell {
            op,
            of,
            width,
            name: name.to_string(),
        };
        Ok(match kind {
            "$add" | "$sub" | "$mul" | "$and" | "$or" | "$xor" => {
                let op = match kind {
                    "$add" => Op::Add,
                    "$sub" => Op::Subtract,
                    "$mul" => Op::Multiply,
                    "$and" => Op::And,
                    "$or" => Op::Or,
                    _ => Op::Xor,
                };
                made(op, vec![wide(self, "A", width)?, wide(self, "B", width)?])
            }
            "$not" => made(Op::Not, vec![wide(self, "A", width)?]),
            "$eq" | "$ne" | "$lt" | "$le" | "$gt" | "$ge" => {
                let most = cell.bits("A").len().max(cell.bits("B").len()) as u32;
                let signed = flag("A_SIGNED") && flag("B_SIGNED");
                let mut of = vec![];
                for port in ["A", "B"] {
                    of.push(extended(get(self, port)?, most, signed));
                }
                // a > b is b < a; a <= b is not b < a.
                if matches!(kind, "$gt" | "$le") {
                    of.reverse();
                }
                let op = match kind {
                    "$eq" | "$ne" => Op::Equal,
                    _ => Op::Less { signed },
                };
                match kind {
                    "$ne" | "$le" | "$ge" => {
                        let inner = self.extra(name, op, of, 1);
                        made(Op::Not, vec![inner])
                    }
                    _ => made(op, of),
                }
            }
            "$reduce_or" | "$reduce_bool" => made(Op::Any, vec![get(self, "A")?]),
            "$logic_not" => {
                let any = get(self, "A")?;
                let any = self.extra(name, Op::Any, vec![any], 1);
                made(Op::Not, vec![any])
            }
            "$logic_and" | "$logic_or" => {
                let mut of = vec![];
                for port in ["A", "B"] {
                    let bits = get(self, port)?;
                    of.push(self.extra(name, Op::Any, vec![bits], 1));
                }
                made(
                    if kind == "$logic_and" {
                        Op::And
                    } else {
                        Op::Or
                    },
                    of,
                )
            }
            "$mux" => made(
                Op::Choose,
                vec![get(self, "S")?, get(self, "B")?, get(self, "A")?],
            ),
            "$pmux" => {
                // Cases exclude each other, so their order says nothing.
                let (select, arms) = (get(self, "S")?, get(self, "B")?);
                let mut value = get(self, "A")?;
                let count = select.width();
                for at in 0..count - 1 {
                    let of = vec![select.slice(at, 1), arms.slice(at * width, width), value];
                    value = self.extra(name, Op::Choose, of, width);
                }
                let last = arms.slice((count - 1) * width, width);
                made(Op::Choose, vec![select.slice(count - 1, 1), last, value])
            }
            "$memrd_v2" if !flag("CLK_ENABLE") => {
                let table = cell
                    .parameters
                    .get("MEMID")
                    .and_then(|name| self.tables.get(name));
                let table = table.ok_or_else(unknown)?.clone();
                made(Op::Table(table), vec![get(self, "ADDR")?])
            }
            "$dff" | "$sdff" => {
                let clock = self.circuit.ports.iter().position(|port| port.0 == "clk");
                let clock = clock.map(|port| Signal::of(Source::Port(port), 1));
                if clock != Some(get(self, "CLK")?) || !flag("CLK_POLARITY") {
                    return Err(Diagnostic::new("a register is on another clock than `clk`"));
                }
                let mut of = vec![get(self, "D")?];
                if kind == "$sdff" {
                    if !flag("SRST_POLARITY") || cell.parameter("SRST_VALUE") != Some(0) {
                        return Err(Diagnostic::new(
                            "a register is reset to another value than 0",
                        ));
                    }
                    of.push(get(self, "SRST")?);
                }
                made(Op::Register, of)
            }
            "kaon_add" | "kaon_add3" => {
                let names: &[&str] = if kind == "kaon_add" {
                    &["a", "b"]
                } else {
                    &["a", "b", "c"]
                };
                let of = names
                    .iter()
                    .map(|port| get(self, port))
                    .collect::<Result<Vec<_>>>()?;
                let row = Row::read(names.len(), &|name: &str| cell.parameter(name))?;
                made(Op::Row(Box::new(row)), of)
            }
            "kaon_clamp" => made(
                Op::Clamp,
                vec![get(self, "value")?, get(self, "over")?, get(self, "under")?],
            ),
            "kaon_lut" => {
                let init = cell.parameter("INIT").ok_or_else(unknown)?;
                let entries = (0..64).map(|at| init >> at & 1);
                made(Op::Table(entries.collect()), vec![get(self, "index")?])
            }
            _ => return Err(unknown()),
        })
    }
}

fn ports(module: &ModuleJson) -> Result<Vec<(String, PortJson)>> {
    let ports = module.ports.iter().map(|(name, port)| {
        let port: PortJson = serde_json::from_value(port.clone())
            .map_err(|error| Diagnostic::new("yosys wrote no port").note(error.to_string()))?;
        Ok((name.clone(), port))
    });
    ports.collect()
}

fn extended(signal: Signal, width: u32, signed: bool) -> Signal {
    let own = signal.width();
    if own >= width {
        return signal.slice(0, width);
    }
    let high = match signed {
        true => signal.slice(own - 1, 1).repeated(width - own),
        false => Signal::constant(0, width - own),
    };
    let mut joined = signal;
    joined.append(&high);
    joined
}
