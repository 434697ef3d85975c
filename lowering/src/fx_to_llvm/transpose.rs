//! Sixteen bytes of every sample to four rows of 32-bit lanes, and back.
//!
//! A vector is made of 128-bit blocks, a sample's sixteen bytes in each; four vectors are
//! transposed block by block, so that lane 4b + v of a row is block b of vector v.

use inkwell::values::{FunctionValue, PointerValue, VectorValue};

use super::dataflow::Storage;
use super::elements::start;
use super::emit::{Emitted, Emitter};
use super::kernels::alignment;
use super::schedule::LANES;

/// Samples `stride` bytes apart into rows.
pub fn fill<'ctx>(emitter: &Emitter<'ctx, '_>, stride: usize) -> Emitted<FunctionValue<'ctx>> {
    let (kernel, from) = start(emitter, "fill");
    let lanes = emitter.machine.lanes();
    let block = emitter.vector(Storage::W32, 4);
    emitter.repeat(kernel.count, 1, &[], |at, _| {
        let entry = emitter.element(kernel.table, at, PIECE)?;
        let piece = emitter.offset(from, emitter.load_i64(entry, 0)?)?;
        let rows = rows(emitter, kernel.rows, entry)?;
        emitter.repeat(emitter.i64(LANES as u64), lanes.into(), &[], |lane, _| {
            let first = emitter.element(piece, lane, stride)?;
            let mut vectors = Vec::with_capacity(4);
            for vector in 0..4 {
                let mut blocks = Vec::new();
                for sample in (vector..lanes as usize).step_by(4) {
                    let sample = emitter.load(block, first, sample * stride, 1)?;
                    blocks.push(sample.into_vector_value());
                }
                vectors.push(joined(emitter, blocks)?);
            }
            let vectors = transposed(emitter, &vectors)?;
            for (row, vector) in rows.iter().zip(vectors) {
                let to = emitter.element(*row, lane, Storage::W32.bytes())?;
                emitter.store(vector, to, alignment(Storage::W32, lanes))?;
            }
            Ok(vec![])
        })
    })?;
    emitter.builder.build_return(None)?;
    Ok(kernel.function)
}

/// Rows into samples `stride` bytes apart.
pub fn drain<'ctx>(emitter: &Emitter<'ctx, '_>, stride: usize) -> Emitted<FunctionValue<'ctx>> {
    let (kernel, to) = start(emitter, "drain");
    let lanes = emitter.machine.lanes();
    let whole = emitter.vector(Storage::W32, lanes);
    emitter.repeat(kernel.count, 1, &[], |at, _| {
        let entry = emitter.element(kernel.table, at, PIECE)?;
        let piece = emitter.offset(to, emitter.load_i64(entry, 0)?)?;
        let rows = rows(emitter, kernel.rows, entry)?;
        emitter.repeat(emitter.i64(LANES as u64), lanes.into(), &[], |lane, _| {
            let first = emitter.element(piece, lane, stride)?;
            let mut vectors = Vec::with_capacity(4);
            for row in &rows {
                let from = emitter.element(*row, lane, Storage::W32.bytes())?;
                let align = alignment(Storage::W32, lanes);
                vectors.push(emitter.load(whole, from, 0, align)?.into_vector_value());
            }
            for (vector, value) in transposed(emitter, &vectors)?.into_iter().enumerate() {
                for (block, sample) in (vector..lanes as usize).step_by(4).enumerate() {
                    let lanes: Vec<u32> = (0..4).map(|at| block as u32 * 4 + at).collect();
                    let block = shuffled(emitter, value, value, &lanes)?;
                    let place = emitter.i64((sample * stride) as u64);
                    emitter.store(block, emitter.offset(first, place)?, 1)?;
                }
            }
            Ok(vec![])
        })
    })?;
    emitter.builder.build_return(None)?;
    Ok(kernel.function)
}

/// The bytes of an entry: where the piece lies in a sample, and four rows.
const PIECE: usize = 8 * 5;

fn rows<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    rows: PointerValue<'ctx>,
    entry: PointerValue<'ctx>,
) -> Emitted<Vec<PointerValue<'ctx>>> {
    let row = |at: usize| emitter.offset(rows, emitter.load_i64(entry, 8 + 8 * at)?);
    (0..4).map(row).collect()
}

/// The blocks side by side, a power of two of them.
fn joined<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    mut blocks: Vec<VectorValue<'ctx>>,
) -> Emitted<VectorValue<'ctx>> {
    while blocks.len() > 1 {
        let pair = |pair: &[VectorValue<'ctx>]| {
            let lanes: Vec<u32> = (0..2 * pair[0].get_type().get_size()).collect();
            shuffled(emitter, pair[0], pair[1], &lanes)
        };
        blocks = blocks.chunks(2).map(pair).collect::<Emitted<_>>()?;
    }
    Ok(blocks[0])
}

/// Four vectors with rows and columns of each block exchanged.
fn transposed<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    v: &[VectorValue<'ctx>],
) -> Emitted<[VectorValue<'ctx>; 4]> {
    let low = |a, b| blockwise(emitter, a, b, [0, 4, 1, 5]);
    let high = |a, b| blockwise(emitter, a, b, [2, 6, 3, 7]);
    let first = |a, b| blockwise(emitter, a, b, [0, 1, 4, 5]);
    let second = |a, b| blockwise(emitter, a, b, [2, 3, 6, 7]);
    let (a, b) = (low(v[0], v[1])?, low(v[2], v[3])?);
    let (c, d) = (high(v[0], v[1])?, high(v[2], v[3])?);
    Ok([first(a, b)?, second(a, b)?, first(c, d)?, second(c, d)?])
}

/// The same lanes out of each block: 0 to 3 of `a`, 4 to 7 of `b`.
fn blockwise<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    a: VectorValue<'ctx>,
    b: VectorValue<'ctx>,
    pattern: [u32; 4],
) -> Emitted<VectorValue<'ctx>> {
    let size = a.get_type().get_size();
    let lane = |at: u32| match pattern[at as usize % 4] {
        from @ 0..4 => at / 4 * 4 + from,
        from => size + at / 4 * 4 + from - 4,
    };
    shuffled(emitter, a, b, &(0..size).map(lane).collect::<Vec<_>>())
}

fn shuffled<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    a: VectorValue<'ctx>,
    b: VectorValue<'ctx>,
    lanes: &[u32],
) -> Emitted<VectorValue<'ctx>> {
    let i32 = emitter.context.i32_type();
    let lanes: Vec<_> = lanes
        .iter()
        .map(|lane| i32.const_int(u64::from(*lane), false))
        .collect();
    let lanes = inkwell::types::VectorType::const_vector(&lanes);
    emitter.builder.build_shuffle_vector(a, b, lanes, "")
}
