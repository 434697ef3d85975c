//! The three streams of a program.

use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;

/// Where a program reads and writes.
pub struct Streams<'a> {
    pub input: &'a mut dyn Read,
    pub output: &'a mut dyn Write,
    pub errors: &'a mut dyn Write,
    /// Whether somebody watches `errors` at a terminal.
    pub watched: bool,
}

/// Runs a program on the process's own arguments and streams.
pub fn run(program: fn(Vec<std::ffi::OsString>, &mut Streams) -> u8) -> ExitCode {
    let mut streams = Streams {
        input: &mut io::stdin(),
        output: &mut io::stdout(),
        errors: &mut io::stderr(),
        watched: io::stderr().is_terminal(),
    };
    ExitCode::from(program(std::env::args_os().collect(), &mut streams))
}
