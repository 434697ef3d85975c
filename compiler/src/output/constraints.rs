//! What a synthesis flow asks for beside the Verilog: the clock, and the list of files.

use dialects::fx;
use lowering::interface::Interface;

/// The clock as Vivado and other tools that read SDC take it; `None` without a clock.
pub fn xdc(graph: &fx::Graph) -> Option<String> {
    let interface = Interface::of(graph);
    let clock = graph.clock_ps.filter(|_| !interface.is_combinational())?;
    let period = f64::from(clock) / 1000.0;
    let top = &interface.top;
    Some(format!(
        "# The clock that {top} was scheduled for.\n\
         create_clock -name clk -period {period:.3} [get_ports clk]\n"
    ))
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
    let mut text = format!(
        "CAPI=2:\nname: kaon:generated:{top}:1.0.0\ndescription: {top}, compiled by kaon\n\n\
         filesets:\n  rtl:\n    file_type: systemVerilogSource\n    files:\n{}",
        list(sources)
    );
    if let Some(xdc) = xdc {
        let files = list(&[xdc.to_string()]);
        text.push_str(&format!(
            "  constraints:\n    file_type: xdc\n    files:\n{files}"
        ));
    }
    let constraints = match xdc {
        Some(_) => "    filesets_append: [\"tool_vivado ? (constraints)\"]\n",
        None => "",
    };
    let default = format!(
        "\ntargets:\n  default: &default\n    filesets: [rtl]\n    toplevel: {top}\n{constraints}"
    );
    if testbench.is_empty() {
        return text + &default;
    }
    text.push_str(&format!(
        "  tb:\n    file_type: systemVerilogSource\n    files:\n{}",
        list(testbench)
    ));
    text + &default
        + &format!(
            "  sim:\n    <<: *default\n    filesets: [rtl, tb]\n    toplevel: {top}_tb\n    \
             default_tool: verilator\n"
        )
}
