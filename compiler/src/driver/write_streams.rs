//! The files of a circuit of streams.

use dialects::{Diagnostic, Result, flow};
use lowering::circt::Circt;
use lowering::flow_to_hw::{self, Form};
use lowering::interface::Interface;

use super::primitives::{cells_file, form, library_file};
use super::vectors::rows;
use super::write::{bench_library, stage_testbench};
use super::{Compilation, Emit};
use crate::engine::arc::arrivals;
use crate::engine::streams::Streams;
use crate::module::Module;
use crate::output::{
    self, Pins, Staging, Timing, Tokens, clock_constraint, fusesoc_core, testbench,
};
use crate::report::StreamReport;

/// What the manifest says of a design of streams.
pub struct Written {
    pub hash: Option<String>,
    pub pins: Pins,
    pub timing: Timing,
}

/// Samples of a testbench, and the clock cycles that more than two of them may take.
const SAMPLES: usize = 32;
const CYCLES: usize = 200_000;

/// The folder `tb/`; the paths of its files. The answers are the emulator's.
fn write_testbench(
    compilation: &Compilation,
    design: &flow::Graph,
    interface: &Interface,
    form: Form,
    staging: &mut Staging,
) -> Result<Vec<String>> {
    let Some(Module::Flow(emulated)) = compilation.emulated() else {
        return Ok(vec![]);
    };
    let pace = &interface.pace;
    let samples = (CYCLES / pace.interval.max(1) as usize).clamp(2, SAMPLES);
    let elements = design.inputs.iter().flat_map(|of| &of.port.elements);
    let types: Vec<_> = elements.map(|element| element.ty).collect();
    let inputs = rows(&types, samples);
    let outputs = Streams::new(emulated.clone())?.predict(&inputs, samples)?;
    let comes = arrivals(pace, samples, 1);
    let leaves = flow::foretell(design, &comes)?;
    let files = testbench(
        interface,
        design.clock_ps(),
        &bench_library(&interface.top, form.primitives),
        &pace.sent(&inputs),
        &pace.shown(&outputs),
        samples,
        Some(&Tokens { comes, leaves }),
    )?;
    stage_testbench(files, staging)
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
            let mut bench = write_testbench(compilation, design, &interface, form, staging)?;
            if let Some(models) = primitives.cell_models() {
                let file = cells_file(top);
                staging.write(&file, models)?;
                bench.push(file);
            }
            let constraint = design.clock_ps().map(|clock| clock_constraint(top, clock));
            let file = format!("{top}.xdc");
            if let Some(text) = &constraint {
                staging.write(&file, text.as_str())?;
            }
            let file = constraint.as_ref().map(|_| file.as_str());
            staging.write(
                &format!("{top}.core"),
                fusesoc_core(top, &sources, &bench, file),
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
