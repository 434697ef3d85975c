//! The generated loops: a shape over its instances, a lookup over tables.

use inkwell::IntPredicate;
use inkwell::values::{FunctionValue, PointerValue, VectorValue};

use dialects::fx::Predicate;

use super::dataflow::Storage;
use super::emit::{Emitted, Emitter};
use super::schedule::LANES;
use super::shape::{Binary, Micro};

/// Every instance of a shape, a vector of lanes at a time.
pub fn shape<'ctx>(emitter: &Emitter<'ctx, '_>, shape: &[Micro]) -> Emitted<FunctionValue<'ctx>> {
    let kernel = emitter.start_kernel("shape");
    let wide = shape.iter().any(|micro| micro.works_in() == Storage::W128);
    let lanes = if wide { 1 } else { emitter.machine.lanes() };
    let slots = 1 + shape
        .iter()
        .map(|micro| match micro {
            Micro::Leaf(_) => 1,
            Micro::Param(storage) => storage.bytes().div_ceil(8),
            _ => 0,
        })
        .sum::<usize>();
    emitter.repeat(kernel.count, 1, &[], |at, _| {
        let entry = emitter.element(kernel.table, at, slots * 8)?;
        let out = emitter.offset(kernel.rows, emitter.load_i64(entry, 0)?)?;
        // Reads stand before parameters in an entry, whatever their order in the shape.
        let reads = shape
            .iter()
            .filter(|micro| matches!(micro, Micro::Leaf(_)))
            .count();
        let (mut read, mut slot) = (1, 1 + reads);
        let mut sources = Vec::new();
        for micro in shape {
            match micro {
                Micro::Leaf(_) => {
                    let row = emitter.offset(kernel.rows, emitter.load_i64(entry, read * 8)?)?;
                    sources.push(Source::Row(row));
                    read += 1;
                }
                Micro::Param(storage) => {
                    let value = emitter.load(emitter.int(*storage), entry, slot * 8, 4)?;
                    sources.push(Source::All(emitter.splat(value.into_int_value(), lanes)?));
                    slot += storage.bytes().div_ceil(8);
                }
                _ => sources.push(Source::Computed),
            }
        }
        emitter.repeat(
            emitter.i64(LANES as u64),
            u64::from(lanes),
            &[],
            |lane, _| {
                let result = compute(emitter, shape, &sources, lane, lanes)?;
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

enum Source<'ctx> {
    Row(PointerValue<'ctx>),
    All(VectorValue<'ctx>),
    Computed,
}

/// Rows start at multiples of 64 bytes.
pub fn alignment(storage: Storage, lanes: u32) -> usize {
    (storage.bytes() * lanes as usize).min(64)
}

fn compute<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    shape: &[Micro],
    sources: &[Source<'ctx>],
    lane: inkwell::values::IntValue<'ctx>,
    lanes: u32,
) -> Emitted<VectorValue<'ctx>> {
    let mut values: Vec<VectorValue> = Vec::with_capacity(shape.len());
    for (micro, source) in shape.iter().zip(sources) {
        let of = |at: u16| values[usize::from(at)];
        let value = match (micro, source) {
            (Micro::Leaf(storage), Source::Row(row)) => {
                let at = emitter.element(*row, lane, storage.bytes())?;
                let ty = emitter.vector(*storage, lanes);
                emitter
                    .load(ty, at, 0, alignment(*storage, lanes))?
                    .into_vector_value()
            }
            (Micro::Param(_), Source::All(value)) => *value,
            (Micro::Cast(storage, at), _) => {
                let (from, to) = (
                    shape[usize::from(*at)].storage(),
                    emitter.vector(*storage, lanes),
                );
                match from.cmp(storage) {
                    std::cmp::Ordering::Less => {
                        emitter.builder.build_int_s_extend(of(*at), to, "")?
                    }
                    std::cmp::Ordering::Equal => of(*at),
                    std::cmp::Ordering::Greater => {
                        emitter.builder.build_int_truncate(of(*at), to, "")?
                    }
                }
            }
            (Micro::Binary(op, _, lhs, rhs), _) => binary(emitter, *op, of(*lhs), of(*rhs))?,
            (Micro::Compare(predicate, _, lhs, rhs), _) => {
                let predicate = match predicate {
                    Predicate::Equal => IntPredicate::EQ,
                    Predicate::NotEqual => IntPredicate::NE,
                    Predicate::Less => IntPredicate::SLT,
                    Predicate::LessEqual => IntPredicate::SLE,
                };
                let bit = emitter
                    .builder
                    .build_int_compare(predicate, of(*lhs), of(*rhs), "")?;
                let ty = emitter.vector(Storage::W32, lanes);
                emitter.builder.build_int_z_extend(bit, ty, "")?
            }
            (Micro::Select(_, condition, yes, no), _) => {
                let zero = emitter.vector(Storage::W32, lanes).const_zero();
                let bit = emitter.builder.build_int_compare(
                    IntPredicate::NE,
                    of(*condition),
                    zero,
                    "",
                )?;
                emitter
                    .builder
                    .build_select(bit, of(*yes), of(*no), "")?
                    .into_vector_value()
            }
            (Micro::Leaf(_) | Micro::Param(_), _) => unreachable!("sources follow the shape"),
        };
        values.push(value);
    }
    Ok(*values.last().expect("a shape has a result"))
}

fn binary<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    op: Binary,
    lhs: VectorValue<'ctx>,
    rhs: VectorValue<'ctx>,
) -> Emitted<VectorValue<'ctx>> {
    let builder = &emitter.builder;
    let choose = |predicate| {
        let keep = builder.build_int_compare(predicate, lhs, rhs, "")?;
        Ok(builder
            .build_select(keep, lhs, rhs, "")?
            .into_vector_value())
    };
    match op {
        Binary::Add => builder.build_int_add(lhs, rhs, ""),
        Binary::Sub => builder.build_int_sub(lhs, rhs, ""),
        Binary::Mul => builder.build_int_mul(lhs, rhs, ""),
        Binary::And => builder.build_and(lhs, rhs, ""),
        Binary::Or => builder.build_or(lhs, rhs, ""),
        Binary::Xor => builder.build_xor(lhs, rhs, ""),
        Binary::Shl => builder.build_left_shift(lhs, rhs, ""),
        Binary::Shr => builder.build_right_shift(lhs, rhs, true, ""),
        Binary::Min => choose(IntPredicate::SLT),
        Binary::Max => choose(IntPredicate::SGT),
    }
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
