//! Numbers as integers of one grid: sums of products on machine integers, still exact.

use crate::Number;

/// `numbers[i] = integers[i] * unit`.
pub struct Integers {
    pub unit: Number,
    pub integers: Vec<i64>,
    /// The largest distance from zero.
    pub reach: i128,
}

impl Integers {
    /// The numbers on their coarsest common grid; `None` when 64 bits do not hold one.
    pub fn of(numbers: &[Number]) -> Option<Integers> {
        let unit = common_unit(numbers);
        let integer = |number: &Number| -> Option<i64> {
            let steps = number.checked_div(&unit)?.to_i128()?;
            i64::try_from(steps).ok()
        };
        let integers = numbers.iter().map(integer).collect::<Option<Vec<_>>>()?;
        let reach = integers.iter().map(|&n| i128::from(n).abs()).max();
        Some(Integers {
            unit,
            reach: reach.unwrap_or(0),
            integers,
        })
    }
}

/// The greatest number of which all are multiples; 1 where all are zero.
pub fn common_unit(numbers: &[Number]) -> Number {
    let mut unit = Number::zero();
    for (at, number) in numbers.iter().enumerate() {
        // Equal neighbours are common, and a greatest common divisor is not cheap.
        if at == 0 || *number != numbers[at - 1] {
            unit = unit.gcd(number);
        }
    }
    match unit.is_zero() {
        true => Number::one(),
        false => unit,
    }
}

/// Σ a·b, in 64 bits where no partial sum can leave them.
pub fn dot(a: &[i64], b: &[i64], reach: i128) -> i128 {
    let pairs = a.iter().zip(b);
    match reach.checked_mul(a.len() as i128) {
        Some(most) if most <= i128::from(i64::MAX) => pairs.map(|(a, b)| a * b).sum::<i64>().into(),
        _ => pairs.map(|(&a, &b)| i128::from(a) * i128::from(b)).sum(),
    }
}
