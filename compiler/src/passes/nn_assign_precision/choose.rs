//! Which values have a fixed-point type already, and which type the others get.

use dialects::nn::{Constant, Function, Graph, Op, Quantizer, ValueId, Values};
use dialects::{Number, Overflow, Rounding};

use crate::analysis::nn_ranges::Interval;

/// Bits a float constant may have on its own grid and still count as quantised.
pub const WIDEST_GRID: i64 = 18;

/// Whether a value comes out of a quantiser, or only moves, selects and adds values that do.
pub fn has_type(graph: &Graph, value: ValueId, known: &[bool]) -> bool {
    let of = |value: &ValueId| known[value.index()];
    match &graph.node(value).op {
        Op::Input { .. } => false,
        Op::Constant { value } => is_on_grid(value),
        Op::Quantize { .. }
        | Op::Bipolar { .. }
        | Op::Threshold { .. }
        | Op::Sign { .. }
        | Op::Argmax { .. }
        | Op::FloatKey { .. }
        | Op::TreeEnsemble { .. } => true,
        Op::Function { output, .. } => output.is_some(),
        Op::State { quantizer, .. } => quantizer.is_some(),
        Op::Dense { product, .. } => product.is_some(),
        Op::BatchNorm { .. } | Op::Softmax { .. } => false,
        Op::Mul { lhs, rhs }
        | Op::Prelu {
            input: lhs,
            slope: rhs,
        } => {
            let constant = |v: &ValueId| graph.constant(*v).is_some_and(|c| is_scale(c));
            (of(lhs) && constant(rhs)) || (constant(lhs) && of(rhs))
        }
        Op::Div { lhs, rhs } => of(lhs) && graph.constant(*rhs).is_some_and(|c| is_scale(c)),
        op => op.operands().iter().all(of),
    }
}

/// Few bits: a quantised weight, or float values that lie on a coarse binary grid.
fn is_on_grid(constant: &Constant) -> bool {
    match &constant.values {
        Values::Scaled { .. } => true,
        Values::Float(values) => {
            let numbers = values.iter().filter_map(|&value| Number::from_f32(value));
            let numbers = numbers
                .filter(|number| !number.is_zero())
                .collect::<Vec<_>>();
            let lowest = numbers.iter().filter_map(Number::trailing_exponent).min();
            let highest = numbers
                .iter()
                .map(|n| n.abs().to_f64().log2().ceil() as i64)
                .max();
            match lowest.zip(highest) {
                None => true,
                Some((lowest, highest)) => highest - lowest <= WIDEST_GRID,
            }
        }
    }
}

/// One number for all elements, or powers of two: a multiplication by it keeps the integers
/// and changes what they are worth.
fn is_scale(constant: &Constant) -> bool {
    let Ok(tensor) = constant.tensor() else {
        return false;
    };
    let uniform = tensor.values.windows(2).all(|pair| pair[0] == pair[1]);
    uniform
        || tensor
            .values
            .iter()
            .all(|number| number.abs().log2().is_some())
}

/// The type that holds a range: whole bits as it needs, `fraction` bits behind the point.
pub fn for_ranges(ranges: &[Interval], fraction: i32) -> Quantizer {
    let signed = ranges.iter().any(|range| range.lo.is_negative());
    let half_step = Number::pow2(-i64::from(fraction) - 1);
    let largest = ranges.iter().flat_map(|range| {
        // -2^k fits where 2^k does not.
        let below = match range.lo.is_negative() {
            true => &range.lo.abs() - &half_step,
            false => Number::zero(),
        };
        [below, &range.hi + &half_step]
    });
    let largest = largest.max().unwrap_or_else(Number::zero);
    let mut integer = -fraction + 1;
    while Number::pow2(i64::from(integer)) < largest {
        integer += 1;
    }
    let width = (integer + fraction).max(1) as u32 + u32::from(signed);
    Quantizer::fixed(
        signed,
        width,
        fraction,
        Rounding::HalfEven,
        Overflow::Saturate,
    )
}

/// The type of a function's argument: beyond the interval where the function is flat at
/// `fraction` bits, the argument saturates.
pub fn for_argument(function: Function, ranges: &[Interval], fraction: i32) -> Quantizer {
    let flat_beyond = |bits: i32| match function {
        // 1 - sigmoid(x) < 2^-(bits+1) from x = (bits + 1) ln 2 on; tanh twice as early.
        Function::Sigmoid => Some(f64::from(bits + 1) * std::f64::consts::LN_2),
        Function::Tanh => Some(f64::from(bits + 2) * std::f64::consts::LN_2 / 2.0),
        _ => None,
    };
    let bound = flat_beyond(fraction).and_then(|bound| Number::from_f64(bound.ceil()));
    let ranges = ranges.iter().map(|range| match &bound {
        Some(bound) => Interval {
            lo: range.lo.clone().clamp(-bound, bound.clone()),
            hi: range.hi.clone().clamp(-bound, bound.clone()),
        },
        None => range.clone(),
    });
    let ranges = ranges.collect::<Vec<_>>();
    // A table has at most 2^WIDEST_TABLE entries: a wide range takes bits from the fraction.
    const WIDEST_TABLE: u32 = 14;
    let mut fraction = fraction;
    loop {
        let quantizer = for_ranges(&ranges, fraction);
        match quantizer.bits.uniform() {
            Some(bits) if bits as u32 > WIDEST_TABLE => fraction -= 1,
            _ => return quantizer,
        }
    }
}
