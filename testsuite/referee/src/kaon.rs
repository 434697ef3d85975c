//! kaon's side of the bench: a compilation, its Verilog, and what its manifest and report say.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use crate::design::Design;
use crate::{Result, because};

/// Compiles a model into `folder`, which then holds Verilog and `design.json` as a peer's folder does.
pub fn compile(
    program: &Path,
    model: &Path,
    name: &str,
    flags: &[&str],
    folder: &Path,
) -> Result<Design> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(because(folder.display()))?;
    let project = folder.join("project");
    let began = Instant::now();
    let output = Command::new(program)
        .arg("compile")
        .arg(model)
        .arg("-o")
        .arg(&project)
        .args(flags)
        .output()
        .map_err(because(format!(
            "{} (cargo build --release)",
            program.display()
        )))?;
    let seconds = began.elapsed().as_secs_f64();
    if !output.status.success() {
        let wrong = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "kaon does not compile {name} {}: {}",
            flags.join(" "),
            wrong.trim()
        ));
    }
    for file in crate::design::verilog(&project)? {
        let name = file.file_name().expect("a file has a name");
        fs::copy(&file, folder.join(name)).map_err(because(file.display()))?;
    }
    let manifest = json(&project.join("kaon.json"))?;
    let report = json(&project.join("report.json"))?;
    let design = design(name, flags, &manifest, &report, seconds).ok_or_else(|| {
        format!(
            "{}: the manifest lacks what the bench reads",
            project.display()
        )
    })?;
    let path = folder.join("design.json");
    let text = serde_json::to_string_pretty(&design).map_err(because(path.display()))?;
    fs::write(&path, text + "\n").map_err(because(path.display()))?;
    Ok(design)
}

fn json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).map_err(because(path.display()))?;
    serde_json::from_str(&text).map_err(because(path.display()))
}

fn design(
    name: &str,
    flags: &[&str],
    manifest: &Value,
    report: &Value,
    seconds: f64,
) -> Option<Design> {
    let pins = &manifest["pins"];
    let ports = |side: &str| -> Option<Vec<(String, usize)>> {
        let port = |port: &Value| {
            let width = port["width"].as_u64()? as usize;
            Some((port["pin"].as_str()?.to_string(), width))
        };
        pins[side].as_array()?.iter().map(port).collect()
    };
    // No reset and samples without a pause: what the peers' circuits are built for.
    let tied = [("reset", 0), ("in_valid", 1)];
    let tied = tied
        .iter()
        .filter_map(|(pin, value)| Some((pins[pin].as_str()?.to_string(), *value)));
    let stages = report["timing"]["latency_clocks"].as_u64()? as u32;
    let total = &report["total"];
    Some(Design {
        model: name.to_string(),
        tool: "kaon".to_string(),
        version: String::new(),
        options: Value::from(flags.join(" ")),
        top: manifest["top"].as_str()?.to_string(),
        clock: pins["clock"].as_str().map(str::to_string),
        registers_inputs: false,
        registers_outputs: stages > 0,
        tied: tied.collect(),
        inputs: ports("inputs")?,
        outputs: ports("outputs")?,
        stages: stages.max(1),
        adders: total["adders"].as_u64()? as u32,
        ternary_adders: 0,
        estimated_lut: total["lut"].as_f64()?,
        seconds,
        vectors: 0,
    })
}
