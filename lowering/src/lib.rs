//! The steps between the levels. Each reads one level and writes the next; cleverness belongs in a pass.

pub mod adder;
pub mod circt;
pub mod flow_to_hw;
pub mod fx_to_firrtl;
pub mod fx_to_hw;
pub mod fx_to_llvm;
pub mod hw_text;
pub mod hw_to_llvm;
pub mod interface;
pub mod names;
pub mod netlist;
pub mod nn_to_flow;
pub mod nn_to_fx;
pub mod primitives;
