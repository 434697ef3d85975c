//! fx → LLVM: a batched evaluator of a graph as native code, or as an object file for others.
//!
//! Samples are computed [`LANES`] at a time: every value is a row of lanes. The code is
//! driven by tables. Values that are computed alike (a neuron's rounding and clamp) share
//! one generated loop over (rows, parameters), and linear parts of the graph become sums
//! of products over (row, weight), so the time to compile grows with how many *kinds* of
//! expressions there are and not with the size of the network.
//!
//! Needs    a graph that `fx::verify` accepts.
//! Leaves   `void run(x, y, samples, scratch)` on row-major integers.
//! Never    rounds: every result is the integer that `fx::eval` gives.

mod cut;
mod dataflow;
mod emit;
mod io;
mod kernels;
mod linear;
mod machine;
mod object;
mod pack;
mod plan;
mod products;
mod raw;
mod schedule;
mod shape;

pub use machine::Processor;
pub use object::write_object;
pub use raw::Scratch;
pub use schedule::LANES;

use inkwell::context::Context;
use inkwell::module::Module;

use dialects::fx::{Graph, IntType, Port};
use dialects::{Diagnostic, Result};

use machine::Machine;
use plan::Plan;
use raw::Jit;
use schedule::Program;

/// The integer type of all elements of an array at the border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container {
    /// 1, 2, 4, 8 or 16.
    pub bytes: usize,
    pub signed: bool,
}

impl Container {
    /// The smallest that holds all types.
    fn of(ports: &[Port]) -> Container {
        let types: Vec<IntType> = ports
            .iter()
            .flat_map(|port| &port.elements)
            .map(|element| element.ty)
            .collect();
        let signed = types.iter().any(|ty| ty.signed);
        let bits = |ty: &IntType| ty.width + u32::from(signed && !ty.signed);
        let bits = types.iter().map(bits).max().unwrap_or(1);
        let bytes = (bits.next_power_of_two() as usize / 8).max(1);
        Container { bytes, signed }
    }
}

/// Arrays at the border: row-major, one row per sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interface {
    pub input: Container,
    pub output: Container,
    /// Elements per sample.
    pub inputs: usize,
    pub outputs: usize,
}

impl Interface {
    fn of(graph: &Graph) -> Interface {
        Interface {
            input: Container::of(&graph.inputs),
            output: Container::of(&graph.outputs),
            inputs: graph.input_count(),
            outputs: graph.results.len(),
        }
    }
}

/// A graph as native code of this process.
pub struct Native {
    jit: Jit,
    scratch: usize,
    pub interface: Interface,
}

impl Native {
    /// Compiles the graph for this machine.
    pub fn new(graph: &Graph) -> Result<Native> {
        let machine = Machine::new(Processor::Host);
        let lowered = Lowered::of(graph, &machine)?;
        let jit = Jit::new("kaon_run", |context| {
            lowered.module(context, "kaon", &machine)
        })?;
        Ok(Native {
            jit,
            scratch: lowered.program.scratch,
            interface: lowered.interface,
        })
    }

    /// Memory for one thread's calls.
    pub fn scratch(&self) -> Scratch {
        Scratch::new(self.scratch)
    }

    /// Computes `samples` rows of `x` into `y`, both in the interface's types. Inputs outside
    /// their types are clamped to them.
    pub fn run(&self, x: &[u8], y: &mut [u8], samples: usize, scratch: &mut Scratch) {
        let Interface {
            input,
            output,
            inputs,
            outputs,
        } = self.interface;
        let widths = [inputs * input.bytes, outputs * output.bytes, self.scratch];
        self.jit.run(x, y, samples, scratch, widths);
    }
}

/// A graph on its way to a module.
struct Lowered {
    plan: Plan,
    program: Program,
    interface: Interface,
}

impl Lowered {
    fn of(graph: &Graph, machine: &Machine) -> Result<Lowered> {
        let plan = Plan::of(graph, machine.packed())?;
        let program = Program::of(&plan);
        Ok(Lowered {
            plan,
            program,
            interface: Interface::of(graph),
        })
    }

    fn module<'ctx>(
        &self,
        context: &'ctx Context,
        name: &str,
        machine: &Machine,
    ) -> Result<Module<'ctx>> {
        let module = emit::module(
            context,
            name,
            &self.program,
            &self.plan.shapes,
            self.interface,
            machine,
        )
        .map_err(|reason| Diagnostic::new(format!("LLVM refuses an instruction: {reason}")))?;
        module
            .verify()
            .map_err(|reason| Diagnostic::new(format!("LLVM refuses the module: {reason}")))?;
        Ok(module)
    }
}

/// The module of a graph as text, for people.
pub fn print(graph: &Graph, processor: Processor) -> Result<String> {
    let context = Context::create();
    let machine = Machine::new(processor);
    let module = Lowered::of(graph, &machine)?.module(&context, &graph.name, &machine)?;
    Ok(module.print_to_string().to_string())
}
