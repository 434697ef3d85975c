//! A module of either level: what a step gets and gives.

use std::collections::BTreeMap;

use dialects::{Diagnostic, Result, fx, nn};

/// One function at one level.
#[derive(Debug, Clone, PartialEq)]
pub enum Module {
    Nn(nn::Graph),
    Fx(fx::Graph),
}

impl Module {
    pub fn level(&self) -> &'static str {
        match self {
            Module::Nn(_) => "nn",
            Module::Fx(_) => "fx",
        }
    }

    pub fn print(&self) -> String {
        match self {
            Module::Nn(graph) => nn::print(graph),
            Module::Fx(graph) => fx::print(graph),
        }
    }

    /// Reads and verifies a module of the level that its `kaon.level` attribute names, or
    /// else of the one whose ops it holds.
    pub fn read(text: &str) -> Result<Module> {
        match level_of(text) {
            Some("nn") => nn::read(text).map(Module::Nn),
            Some("fx") => fx::read(text).map(Module::Fx),
            Some(other) => Err(Diagnostic::new(format!("`{other}` is no level of kaon"))
                .help("the levels that kaon reads are nn and fx")),
            None => Err(
                Diagnostic::new("the text names no level and holds no op of one")
                    .help("open it with: module attributes {kaon.level = \"fx\"} {"),
            ),
        }
    }

    pub fn verify(&self) -> Result<()> {
        match self {
            Module::Nn(graph) => nn::verify(graph),
            Module::Fx(graph) => fx::verify(graph),
        }
    }

    /// The model file this came from.
    pub fn source(&self) -> Option<&str> {
        match self {
            Module::Nn(graph) => graph.source.as_deref(),
            Module::Fx(graph) => graph.source.as_deref(),
        }
    }

    /// How often each op occurs, inputs left out.
    pub fn op_counts(&self) -> BTreeMap<&'static str, usize> {
        let names: Vec<_> = match self {
            Module::Nn(graph) => graph.nodes.iter().map(|node| node.op.name()).collect(),
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
        self == other || (self.level() == other.level() && self.print() == other.print())
    }
}

fn level_of(text: &str) -> Option<&str> {
    if let Some((_, rest)) = text.split_once("kaon.level = \"") {
        return rest.split('"').next();
    }
    ["nn", "fx"]
        .into_iter()
        .find(|level| text.contains(&format!("\"{level}.")))
}
