//! Any pass on any module, text to text.

use std::process::ExitCode;

fn main() -> ExitCode {
    kaon_tools::run(kaon_tools::opt::run)
}
