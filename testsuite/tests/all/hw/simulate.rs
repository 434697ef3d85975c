//! Random designs answer what `fx::eval` says, through both printers.

use std::path::Path;
use std::process::Command;

use compiler::engine::verilator::{self, Simulator};
use dialects::fx::{self, Graph};
use kaon_testsuite::{hardware_fx, random_fx};
use lowering::circt::Circt;
use lowering::primitives::{CarryCell, Primitives};
use lowering::{fx_to_firrtl, fx_to_hw};

use crate::hw::bundle::bundle;
use kaon_testsuite::missing::skip;

use crate::hw::tools::{firtool, need, ok, succeed, tool, verilog_of};

const SAMPLES: usize = 200;

pub const CELLS: Primitives = Primitives::Amd {
    cell: CarryCell::Carry8,
    passed: 50,
    routed: 100,
};

pub fn random_design(seed: u64) -> Graph {
    let width = [4, 12, 31, 33, 64, 100][seed as usize % 6];
    let latency = [0, 3, 1, 5][seed as usize % 4];
    let mut graph = hardware_fx::graph(seed, 60, width, latency, 1 + seed as usize % 5);
    graph.name = format!("random_{seed}");
    graph
}

/// The Verilog that the FIRRTL compiler makes of our FIRRTL. Without packed arrays: Verilator
/// 5.006 reads `table[3'h0 - x]` with an index wider than three bits.
fn through_firrtl(firtool: &Path, graph: &Graph) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("design.fir");
    std::fs::write(&file, ok(fx_to_firrtl::print(graph))).expect("a file");
    succeed(
        Command::new(firtool)
            .args(["--format=fir", "--disable-all-randomization"])
            .arg("--lowering-options=disallowPackedArrays,disallowLocalVariables")
            .arg(file),
    )
}

#[test]
fn random_designs_simulate_as_they_evaluate() {
    let circt = need!(Circt::get());
    need!(verilator::available());
    let mut designs: Vec<(Graph, String)> = Vec::new();
    for seed in 0..24 {
        let graph = random_design(seed);
        let form = [Primitives::None, Primitives::Modules, CELLS][seed as usize % 3];
        let verilog = ok(circt.export_verilog(&ok(fx_to_hw::lower_with(&graph, form))));
        designs.push((graph, verilog));
    }
    match firtool() {
        Err(reason) => skip(&reason),
        Ok(firtool) => {
            for seed in 24..36 {
                let graph = random_design(seed);
                let verilog = through_firrtl(&firtool, &graph);
                designs.push((graph, verilog));
            }
        }
    }
    let (mut verilog, interface) = bundle(&designs);
    verilog.push_str(CELLS.library().expect("there is a library"));
    verilog.push_str(CELLS.cell_models().expect("there are models"));
    let simulator = ok(Simulator::build(&verilog, &interface));
    let samples: Vec<Vec<Vec<i128>>> = designs
        .iter()
        .enumerate()
        .map(|(seed, (graph, _))| random_fx::samples(graph, seed as u64, SAMPLES))
        .collect();
    let all = (0..SAMPLES).flat_map(|at| samples.iter().flat_map(move |design| design[at].clone()));
    let simulation = ok(simulator.run(&all.collect::<Vec<_>>(), SAMPLES));
    assert_eq!(simulation.latency, 5);
    let mut got = simulation.outputs.into_iter();
    for at in 0..SAMPLES {
        for (seed, ((graph, verilog), samples)) in designs.iter().zip(&samples).enumerate() {
            let sample = &samples[at];
            let expected = ok(fx::eval(graph, sample));
            let got: Vec<i128> = got.by_ref().take(expected.len()).collect();
            assert_eq!(
                got,
                expected,
                "design {seed}, sample {at}: {sample:?}\n{}\n{verilog}",
                fx::print(graph)
            );
        }
    }
}

#[test]
fn verilator_has_no_warnings() {
    let circt = need!(Circt::get());
    need!(verilator::available());
    for seed in 0..8 {
        let graph = random_design(seed);
        let form = [Primitives::None, Primitives::Modules, CELLS][seed as usize % 3];
        let mut verilog = ok(circt.export_verilog(&ok(fx_to_hw::lower_with(&graph, form))));
        for text in [form.library(), form.cell_models()].into_iter().flatten() {
            verilog.push_str(text);
        }
        if let Err(error) = verilator::lint(&verilog, &graph.name) {
            panic!("{error}\n{verilog}");
        }
    }
}

#[test]
fn yosys_synthesises() {
    let circt = need!(Circt::get());
    let yosys = need!(tool("yosys"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut script = String::new();
    for seed in 0..2 {
        let graph = random_design(seed);
        let file = format!("{}.sv", graph.name);
        let verilog = verilog_of(circt, &graph);
        std::fs::write(folder.path().join(&file), verilog).expect("a file");
        let top = &graph.name;
        script += &format!("read_verilog -sv {file}; synth -flatten -top {top}; stat; delete; ");
    }
    let mut command = Command::new(yosys);
    command.current_dir(folder.path()).args(["-p", &script]);
    let report = succeed(&mut command);
    // `synth` prints its own figures, `stat` prints them again.
    assert_eq!(
        report.matches("Printing statistics.").count(),
        4,
        "{report}"
    );
}
