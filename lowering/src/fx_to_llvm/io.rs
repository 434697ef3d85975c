//! The generated functions a caller sees: samples in rows of integers, in and out.

use std::cmp::Ordering;

use inkwell::IntPredicate;
use inkwell::module::Linkage;
use inkwell::values::{BasicValueEnum, FunctionValue, IntValue, PointerValue};

use super::dataflow::Storage;
use super::emit::{Emitted, Emitter, Kernel};
use super::kernels::alignment;
use super::schedule::{LANES, Program, Transfer};
use super::{Container, Interface};

/// `void <name>_run(x, y, samples, scratch)`; `samples` is not 0.
pub fn run<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    name: &str,
    program: &Program,
    interface: Interface,
    (steps, step_count): (PointerValue<'ctx>, usize),
) -> Emitted<FunctionValue<'ctx>> {
    let mut loads = Vec::new();
    for transfer in &program.inputs {
        let of = |full| fill(emitter, transfer.storage, interface, full);
        loads.push(([of(true)?, of(false)?], transfer));
    }
    let mut stores = Vec::new();
    for transfer in &program.results {
        let of = |full| drain(emitter, transfer.storage, interface, full);
        stores.push(([of(true)?, of(false)?], transfer));
    }
    let (ptr, i64) = (emitter.ptr().into(), emitter.i64_type().into());
    let function = emitter.function(
        &format!("{name}_run"),
        &[ptr, ptr, i64, ptr],
        Linkage::External,
    );
    let parameter = |at| {
        function
            .get_nth_param(at)
            .expect("the function was just made")
    };
    let (x, y) = (
        parameter(0).into_pointer_value(),
        parameter(1).into_pointer_value(),
    );
    let (samples, rows) = (parameter(2).into_int_value(), parameter(3));
    let builder = &emitter.builder;
    emitter.repeat(samples, LANES as u64, &[], |base, _| {
        let left = builder.build_int_sub(samples, base, "")?;
        let lanes = emitter.i64(LANES as u64);
        let partial = builder.build_int_compare(IntPredicate::ULT, left, lanes, "")?;
        let count = builder.build_select(partial, left, lanes, "")?;
        let size = interface.inputs * interface.input.bytes;
        let from = emitter.element(x, base, size)?;
        let transfer =
            |of: &[FunctionValue<'ctx>; 2], transfer: &Transfer, memory: PointerValue<'ctx>| {
                let [whole, part] = of.map(|kernel| kernel.as_global_value().as_pointer_value());
                let kernel = builder
                    .build_select(partial, part, whole, "")?
                    .into_pointer_value();
                let table = emitter.offset(emitter.tables, emitter.i64(transfer.table as u64))?;
                let entries = emitter.i64(transfer.count as u64);
                let arguments = [
                    rows.into(),
                    table.into(),
                    entries.into(),
                    memory.into(),
                    count.into(),
                ];
                builder.build_indirect_call(of[0].get_type(), kernel, &arguments, "")
            };
        for (kernels, of) in &loads {
            transfer(kernels, of, from)?;
        }
        if step_count > 0 {
            emitter.repeat(emitter.i64(step_count as u64), 1, &[], |at, _| {
                let step = emitter.element(steps, at, 24)?;
                let kernel = emitter
                    .load(emitter.ptr(), step, 0, 8)?
                    .into_pointer_value();
                let table = emitter.offset(emitter.tables, emitter.load_i64(step, 8)?)?;
                let entries = emitter.load_i64(step, 16)?;
                let parameters = [
                    emitter.ptr().into(),
                    emitter.ptr().into(),
                    emitter.i64_type().into(),
                ];
                let ty = emitter.context.void_type().fn_type(&parameters, false);
                builder.build_indirect_call(
                    ty,
                    kernel,
                    &[rows.into(), table.into(), entries.into()],
                    "",
                )?;
                Ok(vec![])
            })?;
        }
        let to = emitter.element(y, base, interface.outputs * interface.output.bytes)?;
        for (kernels, of) in &stores {
            transfer(kernels, of, to)?;
        }
        Ok(vec![])
    })?;
    builder.build_return(None)?;
    Ok(function)
}

/// `void <name>_predict(x, y, samples)`.
pub fn predict<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    name: &str,
    scratch: usize,
    run: FunctionValue<'ctx>,
) -> Emitted<()> {
    let (ptr, i64) = (emitter.ptr().into(), emitter.i64_type().into());
    let function = emitter.function(
        &format!("{name}_predict"),
        &[ptr, ptr, i64],
        Linkage::External,
    );
    let parameters = function.get_params();
    let builder = &emitter.builder;
    let memory = emitter.context.i8_type().array_type(scratch.max(1) as u32);
    let rows = builder.build_alloca(memory, "rows")?;
    let alloca = rows.as_instruction().expect("an alloca is an instruction");
    alloca.set_alignment(64).expect("64 is a power of two");
    let any = emitter.context.append_basic_block(function, "");
    let end = emitter.context.append_basic_block(function, "");
    let none = emitter.i64(0);
    let empty =
        builder.build_int_compare(IntPredicate::EQ, parameters[2].into_int_value(), none, "")?;
    builder.build_conditional_branch(empty, end, any)?;
    builder.position_at_end(any);
    let [x, y, samples] = [parameters[0], parameters[1], parameters[2]].map(Into::into);
    builder.build_call(run, &[x, y, samples, rows.into()], "")?;
    builder.build_unconditional_branch(end)?;
    builder.position_at_end(end);
    builder.build_return(None)?;
    Ok(())
}

