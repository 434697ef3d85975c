//! `kaon scan`.

use std::path::PathBuf;

use clap::Args;
use compiler::calibrate::{self, Scan};
use compiler::failure::{Failure, reason};
use compiler::output::replace;
use compiler::report::align;
use dialects::Diagnostic;

use super::calibrate::{DataFlags, measured, told};
use crate::answer::{Answer, json};
use crate::flags::OptionFlags;

/// Show accuracy, latency and resources of a float model against its bits
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kaon scan model.onnx --data x.npy --labels y.npy --from 2 --to 10 --svg scan.svg
  kaon scan model.onnx --data x.npy --json --target zu7ev

Each row is the whole compilation of the model with so many bits behind every point and as
many before it as the data need.")]
pub struct ScanArgs {
    /// Model file
    model: PathBuf,

    #[command(flatten)]
    data: DataFlags,

    /// The fewest bits behind the point
    #[arg(long, value_name = "BITS", default_value_t = 2)]
    from: i32,

    /// The most bits behind the point
    #[arg(long, value_name = "BITS", default_value_t = 10)]
    to: i32,

    /// Where a plot goes
    #[arg(long, value_name = "PLOT.SVG")]
    svg: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    options: OptionFlags,
}

pub fn run(args: &ScanArgs) -> Result<Answer, Failure> {
    if args.from > args.to || args.from < -16 || args.to > 24 {
        return Err(Failure::usage(format!(
            "bits from {} to {} are no range of those from -16 to 24",
            args.from, args.to
        )));
    }
    let measured = measured(&args.model, &args.data, &args.options)?;
    let scan = calibrate::scan(&measured, args.from..=args.to)?;
    if let Some(path) = &args.svg {
        replace(path, scan.to_svg()).map_err(|error| {
            Diagnostic::new(format!("the file cannot be written: {}", reason(&error)))
                .in_file(path.display().to_string())
        })?;
    }
    Ok(match args.json {
        true => json(&scan)?.into(),
        false => describe(&scan, args.svg.as_ref()).into(),
    })
}

fn describe(scan: &Scan, svg: Option<&PathBuf>) -> String {
    let mut text = format!(
        "{} samples, {}; the float model: {}\n\n",
        scan.samples,
        scan.target,
        told(&scan.reference)
    );
    let mut rows = vec![
        [
            "bits",
            "accuracy",
            "agreement",
            "error",
            scan.area_unit,
            "FF",
            "DSP",
            "BRAM",
            "clocks",
            "ns",
        ]
        .map(String::from)
        .to_vec(),
    ];
    let share = |value: Option<f64>| value.map_or("-".to_string(), |value| format!("{value:.4}"));
    for row in &scan.rows {
        let mut cells = vec![
            row.fraction_bits.to_string(),
            share(row.quality.accuracy),
            share(row.quality.agreement),
            format!("{:.5}", row.quality.error),
        ];
        match row.circuit {
            Some(circuit) => cells.extend([
                circuit.lut.to_string(),
                circuit.ff.to_string(),
                circuit.dsp.to_string(),
                circuit.bram.to_string(),
                circuit.latency_clocks.to_string(),
                format!("{:.2}", circuit.latency_ns),
            ]),
            None => cells.push("too large".to_string()),
        }
        rows.push(cells);
    }
    text += &align(&rows);
    if let Some(path) = svg {
        text += &format!("\nplot in {}\n", path.display());
    }
    text
}
