//! Real numbers to integers and back, at the ports, exactly.

use dialects::fx::{IntType, Port, PortElement, Range};
use dialects::nn::ElementQuantizer;
use dialects::{Diagnostic, Number, Overflow, Result};
use rayon::prelude::*;

use crate::tensor_file::{TensorFile, Values};

/// Integers for the input ports, and how many numbers did not lie on the ports' grids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantised {
    /// One row per sample, the elements of all ports in order.
    pub integers: Vec<i64>,
    pub samples: usize,
    /// Numbers between two integers of their port, which were rounded.
    pub rounded: usize,
    /// Numbers outside their port's range, to which its overflow mode was applied.
    pub overflowed: usize,
}

/// The integers of real samples, one array per port with the samples along its first axis.
///
/// Errors: a wrong number of arrays, a shape that does not fit, different numbers of
/// samples, NaN or infinity where a port is no float32, ports of more than 64 bits.
pub fn to_integers(ports: &[Port], arrays: &[TensorFile]) -> Result<Quantised> {
    if ports.len() != arrays.len() {
        let names: Vec<&str> = ports.iter().map(|port| port.name.as_str()).collect();
        return Err(Diagnostic::new(format!(
            "the model has {}, {} given",
            count_of(ports.len(), "input"),
            match arrays.len() {
                1 => "1 array was".to_string(),
                count => format!("{count} arrays were"),
            }
        ))
        .help(format!(
            "give one array for each input, in this order: {}",
            names.join(", ")
        )));
    }
    let mut samples = None;
    for (port, array) in ports.iter().zip(arrays) {
        let count = sample_count(port, array)?;
        if !port.conversion.float32 {
            check_finite(port, array)?;
        }
        match samples {
            Some(samples) if samples != count => {
                return Err(Diagnostic::new(format!(
                    "input `{}` has {}, another input has {samples}",
                    port.name,
                    count_of(count, "sample")
                )));
            }
            _ => samples = Some(count),
        }
    }
    let samples = samples.unwrap_or(0);
    let mut elements: Vec<(&Values, usize, usize, Quantiser)> = Vec::new();
    for (port, array) in ports.iter().zip(arrays) {
        for (at, element) in port.elements.iter().enumerate() {
            let quantiser = Quantiser::new(port, element)?;
            elements.push((&array.values, port.elements.len(), at, quantiser));
        }
    }
    let width = elements.len();
    let mut integers = vec![0i64; samples * width];
    if width == 0 {
        return Ok(Quantised {
            integers,
            samples,
            rounded: 0,
            overflowed: 0,
        });
    }
    let rows = integers.par_chunks_mut(width).enumerate();
    let counts = rows.map(|(sample, row)| {
        let mut counts = (0, 0);
        for (out, (values, stride, at, quantiser)) in row.iter_mut().zip(&elements) {
            let (integer, rounded, overflowed) = quantiser.integer(values, sample * stride + at);
            *out = integer;
            counts = (
                counts.0 + usize::from(rounded),
                counts.1 + usize::from(overflowed),
            );
        }
        counts
    });
    let (rounded, overflowed) = counts.reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    Ok(Quantised {
        integers,
        samples,
        rounded,
        overflowed,
    })
}

fn count_of(count: usize, name: &str) -> String {
    match count {
        1 => format!("1 {name}"),
        _ => format!("{count} {name}s"),
    }
}

/// The samples in an array for a port: of the port's shape, or flat.
fn sample_count(port: &Port, array: &TensorFile) -> Result<usize> {
    let fits = array.shape.split_first().filter(|(_, sample)| {
        **sample == port.shape
            || **sample == [port.elements.len()]
            || (sample.is_empty() && port.elements.len() == 1)
    });
    fits.map(|(samples, _)| *samples).ok_or_else(|| {
        let mut expected = vec!["samples".to_string()];
        expected.extend(port.shape.iter().map(usize::to_string));
        let finding = Diagnostic::new(format!(
            "input `{}` takes an array of shape [{}], the given one has shape {:?}",
            port.name,
            expected.join(", "),
            array.shape
        ));
        match array.shape == port.shape || array.shape == [port.elements.len()] {
            true => finding.help("one sample is an array of one row: give x[None]"),
            false => finding.help(format!(
                "each sample has shape {:?}; the samples lie along the first axis",
                port.shape
            )),
        }
    })
}

