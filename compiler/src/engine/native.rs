//! The native emulator: a graph compiled for this machine, on all its cores.

use std::fmt::Display;

use dialects::fx::{Graph, Port, Range};
use dialects::{Diagnostic, Result};
use lowering::fx_to_llvm::{Container, LANES, Native};
pub use lowering::fx_to_llvm::{Extension, Processor};
use rayon::prelude::*;

use super::real;
use crate::tensor_file::TensorFile;

/// Samples one task computes; many enough that starting it costs nothing.
const TASK: usize = 32 * LANES;

/// A compiled graph.
///
/// Its results are those of `fx::eval`, bit for bit. It runs on the threads of the rayon
/// pool it is called in.
pub struct Emulator {
    native: Native,
    ranges: Vec<Range>,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
}

impl Emulator {
    /// Compiles for this machine, with all its instructions.
    pub fn new(graph: &Graph) -> Result<Emulator> {
        Emulator::with(graph, Processor::Host)
    }

    /// Compiles for this machine with no more than some instructions.
    ///
    /// Errors: instructions that this machine does not have.
    pub fn with(graph: &Graph, processor: Processor) -> Result<Emulator> {
        let elements = graph.inputs.iter().flat_map(|port| &port.elements);
        Ok(Emulator {
            native: Native::with(graph, processor)?,
            ranges: elements.map(|element| element.ty.range()).collect(),
            inputs: graph.inputs.clone(),
            outputs: graph.outputs.clone(),
        })
    }

    pub fn inputs(&self) -> &[Port] {
        &self.inputs
    }

    pub fn outputs(&self) -> &[Port] {
        &self.outputs
    }

    /// The results of `samples` rows of inputs; a row holds the elements of all ports.
    ///
    /// Errors: a wrong number of inputs, an input outside its type, a port of more than
    /// 64 bits.
    pub fn run(&self, inputs: &[i64], samples: usize) -> Result<Vec<i64>> {
        let mut ports = self.inputs.iter().chain(&self.outputs);
        if let Some(port) = ports.find(|port| is_wide(port)) {
            return Err(Diagnostic::new(format!(
                "port `{}` has elements of more than 64 bits, which 64-bit arrays cannot hold",
                port.name
            )));
        }
        self.run_as(inputs, samples)
    }

    /// [`Emulator::run`] for ports of any width.
    pub fn run_wide(&self, inputs: &[i128], samples: usize) -> Result<Vec<i128>> {
        self.run_as(inputs, samples)
    }

    /// Real numbers in, real numbers out: one array per port, samples along the first axis.
    pub fn predict(&self, arrays: &[TensorFile]) -> Result<Prediction> {
        let quantised = real::to_integers(&self.inputs, arrays)?;
        let samples = quantised.samples;
        let outputs = match self.outputs.iter().any(is_wide) {
            false => {
                let integers = self.run(&quantised.integers, samples)?;
                real::to_real(&self.outputs, &integers, samples)
            }
            true => {
                let inputs: Vec<i128> = quantised.integers.iter().map(|&n| n.into()).collect();
                let integers = self.run_wide(&inputs, samples)?;
                real::to_real(&self.outputs, &integers, samples)
            }
        };
        Ok(Prediction {
            outputs,
            samples,
            rounded: quantised.rounded,
            overflowed: quantised.overflowed,
        })
    }

    fn run_as<T: Integer>(&self, inputs: &[T], samples: usize) -> Result<Vec<T>> {
        let interface = self.native.interface;
        let (width, results) = (interface.inputs, interface.outputs);
        if inputs.len() != samples * width {
            return Err(Diagnostic::new(format!(
                "{samples} samples of {width} inputs are {} integers, {} were given",
                samples * width,
                inputs.len()
            )));
        }
        let mut outputs = vec![T::default(); samples * results];
        let starts = (0..samples).step_by(TASK).collect::<Vec<_>>();
        // Rows of no width have no chunks: each task finds its own part.
        let parts = split(&mut outputs, results * TASK, starts.len());
        starts.into_par_iter().zip(parts).try_for_each_init(
            || (Vec::new(), Vec::new(), self.native.scratch()),
            |(x, y, scratch), (start, out)| {
                let count = TASK.min(samples - start);
                let rows = &inputs[start * width..][..count * width];
                x.clear();
                x.resize(rows.len() * interface.input.bytes, 0);
                y.resize(out.len() * interface.output.bytes, 0);
                if !T::take(&self.native, rows, x, count) {
                    self.pack(rows, start, x)?;
                }
                self.native.run(x, y, count, scratch);
                if !T::give(&self.native, y, out, count) {
                    unpack(y, interface.output, out);
                }
                Ok(())
            },
        )?;
        Ok(outputs)
    }

