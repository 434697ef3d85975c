//! Single numbers between rows and the caller's memory, for what does not come in groups of
//! four bytes.

use std::cmp::Ordering;

use inkwell::IntPredicate;
use inkwell::module::Linkage;
use inkwell::values::{FunctionValue, PointerValue};

use super::dataflow::Storage;
use super::emit::{Emitted, Emitter, Kernel};
use super::kernels::alignment;
use super::schedule::LANES;
use super::{Container, Interface};

/// A kernel `void (rows, table, count, memory)`, and the caller's memory for a block.
pub fn start<'ctx>(emitter: &Emitter<'ctx, '_>, name: &str) -> (Kernel<'ctx>, PointerValue<'ctx>) {
    let (ptr, i64) = (emitter.ptr().into(), emitter.i64_type().into());
    let function = emitter.function(name, &[ptr, ptr, i64, ptr], Linkage::Internal);
    let parameters = function.get_params();
    let kernel = Kernel {
        function,
        rows: parameters[0].into_pointer_value(),
        table: parameters[1].into_pointer_value(),
        count: parameters[2].into_int_value(),
    };
    (kernel, parameters[3].into_pointer_value())
}

/// Inputs of one storage into their rows, clamped to their types.
pub fn fill<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    storage: Storage,
    interface: Interface,
) -> Emitted<FunctionValue<'ctx>> {
    let (kernel, from) = start(emitter, "fill");
    let builder = &emitter.builder;
    let Container { bytes, signed } = interface.input;
    let lanes = lanes(emitter, storage);
    let bound = storage.bytes().div_ceil(8) * 8;
    let stride = interface.inputs * bytes;
    // Compared in a type that holds both the container and the row.
    let holds = if signed { bytes } else { bytes * 2 };
    let work = emitter.int_bytes(storage.bytes().max(holds).min(16));
    emitter.repeat(kernel.count, 1, &[], |at, _| {
        let entry = emitter.element(kernel.table, at, 16 + 2 * bound)?;
        let row = emitter.offset(kernel.rows, emitter.load_i64(entry, 0)?)?;
        let column = emitter.offset(from, emitter.load_i64(entry, 8)?)?;
        let limit = |place| {
            let value = emitter.load(emitter.int(storage), entry, place, 4)?;
            let value = emitter.resize(value.into_int_value(), work, true)?;
            emitter.splat(value, lanes)
        };
        let (lo, hi) = (limit(16)?, limit(16 + bound)?);
        emitter.repeat(emitter.i64(LANES as u64), lanes.into(), &[], |lane, _| {
            let first = emitter.element(column, lane, stride)?;
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

/// Results of one storage from their rows, the low bytes of each; samples lie `stride`
/// bytes apart.
pub fn drain<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    storage: Storage,
    bytes: usize,
    stride: usize,
) -> Emitted<FunctionValue<'ctx>> {
    let (kernel, to) = start(emitter, "drain");
    let builder = &emitter.builder;
    let lanes = lanes(emitter, storage);
    emitter.repeat(kernel.count, 1, &[], |at, _| {
        let entry = emitter.element(kernel.table, at, 16)?;
        let row = emitter.offset(kernel.rows, emitter.load_i64(entry, 0)?)?;
        let column = emitter.offset(to, emitter.load_i64(entry, 8)?)?;
        emitter.repeat(emitter.i64(LANES as u64), lanes.into(), &[], |lane, _| {
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
fn lanes(emitter: &Emitter, storage: Storage) -> u32 {
    match storage {
        Storage::W128 => 1,
        _ => emitter.machine.lanes(),
    }
}
