//! A caller's 64-bit integers to the types at the border, and back: functions for software
//! that holds every number as `int64_t`, with the type of `run`.

use inkwell::IntPredicate;
use inkwell::module::Linkage;
use inkwell::values::{BasicValueEnum, IntValue, PointerValue, VectorValue};

use dialects::fx::Range;

use super::dataflow::Storage;
use super::emit::{Emitted, Emitter};
use super::{Container, Interface};

/// Numbers side by side: where they are read, where they go, how many they are.
#[derive(Clone, Copy)]
struct Span<'ctx> {
    from: PointerValue<'ctx>,
    to: PointerValue<'ctx>,
    count: IntValue<'ctx>,
}

/// As many words as the widest vector has lanes.
pub const BAD: usize = 16;

/// `void <name>_take(x, y, samples, bad)`: the low bytes of 64-bit inputs. The
/// [`BAD`] 64-bit words of `bad` stay 0 when all lie in their ranges.
pub fn take(emitter: &Emitter, name: &str, interface: Interface, ranges: &[Range]) -> Emitted<()> {
    let ([x, y, bad], samples) = start(emitter, &format!("{name}_take"));
    let builder = &emitter.builder;
    let (elements, bytes) = (interface.inputs, interface.input.bytes);
    if ranges.windows(2).all(|pair| pair[0] == pair[1]) {
        if let Some(range) = ranges.first() {
            let count = builder.build_int_mul(samples, emitter.i64(elements as u64), "")?;
            let span = Span {
                from: x,
                to: y,
                count,
            };
            narrow(emitter, span, bytes, bad, Limits::All(*range))?;
        }
        builder.build_return(None)?;
        return Ok(());
    }
    let limits = |of: fn(&Range) -> i128| {
        let numbers = ranges.iter().map(|range| emitter.i64(of(range) as u64));
        let numbers = emitter.i64_type().const_array(&numbers.collect::<Vec<_>>());
        emitter.constant(numbers, "limits")
    };
    let limits = Limits::Each(limits(|range| range.lo), limits(|range| range.hi));
    emitter.repeat(samples, 1, &[], |sample, _| {
        let span = Span {
            from: emitter.element(x, sample, elements * 8)?,
            to: emitter.element(y, sample, elements * bytes)?,
            count: emitter.i64(elements as u64),
        };
        narrow(emitter, span, bytes, bad, limits)?;
        Ok(vec![])
    })?;
    builder.build_return(None)?;
    Ok(())
}

/// `void <name>_give(x, y, samples, unused)`: results as 64-bit integers.
pub fn give(emitter: &Emitter, name: &str, interface: Interface) -> Emitted<()> {
    let ([x, y, _], samples) = start(emitter, &format!("{name}_give"));
    let elements = emitter.i64(interface.outputs as u64);
    let Container { bytes, signed } = interface.output;
    let span = Span {
        from: x,
        to: y,
        count: emitter.builder.build_int_mul(samples, elements, "")?,
    };
    if interface.outputs > 0 {
        in_vectors(emitter, span.count, |at, lanes| {
            let from = emitter.element(span.from, at, bytes)?;
            let ty = emitter.int_bytes(bytes).vec_type(lanes);
            let value = emitter.load(ty, from, 0, 1)?.into_vector_value();
            let wide = emitter.vector(Storage::W64, lanes);
            let value = match (bytes, signed) {
                (8, _) => value,
                (_, true) => emitter.builder.build_int_s_extend(value, wide, "")?,
                (_, false) => emitter.builder.build_int_z_extend(value, wide, "")?,
            };
            emitter.store(value, emitter.element(span.to, at, 8)?, 1)
        })?;
    }
    emitter.builder.build_return(None)?;
    Ok(())
}

/// What numbers are compared with.
#[derive(Clone, Copy)]
enum Limits<'ctx> {
    All(Range),
    /// Arrays of the smallest and of the largest.
    Each(PointerValue<'ctx>, PointerValue<'ctx>),
}

fn narrow<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    span: Span<'ctx>,
    bytes: usize,
    bad: PointerValue<'ctx>,
    limits: Limits<'ctx>,
) -> Emitted<()> {
    let builder = &emitter.builder;
    in_vectors(emitter, span.count, |at, lanes| {
        let wide = emitter.vector(Storage::W64, lanes);
        let load = |from, at| -> Emitted<VectorValue<'ctx>> {
            let from = emitter.element(from, at, 8)?;
            Ok(emitter.load(wide, from, 0, 1)?.into_vector_value())
        };
        let value = load(span.from, at)?;
        let (lo, hi) = match limits {
            Limits::All(range) => (
                emitter.splat(emitter.i64(range.lo as u64), lanes)?,
                emitter.splat(emitter.i64(range.hi as u64), lanes)?,
            ),
            Limits::Each(lo, hi) => (load(lo, at)?, load(hi, at)?),
        };
        let below = builder.build_int_compare(IntPredicate::SLT, value, lo, "")?;
        let above = builder.build_int_compare(IntPredicate::SGT, value, hi, "")?;
        let outside = builder.build_or(below, above, "")?;
        let outside = builder.build_int_s_extend(outside, wide, "")?;
        let so_far = emitter.load(wide, bad, 0, 8)?.into_vector_value();
        emitter.store(builder.build_or(so_far, outside, "")?, bad, 8)?;
        let container = emitter.int_bytes(bytes).vec_type(lanes);
        let value = match bytes {
            8 => value,
            _ => builder.build_int_truncate(value, container, "")?,
        };
        emitter.store(value, emitter.element(span.to, at, bytes)?, 1)
    })
}

/// `body(at, lanes)` for vectors of numbers, then for those that are left over.
fn in_vectors<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    count: IntValue<'ctx>,
    body: impl Fn(IntValue<'ctx>, u32) -> Emitted<()>,
) -> Emitted<()> {
    let builder = &emitter.builder;
    let lanes = emitter.machine.lanes();
    let rest = emitter.i64(u64::from(lanes) - 1);
    let rest = builder.build_and(count, rest, "")?;
    let whole = builder.build_int_sub(count, rest, "")?;
    let zero = emitter.i64(0);
    let some = |count| builder.build_int_compare(IntPredicate::NE, count, zero, "");
    emitter.when(some(whole)?, || {
        emitter.repeat(whole, lanes.into(), &[], |at, _| {
            body(at, lanes)?;
            Ok(vec![])
        })?;
        Ok(())
    })?;
    emitter.when(some(rest)?, || {
        emitter.repeat(rest, 1, &[], |at, _| {
            body(builder.build_int_add(whole, at, "")?, 1)?;
            Ok(vec![])
        })?;
        Ok(())
    })
}

fn start<'ctx>(
    emitter: &Emitter<'ctx, '_>,
    name: &str,
) -> ([PointerValue<'ctx>; 3], IntValue<'ctx>) {
    let (ptr, i64) = (emitter.ptr().into(), emitter.i64_type().into());
    let function = emitter.function(name, &[ptr, ptr, i64, ptr], Linkage::External);
    let of: Vec<BasicValueEnum> = function.get_params();
    let pointers = [of[0], of[1], of[3]].map(|of| of.into_pointer_value());
    (pointers, of[2].into_int_value())
}
