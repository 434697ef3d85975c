//! A real synthesis of a compiled folder, beside the estimate.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use dialects::{Diagnostic, Result};
use serde::{Deserialize, Serialize};

use super::primitives::read_verilog;
use crate::output::{Manifest, sha256};

/// How yosys is told to synthesise for a family, and what its cells count.
struct Flow {
    family: &'static str,
    command: &'static str,
    /// Commands that follow it.
    then: &'static str,
    /// Cells by prefix and how many parts each counts.
    luts: &'static [(&'static str, u64)],
    /// Parts of a LUT, or of a NAND2.
    parts: u64,
    ffs: &'static [&'static str],
    dsps: &'static [&'static str],
    brams: &'static [&'static str],
}

#[rustfmt::skip]
static FLOWS: &[Flow] = &[
    Flow { family: "ultrascale_plus", command: "synth_xilinx -family xcup -noiopad -flatten", then: "", luts: XILINX_LUTS, parts: 1, ffs: &["FD"], dsps: &["DSP48E"], brams: &["RAMB"] },
    Flow { family: "ultrascale", command: "synth_xilinx -family xcu -noiopad -flatten", then: "", luts: XILINX_LUTS, parts: 1, ffs: &["FD"], dsps: &["DSP48E"], brams: &["RAMB"] },
    Flow { family: "series7", command: "synth_xilinx -family xc7 -noiopad -flatten", then: "", luts: XILINX_LUTS, parts: 1, ffs: &["FD"], dsps: &["DSP48E"], brams: &["RAMB"] },
    Flow { family: "ecp5", command: "synth_ecp5", then: "", luts: &[("LUT4", 1), ("CCU2C", 2), ("TRELLIS_DPR16X4", 2)], parts: 1, ffs: &["TRELLIS_FF"], dsps: &["MULT18X18D"], brams: &["DP16KD"] },
    Flow { family: "ice40", command: "synth_ice40 -dsp", then: "", luts: &[("SB_LUT4", 1)], parts: 1, ffs: &["SB_DFF"], dsps: &["SB_MAC16"], brams: &["SB_RAM"] },
    Flow { family: "generic", command: "synth -flatten -lut 6", then: "", luts: &[("$lut", 1)], parts: 1, ffs: FLIP_FLOPS, dsps: &[], brams: &[] },
    Flow { family: "asic", command: "synth -flatten", then: CELLS, luts: GATES, parts: 3, ffs: FLIP_FLOPS, dsps: &[], brams: &[] },
];
/// The first that fits counts; memories in LUTs take as many as their cell's data sheet says.
#[rustfmt::skip]
static XILINX_LUTS: &[(&str, u64)] = &[
    ("LUT", 1), ("INV", 0), ("SRL", 1), ("RAM32M16", 8), ("RAM64M8", 8), ("RAM32M", 4), ("RAM64M", 4),
    ("RAM32X1S", 1), ("RAM64X1S", 1), ("RAM32X1D", 2), ("RAM64X1D", 2), ("RAM128X1D", 4), ("RAM256X1D", 8),
];
/// What is neither a LUT of logic nor a flip-flop.
static STORED: &[&str] = &["SRL", "RAM", "DP16KD", "TRELLIS_DPR16X4", "SB_RAM"];
static FLIP_FLOPS: &[&str] = &["$_DFF", "$_SDFF"];
const CELLS: &str = "; abc -g AND,NAND,OR,NOR,XOR,XNOR,MUX,AOI3,OAI3,AOI4,OAI4; opt_clean";
/// The areas of `target/asic.rs` in thirds of a NAND2.
#[rustfmt::skip]
static GATES: &[(&str, u64)] = &[
    ("$_NOT_", 2), ("$_NAND_", 3), ("$_NOR_", 3), ("$_AND_", 4), ("$_OR_", 4), ("$_AOI3_", 4), ("$_OAI3_", 4),
    ("$_AOI4_", 5), ("$_OAI4_", 5), ("$_XOR_", 6), ("$_XNOR_", 6), ("$_MUX_", 7),
];

/// What a synthesis found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Synthesis {
    /// What the tool calls itself.
    pub tool: String,
    pub command: String,
    pub lut: u64,
    pub ff: u64,
    pub dsp: u64,
    pub bram: u64,
    /// Every cell the tool counted.
    pub cells: BTreeMap<String, u64>,
    pub seconds: f64,
    /// Whether an earlier run on the same bytes was reused.
    #[serde(skip)]
    pub cached: bool,
}

impl Synthesis {
    /// The cells that keep words: shift registers and memories, by name.
    pub fn stored(&self) -> impl Iterator<Item = (&str, u64)> {
        let cells = self.cells.iter();
        cells
            .filter(|(cell, _)| STORED.iter().any(|prefix| cell.starts_with(prefix)))
            .map(|(cell, count)| (cell.as_str(), *count))
    }
}

