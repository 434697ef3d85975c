//! A shape on vectors of lanes: one instruction or a few for each of its steps.

use inkwell::IntPredicate;
use inkwell::intrinsics::Intrinsic;
use inkwell::values::{PointerValue, VectorValue};

use dialects::fx::Predicate;

use super::dataflow::Storage;
use super::emit::{Emitted, Emitter};
use super::shape::{Binary, Micro, PartOp, Parts};

/// What a shape reads, in order.
pub fn leaves(shape: &[Micro]) -> impl Iterator<Item = Storage> {
    shape.iter().filter_map(|micro| match micro {
        Micro::Leaf(storage) => Some(*storage),
        _ => None,
    })
}

/// The bytes of a shape's parameters in a table.
pub fn params_size(shape: &[Micro]) -> usize {
    let sizes = shape.iter().map(|micro| match micro {
        Micro::Param(storage) => storage.bytes().next_multiple_of(8),
        _ => 0,
    });
    sizes.sum()
}

/// A shape's parameters, from so many bytes into an entry on, in all lanes.
pub fn params<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    shape: &[Micro],
    entry: PointerValue<'ctx>,
    mut start: usize,
    lanes: u32,
) -> Emitted<Vec<VectorValue<'ctx>>> {
    let mut params = Vec::new();
    for micro in shape {
        if let Micro::Param(storage) = micro {
            let value = emitter.load(emitter.int(*storage), entry, start, 4)?;
            params.push(emitter.splat(value.into_int_value(), lanes)?);
            start += storage.bytes().next_multiple_of(8);
        }
    }
    Ok(params)
}

/// The result of a shape on what its leaves and parameters are.
pub fn compute<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    shape: &[Micro],
    leaves: &[VectorValue<'ctx>],
    params: &[VectorValue<'ctx>],
    lanes: u32,
) -> Emitted<VectorValue<'ctx>> {
    let (mut leaves, mut params) = (leaves.iter(), params.iter());
    let mut values: Vec<VectorValue> = Vec::with_capacity(shape.len());
    for micro in shape {
        let of = |at: u16| values[usize::from(at)];
        let value = match micro {
            Micro::Leaf(_) => *leaves.next().expect("a value for every leaf is given"),
            Micro::Param(_) => *params.next().expect("a value for every parameter is given"),
            Micro::Cast(storage, at) => {
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
            Micro::Binary(op, _, lhs, rhs) => binary(emitter, *op, of(*lhs), of(*rhs))?,
            Micro::Compare(predicate, _, lhs, rhs) => {
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
            Micro::Select(_, condition, yes, no) => {
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
            Micro::Parts(op, parts, lhs, rhs) => {
                part_by_part(emitter, *op, *parts, of(*lhs), of(*rhs))?
            }
            Micro::Bytes(at) => bytes(emitter, at.map(of))?,
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
    let choose = |predicate| choose(emitter, predicate, lhs, rhs);
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

/// The left side where the predicate holds, else the right one.
fn choose<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    predicate: IntPredicate,
    lhs: VectorValue<'ctx>,
    rhs: VectorValue<'ctx>,
) -> Emitted<VectorValue<'ctx>> {
    let builder = &emitter.builder;
    let keep = builder.build_int_compare(predicate, lhs, rhs, "")?;
    let chosen = builder.build_select(keep, lhs, rhs, "")?;
    Ok(chosen.into_vector_value())
}

/// Bytes or words by themselves.
fn part_by_part<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    op: PartOp,
    parts: Parts,
    lhs: VectorValue<'ctx>,
    rhs: VectorValue<'ctx>,
) -> Emitted<VectorValue<'ctx>> {
    let builder = &emitter.builder;
    let whole = lhs.get_type();
    let count = whole.get_size() * parts.count() as u32;
    let ty = emitter.int_bytes(parts.bits() as usize / 8).vec_type(count);
    let lhs = builder.build_bit_cast(lhs, ty, "")?.into_vector_value();
    let rhs = builder.build_bit_cast(rhs, ty, "")?.into_vector_value();
    let choose = |predicate| choose(emitter, predicate, lhs, rhs);
    let result = match op {
        PartOp::Sub => builder.build_int_sub(lhs, rhs, "")?,
        PartOp::Min { signed: true } => choose(IntPredicate::SLT)?,
        PartOp::Min { signed: false } => choose(IntPredicate::ULT)?,
        PartOp::Max { signed: true } => choose(IntPredicate::SGT)?,
        PartOp::Max { signed: false } => choose(IntPredicate::UGT)?,
    };
    Ok(builder
        .build_bit_cast(result, whole, "")?
        .into_vector_value())
}

/// Four vectors of lanes as the bytes of one, clamped to 0..255.
fn bytes<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    lanes: [VectorValue<'ctx>; 4],
) -> Emitted<VectorValue<'ctx>> {
    let builder = &emitter.builder;
    let whole = lanes[0].get_type();
    let Some(narrow) = emitter.machine.instructions().narrow else {
        let limit = |number| {
            let number = emitter.context.i32_type().const_int(number, false);
            emitter.splat(number, whole.get_size())
        };
        let (none, most) = (limit(0)?, limit(0xff)?);
        let mut packed = none;
        for (at, lane) in lanes.into_iter().enumerate() {
            let low = binary(emitter, Binary::Max, lane, none)?;
            let byte = binary(emitter, Binary::Min, low, most)?;
            let byte = builder.build_left_shift(byte, limit(8 * at as u64)?, "")?;
            packed = builder.build_or(packed, byte, "")?;
        }
        return Ok(packed);
    };
    // In every 128 bits: four bytes of the first, four of the second, and so on.
    let words = |pair: &[VectorValue<'ctx>]| intrinsic(emitter, narrow.words, pair, None);
    let (low, high) = (words(&lanes[..2])?, words(&lanes[2..])?);
    let apart = intrinsic(emitter, narrow.bytes, &[low, high], None)?;
    let ty = emitter.context.i32_type();
    let place = |at: u32| ty.const_int(u64::from(at / 16 * 16 + at % 4 * 4 + at % 16 / 4), false);
    let places: Vec<_> = (0..apart.get_type().get_size()).map(place).collect();
    let places = inkwell::types::VectorType::const_vector(&places);
    let poison = apart.get_type().get_poison();
    let together = builder.build_shuffle_vector(apart, poison, places, "")?;
    Ok(builder
        .build_bit_cast(together, whole, "")?
        .into_vector_value())
}

/// Calls an intrinsic on vectors of the right size, whatever elements it wants; the result
/// has the type of `like`, or its own.
pub fn intrinsic<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    name: &str,
    operands: &[VectorValue<'ctx>],
    like: Option<VectorValue<'ctx>>,
) -> Emitted<VectorValue<'ctx>> {
    let intrinsic = Intrinsic::find(name).expect("LLVM 22 has the intrinsics of the machine room");
    let function = intrinsic
        .get_declaration(&emitter.module, &[])
        .expect("the intrinsic is not overloaded");
    let mut arguments = Vec::with_capacity(operands.len());
    for (operand, parameter) in operands.iter().zip(function.get_params()) {
        let operand = emitter
            .builder
            .build_bit_cast(*operand, parameter.get_type(), "")?;
        arguments.push(operand.into());
    }
    let call = emitter.builder.build_call(function, &arguments, "")?;
    let result = call
        .try_as_basic_value()
        .basic()
        .expect("it returns a vector");
    let Some(like) = like else {
        return Ok(result.into_vector_value());
    };
    let result = emitter
        .builder
        .build_bit_cast(result, like.get_type(), "")?;
    Ok(result.into_vector_value())
}
