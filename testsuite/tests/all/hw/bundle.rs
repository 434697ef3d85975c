//! Several designs as one, so that one build of a simulator is enough for all of them.

use std::fmt::Write;

use dialects::fx::Graph;
use lowering::interface::{Interface, Pace, PackedPort};

/// The designs side by side: each keeps its ports, and those that answer early are delayed to
/// the latency of the slowest.
pub fn bundle(designs: &[(Graph, String)]) -> (String, Interface) {
    let mut verilog = String::new();
    let latency = designs.iter().filter_map(|(graph, _)| graph.latency).max();
    let latency = latency.unwrap_or(0).max(1);
    let mut whole = Interface {
        top: "bundle".to_string(),
        inputs: vec![],
        outputs: vec![],
        latency,
        pace: Pace::parallel(0, 0),
    };
    let mut ports = String::new();
    let mut body = String::new();
    let mut valid = String::new();
    for (at, (graph, text)) in designs.iter().enumerate() {
        verilog.push_str(text);
        let interface = Interface::of(graph);
        let pins = |ports: &[PackedPort]| -> Vec<PackedPort> {
            let pin = |port: &PackedPort| PackedPort {
                name: format!("{}_{at}", port.name),
                elements: port.elements.clone(),
            };
            ports.iter().map(pin).collect()
        };
        let (inputs, outputs) = (pins(&interface.inputs), pins(&interface.outputs));
        let mut connections = Vec::new();
        for (inner, outer) in interface.inputs.iter().zip(&inputs) {
            writeln!(ports, "  input [{}:0] {},", outer.width() - 1, outer.name).unwrap();
            connections.push(format!(".{}({})", inner.name, outer.name));
        }
        if !interface.is_combinational() {
            connections.push(".clk(clk), .rst(rst), .in_valid(in_valid)".to_string());
            connections.push(format!(".out_valid(valid_{at})"));
            writeln!(body, "  wire valid_{at};").unwrap();
            if interface.latency == latency {
                write!(valid, " & valid_{at}").unwrap();
            }
        }
        for (inner, outer) in interface.outputs.iter().zip(&outputs) {
            let (name, high) = (&outer.name, outer.width() - 1);
            writeln!(ports, "  output [{high}:0] {name},").unwrap();
            connections.push(format!(".{}({name}_0)", inner.name));
            let delay = latency - interface.latency;
            writeln!(body, "  wire [{high}:0] {name}_0;").unwrap();
            for cycle in 1..=delay {
                let before = cycle - 1;
                writeln!(body, "  reg [{high}:0] {name}_{cycle};").unwrap();
                writeln!(
                    body,
                    "  always @(posedge clk) {name}_{cycle} <= {name}_{before};"
                )
                .unwrap();
            }
            writeln!(body, "  assign {name} = {name}_{delay};").unwrap();
        }
        let connections = connections.join(", ");
        writeln!(body, "  {} dut_{at} ({connections});", interface.top).unwrap();
        whole.inputs.extend(inputs);
        whole.outputs.extend(outputs);
    }
    write!(
        verilog,
        "module bundle(\n{ports}  input clk, input rst, input in_valid, output out_valid);\n{body}\
           assign out_valid = 1'b1{valid};\nendmodule\n"
    )
    .unwrap();
    (verilog, whole)
}
