//! Real numbers to integers and back, at the ports, exactly.

mod grid;
mod quantiser;

use dialects::fx::{IntType, Port, PortElement, Range};
use dialects::{Diagnostic, Number, Result};
use rayon::prelude::*;

use crate::tensor_file::{TensorFile, Values};
use quantiser::Quantiser;

/// Samples of one task.
const TASK: usize = 256;

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
    let mut columns: Vec<(&Values, Vec<Quantiser>)> = Vec::new();
    for (port, array) in ports.iter().zip(arrays) {
        let elements = port.elements.iter();
        let quantisers = elements.map(|element| Quantiser::new(port, element));
        columns.push((&array.values, quantisers.collect::<Result<_>>()?));
    }
    let width: usize = columns.iter().map(|(_, elements)| elements.len()).sum();
    let mut integers = vec![0i64; samples * width];
    if width == 0 {
        return Ok(Quantised {
            integers,
            samples,
            rounded: 0,
            overflowed: 0,
        });
    }
    let parts = integers.par_chunks_mut(width * TASK).enumerate();
    let counts = parts.map(|(part, rows)| {
        let mut counts = (0, 0);
        for (at, row) in rows.chunks_exact_mut(width).enumerate() {
            let sample = part * TASK + at;
            let mut rest = row;
            for (values, quantisers) in &columns {
                let (out, after) = rest.split_at_mut(quantisers.len());
                rest = after;
                let first = sample * quantisers.len();
                let of = quantiser::integers(quantisers, values, first, out);
                counts = (counts.0 + of.0, counts.1 + of.1);
            }
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
    Float64 { scale: f64, offset: f64 },
    /// In float64 where what that rounds cannot change the float32, else exactly.
    Exact {
        near: (f64, f64),
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
                near: (scale.to_f64(), offset.to_f64()),
                scale: scale.clone(),
                offset: offset.clone(),
            },
        }
    }

    fn real(&self, integer: i128) -> f32 {
        let float = match i64::try_from(integer) {
            Ok(integer) => integer as f64,
            Err(_) => integer as f64,
        };
        match self {
            Scale::Float64 { scale, offset } => (float * scale + offset) as f32,
            Scale::Exact {
                near,
                scale,
                offset,
            } => {
                // Five roundings to 53 bits happen; rounding to float32 keeps the order.
                let product = float * near.0;
                let sum = product + near.1;
                let error = (product.abs() + near.1.abs()) * 2f64.powi(-49) + f64::MIN_POSITIVE;
                let (low, high) = ((sum - error) as f32, (sum + error) as f32);
                match low.to_bits() == high.to_bits() && low.is_finite() {
                    true => low,
                    false => (&(&Number::from(integer) * scale) + offset).to_f32(),
                }
            }
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
