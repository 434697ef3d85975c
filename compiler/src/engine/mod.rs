//! Engines: run a design. Each takes integers and gives integers, all of them the same ones;
//! `layers` runs a model before it is a design, on real numbers.

pub mod arc;
pub mod layers;
pub mod native;
pub mod real;
pub mod streams;
pub mod verilator;

use dialects::Diagnostic;

/// Clocks beyond the stated latency for which an answer is waited for.
const PATIENCE: u32 = 64;

/// What came out of a simulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulation {
    /// The output elements of all ports, sample after sample.
    pub outputs: Vec<i128>,
    /// Clocks from the first input to its answer, as measured; 0 when combinational.
    pub latency: u32,
}

fn wrong(top: &str, what: &str) -> Diagnostic {
    Diagnostic::new(format!("the simulation of `{top}` went wrong: {what}"))
}
