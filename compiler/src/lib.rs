//! From a model's bytes to a checked circuit: frontends, passes, e-graph, schedule, engines, outputs.

pub mod context;
pub mod engine;
pub mod frontend;
pub mod options;
pub mod passes;
pub mod precision;
pub mod schedule;
pub mod target;
