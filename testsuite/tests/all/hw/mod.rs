//! Hardware from `fx`: text, Verilog, FIRRTL, testbenches, and what simulators make of them.

mod arc;
mod axis;
mod bounded;
mod bounded_monitor;
mod bundle;
mod refusals;
mod simulate;
mod stored;
mod streams;
mod testbench;
mod text;
pub mod tools;
mod trace;
