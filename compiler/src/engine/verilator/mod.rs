//! Verilator: the emitted Verilog, cycle by cycle, by a simulator that none of us wrote.
//!
//! A design is translated to C++ and compiled once; then it runs as often as wanted. One sample
//! enters per clock, `in_valid` goes with it, and an answer is what `out_valid` shows.

mod words;

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Output};

use dialects::{Diagnostic, Result};
use lowering::interface::{Interface, PackedPort};
use tempfile::TempDir;

use super::{PATIENCE, Simulation};

const HARNESS: &str = include_str!("harness.cpp");

/// A design, compiled. Its files live as long as it does.
pub struct Simulator {
    interface: Interface,
    folder: TempDir,
    executable: PathBuf,
}

impl Simulator {
    /// Translates and compiles a design.
    ///
    /// Errors: no Verilator or C++ compiler, Verilog that Verilator refuses.
    pub fn build(verilog: &str, interface: &Interface) -> Result<Self> {
        let folder = TempDir::with_prefix("kaon-verilator-").map_err(disk)?;
        let path = |name: &str| folder.path().join(name);
        fs::write(path("dut.sv"), verilog).map_err(disk)?;
        fs::write(path("harness.cpp"), HARNESS).map_err(disk)?;
        fs::write(path("ports.h"), ports_header(interface)).map_err(disk)?;
        let mut command = Command::new("verilator");
        command
            .current_dir(folder.path())
            .args(["--cc", "--exe", "--build", "-j", "2", "-O3", "--no-timing"])
            .args(["--x-assign", "unique", "--x-initial", "unique"])
            .args(["--output-split", "20000", "--output-split-cfuncs", "1000"])
            .args([
                "-Wno-fatal",
                "-Wno-lint",
                "-Wno-style",
                "--error-limit",
                "5",
            ])
            .args(["-CFLAGS", "-I.."])
            .args(["-MAKEFLAGS", "OPT_FAST=-O1 OPT_SLOW=-O0 OPT_GLOBAL=-O0"])
            .args(["--prefix", "Vdut", "-o", "simulate", "--top-module"])
            .args([&interface.top, "dut.sv", "harness.cpp"]);
        let output = run(&mut command)?;
        if !output.status.success() {
            return Err(refusal("Verilator cannot build this design", &output));
        }
        let executable = folder.path().join("obj_dir/simulate");
        Ok(Simulator {
            interface: interface.clone(),
            folder,
            executable,
        })
    }

    /// Runs `count` samples, each the input elements of all ports, at the interface's pace.
    ///
    /// Errors: samples that do not fit the ports; answers that are missing, interrupted or at
    /// another time than the interface says.
    pub fn run(&self, samples: &[i128], count: usize) -> Result<Simulation> {
        let pace = &self.interface.pace;
        let inputs = words::pack(&self.interface.inputs, samples, count * pace.tokens)?;
        let path = |name: &str| self.folder.path().join(name);
        let (from, to) = (path("inputs.bin"), path("outputs.bin"));
        fs::write(&from, inputs).map_err(disk)?;
        let last = pace.leaves.last().copied().unwrap_or(0);
        let cycles = self.interface.latency + last + PATIENCE;
        let count = count * pace.leaves.len();
        let mut command = Command::new(&self.executable);
        command.args([&from, &to]);
        command.args([
            (count / pace.leaves.len().max(1)).to_string(),
            cycles.to_string(),
        ]);
        let output = command.output().map_err(disk)?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_string();
        let numbers = said.split_once(' ').filter(|_| output.status.success());
        let numbers = numbers.and_then(|(answers, first)| {
            Some((answers.parse::<usize>().ok()?, first.parse::<u32>().ok()?))
        });
        let Some((answers, latency)) = numbers else {
            return Err(self.wrong(&said));
        };
        if answers != count {
            return Err(self.wrong(&format!("{answers} of {count} answers came")));
        }
        if count > 0 && latency != self.interface.latency {
            return Err(self.wrong(&format!(
                "the first answer came after {latency} clock cycles, not {}",
                self.interface.latency
            )));
        }
        let record = fs::read(&to).map_err(disk)?;
        let outputs = words::unpack(&self.interface.outputs, &record, count)?;
        Ok(Simulation { outputs, latency })
    }

    fn wrong(&self, what: &str) -> Diagnostic {
        super::wrong(&self.interface.top, what)
    }
}

/// Checks that Verilator has nothing to say about a file of Verilog.
///
/// Errors: its warnings, all of them.
pub fn lint(verilog: &str, top: &str) -> Result<()> {
    let folder = TempDir::with_prefix("kaon-lint-").map_err(disk)?;
    fs::write(folder.path().join(format!("{top}.sv")), verilog).map_err(disk)?;
    let mut command = Command::new("verilator");
    command
        .current_dir(folder.path())
        .args(["--lint-only", "-Wall", "-Wno-DECLFILENAME", "--top-module"])
        .args([top, &format!("{top}.sv")]);
    let output = run(&mut command)?;
    match output.status.success() && output.stderr.is_empty() {
        true => Ok(()),
        false => Err(refusal("Verilator has warnings", &output)),
    }
}

/// Whether Verilator can be called here; a diagnostic that says what to do where not.
pub fn available() -> Result<()> {
    run(Command::new("verilator").arg("--version")).map(|_| ())
}

fn run(command: &mut Command) -> Result<Output> {
    command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Diagnostic::new("verilator was not found")
            .note("it simulates the emitted Verilog")
            .help("run `make setup`, which installs it, or put it on the PATH"),
        _ => Diagnostic::new("verilator cannot be started").note(error.to_string()),
    })
}

/// The first lines of what a tool complained about.
fn refusal(sentence: &str, output: &Output) -> Diagnostic {
    const LINES: usize = 8;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let text = match text.trim() {
        "" => String::from_utf8_lossy(&output.stdout).into_owned(),
        _ => text,
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .take(LINES)
        .fold(Diagnostic::new(sentence), |finding, line| {
            finding.note(line.trim_end())
        })
}

fn disk(error: io::Error) -> Diagnostic {
    Diagnostic::new("a simulation needs a folder for temporary files").note(error.to_string())
}

/// The part of the harness that knows this design's ports.
fn ports_header(interface: &Interface) -> String {
    let mut text = String::new();
    let clocked = u8::from(!interface.is_combinational());
    let body = |ports: &[PackedPort], call: &str| {
        let mut at = 0;
        let lines = ports.iter().map(|port| {
            let line = format!("    {call}(dut.{}, words + {at});\n", port.name);
            at += port.words();
            line
        });
        (lines.collect::<String>(), at)
    };
    let (inputs, in_words) = body(&interface.inputs, "put");
    let (outputs, out_words) = body(&interface.outputs, "get");
    let pace = &interface.pace;
    let leaves = pace.leaves.iter().map(u32::to_string).collect::<Vec<_>>();
    writeln!(
        text,
        "#define CLOCKED {clocked}\n\
         static const uint64_t TOKENS = {}, SPACING = {}, INTERVAL = {}, ANSWERS = {};\n\
         static const uint64_t LEAVES[] = {{{}}};",
        pace.tokens,
        pace.spacing,
        pace.interval,
        leaves.len(),
        leaves.join(", ")
    )
    .expect("writing to a string");
    text.push_str(&format!(
        "static const std::size_t IN_WORDS = {in_words}, OUT_WORDS = {out_words};\n\
         static void drive(Vdut& dut, const uint32_t* words) {{\n{inputs}}}\n\
         static void read(const Vdut& dut, uint32_t* words) {{\n{outputs}}}\n"
    ));
    text
}
