//! What a synthesis flow asks for beside the Verilog: the clock, and the list of files.

use dialects::fx;
use lowering::interface::Interface;

/// The clock as Vivado and other tools that read SDC take it; `None` without a clock.
pub fn xdc(graph: &fx::Graph) -> Option<String> {
    let interface = Interface::of(graph);
    let clock = graph.clock_ps.filter(|_| !interface.is_combinational())?;
    Some(clock_constraint(&interface.top, clock))
}

/// The same for a module and its clock period in picoseconds.
pub fn clock_constraint(top: &str, clock_ps: u32) -> String {
    let period = f64::from(clock_ps) / 1000.0;
    format!(
        "# The clock that {top} was scheduled for.\n\
         create_clock -name clk -period {period:.3} [get_ports clk]\n"
    )
}

/// A FuseSoC core of the design and its testbench.
pub fn fusesoc_core(
    top: &str,
    sources: &[String],
    testbench: &[String],
    xdc: Option<&str>,
) -> String {
    let list = |files: &[String]| {
        let lines = files.iter().map(|file| format!("      - {file}\n"));
        lines.collect::<String>()
    };
    let constraints = match xdc {
        Some(file) => format!("  constraints:\n    file_type: xdc\n    files:\n      - {file}\n"),
        None => String::new(),
    };
    let filesets = match xdc {
        Some(_) => "rtl, \"tool_vivado ? (constraints)\"",
        None => "rtl",
    };
    // The testbench reads its vectors from the folder it runs in.
    let bench = testbench.iter().map(|path| {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name.ends_with(".sv") {
            true => format!("      - {path}\n"),
            false => format!("      - {path}: {{file_type: user, copyto: {name}}}\n"),
        }
    });
    format!(
        "CAPI=2:\n\
         name: kaon:generated:{top}:1.0.0\n\
         description: {top}, compiled by kaon\n\n\
         filesets:\n  rtl:\n    file_type: systemVerilogSource\n    files:\n{}{constraints}  \
         tb:\n    file_type: systemVerilogSource\n    files:\n{}\n\
         targets:\n  default:\n    filesets: [{filesets}]\n    toplevel: {top}\n  \
         sim:\n    filesets: [rtl, tb]\n    toplevel: {top}_tb\n    \
         default_tool: icarus\n    tools:\n      icarus:\n        \
         iverilog_options: [-g2012]\n",
        list(sources),
        bench.collect::<String>()
    )
}
