//! kaon-testsuite.

pub mod hardware_fx;
pub mod random_fx;
