//! The generated functions a caller sees: samples in rows of integers, in and out.

use inkwell::IntPredicate;
use inkwell::module::Linkage;
use inkwell::values::{FunctionValue, IntValue, PointerValue};

use super::Interface;
use super::elements;
use super::emit::{Emitted, Emitter};
use super::schedule::LANES;
use super::tables::{Move, Program, Transfer};
use super::transpose;

/// `void <name>_run(x, y, samples, scratch)`; `samples` is not 0.
///
/// Blocks are transferred whole: the last samples go through memory of our own when the
/// caller's ends too early.
pub fn run<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    name: &str,
    program: &Program,
    interface: Interface,
    (steps, step_count): (PointerValue<'ctx>, usize),
) -> Emitted<FunctionValue<'ctx>> {
    let copy = copy(emitter)?;
    let (x_size, y_size) = (
        interface.inputs * interface.input.bytes,
        interface.outputs * interface.output.bytes,
    );
    let mut loads = Vec::new();
    for transfer in &program.inputs {
        let kernel = match transfer.of {
            Move::Pieces => transpose::fill(emitter, x_size)?,
            Move::Elements { storage, .. } => elements::fill(emitter, storage, interface)?,
        };
        loads.push((kernel, transfer));
    }
    let mut stores = Vec::new();
    for transfer in &program.results {
        let kernel = match transfer.of {
            Move::Pieces => transpose::drain(emitter, y_size)?,
            Move::Elements { storage, bytes } => elements::drain(emitter, storage, bytes, y_size)?,
        };
        stores.push((kernel, transfer));
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
    let (samples, rows) = (
        parameter(2).into_int_value(),
        parameter(3).into_pointer_value(),
    );
    let builder = &emitter.builder;
    let size = |count: IntValue<'ctx>, bytes: usize| {
        builder.build_int_mul(count, emitter.i64(bytes as u64), "")
    };
    emitter.repeat(samples, LANES as u64, &[], |base, _| {
        let left = builder.build_int_sub(samples, base, "")?;
        let lanes = emitter.i64(LANES as u64);
        let partial = builder.build_int_compare(IntPredicate::ULT, left, lanes, "")?;
        let count = builder.build_select(partial, left, lanes, "")?;
        let count = count.into_int_value();

        let theirs = emitter.element(x, base, x_size)?;
        let ours = emitter.offset(rows, emitter.i64(program.stage_in as u64))?;
        let needed = x_size * (LANES - 1) + program.reach;
        let needed = emitter.i64(needed as u64);
        let short =
            builder.build_int_compare(IntPredicate::ULT, size(left, x_size)?, needed, "")?;
        if x_size > 0 {
            emitter.when(short, || {
                let arguments = [ours.into(), theirs.into(), size(count, x_size)?.into()];
                builder.build_call(copy, &arguments, "")?;
                Ok(())
            })?;
        }
        let from = builder.build_select(short, ours, theirs, "")?;
        let transfer = |kernel: &FunctionValue<'ctx>, of: &Transfer, memory: PointerValue<'ctx>| {
            let table = emitter.offset(emitter.tables, emitter.i64(of.table as u64))?;
            let entries = emitter.i64(of.count as u64);
            let arguments = [rows.into(), table.into(), entries.into(), memory.into()];
            builder.build_call(*kernel, &arguments, "")
        };
        for (kernel, of) in &loads {
            transfer(kernel, of, from.into_pointer_value())?;
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
                let arguments = [rows.into(), table.into(), entries.into()];
                builder.build_indirect_call(ty, kernel, &arguments, "")?;
                Ok(vec![])
            })?;
        }
        let theirs = emitter.element(y, base, y_size)?;
        let ours = emitter.offset(rows, emitter.i64(program.stage_out as u64))?;
        let to = builder.build_select(partial, ours, theirs, "")?;
        for (kernel, of) in &stores {
            transfer(kernel, of, to.into_pointer_value())?;
        }
        if y_size > 0 {
            emitter.when(partial, || {
                let arguments = [theirs.into(), ours.into(), size(count, y_size)?.into()];
                builder.build_call(copy, &arguments, "")?;
                Ok(())
            })?;
        }
        Ok(vec![])
    })?;
    builder.build_return(None)?;
    Ok(function)
}

/// `void copy(to, from, bytes)`; `bytes` is not 0.
fn copy<'ctx>(emitter: &Emitter<'ctx, '_>) -> Emitted<FunctionValue<'ctx>> {
    let (ptr, i64) = (emitter.ptr().into(), emitter.i64_type().into());
    let function = emitter.function("copy", &[ptr, ptr, i64], Linkage::Internal);
    let parameters = function.get_params();
    let [to, from] = [parameters[0], parameters[1]].map(|of| of.into_pointer_value());
    let byte = emitter.context.i8_type();
    emitter.repeat(parameters[2].into_int_value(), 1, &[], |at, _| {
        let value = emitter.load(byte, emitter.offset(from, at)?, 0, 1)?;
        emitter.store(value, emitter.offset(to, at)?, 1)?;
        Ok(vec![])
    })?;
    emitter.builder.build_return(None)?;
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
