//! The tools to write generated code: functions, loops, memory.

use inkwell::AddressSpace;
use inkwell::attributes::AttributeLoc;
use inkwell::basic_block::BasicBlock;
use inkwell::builder::{Builder, BuilderError};
use inkwell::context::Context;
use inkwell::module::{Linkage, Module};
use inkwell::types::{BasicTypeEnum, IntType, PointerType, VectorType};
use inkwell::values::{BasicValueEnum, FunctionValue, IntValue, PointerValue, VectorValue};
use inkwell::{IntPredicate, values::BasicValue};

use super::dataflow::Storage;
use super::machine::Machine;
use super::raw;

pub type Emitted<T> = Result<T, BuilderError>;

pub struct Emitter<'ctx, 'a> {
    pub context: &'ctx Context,
    pub module: Module<'ctx>,
    pub builder: Builder<'ctx>,
    pub machine: &'a Machine,
    /// All tables of the program.
    pub tables: PointerValue<'ctx>,
}

/// The parameters of a kernel: `void kernel(rows, table, count)`.
pub struct Kernel<'ctx> {
    pub function: FunctionValue<'ctx>,
    pub rows: PointerValue<'ctx>,
    pub table: PointerValue<'ctx>,
    pub count: IntValue<'ctx>,
}

impl<'ctx> Emitter<'ctx, '_> {
    /// A function of the module, compiled for the machine.
    pub fn function(
        &self,
        name: &str,
        parameters: &[BasicTypeEnum<'ctx>],
        linkage: Linkage,
    ) -> FunctionValue<'ctx> {
        let parameters: Vec<_> = parameters.iter().map(|ty| (*ty).into()).collect();
        let ty = self.context.void_type().fn_type(&parameters, false);
        let function = self.module.add_function(name, ty, Some(linkage));
        for (key, value) in self.machine.attributes() {
            let attribute = self.context.create_string_attribute(key, &value);
            function.add_attribute(AttributeLoc::Function, attribute);
        }
        let entry = self.context.append_basic_block(function, "");
        self.builder.position_at_end(entry);
        function
    }

    /// Data of the module that nothing writes.
    pub fn constant(&self, data: impl BasicValue<'ctx>, name: &str) -> PointerValue<'ctx> {
        let data = data.as_basic_value_enum();
        let global = self.module.add_global(data.get_type(), None, name);
        global.set_initializer(&data);
        global.set_constant(true);
        global.set_linkage(Linkage::Internal);
        global.set_alignment(64);
        global.as_pointer_value()
    }

    pub fn start_kernel(&self, name: &str) -> Kernel<'ctx> {
        let parameters = [self.ptr().into(), self.ptr().into(), self.i64_type().into()];
        let function = self.function(name, &parameters, Linkage::Internal);
        let parameter = |at| {
            function
                .get_nth_param(at)
                .expect("the function was just made")
        };
        Kernel {
            function,
            rows: parameter(0).into_pointer_value(),
            table: parameter(1).into_pointer_value(),
            count: parameter(2).into_int_value(),
        }
    }

    pub fn ptr(&self) -> PointerType<'ctx> {
        self.context.ptr_type(AddressSpace::default())
    }

    pub fn i64_type(&self) -> IntType<'ctx> {
        self.context.i64_type()
    }

    pub fn i64(&self, value: u64) -> IntValue<'ctx> {
        self.context.i64_type().const_int(value, false)
    }

    pub fn int(&self, storage: Storage) -> IntType<'ctx> {
        self.int_bytes(storage.bytes())
    }

    pub fn int_bytes(&self, bytes: usize) -> IntType<'ctx> {
        match bytes {
            1 => self.context.i8_type(),
            2 => self.context.i16_type(),
            4 => self.context.i32_type(),
            8 => self.context.i64_type(),
            _ => self.context.i128_type(),
        }
    }

    pub fn vector(&self, storage: Storage, lanes: u32) -> VectorType<'ctx> {
        self.int(storage).vec_type(lanes)
    }

    pub fn offset(
        &self,
        pointer: PointerValue<'ctx>,
        bytes: IntValue<'ctx>,
    ) -> Emitted<PointerValue<'ctx>> {
        raw::offset(&self.builder, self.context.i8_type(), pointer, bytes)
    }

    /// `pointer + index * bytes`.
    pub fn element(
        &self,
        pointer: PointerValue<'ctx>,
        index: IntValue<'ctx>,
        bytes: usize,
    ) -> Emitted<PointerValue<'ctx>> {
        let offset = self
            .builder
            .build_int_mul(index, self.i64(bytes as u64), "")?;
        self.offset(pointer, offset)
    }

    /// Reads `ty` at `pointer + bytes`, wherever that lies.
    pub fn load(
        &self,
        ty: impl Into<BasicTypeEnum<'ctx>>,
        pointer: PointerValue<'ctx>,
        bytes: usize,
        alignment: usize,
    ) -> Emitted<BasicValueEnum<'ctx>> {
        let at = self.offset(pointer, self.i64(bytes as u64))?;
        let value = self.builder.build_load(ty.into(), at, "")?;
        let load = value
            .as_instruction_value()
            .expect("a load is an instruction");
        load.set_alignment(alignment as u32)
            .expect("alignments are powers of two");
        Ok(value)
    }

    pub fn load_i64(&self, pointer: PointerValue<'ctx>, bytes: usize) -> Emitted<IntValue<'ctx>> {
        Ok(self
            .load(self.i64_type(), pointer, bytes, 4)?
            .into_int_value())
    }

    pub fn store(
        &self,
        value: impl BasicValue<'ctx>,
        pointer: PointerValue<'ctx>,
        alignment: usize,
    ) -> Emitted<()> {
        let store = self.builder.build_store(pointer, value)?;
        store
            .set_alignment(alignment as u32)
            .expect("alignments are powers of two");
        Ok(())
    }

    /// The value in all lanes.
    pub fn splat(&self, value: IntValue<'ctx>, lanes: u32) -> Emitted<VectorValue<'ctx>> {
        let vector = value.get_type().vec_type(lanes);
        let i32 = self.context.i32_type();
        let first =
            self.builder
                .build_insert_element(vector.get_poison(), value, i32.const_zero(), "")?;
        let mask = i32.vec_type(lanes).const_zero();
        self.builder
            .build_shuffle_vector(first, vector.get_poison(), mask, "")
    }

    /// Sign extension, truncation, or nothing.
    pub fn resize(
        &self,
        value: IntValue<'ctx>,
        to: IntType<'ctx>,
        signed: bool,
    ) -> Emitted<IntValue<'ctx>> {
        let (from, bits) = (value.get_type().get_bit_width(), to.get_bit_width());
        match bits {
            _ if bits < from => self.builder.build_int_truncate(value, to, ""),
            _ if bits == from => Ok(value),
            _ if signed => self.builder.build_int_s_extend(value, to, ""),
            _ => self.builder.build_int_z_extend(value, to, ""),
        }
    }

    /// `for at in (0..end).step_by(step)`, at least once, with values carried from turn to
    /// turn; returns the last ones.
    pub fn repeat(
        &self,
        end: IntValue<'ctx>,
        step: u64,
        carried: &[BasicValueEnum<'ctx>],
        body: impl FnOnce(IntValue<'ctx>, &[BasicValueEnum<'ctx>]) -> Emitted<Vec<BasicValueEnum<'ctx>>>,
    ) -> Emitted<Vec<BasicValueEnum<'ctx>>> {
        let before = self.here();
        let function = before.get_parent().expect("blocks are made in functions");
        let block = self.context.append_basic_block(function, "");
        self.builder.build_unconditional_branch(block)?;
        self.builder.position_at_end(block);
        let at = self.builder.build_phi(self.i64_type(), "")?;
        at.add_incoming(&[(&self.i64(0), before)]);
        let mut phis = Vec::with_capacity(carried.len());
        for value in carried {
            let phi = self.builder.build_phi(value.get_type(), "")?;
            phi.add_incoming(&[(value, before)]);
            phis.push(phi);
        }
        let now: Vec<BasicValueEnum> = phis.iter().map(|phi| phi.as_basic_value()).collect();
        let index = at.as_basic_value().into_int_value();
        let next = body(index, &now)?;
        let following = self.builder.build_int_add(index, self.i64(step), "")?;
        let last = self.here();
        let after = self.context.append_basic_block(function, "");
        let more = self
            .builder
            .build_int_compare(IntPredicate::ULT, following, end, "")?;
        self.builder.build_conditional_branch(more, block, after)?;
        at.add_incoming(&[(&following, last)]);
        for (phi, value) in phis.iter().zip(&next) {
            phi.add_incoming(&[(value, last)]);
        }
        self.builder.position_at_end(after);
        Ok(next)
    }

    /// What `body` writes, where the condition holds.
    pub fn when(
        &self,
        condition: IntValue<'ctx>,
        body: impl FnOnce() -> Emitted<()>,
    ) -> Emitted<()> {
        let function = self.here().get_parent();
        let function = function.expect("blocks are made in functions");
        let block = self.context.append_basic_block(function, "");
        let after = self.context.append_basic_block(function, "");
        self.builder
            .build_conditional_branch(condition, block, after)?;
        self.builder.position_at_end(block);
        body()?;
        self.builder.build_unconditional_branch(after)?;
        self.builder.position_at_end(after);
        Ok(())
    }

    fn here(&self) -> BasicBlock<'ctx> {
        self.builder
            .get_insert_block()
            .expect("the builder is in a function")
    }
}
