//! A module of any level: what a step gets and gives.

use std::collections::BTreeMap;

use dialects::{Diagnostic, Result, flow, fx, nn};

/// One function at one level; of `flow` with the kernels it names.
#[derive(Debug, Clone, PartialEq)]
pub enum Module {
    Nn(nn::Graph),
    Flow(flow::Graph),
    Fx(fx::Graph),
}

impl Module {
    pub fn level(&self) -> &'static str {
        match self {
            Module::Nn(_) => "nn",
            Module::Flow(_) => "flow",
            Module::Fx(_) => "fx",
        }
    }

    pub fn print(&self) -> String {
        match self {
            Module::Nn(graph) => nn::print(graph),
            Module::Flow(graph) => flow::print(graph),
            Module::Fx(graph) => fx::print(graph),
        }
    }

    /// Reads and verifies a module of the level that its `kaon.level` attribute names, or
    /// else of the one whose ops it holds.
    pub fn read(text: &str) -> Result<Module> {
        match level_of(text) {
            Some("nn") => nn::read(text).map(Module::Nn),
            Some("flow") => flow::read(text).map(Module::Flow),
            Some("fx") => fx::read(text).map(Module::Fx),
            Some(other) => Err(Diagnostic::new(format!("`{other}` is no level of kaon"))
                .help("the levels that kaon reads are nn, flow and fx")),
            None => Err(
                Diagnostic::new("the text names no level and holds no op of one")
                    .help("open it with: module attributes {kaon.level = \"fx\"} {"),
            ),
        }
    }

    pub fn verify(&self) -> Result<()> {
        match self {
            Module::Nn(graph) => nn::verify(graph),
            Module::Flow(graph) => flow::verify(graph),
            Module::Fx(graph) => fx::verify(graph),
        }
    }

    /// The name of the function.
    pub fn name(&self) -> &str {
        match self {
            Module::Nn(graph) => &graph.name,
            Module::Flow(graph) => &graph.name,
            Module::Fx(graph) => &graph.name,
        }
    }

    /// The model file this came from.
    pub fn source(&self) -> Option<&str> {
        match self {
            Module::Nn(graph) => graph.source.as_deref(),
            Module::Flow(graph) => graph.source.as_deref(),
            Module::Fx(graph) => graph.source.as_deref(),
        }
    }

    /// How often each op occurs, inputs left out; of `flow` those of its kernels too.
    pub fn op_counts(&self) -> BTreeMap<&'static str, usize> {
        let names: Vec<_> = match self {
            Module::Nn(graph) => graph.nodes.iter().map(|node| node.op.name()).collect(),
            Module::Flow(graph) => {
                let kernels = graph.kernels.iter().flat_map(|kernel| &kernel.nodes);
                let own = graph.nodes.iter().map(|node| node.op.name());
                own.chain(kernels.map(|node| node.op.name())).collect()
            }
            Module::Fx(graph) => graph.nodes.iter().map(|node| node.op.name()).collect(),
        };
        let mut counts = BTreeMap::new();
        for name in names.into_iter().filter(|name| *name != "input") {
            *counts.entry(name).or_insert(0) += 1;
        }
        counts
    }

    /// Whether two modules say the same: equal graphs, or equal text where a table that
    /// nothing refers to is all that differs.
    pub fn same_as(&self, other: &Module) -> bool {
        let alike = self.level() == other.level() && self.nodes() == other.nodes();
        self == other || (alike && self.print() == other.print())
    }

    /// How many nodes the graph has; each is printed.
    fn nodes(&self) -> usize {
        match self {
            Module::Nn(graph) => graph.nodes.len(),
            Module::Flow(graph) => graph.nodes.len(),
            Module::Fx(graph) => graph.nodes.len(),
        }
    }
}

fn level_of(text: &str) -> Option<&str> {
    if let Some((_, rest)) = text.split_once("kaon.level = \"") {
        return rest.split('"').next();
    }
    ["nn", "flow", "fx"]
        .into_iter()
        .find(|level| text.contains(&format!("\"{level}.")))
}
