//! Quality and size of a float model against the bits behind the point.

use std::ops::RangeInclusive;

use serde::Serialize;

use super::plot::{Series, plot};
use super::{Measured, Quality};
use crate::driver::{Request, compile, report_of};
use crate::failure::Failure;

/// All rows, and the model they are measured against.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scan {
    pub samples: usize,
    pub target: &'static str,
    /// What `lut` counts on the target.
    pub area_unit: &'static str,
    pub reference: Quality,
    pub rows: Vec<Row>,
}

/// The model with so many bits behind every point, the bits before it as the data need them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub fraction_bits: i32,
    #[serde(flatten)]
    pub quality: Quality,
    /// `None` where it is too large to be one circuit.
    pub circuit: Option<Circuit>,
}

/// Estimates, as `kaon report` has them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Circuit {
    pub lut: u64,
    pub ff: u64,
    pub dsp: u64,
    pub bram: u64,
    pub latency_clocks: u32,
    pub latency_ns: f64,
}

/// Errors: see [`compile`]; a model that is too large is a row without a circuit.
pub fn scan(measured: &Measured, bits: RangeInclusive<i32>) -> Result<Scan, Failure> {
    let mut rows = vec![];
    for fraction in bits {
        let fractions = vec![fraction; measured.places.len()];
        let request = Request {
            options: measured.options(&fractions),
            ..measured.request.clone()
        };
        rows.push(Row {
            fraction_bits: fraction,
            quality: measured.quality(&fractions)?,
            circuit: circuit(&request)?,
        });
    }
    Ok(Scan {
        samples: measured.samples(),
        target: measured.request.target.name,
        area_unit: measured.request.target.family.area_unit(),
        reference: measured.best()?,
        rows,
    })
}

fn circuit(request: &Request) -> Result<Option<Circuit>, Failure> {
    let compilation = match compile(request, None, &mut |_| {}) {
        Ok(compilation) => compilation,
        Err(Failure::Input(_)) => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let report = report_of(&compilation)?;
    Ok(report.map(|report| Circuit {
        lut: report.total.lut,
        ff: report.total.ff,
        dsp: report.total.dsp,
        bram: report.total.bram,
        latency_clocks: report.timing.latency_clocks,
        latency_ns: report.timing.latency_ns,
    }))
}

impl Scan {
    /// The rows as two curves over the bits.
    pub fn to_svg(&self) -> String {
        let curve = |name: &'static str, of: &dyn Fn(&Row) -> Option<f64>| {
            let points = self.rows.iter();
            let points = points.filter_map(|row| Some((f64::from(row.fraction_bits), of(row)?)));
            Series {
                name,
                points: points.collect(),
            }
        };
        let quality = match self.reference {
            Quality {
                accuracy: Some(_), ..
            } => curve("accuracy", &|row| row.quality.accuracy),
            Quality {
                agreement: Some(_), ..
            } => curve("agreement with the float model", &|row| {
                row.quality.agreement
            }),
            _ => curve("relative error", &|row| Some(row.quality.error)),
        };
        let size = curve(self.area_unit, &|row| {
            row.circuit.map(|circuit| circuit.lut as f64)
        });
        plot("bits behind the point", &[quality, size])
    }
}
