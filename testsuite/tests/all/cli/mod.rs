//! The command lines, whole: what they print, how they end, what they leave behind.

mod compile;
mod documents;
mod help;
mod opt;
mod program;
mod refusals;