/// A kernel with the caller's memory and the number of samples in the block.
fn start<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    name: &str,
) -> (Kernel<'ctx>, PointerValue<'ctx>, IntValue<'ctx>) {
    let (ptr, i64) = (emitter.ptr().into(), emitter.i64_type().into());
    let function = emitter.function(name, &[ptr, ptr, i64, ptr, i64], Linkage::Internal);
    let parameter = |at| -> BasicValueEnum {
        function
            .get_nth_param(at)
            .expect("the function was just made")
    };
    let kernel = Kernel {
        function,
        rows: parameter(0).into_pointer_value(),
        table: parameter(1).into_pointer_value(),
        count: parameter(2).into_int_value(),
    };
    (
        kernel,
        parameter(3).into_pointer_value(),
        parameter(4).into_int_value(),
    )
}

/// Inputs of one storage into their rows, clamped to their types. Lanes beyond the last
/// sample repeat it; in a full block there are none.
fn fill<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    storage: Storage,
    interface: Interface,
    full: bool,
) -> Emitted<FunctionValue<'ctx>> {
    let (kernel, from, count) = start(emitter, "fill");
    let builder = &emitter.builder;
    let Container { bytes, signed } = interface.input;
    let lanes = lanes(emitter, storage, full);
    let last = builder.build_int_sub(count, emitter.i64(1), "")?;
    let bound = storage.bytes().div_ceil(8) * 8;
    let stride = interface.inputs * bytes;
    // Compared in a type that holds both the container and the row.
    let holds = if signed { bytes } else { bytes * 2 };
    let work = emitter.int_bytes(storage.bytes().max(holds).min(16));
    emitter.repeat(kernel.count, 1, &[], |at, _| {
        let entry = emitter.element(kernel.table, at, 16 + 2 * bound)?;
        let row = emitter.offset(kernel.rows, emitter.load_i64(entry, 0)?)?;
        let column = emitter.element(from, emitter.load_i64(entry, 8)?, bytes)?;
        let limit = |place| {
            let value = emitter.load(emitter.int(storage), entry, place, 4)?;
            let value = emitter.resize(value.into_int_value(), work, true)?;
            emitter.splat(value, lanes)
        };
        let (lo, hi) = (limit(16)?, limit(16 + bound)?);
        emitter.repeat(emitter.i64(LANES as u64), lanes.into(), &[], |lane, _| {
            let inside = builder.build_int_compare(IntPredicate::ULT, lane, last, "")?;
            let nearest = builder.build_select(inside, lane, last, "")?;
            let sample = if full { lane } else { nearest.into_int_value() };
            let first = emitter.element(column, sample, stride)?;
            let container = emitter.int_bytes(bytes);
            let mut value = container.vec_type(lanes).get_poison();
            for at in 0..lanes {
                let one = emitter.load(container, first, at as usize * stride, 1)?;
                value = builder.build_insert_element(value, one, emitter.i64(at.into()), "")?;
            }
            let wide = work.vec_type(lanes);
            let value = match work.get_bit_width() as usize == bytes * 8 {
                true => value,
                false if signed => builder.build_int_s_extend(value, wide, "")?,
                false => builder.build_int_z_extend(value, wide, "")?,
            };
            let low = builder.build_int_compare(IntPredicate::SLT, value, lo, "")?;
            let value = builder
                .build_select(low, lo, value, "")?
                .into_vector_value();
            let high = builder.build_int_compare(IntPredicate::SGT, value, hi, "")?;
            let value = builder
                .build_select(high, hi, value, "")?
                .into_vector_value();
            let value = match work.get_bit_width() == storage.bits() {
                true => value,
                false => builder.build_int_truncate(value, emitter.vector(storage, lanes), "")?,
            };
            let to = emitter.element(row, lane, storage.bytes())?;
            emitter.store(value, to, alignment(storage, lanes))?;
            Ok(vec![])
        })
    })?;
    builder.build_return(None)?;
    Ok(kernel.function)
}

/// Results of one storage from their rows.
fn drain<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    storage: Storage,
    interface: Interface,
    full: bool,
) -> Emitted<FunctionValue<'ctx>> {
    let (kernel, to, count) = start(emitter, "drain");
    let builder = &emitter.builder;
    let bytes = interface.output.bytes;
    let lanes = lanes(emitter, storage, full);
    let stride = interface.outputs * bytes;
    emitter.repeat(kernel.count, 1, &[], |at, _| {
        let entry = emitter.element(kernel.table, at, 16)?;
        let row = emitter.offset(kernel.rows, emitter.load_i64(entry, 0)?)?;
        let column = emitter.element(to, emitter.load_i64(entry, 8)?, bytes)?;
        emitter.repeat(count, lanes.into(), &[], |lane, _| {
            let at = emitter.element(row, lane, storage.bytes())?;
            let rows = emitter.vector(storage, lanes);
            let value = emitter
                .load(rows, at, 0, alignment(storage, lanes))?
                .into_vector_value();
            let container = emitter.int_bytes(bytes).vec_type(lanes);
            let value = match bytes.cmp(&storage.bytes()) {
                Ordering::Less => builder.build_int_truncate(value, container, "")?,
                Ordering::Equal => value,
                Ordering::Greater => builder.build_int_s_extend(value, container, "")?,
            };
            let first = emitter.element(column, lane, stride)?;
            for at in 0..lanes {
                let one = builder.build_extract_element(value, emitter.i64(at.into()), "")?;
                let place = emitter.offset(first, emitter.i64(u64::from(at) * stride as u64))?;
                emitter.store(one, place, 1)?;
            }
            Ok(vec![])
        })
    })?;
    builder.build_return(None)?;
    Ok(kernel.function)
}

/// How many lanes are transferred at a time.
fn lanes(emitter: &Emitter, storage: Storage, full: bool) -> u32 {
    match full && storage != Storage::W128 {
        true => emitter.machine.lanes(),
        false => 1,
    }
}
