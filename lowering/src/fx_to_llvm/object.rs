//! A graph as an object file with a C header, for other people's software.

use std::path::Path;

use inkwell::context::Context;

use dialects::Result;
use dialects::fx::Graph;

use super::Lowered;
use super::machine::{Machine, Processor};

/// Writes the object file; its function is `<name>_predict`.
pub fn write_object(graph: &Graph, path: &Path, name: &str, processor: Processor) -> Result<()> {
    let lowered = Lowered::of(graph)?;
    let machine = Machine::new(processor);
    let context = Context::create();
    let module = lowered.module(&context, name, &machine)?;
    machine.write_object(&module, path)
}
