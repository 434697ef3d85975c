//! The ops as kaon's own Verilog, all under one top module, so that yosys starts once.

use std::fmt::Write as _;

use dialects::Result;
use lowering::circt::Circt;
use lowering::fx_to_hw;

use crate::target::cases::Case;

pub fn design(circt: &Circt, cases: &[Case]) -> Result<String> {
    let (mut modules, mut ports, mut instances) = (String::new(), Vec::new(), String::new());
    for (index, case) in cases.iter().enumerate() {
        let mut graph = case.graph.clone();
        graph.name = format!("c{index}");
        graph.latency = Some(0);
        let verilog = circt.export_verilog(&fx_to_hw::lower(&graph)?)?;
        // Each case keeps its cells to itself.
        let head = format!("module c{index}(");
        modules.push_str(&verilog.replace(&head, &format!("(* keep_hierarchy *) {head}")));
        let (inputs, outputs) = (graph.inputs[0].width(), graph.outputs[0].width());
        ports.push(format!("input [{}:0] x{index}", inputs - 1));
        ports.push(format!("output [{}:0] y{index}", outputs - 1));
        writeln!(instances, "c{index} u{index}(.x(x{index}), .y(y{index}));")
            .expect("writing to a string");
    }
    let ports = ports.join(", ");
    Ok(format!(
        "{modules}module top({ports});\n{instances}endmodule\n"
    ))
}
