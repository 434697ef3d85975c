//! lower-flow-to-hw: one module for each actor, around the modules of the kernels.
//!
//! Kernels are printed as [`crate::fx_to_hw`] prints any function. An actor has `clk`, `rst`,
//! `in_valid`, `x`, `out_valid` and `y`; the top joins them in a row. A token is there in the
//! clock cycles in which its valid bit is up, and nothing ever waits: the static schedule of
//! `flow` says that nothing has to. Only valid bits and counters are reset.

mod actors;
mod chain;
mod join;
mod window;
mod writer;

use std::fmt::Write;

use dialects::flow::{self, Graph, Queue, timing};
use dialects::{Diagnostic, Result};

use crate::fx_to_hw;
use crate::interface::Interface;
use crate::names::{Names, identifier};
use crate::primitives::Primitives;
use chain::Chains;
use writer::Writer;

/// The module of a kernel or of a body: its pins, and whether it has a clock.
pub(crate) struct Kernel {
    pub module: String,
    pub inputs: Vec<(String, u32)>,
    pub output: u32,
    pub clocked: bool,
}

/// What hardware is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Form {
    pub primitives: Primitives,
    /// The fewest tokens of a queue that is a memory; without it all are registers.
    pub least_memory: Option<u32>,
}

impl Form {
    /// Whether a queue is a memory. What is read of one was written in an earlier clock cycle,
    /// so no token may come in the same cycle as the one that it waits for.
    pub fn stores(&self, queue: Queue) -> bool {
        let least = self.least_memory.map(|least| (least as usize).max(2));
        least.is_some_and(|least| queue.depth >= least) && queue.shortest > 0
    }
}

/// The text of all modules, the top last.
///
/// Errors: a graph that breaks a rule of `flow`, kernels that [`crate::netlist::build`]
/// refuses, more ports than one on a side.
pub fn lower(graph: &Graph, form: Form) -> Result<String> {
    flow::verify(graph)?;
    if graph.inputs.len() != 1 || graph.outputs.len() != 1 {
        return Err(
            Diagnostic::new("a circuit of streams has one input port and one output port")
                .help("compile without --stream and --reuse"),
        );
    }
    let times = timing(graph)?;
    let interface = Interface::of_flow(graph)?;
    let mut names = Names::default();
    names.fresh(&interface.top);
    let mut kernels = Vec::with_capacity(graph.kernels.len());
    let mut functions = Vec::with_capacity(graph.kernels.len());
    for kernel in &graph.kernels {
        let mut function = kernel.clone();
        function.name = names.fresh(&identifier(&format!("{} {}", graph.name, kernel.name)));
        let own = Interface::of(&function);
        kernels.push(Kernel {
            module: own.top.clone(),
            inputs: own
                .inputs
                .iter()
                .map(|p| (p.name.clone(), p.width()))
                .collect(),
            output: own.outputs.first().map_or(0, |port| port.width()),
            clocked: !own.is_combinational(),
        });
        functions.push(function);
    }
    let mut text = fx_to_hw::lower_kernels(&functions, form.primitives)?;
    let mut chains = Chains {
        functions: graph.functions(),
        kernels: &kernels,
        bodies: vec![],
        form,
        top: &interface.top,
        names: &mut names,
        text: &mut text,
    };
    for (body, times) in graph.bodies.iter().zip(&times.bodies) {
        chains.body(body, times);
    }
    let mut top = Writer::default();
    let (valid, y) = chains.chain(&mut top, graph, &times);
    let widths = chain::widths(graph);
    let what = match &graph.source {
        Some(source) => format!("made by kaon from {source}"),
        None => "made by kaon".to_string(),
    };
    let comment = format!(
        "{what}; {} clock cycles, {} tokens in, {} out, a new input every {} cycles",
        interface.latency, graph.inputs[0].tokens, graph.outputs[0].tokens, times.interval
    );
    print(
        &mut text,
        "",
        &interface.top,
        &comment,
        widths,
        &top,
        (&valid, &y),
    );
    Ok(text)
}

fn print(
    text: &mut String,
    private: &str,
    name: &str,
    comment: &str,
    (input, output): (u32, u32),
    body: &Writer,
    (valid, y): (&str, &str),
) {
    let comment = dialects::ir::quote(&format!("{comment}\nverilator lint_off UNUSEDSIGNAL"));
    writeln!(
        text,
        "hw.module {private}@{name}(in %clk : !seq.clock, in %rst : i1, in %in_valid : i1, \
         in %x : i{input}, out y : i{output}, out out_valid : i1) \
         attributes {{comment = {comment}}} {{\n{}  hw.output %{y}, %{valid} : i{output}, i1\n}}",
        body.text()
    )
    .expect("writing to a string");
}
