//! A program as an LLVM module: its tables, its loops, and the functions a caller sees.

use inkwell::context::Context;
use inkwell::module::{Linkage, Module};
use inkwell::types::BasicTypeEnum;
use inkwell::values::{BasicValue, FunctionValue, PointerValue, UnnamedAddress};

use super::emit::{Emitted, Emitter};
use super::machine::Machine;
use super::schedule::Kernel;
use super::shape::Shape;
use super::tables::Program;
use super::{Interface, io, kernels, products};

/// The module of a program; `<name>_run` is `void (x, y, samples, scratch)`, and
/// `<name>_predict` is `void (x, y, samples)` with the scratch memory on its stack.
/// `also` adds what else the module shall have.
pub fn module<'ctx>(
    context: &'ctx Context,
    name: &str,
    program: &Program,
    shapes: &[Shape],
    interface: Interface,
    machine: &Machine,
    also: impl FnOnce(&Emitter<'ctx, '_>) -> Emitted<()>,
) -> Emitted<Module<'ctx>> {
    let module = context.create_module(name);
    let bytes = context.const_string(&program.bytes, false);
    let tables = module.add_global(bytes.get_type(), None, "tables");
    tables.set_initializer(&bytes);
    tables.set_constant(true);
    tables.set_linkage(Linkage::Internal);
    tables.set_unnamed_address(UnnamedAddress::Global);
    tables.set_alignment(64);
    let emitter = Emitter {
        context,
        builder: context.create_builder(),
        tables: tables.as_pointer_value(),
        module,
        machine,
    };
    let steps = emitter.steps(program, shapes)?;
    let run = io::run(&emitter, name, program, interface, steps)?;
    io::predict(&emitter, name, program.scratch, run)?;
    also(&emitter)?;
    Ok(emitter.module)
}

impl<'ctx> Emitter<'ctx, '_> {
    /// The steps as data, { kernel, table, count } each, and how many they are.
    fn steps(&self, program: &Program, shapes: &[Shape]) -> Emitted<(PointerValue<'ctx>, usize)> {
        let mut known = std::collections::BTreeMap::new();
        let mut steps = Vec::new();
        for step in &program.steps {
            let kernel = match known.get(&step.kernel) {
                Some(kernel) => *kernel,
                None => {
                    let kernel = self.kernel(step.kernel, shapes)?;
                    known.insert(step.kernel, kernel);
                    kernel
                }
            };
            let address = kernel.as_global_value().as_pointer_value();
            let fields = [
                address.as_basic_value_enum(),
                self.i64(step.table as u64).into(),
                self.i64(step.count as u64).into(),
            ];
            steps.push(self.context.const_struct(&fields, false));
        }
        let fields: [BasicTypeEnum; 3] = [
            self.ptr().into(),
            self.i64_type().into(),
            self.i64_type().into(),
        ];
        let row = self.context.struct_type(&fields, false);
        let array = row.const_array(&steps);
        let steps_at = self.constant(array, "steps");
        Ok((steps_at, steps.len()))
    }

    fn kernel(&self, kernel: Kernel, shapes: &[Shape]) -> Emitted<FunctionValue<'ctx>> {
        match kernel {
            Kernel::Shape(shape) => kernels::shape(self, &shapes[shape]),
            Kernel::Sums {
                kind,
                each,
                units,
                tail,
            } => {
                let tail = tail.map(|shape| shapes[shape].as_slice());
                products::sums(self, kind, [each, units], tail)
            }
            Kernel::Lookup { from, entry, to } => kernels::lookup(self, from, entry, to),
        }
    }
}
