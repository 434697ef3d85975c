//! A circuit as the referee gets it: Verilog files and what a wrapper must know about their top module.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Result, because};

/// `design.json`, beside the Verilog files that it speaks of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Design {
    pub model: String,
    pub tool: String,
    pub version: String,
    /// How the tool was asked, for instance its delay constraint.
    pub options: serde_json::Value,
    pub top: String,
    /// The clock's port; none where the circuit is combinational.
    pub clock: Option<String>,
    pub registers_inputs: bool,
    pub registers_outputs: bool,
    /// Control inputs that the peers' circuits do not have, and the constants they get.
    pub tied: Vec<(String, u8)>,
    pub inputs: Vec<(String, usize)>,
    pub outputs: Vec<(String, usize)>,
    /// Clock periods from the input registers to the output registers.
    pub stages: u32,
    /// Adders and subtractors, those with a constant included, before three are joined to one.
    #[serde(default)]
    pub adders: u32,
    /// Adders of three operands in the Verilog.
    #[serde(default)]
    pub ternary_adders: u32,
    #[serde(default)]
    pub estimated_lut: f64,
    /// Processor seconds from the model to Verilog.
    #[serde(default)]
    pub seconds: f64,
    /// Test vectors on which the tool's own emulator was equal to the network's definition.
    #[serde(default)]
    pub vectors: u32,
}

impl Design {
    pub fn read(folder: &Path) -> Result<Design> {
        let path = folder.join("design.json");
        let text = fs::read_to_string(&path).map_err(because(path.display()))?;
        serde_json::from_str(&text).map_err(because(path.display()))
    }

    /// A module `bench` around the top that registers every input and every output once.
    pub fn wrapper(&self) -> String {
        let mut text = "module bench(\n  input clk".to_string();
        let mut body = String::new();
        let mut pins = Vec::new();
        if let Some(clock) = &self.clock {
            pins.push(format!("    .{clock}(clk)"));
        }
        for (name, value) in &self.tied {
            pins.push(format!("    .{name}(1'b{value})"));
        }
        for (k, (name, width)) in self.inputs.iter().enumerate() {
            let high = width - 1;
            write!(text, ",\n  input [{high}:0] x{k}").unwrap();
            let mut signal = format!("x{k}");
            if !self.registers_inputs {
                writeln!(body, "  reg [{high}:0] rx{k};").unwrap();
                writeln!(body, "  always @(posedge clk) rx{k} <= x{k};").unwrap();
                signal = format!("rx{k}");
            }
            pins.push(format!("    .{name}({signal})"));
        }
        for (k, (name, width)) in self.outputs.iter().enumerate() {
            let high = width - 1;
            write!(text, ",\n  output [{high}:0] y{k}").unwrap();
            let mut signal = format!("y{k}");
            if !self.registers_outputs {
                writeln!(body, "  reg [{high}:0] ry{k};").unwrap();
                writeln!(body, "  wire [{high}:0] wy{k};").unwrap();
                writeln!(body, "  always @(posedge clk) ry{k} <= wy{k};").unwrap();
                writeln!(body, "  assign y{k} = ry{k};").unwrap();
                signal = format!("wy{k}");
            }
            pins.push(format!("    .{name}({signal})"));
        }
        let (top, pins) = (&self.top, pins.join(",\n"));
        format!("{text}\n);\n{body}  {top} dut(\n{pins}\n  );\nendmodule\n")
    }
}

/// The Verilog files of a folder, by name.
pub fn verilog(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(because(folder.display()))? {
        let path = entry.map_err(because(folder.display()))?.path();
        if path
            .extension()
            .is_some_and(|end| end == "v" || end == "sv")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
