//! The circuit of a compiled folder, of either form.

use std::path::Path;

use dialects::{Result, flow, fx};
use lowering::flow_to_hw::{self, Form};
use lowering::fx_to_hw;
use lowering::interface::Interface;

use super::read_file;
use crate::engine::streams;
use crate::output::{self, Manifest};

/// A scheduled design.
pub enum Circuit {
    /// One pipeline, a whole sample in every clock cycle.
    Pipeline(fx::Graph),
    Streams(flow::Graph),
}

/// Whether a folder holds a circuit of streams.
pub fn is_of_streams(folder: &Path) -> Result<bool> {
    let manifest = Manifest::read(folder)?;
    let mut files = manifest.files.iter();
    Ok(files.any(|file| file.path == output::STREAMS))
}

/// A function of streams in a compiled folder.
pub fn read_streams(folder: &Path, file: &str) -> Result<flow::Graph> {
    let text = read_file(folder, file)?;
    let place = folder.join(file).display().to_string();
    flow::read(&text).map_err(|finding| finding.in_file(place))
}

impl Circuit {
    /// The design of a folder.
    ///
    /// Errors: no such folder, or one without a design; a file changed since.
    pub fn of_folder(folder: &Path) -> Result<Circuit> {
        match is_of_streams(folder)? {
            true => read_streams(folder, output::STREAMS).map(Circuit::Streams),
            false => super::read_graph(folder, output::DESIGN).map(Circuit::Pipeline),
        }
    }

    pub fn interface(&self) -> Result<Interface> {
        match self {
            Circuit::Pipeline(graph) => Ok(Interface::of(graph)),
            Circuit::Streams(graph) => Interface::of_flow(graph),
        }
    }

    pub fn inputs(&self) -> Vec<fx::Port> {
        match self {
            Circuit::Pipeline(graph) => graph.inputs.clone(),
            Circuit::Streams(graph) => streams::ports(&graph.inputs),
        }
    }

    pub fn outputs(&self) -> Vec<fx::Port> {
        match self {
            Circuit::Pipeline(graph) => graph.outputs.clone(),
            Circuit::Streams(graph) => streams::ports(&graph.outputs),
        }
    }

    pub fn clock_ps(&self) -> Option<u32> {
        match self {
            Circuit::Pipeline(graph) => graph.clock_ps,
            Circuit::Streams(graph) => graph.clock_ps(),
        }
    }

    /// The hardware text.
    pub fn hardware(&self, form: Form) -> Result<String> {
        match self {
            Circuit::Pipeline(graph) => fx_to_hw::lower_with(graph, form.primitives),
            Circuit::Streams(graph) => flow_to_hw::lower(graph, form),
        }
    }
}
