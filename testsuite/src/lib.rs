//! What the tests share: random functions, networks, the shared models and their references.

pub mod clock;
pub mod fuzz;
pub mod hardware_fx;
pub mod levels;
pub mod missing;
pub mod mlp;
pub mod mutants;
pub mod random_forest;
pub mod random_fx;
pub mod random_nn;
pub mod reference;
pub mod rounds;
pub mod tracing;
pub mod wire;
