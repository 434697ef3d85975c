//! The command lines: flags, printing, exit codes. What they do is in `compiler::driver`.
//!
//! Both programs are functions of their arguments and streams, so a test runs them whole
//! without starting a process.

mod answer;
mod faults;
mod flags;
pub mod kaon;
mod measures;
pub mod opt;
mod progress;
mod streams;

pub use answer::Answer;
pub use streams::{Streams, run};
