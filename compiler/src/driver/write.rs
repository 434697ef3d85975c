//! A compilation as a folder.

use std::path::{Path, PathBuf};

use dialects::{Diagnostic, Result, fx, nn};
use lowering::circt::Circt;
use lowering::fx_to_llvm::{Processor, write_object};
use lowering::interface::Interface;
use lowering::primitives::Primitives;
use lowering::{fx_to_firrtl, fx_to_hw};

use super::primitives::{cells_file, library_file, primitives};
use super::report::{pruned, record};
use super::vectors::{SAMPLES, vectors};
use super::{Compilation, Emit, report_of, write_streams};
use crate::module::Module;
use crate::output::{
    self, Manifest, Operations, Pins, RemarkRecord, Staging, Timing, fusesoc_core, testbench, xdc,
};

/// Writes the folder of a compilation, whole or not at all.
///
/// What `emit` asks for and the steps that ran cannot give is left out: an unfinished
/// compilation has no hardware.
/// Errors: see [`Staging::begin`]; what a lowering or CIRCT refuses.
pub fn write(compilation: &Compilation, emit: &[Emit], folder: &Path) -> Result<PathBuf> {
    let mut staging = Staging::begin(folder)?;
    let mut manifest = manifest(compilation);
    if let Some(layers) = compilation.layers() {
        staging.write(output::LAYERS, nn::print(layers))?;
    }
    if let Some(behaviour) = compilation.behaviour() {
        staging.write(output::EMULATOR, fx::print(behaviour))?;
    }
    if let Some(text) = &compilation.options.target_file {
        staging.write(output::TARGET, text.as_str())?;
    }
    if let Some(design) = compilation.streams() {
        let written = write_streams::write(compilation, design, emit, &mut staging)?;
        manifest.hardware_sha256 = written.hash;
        manifest.pins = Some(written.pins);
        manifest.timing = Some(written.timing);
        return staging.finish(manifest);
    }
    match compilation.design() {
        Some(design) => {
            staging.write(output::DESIGN, fx::print(design))?;
            manifest.hardware_sha256 = write_design(compilation, design, emit, &mut staging)?;
            manifest.pins = Some(Pins::of(design));
            manifest.timing = Some(Timing::of(design));
            manifest.operations = Some(operations(compilation));
            let layers = pruned(compilation)?.into_iter();
            let layers = layers.map(|(name, pruning)| (name, record(&pruning)));
            manifest.layers = layers.collect();
        }
        None if compilation.stopped => {
            let level = compilation.module.level();
            let text = compilation.module.print();
            staging.write(&format!("stopped.{level}.mlir"), text)?;
        }
        None => {}
    }
    staging.finish(manifest)
}

/// The files of a design; the hash of its hardware text where there is one.
fn write_design(
    compilation: &Compilation,
    design: &fx::Graph,
    emit: &[Emit],
    staging: &mut Staging,
) -> Result<Option<String>> {
    let interface = Interface::of(design);
    let top = interface.top.as_str();
    let wants = |level: Emit| emit.contains(&level);
    if let Some(report) = report_of(compilation)? {
        let mut text = report.to_string() + &report.explanation();
        for remark in &compilation.remarks {
            text.push_str(&format!("\nremark: {remark}"));
        }
        if !compilation.remarks.is_empty() {
            text.push('\n');
        }
        staging.write("report.txt", text)?;
        staging.write(output::REPORT, report.to_json())?;
    }
    let mut hash = None;
    if wants(Emit::Hw) || wants(Emit::Verilog) {
        let primitives = primitives(compilation.options.primitives, &compilation.target)?;
        let hw = fx_to_hw::lower_with(design, primitives)?;
        hash = Some(output::sha256(hw.as_bytes()));
        if wants(Emit::Verilog) {
            let verilog = Circt::get()?.export_verilog(&hw)?;
            let file = format!("{top}.sv");
            staging.write(&file, verilog)?;
            let constraint = xdc(design);
            let constraint_file = constraint.as_ref().map(|_| format!("{top}.xdc"));
            if let (Some(text), Some(file)) = (&constraint, &constraint_file) {
                staging.write(file, text)?;
            }
            let mut sources = vec![file];
            if let Some(library) = primitives.library() {
                let file = library_file(top);
                staging.write(&file, library)?;
                sources.insert(0, file);
            }
            let mut bench = write_testbench(design, &interface, primitives, staging)?;
            if let Some(models) = primitives.cell_models() {
                let file = cells_file(top);
                staging.write(&file, models)?;
                bench.push(file);
            }
            let core = fusesoc_core(top, &sources, &bench, constraint_file.as_deref());
            staging.write(&format!("{top}.core"), core)?;
        }
        if wants(Emit::Hw) {
            staging.write(output::HARDWARE, hw)?;
        }
    }
    if wants(Emit::Axis) {
        staging.write(&format!("{top}_axis.sv"), output::axis(&interface)?)?;
    }
    if wants(Emit::Firrtl) {
        staging.write(&format!("{top}.fir"), fx_to_firrtl::print(design)?)?;
    }
    if wants(Emit::Object) {
        write_object_files(compilation, top, staging)?;
    }
    Ok(hash)
}

