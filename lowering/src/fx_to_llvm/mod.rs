//! fx → LLVM: a batched evaluator of a graph as native code, or as an object file for others.
//!
//! Samples are computed [`LANES`] at a time: every value is a row of lanes. The code is
//! driven by tables. Values that are computed alike (a neuron's rounding and clamp) share
//! one generated loop over (rows, parameters), and linear parts of the graph become sums
//! of products over (row, weight), so the time to compile grows with how many *kinds* of
//! expressions there are and not with the size of the network.
//! Lanes have 32, 64 or 128 bits, as proven ranges ask for; what sums of products read is
//! four bytes or two words to a lane where ranges and weights allow it, and what becomes
//! of a sum (rounding, clamping, packing) happens before it leaves the registers.
//!
//! Needs    a graph that `fx::verify` accepts.
//! Leaves   `void run(x, y, samples, scratch)` on row-major integers.
//! Never    rounds: every result is the integer that `fx::eval` gives.

mod compute;
mod cut;
mod dataflow;
mod elements;
mod emit;
mod fuse;
mod io;
mod kernels;
mod linear;
pub(crate) mod machine;
mod module;
mod object;
mod pack;
mod packing;
mod peak;
mod places;
mod plan;
mod planner;
mod ports;
mod products;
pub(crate) mod raw;
mod schedule;
mod shape;
mod tables;
mod transpose;
mod writer;

pub use machine::{Extension, Processor};
pub use object::write_object;
pub use peak::{Peak, Products};
pub use raw::Scratch;
pub use schedule::LANES;

use inkwell::context::Context;
use inkwell::module::Module;

use dialects::fx::{Graph, IntType, Port, Range};
use dialects::{Diagnostic, Result};

use emit::{Emitted, Emitter};
use machine::Machine;
use plan::Plan;
use raw::Jit;
use tables::Program;

/// The integer type of all elements of an array at the border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container {
    /// 1, 2, 4, 8 or 16.
    pub bytes: usize,
    pub signed: bool,
}

impl Container {
    /// All numbers that the type holds.
    fn range(self) -> Range {
        let bits = self.bytes as u32 * 8;
        match self.signed {
            true => Range::new(-1 << (bits - 1), !(-1 << (bits - 1))),
            false => Range::new(0, !(-1 << bits.min(127))),
        }
    }

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
    /// What it multiplies for a sample.
    pub products: Products,
}

const RUN: &str = "kaon_run";
const TAKE: &str = "kaon_take";
const GIVE: &str = "kaon_give";

impl Native {
    /// Compiles the graph for this machine.
    pub fn new(graph: &Graph) -> Result<Native> {
        Native::with(graph, Processor::Host)
    }

    /// Compiles the graph for this machine with no more than some instructions.
    ///
    /// Errors: instructions that this machine does not have.
    pub fn with(graph: &Graph, processor: Processor) -> Result<Native> {
        if let Processor::With(extension) = processor
            && !extension.here()
        {
            return Err(Diagnostic::new(format!(
                "this processor has no {} instructions",
                extension.name()
            )));
        }
        let machine = Machine::new(processor);
        let lowered = Lowered::of(graph, &machine)?;
        let interface = lowered.interface;
        let elements = graph.inputs.iter().flat_map(|port| &port.elements);
        let ranges: Vec<Range> = elements.map(|element| element.ty.range()).collect();
        let mut names = vec![RUN];
        names.extend((interface.input.bytes <= 8).then_some(TAKE));
        names.extend((interface.output.bytes <= 8).then_some(GIVE));
        let jit = Jit::new(&names, |context| {
            lowered.module(context, "kaon", &machine, |emitter| {
                if names.contains(&TAKE) {
                    ports::take(emitter, "kaon", interface, &ranges)?;
                }
                if names.contains(&GIVE) {
                    ports::give(emitter, "kaon", interface)?;
                }
                Ok(())
            })
        })?;
        Ok(Native {
            jit,
            scratch: lowered.program.scratch,
            interface,
            products: Products::of(&lowered.plan),
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
        self.jit.run(RUN, x, y, samples, scratch, widths);
    }

    /// Writes 64-bit inputs in the interface's type; whether all lie in their ranges.
    /// `false`, too, where the type is wider.
    pub fn take(&self, x: &[i64], y: &mut [u8], samples: usize) -> bool {
        let Interface { input, inputs, .. } = self.interface;
        let mut bad = Scratch::new(8 * ports::BAD);
        let widths = [inputs * 8, inputs * input.bytes, 8 * ports::BAD];
        self.jit.run(TAKE, x, y, samples, &mut bad, widths) && bad.is_zero()
    }

    /// Writes results of the interface's type as 64-bit integers; `false` where the type is
    /// wider.
    pub fn give(&self, x: &[u8], y: &mut [i64], samples: usize) -> bool {
        let Interface {
            output, outputs, ..
        } = self.interface;
        let widths = [outputs * output.bytes, outputs * 8, 0];
        let scratch = &mut Scratch::new(0);
        self.jit.run(GIVE, x, y, samples, scratch, widths)
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
        let interface = Interface::of(graph);
        let plan = Plan::of(graph, machine.instructions(), interface)?;
        let program = Program::of(&plan, interface);
        Ok(Lowered {
            plan,
            program,
            interface,
        })
    }

    fn module<'ctx>(
        &self,
        context: &'ctx Context,
        name: &str,
        machine: &Machine,
        also: impl FnOnce(&Emitter<'ctx, '_>) -> Emitted<()>,
    ) -> Result<Module<'ctx>> {
        let module = module::module(
            context,
            name,
            &self.program,
            &self.plan.shapes,
            self.interface,
            machine,
            also,
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
    let module =
        Lowered::of(graph, &machine)?.module(&context, &graph.name, &machine, |_| Ok(()))?;
    Ok(module.print_to_string().to_string())
}
