//! Smaller modules with the same fault: delta debugging over results, ops, widths, shapes
//! and constants.
//!
//! Every module that is tried is verified; it takes the old one's place when the fault is
//! still there. Effort is counted in nodes tried, never in seconds: the same module and the
//! same fault give the same bytes.

mod command;
mod fx;
mod layers;
mod replay;
mod sets;

pub use command::by_command;
pub use fx::cone;
pub use replay::{Reproducer, write};
pub use sets::fewest;

use std::cell::Cell;

use crate::module::Module;

/// Nodes of all modules that one reduction may try, and modules.
const NODES: usize = 20_000_000;
const TRIES: usize = 20_000;

/// A fault, asked of one module after the other while there is effort left.
pub struct Search<'a> {
    fault: &'a dyn Fn(&Module) -> bool,
    nodes: Cell<usize>,
    tries: Cell<usize>,
}

impl<'a> Search<'a> {
    pub fn new(fault: &'a dyn Fn(&Module) -> bool) -> Self {
        Search {
            fault,
            nodes: Cell::new(NODES),
            tries: Cell::new(TRIES),
        }
    }

    /// Whether a module is one and shows the fault.
    fn shows(&self, module: &Module) -> bool {
        let size = 100 + nodes(module);
        if self.nodes.get() < size || self.tries.get() == 0 {
            return false;
        }
        self.nodes.set(self.nodes.get() - size);
        self.tries.set(self.tries.get() - 1);
        module.verify().is_ok() && (self.fault)(module)
    }
}

fn nodes(module: &Module) -> usize {
    match module {
        Module::Nn(graph) => graph.nodes.len(),
        Module::Flow(graph) => graph.nodes.len(),
        Module::Fx(graph) => graph.nodes.len(),
    }
}

/// The smallest module found that shows the fault; the one given has to show it, and is
/// the answer at the level of streams.
pub fn reduce(module: &Module, fault: &dyn Fn(&Module) -> bool) -> Module {
    let search = Search::new(fault);
    match module {
        Module::Fx(graph) => Module::Fx(fx::reduce(graph, &search)),
        Module::Nn(graph) => Module::Nn(layers::reduce(graph, &search)),
        Module::Flow(_) => module.clone(),
    }
}