fn check_finite(port: &Port, array: &TensorFile) -> Result<()> {
    let Values::Float(values) = &array.values else {
        return Ok(());
    };
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(at) => Err(Diagnostic::new(format!(
            "input `{}` has {} in sample {}, element {}",
            port.name,
            values[at],
            at / port.elements.len(),
            at % port.elements.len()
        ))
        .help("a circuit's inputs are finite numbers; clean the data first")),
    }
}

/// The quantiser in front of one input.
struct Quantiser {
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
    fn new(port: &Port, element: &PortElement) -> Result<Quantiser> {
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
        Ok(Quantiser {
            dyadic: near && zero_point.is_zero(),
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

/// The real numbers of results, rounded once to float32: one array per port.
pub fn to_real<T: Copy + Sync + Into<i128>>(
    ports: &[Port],
    integers: &[T],
    samples: usize,
) -> Vec<(Vec<usize>, Vec<f32>)> {
    let width: usize = ports.iter().map(|port| port.elements.len()).sum();
    let mut first = 0;
    let mut arrays = Vec::new();
    for port in ports {
        let scales: Vec<Scale> = port.elements.iter().map(Scale::new).collect();
        let count = scales.len();
        let mut values = vec![0f32; samples * count];
        if count > 0 {
            values
                .par_chunks_mut(count)
                .enumerate()
                .for_each(|(sample, row)| {
                    let from = &integers[sample * width + first..][..count];
                    for ((out, integer), scale) in row.iter_mut().zip(from).zip(&scales) {
                        *out = scale.real((*integer).into());
                    }
                });
        }
        first += count;
        let mut shape = vec![samples];
        shape.extend(&port.shape);
        arrays.push((shape, values));
    }
    arrays
}

/// `integer * scale + offset`, rounded once to float32.
enum Scale {
    /// Product and sum are exact in float64 for every integer of the type.
    Float64 {
        scale: f64,
        offset: f64,
    },
    Exact {
        scale: Number,
        offset: Number,
    },
}

impl Scale {
    fn new(element: &PortElement) -> Scale {
        let PortElement { ty, scale, offset } = element;
        match float64_is_exact(*ty, scale, offset) {
            true => Scale::Float64 {
                scale: scale.to_f64(),
                offset: offset.to_f64(),
            },
            false => Scale::Exact {
                scale: scale.clone(),
                offset: offset.clone(),
            },
        }
    }

    fn real(&self, integer: i128) -> f32 {
        match self {
            Scale::Float64 { scale, offset } => (integer as f64 * scale + offset) as f32,
            Scale::Exact { scale, offset } => (&(&Number::from(integer) * scale) + offset).to_f32(),
        }
    }
}

/// Whether integers of the type, scale, offset, products and sums are all multiples of one
/// power of two with at most 53 bits.
fn float64_is_exact(ty: IntType, scale: &Number, offset: &Number) -> bool {
    if !scale.is_dyadic() || !offset.is_dyadic() || ty.width > 53 {
        return false;
    }
    let exponents = [scale, offset]
        .map(Number::trailing_exponent)
        .into_iter()
        .flatten();
    let Some(unit) = exponents.min() else {
        return true;
    };
    let Range { lo, hi } = ty.range();
    let ends = [lo, hi].map(|end| &Number::from(end) * scale);
    let sums = ends.clone().map(|end| &end + offset);
    let bound = Number::pow2(unit + 53);
    let numbers = ends.iter().chain(&sums).chain([scale, offset]);
    (-1000..=900).contains(&unit) && numbers.into_iter().all(|number| number.abs() <= bound)
}
