//! The generated loops: a shape over its instances, a lookup over tables.

use inkwell::values::FunctionValue;

use super::compute::{compute, leaves, params, params_size};
use super::dataflow::Storage;
use super::emit::{Emitted, Emitter};
use super::schedule::LANES;
use super::shape::Micro;

/// Every instance of a shape, a vector of lanes at a time.
pub fn shape<'ctx>(emitter: &Emitter<'ctx, '_>, shape: &[Micro]) -> Emitted<FunctionValue<'ctx>> {
    let kernel = emitter.start_kernel("shape");
    let wide = shape.iter().any(|micro| micro.works_in() == Storage::W128);
    let lanes = if wide { 1 } else { emitter.machine.lanes() };
    let leaves: Vec<Storage> = leaves(shape).collect();
    // Reads stand before parameters in an entry, whatever their order in the shape.
    let first = 8 * (1 + leaves.len());
    let size = first + params_size(shape);
    emitter.repeat(kernel.count, 1, &[], |at, _| {
        let entry = emitter.element(kernel.table, at, size)?;
        let out = emitter.offset(kernel.rows, emitter.load_i64(entry, 0)?)?;
        let mut rows = Vec::with_capacity(leaves.len());
        for at in 0..leaves.len() {
            let row = emitter.load_i64(entry, 8 + at * 8)?;
            rows.push(emitter.offset(kernel.rows, row)?);
        }
        let params = params(emitter, shape, entry, first, lanes)?;
        emitter.repeat(
            emitter.i64(LANES as u64),
            u64::from(lanes),
            &[],
            |lane, _| {
                let mut read = Vec::with_capacity(rows.len());
                for (row, storage) in rows.iter().zip(&leaves) {
                    let at = emitter.element(*row, lane, storage.bytes())?;
                    let ty = emitter.vector(*storage, lanes);
                    let value = emitter.load(ty, at, 0, alignment(*storage, lanes))?;
                    read.push(value.into_vector_value());
                }
                let result = compute(emitter, shape, &read, &params, lanes)?;
                let storage = shape.last().expect("a shape has a result").storage();
                let at = emitter.element(out, lane, storage.bytes())?;
                emitter.store(result, at, alignment(storage, lanes))?;
                Ok(vec![])
            },
        )
    })?;
    emitter.builder.build_return(None)?;
    Ok(kernel.function)
}

/// Rows start at multiples of 64 bytes.
pub fn alignment(storage: Storage, lanes: u32) -> usize {
    (storage.bytes() * lanes as usize).min(64)
}

/// Every lookup, lane by lane.
pub fn lookup<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    from: Storage,
    entry: usize,
    to: Storage,
) -> Emitted<FunctionValue<'ctx>> {
    let kernel = emitter.start_kernel("lookup");
    emitter.repeat(kernel.count, 1, &[], |at, _| {
        let fields = emitter.element(kernel.table, at, 32)?;
        let out = emitter.offset(kernel.rows, emitter.load_i64(fields, 0)?)?;
        let input = emitter.offset(kernel.rows, emitter.load_i64(fields, 8)?)?;
        let table = emitter.offset(emitter.tables, emitter.load_i64(fields, 16)?)?;
        let first = emitter.load_i64(fields, 24)?;
        emitter.repeat(emitter.i64(LANES as u64), 1, &[], |lane, _| {
            let at = emitter.element(input, lane, from.bytes())?;
            let value = emitter
                .load(emitter.int(from), at, 0, from.bytes())?
                .into_int_value();
            let value = emitter.resize(value, emitter.i64_type(), true)?;
            let index = emitter.builder.build_int_sub(value, first, "")?;
            let at = emitter.element(table, index, entry)?;
            let found = emitter
                .load(emitter.int_bytes(entry), at, 0, entry)?
                .into_int_value();
            let found = emitter.resize(found, emitter.int(to), true)?;
            emitter.store(found, emitter.element(out, lane, to.bytes())?, to.bytes())?;
            Ok(vec![])
        })
    })?;
    emitter.builder.build_return(None)?;
    Ok(kernel.function)
}
