//! What the tests share: random functions, networks, the shared models and their references.

pub mod hardware_fx;
pub mod missing;
pub mod mlp;
pub mod mutants;
pub mod random_fx;
pub mod reference;
pub mod tracing;
