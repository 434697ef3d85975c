//! Every test that links the compiler, in one program: linking MLIR is what costs.
//!
//! `cargo test --test all schedule::` runs one module; passes and lowerings have their
//! cases beside, `cargo test --test passes`.

mod adder_graph;
mod adders;
mod bisect;
mod calibrate;
mod check_passes;
mod circt;
mod cli;
mod dialects;
mod emulator;
mod explain;
mod frontend;
mod fuzz;
mod hw;
mod layers;
mod models;
mod names;
mod nn_to_fx;
mod onnx_reader;
mod options;
mod proofs;
mod random_models;
mod random_passes;
mod real_ports;
mod report;
mod rules;
mod runner;
mod schedule;
mod target;
mod trees;
mod verify;
