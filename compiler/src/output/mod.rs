//! The folder of a compilation: what is in it, and how it gets there whole or not at all.

mod axis;
mod constraints;
mod file;
mod folder;
mod manifest;
mod place;
mod testbench;

pub use axis::axis;
pub use constraints::{clock_constraint, fusesoc_core, xdc};
pub use file::{replace, replace_by_name, replace_with};
pub use folder::{Staging, add, is_output};
pub use manifest::{
    Element, FileRecord, Manifest, ModelFile, Operations, Pin, Pins, PruningRecord, RemarkRecord,
    TargetRecord, Timing, ToolVersions,
};
pub use place::check_target;
pub use testbench::{Tokens, testbench};

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The manifest's file.
pub const MANIFEST: &str = "kaon.json";
/// The layers as they were lowered.
pub const LAYERS: &str = "design.nn.mlir";
/// The scheduled design, which the hardware is made of.
pub const DESIGN: &str = "design.fx.mlir";
/// The same function before multiplications were taken apart, which the emulator is made of.
pub const EMULATOR: &str = "emulator.fx.mlir";
/// The design and the emulator of a circuit of streams.
pub const STREAMS: &str = "design.flow.mlir";
pub const STREAM_EMULATOR: &str = "emulator.flow.mlir";
/// The hardware text, where it was asked for.
pub const HARDWARE: &str = "design.hw.mlir";
/// The file that the target was read from, when it was.
pub const TARGET: &str = "target.toml";
/// The report as data.
pub const REPORT: &str = "report.json";

/// The SHA-256 of some bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").expect("writing to a string");
    }
    text
}