/// Synthesises the Verilog of a folder with yosys for the folder's target, or reuses the
/// result of an earlier run on the same Verilog with the same command and tool.
///
/// Errors: no Verilog in the folder, no yosys, Verilog that yosys refuses.
pub fn synthesise(folder: &Path) -> Result<Synthesis> {
    let manifest = Manifest::read(folder)?;
    let top = manifest.top.as_str();
    let family = manifest.target.family.as_str();
    let verilog = read_verilog(folder, false)?;
    let flow = FLOWS.iter().find(|flow| flow.family == family);
    let flow = flow.ok_or_else(|| {
        Diagnostic::new(format!(
            "kaon knows no yosys command for the family {family}"
        ))
    })?;
    let command = format!("{} -top {top}{}", flow.command, flow.then);
    let tool = version()?;
    let key = sha256(format!("{tool}\n{command}\n{verilog}").as_bytes());
    let cache = cache_folder().map(|folder| folder.join(format!("{key}.json")));
    let known = cache
        .as_ref()
        .and_then(|path| fs::read_to_string(path).ok());
    if let Some(known) = known.and_then(|text| serde_json::from_str::<Synthesis>(&text).ok()) {
        return Ok(Synthesis {
            cached: true,
            ..known
        });
    }
    let began = Instant::now();
    let cells = run(&verilog, &command)?;
    let count = |prefixes: &[&str]| {
        let of = cells
            .iter()
            .filter(|(cell, _)| prefixes.iter().any(|p| cell.starts_with(p)));
        of.map(|(_, count)| count).sum::<u64>()
    };
    let lut = cells.iter().map(|(cell, count)| {
        let weight = flow
            .luts
            .iter()
            .find(|(prefix, _)| cell.starts_with(prefix));
        weight.map_or(0, |(_, weight)| weight * count)
    });
    let synthesis = Synthesis {
        lut: lut.sum::<u64>().div_ceil(flow.parts),
        ff: count(flow.ffs),
        dsp: count(flow.dsps),
        bram: count(flow.brams),
        tool,
        command,
        seconds: began.elapsed().as_secs_f64(),
        cached: false,
        cells,
    };
    if let Some(path) = cache {
        remember(&path, &synthesis);
    }
    Ok(synthesis)
}

/// `$KAON_CACHE`, or the user's cache folder.
fn cache_folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")));
    variable("KAON_CACHE")
        .map(PathBuf::from)
        .or_else(|| Some(base?.join("kaon/synth")))
}

/// A cache that cannot be written is none.
fn remember(path: &Path, synthesis: &Synthesis) {
    let written = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        let text = serde_json::to_string_pretty(synthesis)?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        file.persist(path)?;
        Ok(())
    };
    let _ = written();
}

fn version() -> Result<String> {
    let output = Command::new("yosys").arg("-V").output().map_err(missing)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let words = text.split_whitespace().take(2).collect::<Vec<_>>();
    Ok(words.join(" "))
}

fn missing(error: io::Error) -> Diagnostic {
    match error.kind() {
        io::ErrorKind::NotFound => Diagnostic::new("yosys was not found")
            .note("it synthesises the emitted Verilog")
            .help("run `make setup`, which installs it, or put it on the PATH"),
        _ => Diagnostic::new("yosys cannot be started").note(error.to_string()),
    }
}

/// The cells of the synthesised design by name.
fn run(verilog: &str, command: &str) -> Result<BTreeMap<String, u64>> {
    let disk = |error: io::Error| {
        Diagnostic::new("a synthesis needs a temporary folder").note(error.to_string())
    };
    let folder = tempfile::Builder::new().prefix("kaon-yosys-").tempdir();
    let folder = folder.map_err(disk)?;
    fs::write(folder.path().join("design.sv"), verilog).map_err(disk)?;
    let script = format!("read_verilog -sv design.sv; {command}; tee -q -o stat.txt stat");
    let mut yosys = Command::new("yosys");
    yosys.current_dir(folder.path()).args(["-q", "-p", &script]);
    let output = yosys.output().map_err(missing)?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let lines = text.lines().filter(|line| !line.trim().is_empty()).take(8);
        let refusal = Diagnostic::new("yosys cannot synthesise this design");
        return Err(lines.fold(refusal, |finding, line| finding.note(line.trim_end())));
    }
    let stat = fs::read_to_string(folder.path().join("stat.txt")).map_err(disk)?;
    Ok(cells(&stat))
}

/// Lines of two words, a cell and a count, after the sum of all cells.
fn cells(stat: &str) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    let after = stat
        .rsplit_once("Number of cells:")
        .map_or("", |(_, rest)| rest);
    for line in after.lines() {
        if let [cell, count] = line.split_whitespace().collect::<Vec<_>>()[..]
            && let Ok(count) = count.parse()
        {
            found.insert(cell.to_string(), count);
        }
    }
    found
}
