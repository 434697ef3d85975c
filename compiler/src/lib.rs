//! From a model's bytes to a checked circuit: frontends, passes, e-graph, schedule, engines, outputs.

pub mod frontend;
