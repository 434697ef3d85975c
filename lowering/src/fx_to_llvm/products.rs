//! The generated loops of sums of products: a few sums over a block of lanes in registers.

use inkwell::values::{BasicValue, BasicValueEnum, FunctionValue};

use super::dataflow::Storage;
use super::emit::{Emitted, Emitter};
use super::kernels::alignment;
use super::plan::DotKind;
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
    let (atom, sum) = (emitter.int(kind.atoms), emitter.int(kind.sum));
    let atoms = emitter.vector(kind.atoms, lanes);
    let unit = kind.atoms.bytes();
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
                        let value =
                            emitter.load(atoms, row, place, alignment(kind.atoms, lanes))?;
                        let value = value.into_vector_value();
                        values.push(match kind.atoms == kind.sum {
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
                            let product = emitter.builder.build_int_mul(*value, weight, "")?;
                            let so_far = now[1 + at * vectors + vector].into_vector_value();
                            next.push(emitter.builder.build_int_add(so_far, product, "")?.into());
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

/// Vectors of lanes per sum that fit in half of the machine's registers.
fn vectors(emitter: &Emitter, sum: Storage, sums: usize) -> usize {
    let lanes = emitter.machine.lanes() as usize;
    let registers = sum.bytes() / Storage::W32.bytes();
    let fit = emitter.machine.vector_registers() / 2 / (sums * registers);
    fit.clamp(1, 4).min(LANES / lanes)
}
