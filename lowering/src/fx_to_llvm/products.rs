//! The generated loops of sums of products: a few sums over a block of lanes in registers.

use inkwell::values::{BasicValue, BasicValueEnum, FunctionValue, VectorValue};

use super::compute::{compute, intrinsic, params, params_size};
use super::dataflow::Storage;
use super::emit::{Emitted, Emitter};
use super::kernels::alignment;
use super::machine::Fours;
use super::plan::{Atoms, DotKind};
use super::schedule::LANES;
use super::shape::Micro;

/// Every group of some units of some sums each; a unit gives what the tail makes of its
/// sums, without one its only sum.
pub fn sums<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    kind: DotKind,
    [each, units]: [usize; 2],
    tail: Option<&[Micro]>,
) -> Emitted<FunctionValue<'ctx>> {
    let kernel = emitter.start_kernel("sums");
    let lanes = emitter.machine.lanes();
    let stored = kind.atoms.storage();
    let (atom, sum) = (emitter.int(stored), emitter.int(kind.sum));
    let atoms = emitter.vector(stored, lanes);
    let unit = stored.bytes();
    let sums = each * units;
    let constants = 8 + 8 * units;
    let parameters = constants + 8 * sums;
    let header = parameters + units * tail.map_or(0, params_size);
    let vectors = vectors(emitter, kind.sum, sums);
    let result = tail
        .and_then(<[Micro]>::last)
        .map_or(kind.sum, |last| last.storage());
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
                    let constant = emitter.load_i64(entry, constants + 8 * at)?;
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
                for unit in 0..units {
                    let out = emitter.load_i64(entry, 8 + 8 * unit)?;
                    let out = emitter.offset(kernel.rows, out)?;
                    let out = emitter.element(out, lane, result.bytes())?;
                    let params = match tail {
                        Some(tail) => {
                            let start = parameters + unit * params_size(tail);
                            params(emitter, tail, entry, start, lanes)?
                        }
                        None => vec![],
                    };
                    for vector in 0..vectors {
                        let sum = |at: usize| end[1 + at * vectors + vector].into_vector_value();
                        let own: Vec<_> = (unit * each..(unit + 1) * each).map(sum).collect();
                        let value = match tail {
                            Some(tail) => compute(emitter, tail, &own, &params, lanes)?,
                            None => own[0],
                        };
                        let place = vector * lanes as usize * result.bytes();
                        let place = emitter.offset(out, emitter.i64(place as u64))?;
                        emitter.store(value, place, alignment(result, lanes))?;
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
pub fn add_product<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    atoms: Atoms,
    sum: VectorValue<'ctx>,
    value: VectorValue<'ctx>,
    weight: VectorValue<'ctx>,
) -> Emitted<VectorValue<'ctx>> {
    let instructions = emitter.machine.instructions();
    let builder = &emitter.builder;
    let words = |lhs, rhs| {
        let name = instructions.pairs.expect("the plan knows the machine");
        let products = intrinsic(emitter, name, &[lhs, rhs], Some(sum))?;
        builder.build_int_add(sum, products, "")
    };
    match atoms {
        Atoms::One(_) => {
            let product = builder.build_int_mul(value, weight, "")?;
            builder.build_int_add(sum, product, "")
        }
        Atoms::Pairs => words(value, weight),
        Atoms::Fours => match instructions.fours.expect("the plan knows the machine") {
            Fours::Unsigned(name) | Fours::Signed(name) => {
                intrinsic(emitter, name, &[sum, value, weight], Some(sum))
            }
            Fours::ByWords(name) => {
                let pairs = intrinsic(emitter, name, &[value, weight], Some(sum))?;
                let ones = emitter.context.i32_type().const_int(0x1_0001, false);
                words(pairs, emitter.splat(ones, sum.get_type().get_size())?)
            }
        },
    }
}

/// Vectors of lanes per sum that fit in half of the machine's registers.
fn vectors(emitter: &Emitter, sum: Storage, sums: usize) -> usize {
    let lanes = emitter.machine.lanes() as usize;
    let registers = sum.bytes() / Storage::W32.bytes();
    let fit = emitter.machine.vector_registers() / 2 / (sums * registers);
    let most = fit.clamp(1, 4).min(LANES / lanes);
    // A power of two, which divides the lanes of a row.
    1 << most.ilog2()
}
