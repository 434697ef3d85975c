//! kaon-testsuite.

pub mod random_fx;