/// The folder `tb/`; the paths of its files.
fn write_testbench(
    design: &fx::Graph,
    interface: &Interface,
    primitives: Primitives,
    staging: &mut Staging,
) -> Result<Vec<String>> {
    let (inputs, outputs) = vectors(design)?;
    let files = testbench(
        interface,
        design.clock_ps,
        &bench_library(&interface.top, primitives),
        &inputs,
        &outputs,
        SAMPLES,
        None,
    )?;
    stage_testbench(files, staging)
}

/// What a testbench reads besides the design, as seen from `tb/`.
pub(super) fn bench_library(top: &str, primitives: Primitives) -> Vec<String> {
    match primitives.library() {
        Some(_) => vec![
            format!("../{}", library_file(top)),
            format!("{top}_cells.sv"),
        ],
        None => vec![],
    }
}

/// Writes the files of a testbench; their paths.
pub(super) fn stage_testbench(
    files: Vec<(String, String)>,
    staging: &mut Staging,
) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for (name, text) in files {
        let path = format!("tb/{name}");
        staging.write(&path, text)?;
        paths.push(path);
    }
    Ok(paths)
}

/// The emulator for users' own software: an object file and its header.
fn write_object_files(compilation: &Compilation, top: &str, staging: &mut Staging) -> Result<()> {
    let Some(behaviour) = compilation.behaviour() else {
        return Ok(());
    };
    let disk = |error: std::io::Error| {
        Diagnostic::new("an object file needs a temporary folder").note(error.to_string())
    };
    let folder = tempfile::tempdir().map_err(disk)?;
    let (object, header) = (format!("{top}.o"), format!("{top}.h"));
    let at = |name: &str| folder.path().join(name);
    write_object(behaviour, &at(&object), &at(&header), top, Processor::Any)?;
    for name in [&object, &header] {
        staging.write(name, std::fs::read(at(name)).map_err(disk)?)?;
    }
    Ok(())
}

fn manifest(compilation: &Compilation) -> Manifest {
    let top = lowering::names::identifier(compilation.module.name());
    let Compilation {
        model,
        options,
        target,
        ..
    } = compilation;
    let mut manifest = Manifest::new(model.clone(), &top, options, target);
    let remarks = compilation.remarks.iter().map(|remark| RemarkRecord {
        from: remark.from.clone(),
        layer: remark.layer.clone(),
        text: remark.text.clone(),
    });
    manifest.remarks = remarks.collect();
    if !compilation.complete {
        manifest.stopped_after = compilation.steps.last().map(|step| step.name.to_string());
    }
    manifest
}

fn operations(compilation: &Compilation) -> Operations {
    let count = |graph: Option<&fx::Graph>| {
        let counts = graph.map(|graph| Module::Fx(graph.clone()).op_counts());
        let counts = counts.unwrap_or_default().into_iter();
        counts
            .map(|(name, count)| (name.to_string(), count))
            .collect()
    };
    Operations {
        lowered: count(compilation.lowered()),
        pruned: count(compilation.behaviour()),
        design: count(compilation.design()),
    }
}
