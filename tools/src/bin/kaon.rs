//! The compiler driver.

use std::process::ExitCode;

fn main() -> ExitCode {
    kaon_tools::run(kaon_tools::kaon::run)
}
