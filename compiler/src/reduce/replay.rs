//! The file that shows a fault again, and the command that replays it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use dialects::{Diagnostic, Result};
use serde::Serialize;

use crate::context::PassContext;
use crate::failure::reason;
use crate::module::Module;
use crate::options::{ExtraStages, Options};
use crate::output::replace;
use crate::target::Target;

/// A module that shows a fault, where it lies, and how it is seen again.
pub struct Reproducer {
    pub file: PathBuf,
    pub command: String,
}

/// Writes `<step>.reproducer.mlir` into the folder: the fault, the command, the module.
/// What no flag says stands in `<step>.reproducer.toml` beside it.
pub fn write(
    folder: &Path,
    step: &str,
    module: &Module,
    fault: &Diagnostic,
    cx: &PassContext,
) -> Result<Reproducer> {
    let file = folder.join(format!("{step}.reproducer.mlir"));
    let config = folder.join(format!("{step}.reproducer.toml"));
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    let mut flags = flags(cx.options, cx.target);
    if let Some(text) = config_text(cx.options) {
        replace(&config, text).map_err(|error| unwritable(&config, &error))?;
        flags.push(format!("--config {}", quoted(&config)));
    }
    let command = command(&file, step, &flags);
    let mut text = String::new();
    for line in fault.to_string().lines() {
        writeln!(text, "// {}", line.trim_start()).expect("writing to a string");
    }
    writeln!(text, "// {command}\n{}", module.print().trim_end()).expect("writing to a string");
    replace(&file, text).map_err(|error| unwritable(&file, &error))?;
    Ok(Reproducer { file, command })
}

/// The command that runs a step on a file and checks it.
fn command(file: &Path, step: &str, flags: &[String]) -> String {
    let mut command = format!("kaon-opt {} -p {step} --check-passes", quoted(file));
    for flag in flags {
        command.push(' ');
        command.push_str(flag);
    }
    command
}

fn unwritable(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::new(format!(
        "the reproducer cannot be written: {}",
        reason(error)
    ))
    .in_file(path.display().to_string())
}

/// A path or word as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:,".contains(c);
    match text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// The choices that differ from the default, as flags.
fn flags(options: &Options, target: &Target) -> Vec<String> {
    let plain = Options::default();
    let mut flags = Vec::new();
    let mut flag = |given: bool, text: String| {
        if given {
            flags.push(text);
        }
    };
    let clock = options.clock_ps != plain.clock_ps || options.fixed_clock;
    // In the middle of the picosecond, which is rounded down to again.
    let mhz = 1e6 / (f64::from(options.clock_ps) + 0.5);
    flag(clock, format!("--clock-mhz {mhz}"));
    if let Some(stages) = options.stages {
        flag(true, format!("--stages {stages}"));
    }
    if let Some(latency) = options.latency_ps {
        flag(true, format!("--latency-ns {}", f64::from(latency) / 1e3));
    }
    match options.extra_stages {
        ExtraStages::Tell => {}
        ExtraStages::Auto => flag(true, "--extra-stages auto".to_string()),
        ExtraStages::UpTo(most) => flag(true, format!("--extra-stages {most}")),
    }
    flag(options.register_inputs, "--register-inputs".to_string());
    flag(
        !options.register_outputs,
        "--no-register-outputs".to_string(),
    );
    let precisions = [
        (
            "--precision",
            options.default_precision.map(|p| p.to_string()),
        ),
        (
            "--input-precision",
            options.input_precision.map(|p| p.to_string()),
        ),
        (
            "--output-precision",
            options.output_precision.map(|p| p.to_string()),
        ),
    ];
    for (name, precision) in precisions {
        if let Some(precision) = precision {
            flag(true, format!("{name} '{precision}'"));
        }
    }
    let fraction = options.fraction_bits;
    flag(
        fraction != plain.fraction_bits,
        format!("--fraction-bits {fraction}"),
    );
    let scores = options.scores;
    flag(
        scores != plain.scores,
        format!("--scores {}", scores.name()),
    );
    flag(
        options.effort != plain.effort,
        format!("--effort {}", options.effort),
    );
    let without = &options.pipeline.without_rules;
    flag(
        !without.is_empty(),
        format!("--without-rule {}", without.join(",")),
    );
    for rule in &options.pipeline.with_rules {
        flag(true, format!("--with-rule '{rule}'"));
    }
    let named = options.target_file.is_none() && target.name != Target::default().name;
    flag(named, format!("--target {}", target.name));
    flags
}

/// What only a configuration file can say: types by layer.
fn config_text(options: &Options) -> Option<String> {
    #[derive(Serialize)]
    struct Layers<'a> {
        layers: &'a std::collections::BTreeMap<String, crate::options::LayerPrecision>,
    }
    let layers = &options.layers;
    match layers.is_empty() {
        true => None,
        false => toml::to_string(&Layers { layers }).ok(),
    }
}
