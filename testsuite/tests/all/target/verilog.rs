//! The ops as kaon's own Verilog, all under one top module, so that yosys starts once.

use std::fmt::Write as _;

use compiler::driver;
use compiler::options::PrimitiveChoice;
use compiler::target;
use dialects::Result;
use lowering::circt::Circt;
use lowering::fx_to_hw;
use lowering::primitives::Primitives;

use crate::target::cases::Case;

pub fn design(circt: &Circt, family: &str, cases: &[Case]) -> Result<String> {
    // A module of its own for each adder would be counted apart: such families are given `+`.
    let target = target::find(family)?;
    let form = match target.family.chain.cells {
        Some(_) => driver::primitives(PrimitiveChoice::Auto, &target)?,
        None => Primitives::None,
    };
    let library = form.library().unwrap_or_default();
    let (mut modules, mut ports, mut instances) = (String::new(), Vec::new(), String::new());
    for (index, case) in cases.iter().enumerate() {
        let mut graph = case.graph.clone();
        graph.name = format!("c{index}");
        graph.latency = Some(0);
        let verilog = circt.export_verilog(&fx_to_hw::lower_with(&graph, form)?)?;
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
        "{library}{modules}module top({ports});\n{instances}endmodule\n"
    ))
}
