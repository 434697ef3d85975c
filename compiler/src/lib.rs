//! From a model's bytes to a checked circuit: frontends, passes, e-graph, schedule, engines, outputs.

pub mod config;
pub mod context;
pub mod engine;
pub mod failure;
pub mod frontend;
pub mod module;
pub mod options;
pub mod output;
pub mod passes;
pub mod precision;
pub mod runner;
pub mod schedule;
pub mod target;
pub mod tensor_file;
