//! The generated loops of sums of products: a few sums over a block of lanes in registers.

use inkwell::intrinsics::Intrinsic;
use inkwell::values::{BasicValue, BasicValueEnum, FunctionValue, VectorValue};

use super::dataflow::Storage;
use super::emit::{Emitted, Emitter};
use super::kernels::alignment;
use super::plan::{Atoms, DotKind};
use super::schedule::LANES;

/// Every group of `sums` sums.
pub fn sums<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    kind: DotKind,
    sums: usize,
) -> Emitted<FunctionValue<'ctx>> {
    let kernel = emitter.start_kernel("sums");
    let lanes = emitter.machine.lanes();
    let vectors = vectors(emitter, kind.sum, sums);
    let stored = kind.atoms.storage();
    let (atom, sum) = (emitter.int(stored), emitter.int(kind.sum));
    let atoms = emitter.vector(stored, lanes);
    let unit = stored.bytes();
    let header = 8 + 16 * sums;
    emitter.repeat(kernel.count, 1, &[kernel.table.into()], |_, carried| {
        let entry = carried[0].into_pointer_value();
        let reads = emitter.load_i64(entry, 0)?;
        let first = emitter.offset(entry, emitter.i64(header as u64))?;
        emitter.repeat(
            emitter.i64(LANES as u64),
            u64::from(lanes) * vectors as u64,
            &[],
            |lane, _| {
                let mut start: Vec<BasicValueEnum> = vec![first.into()];
                for at in 0..sums {
                    let constant = emitter.load_i64(entry, 8 + 8 * (sums + at))?;
                    let constant = emitter.resize(constant, sum, true)?;
                    let constant = emitter.splat(constant, lanes)?;
                    start.extend(std::iter::repeat_n(constant.as_basic_value_enum(), vectors));
                }
                let end = emitter.repeat(reads, 1, &start, |_, now| {
                    let term = now[0].into_pointer_value();
                    let row = emitter.load(atom, term, 0, 4)?.into_int_value();
                    let row = emitter.resize(row, emitter.i64_type(), true)?;
                    let row = emitter.element(emitter.offset(kernel.rows, row)?, lane, unit)?;
                    let mut values = Vec::with_capacity(vectors);
                    for at in 0..vectors {
                        let place = at * lanes as usize * unit;
                        let value = emitter.load(atoms, row, place, alignment(stored, lanes))?;
                        let value = value.into_vector_value();
                        values.push(match stored == kind.sum {
                            true => value,
                            false => emitter.builder.build_int_s_extend(
                                value,
                                emitter.vector(kind.sum, lanes),
                                "",
                            )?,
                        });
                    }
                    let following =
                        emitter.offset(term, emitter.i64((unit * (1 + sums)) as u64))?;
                    let mut next: Vec<BasicValueEnum> = vec![following.into()];
                    for at in 0..sums {
                        let weight = emitter
                            .load(atom, term, unit * (1 + at), 4)?
                            .into_int_value();
                        let weight = emitter.resize(weight, sum, true)?;
                        let weight = emitter.splat(weight, lanes)?;
                        for (vector, value) in values.iter().enumerate() {
                            let so_far = now[1 + at * vectors + vector].into_vector_value();
                            let sum = add_product(emitter, kind.atoms, so_far, *value, weight)?;
                            next.push(sum.into());
                        }
                    }
                    Ok(next)
                })?;
                for at in 0..sums {
                    let out = emitter.offset(kernel.rows, emitter.load_i64(entry, 8 + 8 * at)?)?;
                    let out = emitter.element(out, lane, kind.sum.bytes())?;
                    for vector in 0..vectors {
                        let place = vector * lanes as usize * kind.sum.bytes();
                        let place = emitter.offset(out, emitter.i64(place as u64))?;
                        let value = end[1 + at * vectors + vector].into_vector_value();
                        emitter.store(value, place, alignment(kind.sum, lanes))?;
                    }
                }
                Ok(vec![])
            },
        )?;
        let size =
            emitter
                .builder
                .build_int_mul(reads, emitter.i64((unit * (1 + sums)) as u64), "")?;
        Ok(vec![emitter.offset(first, size)?.into()])
    })?;
    emitter.builder.build_return(None)?;
    Ok(kernel.function)
}

/// The sum plus the products of one row.
fn add_product<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    atoms: Atoms,
    sum: VectorValue<'ctx>,
    value: VectorValue<'ctx>,
    weight: VectorValue<'ctx>,
) -> Emitted<VectorValue<'ctx>> {
    let packed = emitter.machine.packed();
    let builder = &emitter.builder;
    match atoms {
        Atoms::One(_) => {
            let product = builder.build_int_mul(value, weight, "")?;
            builder.build_int_add(sum, product, "")
        }
        Atoms::Pairs => {
            let name = packed.pairs.expect("the plan knows the machine");
            let products = intrinsic(emitter, name, &[value, weight], sum)?;
            builder.build_int_add(sum, products, "")
        }
        Atoms::Fours => {
            let name = packed.fours.expect("the plan knows the machine");
            intrinsic(emitter, name, &[sum, value, weight], sum)
        }
    }
}

/// Calls an intrinsic on vectors of the right size, whatever elements it wants; the result
/// has the type of `like`.
fn intrinsic<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    name: &str,
    operands: &[VectorValue<'ctx>],
    like: VectorValue<'ctx>,
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
    let result = emitter
        .builder
        .build_bit_cast(result, like.get_type(), "")?;
    Ok(result.into_vector_value())
}

/// Vectors of lanes per sum that fit in half of the machine's registers.
fn vectors(emitter: &Emitter, sum: Storage, sums: usize) -> usize {
    let lanes = emitter.machine.lanes() as usize;
    let registers = sum.bytes() / Storage::W32.bytes();
    let fit = emitter.machine.vector_registers() / 2 / (sums * registers);
    fit.clamp(1, 4).min(LANES / lanes)
}