    /// Writes inputs as the compiled code reads them.
    fn pack<T: Integer>(&self, rows: &[T], start: usize, x: &mut [u8]) -> Result<()> {
        let width = self.ranges.len();
        let bounds: Vec<(T, T)> = self.ranges.iter().map(|range| T::bounds(*range)).collect();
        for (at, row) in rows.chunks_exact(width.max(1)).enumerate() {
            let outside = |(value, (lo, hi)): (&T, &(T, T))| value < lo || hi < value;
            // Without an early exit, which would keep the loop from being vectorised.
            let bad = row
                .iter()
                .zip(&bounds)
                .fold(false, |bad, of| bad | outside(of));
            if bad {
                let column = row.iter().zip(&bounds).position(outside).unwrap_or(0);
                return Err(Diagnostic::new(format!(
                    "input {column} of sample {} is {}, outside its range {}",
                    start + at,
                    row[column],
                    self.ranges[column]
                )));
            }
        }
        match self.native.interface.input.bytes {
            1 => put::<T, 1>(rows, x),
            2 => put::<T, 2>(rows, x),
            4 => put::<T, 4>(rows, x),
            8 => put::<T, 8>(rows, x),
            _ => put::<T, 16>(rows, x),
        }
        Ok(())
    }
}

/// What a model says about some samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Shape and values of each output port, rounded once to float32.
    pub outputs: Vec<(Vec<usize>, Vec<f32>)>,
    pub samples: usize,
    /// Inputs between two integers of their port, which were rounded.
    pub rounded: usize,
    /// Inputs outside their port's range, to which its overflow mode was applied.
    pub overflowed: usize,
}

/// Whether a port has elements that 64-bit integers do not hold.
fn is_wide(port: &Port) -> bool {
    let mut elements = port.elements.iter();
    elements.any(|element| element.ty.range().hi > i64::MAX.into())
}

fn split<T>(all: &mut [T], size: usize, count: usize) -> Vec<&mut [T]> {
    let mut rest = all;
    let mut parts = Vec::with_capacity(count);
    for _ in 0..count {
        let (part, after) = rest.split_at_mut(size.min(rest.len()));
        parts.push(part);
        rest = after;
    }
    parts
}

/// The low bytes of every integer.
fn put<T: Integer, const BYTES: usize>(values: &[T], out: &mut [u8]) {
    for (value, out) in values.iter().zip(out.as_chunks_mut::<BYTES>().0) {
        *out = value.bytes();
    }
}

/// Reads results as the compiled code writes them.
fn unpack<T: Integer>(y: &[u8], container: Container, out: &mut [T]) {
    let signed = container.signed;
    match container.bytes {
        1 => take::<T, 1>(y, signed, out),
        2 => take::<T, 2>(y, signed, out),
        4 => take::<T, 4>(y, signed, out),
        8 => take::<T, 8>(y, signed, out),
        _ => take::<T, 16>(y, signed, out),
    }
}

fn take<T: Integer, const BYTES: usize>(y: &[u8], signed: bool, out: &mut [T]) {
    for (value, bytes) in out.iter_mut().zip(y.as_chunks::<BYTES>().0) {
        *value = T::of_bytes(*bytes, signed);
    }
}

/// The integers a caller holds.
trait Integer: Copy + Default + PartialOrd + Display + Send + Sync {
    /// The ends of a range that lies in the type.
    fn bounds(range: Range) -> (Self, Self);

    /// The low bytes, lowest first.
    fn bytes<const BYTES: usize>(self) -> [u8; BYTES];

    /// The integer of some bytes, lowest first, which fits.
    fn of_bytes<const BYTES: usize>(bytes: [u8; BYTES], signed: bool) -> Self;

    /// Writes inputs as the compiled code reads them, by compiled code; `false` when there
    /// is none, or one is outside its range.
    fn take(_: &Native, _rows: &[Self], _x: &mut [u8], _samples: usize) -> bool {
        false
    }

    /// Reads results as the compiled code writes them, by compiled code; `false` when there
    /// is none.
    fn give(_: &Native, _y: &[u8], _out: &mut [Self], _samples: usize) -> bool {
        false
    }
}

macro_rules! integer {
    ($signed:ty, $unsigned:ty $(, $by_compiled_code:item)*) => {
        impl Integer for $signed {
            $($by_compiled_code)*

            fn bounds(range: Range) -> (Self, Self) {
                (range.lo as $signed, range.hi as $signed)
            }

            fn bytes<const BYTES: usize>(self) -> [u8; BYTES] {
                let all = i128::from(self).to_le_bytes();
                std::array::from_fn(|at| all[at])
            }

            fn of_bytes<const BYTES: usize>(bytes: [u8; BYTES], signed: bool) -> Self {
                const ALL: usize = size_of::<$signed>();
                let mut all = [0; ALL];
                let low = BYTES.min(ALL);
                all[..low].copy_from_slice(&bytes[..low]);
                let spare = 8 * (ALL - low) as u32;
                let high = <$unsigned>::from_le_bytes(all) << spare;
                match signed {
                    true => high as $signed >> spare,
                    false => (high >> spare) as $signed,
                }
            }
        }
    };
}

integer!(
    i64,
    u64,
    fn take(native: &Native, rows: &[i64], x: &mut [u8], samples: usize) -> bool {
        native.take(rows, x, samples)
    },
    fn give(native: &Native, y: &[u8], out: &mut [i64], samples: usize) -> bool {
        native.give(y, out, samples)
    }
);
integer!(i128, u128);
