//! The command lines, whole: what they print, how they end, what they leave behind.

mod choices;
mod compile;
mod documents;
mod help;
mod measures;
mod opt;
pub mod program;
mod refusals;
mod simulate;
mod streams;
mod trees;
mod verify;
