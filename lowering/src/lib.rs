//! The steps between the levels. Each reads one level and writes the next; cleverness belongs in a pass.

pub mod circt;
pub mod fx_to_llvm;
