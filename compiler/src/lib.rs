//! From a model's bytes to a checked circuit: frontends, passes, e-graph, schedule, engines, outputs.

pub mod adder_graph;
pub mod analysis;
pub mod bounded;
pub mod catalogue;
pub mod config;
pub mod context;
pub mod driver;
pub mod egraph;
pub mod engine;
pub mod failure;
pub mod frontend;
pub mod limits;
pub mod module;
pub mod options;
pub mod output;
pub mod passes;
pub mod pipeline;
pub mod precision;
pub mod random;
pub mod report;
pub mod runner;
pub mod schedule;
pub mod sums;
pub mod tabulate;
pub mod target;
pub mod tensor_file;
