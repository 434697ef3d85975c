//! The files of a circuit of streams.

use dialects::{Diagnostic, Result, flow};
use lowering::circt::Circt;
use lowering::flow_to_hw;
use lowering::interface::Interface;

use super::primitives::{cells_file, form, library_file};
use super::{Compilation, Emit};
use crate::output::{self, Pins, Staging, Timing, clock_constraint, fusesoc_core};
use crate::report::StreamReport;

/// What the manifest says of a design of streams.
pub struct Written {
    pub hash: Option<String>,
    pub pins: Pins,
    pub timing: Timing,
}

/// Errors: what the lowering or CIRCT refuses; an output that a circuit of streams has not.
pub fn write(
    compilation: &Compilation,
    design: &flow::Graph,
    emit: &[Emit],
    staging: &mut Staging,
) -> Result<Written> {
    for (level, flag) in [(Emit::Firrtl, "firrtl"), (Emit::Object, "object")] {
        if emit.contains(&level) {
            return Err(Diagnostic::new(format!(
                "--emit {flag} is for wholly parallel circuits, not for one with --stream or --reuse"
            ))
            .help("emit verilog, hw or axis"));
        }
    }
    let interface = Interface::of_flow(design)?;
    let top = interface.top.as_str();
    staging.write(output::STREAMS, flow::print(design))?;
    if let Some(module) = compilation.emulated() {
        staging.write(output::STREAM_EMULATOR, module.print())?;
    }
    let report = StreamReport::of(design, &compilation.target)?;
    let mut text = report.to_string();
    for remark in &compilation.remarks {
        text.push_str(&format!("\nremark: {remark}"));
    }
    staging.write("report.txt", text.trim_end().to_string() + "\n")?;
    staging.write(output::REPORT, report.to_json())?;
    let mut hash = None;
    if emit.contains(&Emit::Hw) || emit.contains(&Emit::Verilog) {
        let form = form(compilation.options.primitives, &compilation.target)?;
        let primitives = form.primitives;
        let hw = flow_to_hw::lower(design, form)?;
        hash = Some(output::sha256(hw.as_bytes()));
        if emit.contains(&Emit::Verilog) {
            let file = format!("{top}.sv");
            staging.write(&file, Circt::get()?.export_verilog(&hw)?)?;
            let mut sources = vec![file];
            if let Some(library) = primitives.library() {
                let file = library_file(top);
                staging.write(&file, library)?;
                sources.insert(0, file);
            }
            if let Some(models) = primitives.cell_models() {
                staging.write(&cells_file(top), models)?;
            }
            let constraint = design.clock_ps().map(|clock| clock_constraint(top, clock));
            let file = format!("{top}.xdc");
            if let Some(text) = &constraint {
                staging.write(&file, text.as_str())?;
            }
            let file = constraint.as_ref().map(|_| file.as_str());
            staging.write(
                &format!("{top}.core"),
                fusesoc_core(top, &sources, &[], file),
            )?;
        }
        if emit.contains(&Emit::Hw) {
            staging.write(output::HARDWARE, hw)?;
        }
    }
    if emit.contains(&Emit::Axis) {
        staging.write(&format!("{top}_axis.sv"), output::axis(&interface)?)?;
    }
    Ok(Written {
        hash,
        pins: Pins::of_streams(design, &interface),
        timing: Timing::of_streams(design, &interface),
    })
}
