//! The integer of one number at a port.

use dialects::fx::{Port, PortElement, Range};
use dialects::nn::ElementQuantizer;
use dialects::{Diagnostic, Number, Overflow, Result};

use super::grid::Grid;
use crate::tensor_file::Values;

/// Writes the integers of the elements from `first` on; how many numbers were rounded, and how
/// many were out of range.
pub fn integers(
    quantisers: &[Quantiser],
    values: &Values,
    first: usize,
    out: &mut [i64],
) -> (usize, usize) {
    let (mut rounded, mut overflowed) = (0, 0);
    let mut put = |out: &mut i64, of: (i64, bool, bool)| {
        *out = of.0;
        rounded += usize::from(of.1);
        overflowed += usize::from(of.2);
    };
    let places = quantisers.iter().zip(first..);
    match values {
        Values::Float(floats) => {
            let floats = &floats[first..][..quantisers.len()];
            for ((out, value), (quantiser, at)) in out.iter_mut().zip(floats).zip(places) {
                let found = quantiser
                    .grid
                    .as_ref()
                    .and_then(|grid| grid.integer(*value));
                put(out, found.unwrap_or_else(|| quantiser.integer(values, at)));
            }
        }
        _ => {
            for (out, (quantiser, at)) in out.iter_mut().zip(places) {
                put(out, quantiser.integer(values, at));
            }
        }
    }
    (rounded, overflowed)
}

/// The quantiser in front of one input.
pub struct Quantiser {
    /// What most numbers need, where the scale is a power of two and the zero point 0.
    grid: Option<Grid>,
    exact: ElementQuantizer,
    /// 1 / scale and the zero point, nearest float64s.
    inverse: f64,
    zero: f64,
    /// The scale is a power of two and the zero point 0: float64 arithmetic is exact.
    dyadic: bool,
    /// The integer is the pattern of a float32.
    float32: bool,
}

impl Quantiser {
    pub fn new(port: &Port, element: &PortElement) -> Result<Quantiser> {
        let Range { lo: min, hi: max } = port.reached(element);
        let conversion = port.conversion;
        if max > i64::MAX.into() || min > max {
            return Err(Diagnostic::new(format!(
                "input `{}` has elements of type {}, which arrays of numbers cannot fill",
                port.name, element.ty
            )));
        }
        let inverse = element.scale.reciprocal().ok_or_else(|| {
            Diagnostic::new(format!("input `{}` has an element of scale 0", port.name))
        })?;
        let zero_point = -&(&element.offset * &inverse);
        let near = element
            .scale
            .log2()
            .is_some_and(|exponent| exponent.abs() <= 256);
        let dyadic = near && zero_point.is_zero();
        let grid = Grid::new(inverse.to_f64(), (min, max), conversion);
        Ok(Quantiser {
            grid: Some(grid).filter(|_| dyadic && !conversion.float32),
            dyadic,
            float32: conversion.float32,
            inverse: inverse.to_f64(),
            zero: zero_point.to_f64(),
            exact: ElementQuantizer {
                scale: element.scale.clone(),
                zero_point,
                ty: element.ty,
                min,
                max,
                rounding: conversion.rounding,
                overflow: conversion.overflow,
            },
        })
    }

    /// The integer, and whether the number was rounded, and was out of range.
    fn integer(&self, values: &Values, at: usize) -> (i64, bool, bool) {
        if self.float32 {
            return pattern(values, at);
        }
        self.quickly(values, at).unwrap_or_else(|| {
            let value = values.exact(at).expect("only finite values get here");
            let scaled = value
                .checked_div(&self.exact.scale)
                .expect("scales are not 0");
            let rounded = !(&scaled + &self.exact.zero_point).is_integer();
            let integer = self.exact.integer(&value) as i64;
            (integer, rounded, self.exact.overflows(&value))
        })
    }

    /// In float64, where that decides everything.
    fn quickly(&self, values: &Values, at: usize) -> Option<(i64, bool, bool)> {
        let value = values.approximate(at);
        let product = value * self.inverse;
        let scaled = product + self.zero;
        let normal = value == 0.0 || (1e-200..1e200).contains(&value.abs());
        if !normal
            || scaled.abs() >= 1e15
            || value.abs() >= 9e15 && !matches!(values, Values::Float(_))
        {
            return None;
        }
        if !self.dyadic {
            // Three roundings to 53 bits happened: far from every integer and every half
            // the decision is certain.
            let error = (product.abs() + self.zero.abs()) * 2f64.powi(-50) + f64::MIN_POSITIVE;
            let twice = 2.0 * scaled;
            if (twice - twice.round()).abs() <= 2.0 * error {
                return None;
            }
        }
        let floor = scaled.floor();
        if floor == scaled {
            let integer = i128::from(scaled as i64);
            if self.exact.min <= integer && integer <= self.exact.max {
                return Some((scaled as i64, false, false));
            }
        }
        // Floor times 4, plus 0 on the grid, 1 below, 2 at and 3 above the half: every
        // rounding mode does the same to these quarters as to the number.
        let toward_zero = scaled - scaled.trunc();
        let fraction = match toward_zero {
            0.0 => 0,
            fraction if fraction.abs() == 0.5 => 2,
            fraction if (fraction > 0.5) || (fraction < 0.0 && fraction > -0.5) => 3,
            _ => 1,
        };
        let quarters = 4 * (floor as i128) + fraction;
        let integer = self.exact.rounding.shift_right(quarters, 2);
        let inside = self.exact.min <= integer && integer <= self.exact.max;
        let integer = match self.exact.overflow {
            _ if inside => integer,
            Overflow::Saturate | Overflow::SaturateSymmetric => {
                integer.clamp(self.exact.min, self.exact.max)
            }
            Overflow::SaturateZero | Overflow::Wrap => return None,
        };
        Some((integer as i64, fraction != 0, !inside))
    }
}

/// The pattern of the nearest float32, and whether the number is none.
fn pattern(values: &Values, at: usize) -> (i64, bool, bool) {
    if let Values::Float(values) = values {
        let float = values[at] as f32;
        let rounded = values[at].is_finite() && f64::from(float) != values[at];
        return (
            float.to_bits().into(),
            rounded,
            rounded && float.is_infinite(),
        );
    }
    let exact = values.exact(at).expect("integers are exact");
    let float = exact.to_f32();
    let rounded = Number::from_f32(float).as_ref() != Some(&exact);
    (float.to_bits().into(), rounded, float.is_infinite())
}
