//! Analyses read a module and return values; they change nothing.

pub mod nn_ranges;
