//! From model files to `nn`: what models mean, which operators are right, what is refused.

mod models;
mod node_tests;
mod refusals;
mod support;
mod tree_cases;
mod tree_files;
mod trees;
