//! Engines: run a design. Each takes integers and gives integers, all of them the same ones.

pub mod native;
pub mod real;
pub mod verilator;
