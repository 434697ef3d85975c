//! `kaon calibrate`.

use std::path::{Path, PathBuf};

use clap::Args;
use compiler::calibrate::{self, Calibration, Data, Measured, Quality};
use compiler::driver::{self, Request};
use compiler::failure::{Failure, reason};
use compiler::output::replace;
use compiler::report::align;
use compiler::runner::Settings;
use compiler::tensor_file::TensorFile;
use dialects::Diagnostic;

use crate::answer::{Answer, json};
use crate::flags::{OptionFlags, ranges};

/// Choose types for a float model from what its layers compute on data
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kaon calibrate model.onnx --data x.npy --labels y.npy --output kaon.toml
  kaon compile model.onnx -o out --config kaon.toml

Bits before the point come from the ranges on the data; bits behind it are as few as keep the
accuracy, or without labels the largest score, of all but a share of the samples.")]
pub struct CalibrateArgs {
    /// Model file
    model: PathBuf,

    #[command(flatten)]
    data: DataFlags,

    /// The share of samples that may change for the worse; of a model with one answer, the
    /// error over the size of the answers
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    tolerance: f64,

    /// Where the configuration goes
    #[arg(long, value_name = "KAON.TOML")]
    output: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    options: OptionFlags,
}

#[derive(Debug, Args)]
pub struct DataFlags {
    /// Inputs, samples first; once for each input of the model
    #[arg(long, value_name = "X.NPY", required = true)]
    data: Vec<PathBuf>,

    /// The label of each sample
    #[arg(long, value_name = "LABELS.NPY")]
    labels: Option<PathBuf>,
}

/// The model on its data.
pub fn measured(
    model: &Path,
    flags: &DataFlags,
    options: &OptionFlags,
) -> Result<Measured, Failure> {
    let (options, target) = options.resolve()?;
    let data = Data {
        arrays: driver::read_arrays(&flags.data)?,
        ranges: ranges(&flags.data)?,
        labels: match &flags.labels {
            Some(path) => Some((TensorFile::read(path)?, path.clone())),
            None => None,
        },
    };
    let request = Request {
        model: model.to_path_buf(),
        options,
        target,
        settings: Settings::default(),
    };
    Measured::new(request, data)
}

pub fn run(args: &CalibrateArgs) -> Result<Answer, Failure> {
    let measured = measured(&args.model, &args.data, &args.options)?;
    let found = calibrate::calibrate(&measured, args.tolerance)?;
    if let Some(path) = &args.output {
        let text = format!("# {}\n\n{}", headline(&found), found.to_toml()?);
        replace(path, text).map_err(|error| {
            Diagnostic::new(format!("the file cannot be written: {}", reason(&error)))
                .in_file(path.display().to_string())
        })?;
    }
    Ok(match args.json {
        true => json(&found)?.into(),
        false => describe(&found, args.output.as_ref()).into(),
    })
}

fn headline(found: &Calibration) -> String {
    format!(
        "kaon calibrate, {} samples: {} before, {} with these types",
        found.samples,
        told(&found.before),
        told(&found.after)
    )
}

/// The quality in the measure that decides.
pub fn told(quality: &Quality) -> String {
    match quality {
        Quality {
            accuracy: Some(accuracy),
            ..
        } => format!("accuracy {accuracy:.4}"),
        Quality {
            agreement: Some(agreement),
            ..
        } => format!("agreement {agreement:.4}"),
        Quality { error, .. } => format!("relative error {error:.5}"),
    }
}

fn describe(found: &Calibration, output: Option<&PathBuf>) -> String {
    let mut text = headline(found) + "\n";
    text += &format!(
        "{} bits behind every point would do; {} choices tried\n\n",
        found.uniform_fraction, found.tried
    );
    let mut rows = vec![
        ["layer", "of", "lowest", "highest", "type"]
            .map(String::from)
            .to_vec(),
    ];
    rows.extend(found.places.iter().map(|place| {
        vec![
            place.layer.clone(),
            place.kind.to_string(),
            format!("{:.4}", place.lo),
            format!("{:.4}", place.hi),
            place.precision.to_string(),
        ]
    }));
    text += &align(&rows);
    if let Some(path) = output {
        text += &format!("\ntypes in {}\n", path.display());
    }
    text
}
