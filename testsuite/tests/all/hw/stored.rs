//! Tokens that wait for long: shift registers in LUTs, memories in LUTs and block RAMs. The
//! answers in both engines, and the primitives that yosys finds beside the estimate.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;

use compiler::engine::arc::Simulator;
use compiler::engine::verilator;
use compiler::report::StreamReport;
use compiler::target;
use dialects::flow::{self, Border, Graph, Op, Tap, Window};
use dialects::fx::{self, IntType};
use kaon_testsuite::missing::skip;
use kaon_testsuite::random_fx::port;
use lowering::circt::Circt;
use lowering::flow_to_hw::{self, Form};
use lowering::interface::Interface;

use crate::hw::streams::samples;
use crate::hw::tools::{need, ok, succeed, tool};

/// Tokens of two lanes beside those so many tokens before them, less these: a row of registers
/// as long, and a queue that is as deep.
pub fn echo(tokens: usize, delay: usize, width: u32) -> Graph {
    let ty = ok(IntType::parse(&format!("si{width}")));
    let wider = ok(IntType::parse(&format!("si{}", width + 1)));
    let port = |name: &str, ty: IntType| fx::Port {
        shape: vec![tokens, 2],
        ..port(name, &vec![ty; 2 * tokens])
    };
    let border = |port: fx::Port| Border {
        port,
        tokens,
        order: (0..2 * tokens).collect(),
    };
    let text = format!(
        "module attributes {{kaon.level = \"fx\"}} {{
           func.func @less(%x0: {ty}, %x1: {ty}, %x2: {ty}, %x3: {ty}) -> ({wider}, {wider}) attributes {{kaon.latency = 1 : i64, kaon.clock_ps = 5000 : i64}} {{
             %0 = \"fx.sub\"(%x0, %x2) : ({ty}, {ty}) -> {wider}
             %1 = \"fx.register\"(%0) : ({wider}) -> {wider}
             %2 = \"fx.sub\"(%x1, %x3) : ({ty}, {ty}) -> {wider}
             %3 = \"fx.register\"(%2) : ({wider}) -> {wider}
             return %1, %3 : {wider}, {wider}
           }}
         }}"
    );
    let mut graph = Graph::new("echo", vec![border(port("x", ty))]);
    let kernel = graph.kernel(ok(fx::read(&text)));
    let taps = (0..2).map(|lane| Tap {
        depth: delay,
        lane,
        mask: None,
        zero: 0,
    });
    let window = Arc::new(Window {
        emit: (delay..delay + tokens).collect(),
        taps: taps.collect(),
        masks: vec![],
    });
    let input = flow::ValueId(0);
    let late = ok(graph.push(Op::Window { input, window }, "late"));
    let both = ok(graph.push(
        Op::Join {
            lhs: input,
            rhs: late,
        },
        "both",
    ));
    let steps = 0;
    let less = ok(graph.push(
        Op::Map {
            input: both,
            kernel,
            steps,
        },
        "less",
    ));
    graph.results = vec![less];
    graph.outputs = vec![border(port("y", wider))];
    ok(flow::verify(&graph));
    graph
}

#[test]
fn a_memory_answers_as_registers_do() {
    let circt = need!(Circt::get());
    const COUNT: usize = 5;
    // Depths around a power of two: the places of a queue count to its depth.
    for (tokens, delay) in [(12, 1), (12, 6), (12, 7), (12, 8), (40, 33)] {
        let graph = echo(tokens, delay, 6);
        let inputs = samples(&graph, COUNT);
        let rows = inputs.chunks(inputs.len() / COUNT);
        let expected: Vec<i128> = rows.flat_map(|row| ok(flow::eval(&graph, row))).collect();
        let interface = ok(Interface::of_flow(&graph));
        let pace = &interface.pace;
        let sent = pace.sent(&inputs);
        for least_memory in [None, Some(2)] {
            let form = Form {
                least_memory,
                ..Form::default()
            };
            let hw = ok(flow_to_hw::lower(&graph, form));
            assert_eq!(hw.contains("seq.hlmem"), least_memory.is_some());
            let simulator = ok(Simulator::build(&hw, &interface, 3));
            let simulation = ok(simulator.run_every(&sent, COUNT, pace.interval));
            assert_eq!(pace.received(&simulation.outputs), expected, "{hw}");
            let paused = ok(simulator.run_with_gaps(&graph, &sent, COUNT, 3));
            assert_eq!(pace.received(&paused), expected, "{delay}, with pauses");
            if least_memory.is_some() && delay == 33 {
                match verilator::available() {
                    Err(error) => skip(&error.to_string()),
                    Ok(_) => {
                        let verilog = ok(circt.export_verilog(&hw));
                        let built = ok(verilator::Simulator::build(&verilog, &interface));
                        let simulation = ok(built.run(&sent, COUNT));
                        assert_eq!(pace.received(&simulation.outputs), expected, "Verilator");
                    }
                }
            }
        }
    }
}

/// The cells that yosys maps the Verilog of a graph to.
fn cells(circt: &Circt, graph: &Graph, form: Form, command: &str) -> BTreeMap<String, u64> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let verilog = ok(circt.export_verilog(&ok(flow_to_hw::lower(graph, form))));
    std::fs::write(folder.path().join("echo.sv"), verilog).expect("a file");
    let script = format!("read_verilog -sv echo.sv; {command} -top echo; tee -q -o stat.txt stat");
    let mut yosys = Command::new("yosys");
    succeed(yosys.current_dir(folder.path()).args(["-q", "-p", &script]));
    let stat = std::fs::read_to_string(folder.path().join("stat.txt")).expect("a file");
    let (_, stat) = stat.rsplit_once("Number of cells:").expect("a sum");
    let lines = stat
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let cells = lines.filter_map(|words| match words[..] {
        [cell, count] => Some((cell.to_string(), count.parse().ok()?)),
        _ => None,
    });
    cells.collect()
}

/// What keeps tokens in a circuit: the estimate's figures, and the cells of a synthesis.
#[test]
fn the_primitives_that_are_expected_are_inferred() {
    let circt = need!(Circt::get());
    need!(tool("yosys"));
    let mut table = String::new();
    let xilinx = "synth_xilinx -noiopad -flatten -family";
    for (device, command, graphs) in [
        (
            "vu13p",
            format!("{xilinx} xcup"),
            &[(40, 33, 6), (320, 300, 24)][..],
        ),
        ("xc7k325t", format!("{xilinx} xc7"), &[(40, 33, 6)]),
        ("lfe5u-85", "synth_ecp5".to_string(), &[(40, 33, 6)]),
    ] {
        let target = ok(target::find(device));
        let form = Form {
            least_memory: target.least_memory(),
            ..Form::default()
        };
        for (tokens, delay, width) in graphs {
            let graph = echo(*tokens, *delay, *width);
            let total = ok(StreamReport::of(&graph, &target)).total;
            let found = cells(circt, &graph, form, &command);
            table.push_str(&format!(
                "{device}, {delay} tokens of {} bits: LUT {} FF {} BRAM {}\n",
                2 * width,
                total.lut,
                total.ff,
                total.bram
            ));
            for (cell, count) in found {
                table.push_str(&format!("    {cell:16} {count}\n"));
            }
        }
    }
    insta::assert_snapshot!(table);
}
