//! kaon-testsuite.

pub mod hardware_fx;
pub mod mlp;
pub mod random_fx;
