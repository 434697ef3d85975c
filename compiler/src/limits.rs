//! How large an input may be: every limit that a user can move, with its reason.
//!
//! A limit is a count, never a time: the same input is refused on every machine.
//! `docs/limits.md` lists them with those that cannot be moved.

use std::collections::BTreeMap;

use dialects::{Diagnostic, Result};
use serde::Deserialize;

/// The limits of one run; `Default` is what a bare `kaon compile` has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a model file with its external data, in MiB.
    pub model_mib: u64,
    /// Nodes in the graph of a model file.
    pub nodes: u64,
    /// Inputs of a model, and outputs.
    pub ports: u64,
    /// Elements of all constants that a model file holds together; of an input or output.
    pub elements: u64,
    /// Scalar operations of the layers, pruned ones included.
    pub scalars: u64,
    /// Operations of a circuit.
    pub operations: u64,
    /// Products of two values that are both no constants.
    pub products: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            model_mib: 1024,
            nodes: 250_000,
            ports: 4096,
            elements: 1 << 24,
            // Some gigabytes of memory and some minutes.
            scalars: 2_000_000,
            // At five to ten LUTs each, as dense layers of narrow weights have them, that is
            // what the largest devices hold.
            operations: 200_000,
            // The largest devices have 12 288 DSP blocks; the rest takes some hundred LUTs each.
            products: 20_000,
        }
    }
}

/// Limits by name, as a file or a flag gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Moved(pub BTreeMap<String, u64>);

impl Limits {
    /// Every limit by its name.
    pub fn named(&self) -> [(&'static str, u64); 7] {
        let mut copy = self.clone();
        copy.fields().map(|(name, limit)| (name, *limit))
    }

    fn fields(&mut self) -> [(&'static str, &mut u64); 7] {
        [
            ("model_mib", &mut self.model_mib),
            ("nodes", &mut self.nodes),
            ("ports", &mut self.ports),
            ("elements", &mut self.elements),
            ("scalars", &mut self.scalars),
            ("operations", &mut self.operations),
            ("products", &mut self.products),
        ]
    }

    /// Errors: a name that is none.
    pub fn apply(&mut self, moved: &Moved) -> Result<()> {
        let mut fields = self.fields();
        for (name, &value) in &moved.0 {
            let Some((_, limit)) = fields.iter_mut().find(|(known, _)| known == name) else {
                let names = fields.map(|(name, _)| name).join(", ");
                return Err(Diagnostic::new(format!("`{name}` is no limit"))
                    .help(format!("the limits are {names}; see docs/limits.md")));
            };
            **limit = value;
        }
        Ok(())
    }
}

/// The sentence about how a limit is moved.
pub fn way_out(name: &str, needed: u64) -> String {
    format!("--limits {name}={needed} goes on at your own risk")
}
