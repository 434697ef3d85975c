//! The testbench passes a right design under both simulators, and fails a wrong vector.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use compiler::output::testbench;
use dialects::fx::{self, Graph};
use kaon_testsuite::{hardware_fx, random_fx};
use lowering::circt::Circt;
use lowering::interface::Interface;

use crate::hw::tools::{need, ok, run, succeed, tool, verilog_of};

const SAMPLES: usize = 40;

fn design(latency: u32) -> Graph {
    let mut graph = hardware_fx::graph(11, 40, 40, latency, 2);
    graph.name = "little".to_string();
    graph
}

/// `little.sv` and `tb/`, as a compilation leaves them.
fn write_folder(circt: &Circt, folder: &Path, graph: &Graph) {
    let samples = random_fx::samples(graph, 5, SAMPLES);
    let expected = samples
        .iter()
        .flat_map(|sample| ok(fx::eval(graph, sample)));
    let expected: Vec<i128> = expected.collect();
    let interface = Interface::of(graph);
    let files = testbench(
        &interface,
        Some(2777),
        &[],
        &samples.concat(),
        &expected,
        SAMPLES,
        None,
    );
    fs::create_dir(folder.join("tb")).expect("a folder");
    fs::write(folder.join("little.sv"), verilog_of(circt, graph)).expect("a file");
    for (name, text) in ok(files) {
        fs::write(folder.join("tb").join(name), text).expect("a file");
    }
}

/// Flips the lowest bit of the last expected answer.
fn spoil(folder: &Path) {
    let file = folder.join("tb/y.hex");
    let text = fs::read_to_string(&file).expect("the vectors");
    let (head, last) = text.trim_end().split_at(text.trim_end().len() - 1);
    let digit = u32::from_str_radix(last, 16).expect("a digit") ^ 1;
    fs::write(file, format!("{head}{digit:x}\n")).expect("a file");
}

fn passes(output: &Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("PASS: 40 samples"),
        "{text}"
    );
}

fn fails(output: &Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("sample 39: y is "), "{text}");
    assert!(text.contains("FAIL: 1 mismatches in 40 samples"), "{text}");
}

#[test]
fn icarus_passes_the_design_and_fails_a_wrong_vector() {
    let circt = need!(Circt::get());
    let iverilog = need!(tool("iverilog"));
    for latency in [0, 1, 4] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_folder(circt, folder.path(), &design(latency));
        let tb = folder.path().join("tb");
        succeed(
            Command::new(iverilog)
                .current_dir(&tb)
                .args(["-g2012", "-s", "little_tb", "-o", "little_tb"])
                .args(["little_tb.sv", "../little.sv"]),
        );
        let simulate = || run(Command::new("vvp").current_dir(&tb).arg("little_tb"));
        passes(&simulate());
        spoil(folder.path());
        fails(&simulate());
    }
}

#[test]
fn verilator_passes_the_design_and_fails_a_wrong_vector() {
    let circt = need!(Circt::get());
    let verilator = need!(tool("verilator"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_folder(circt, folder.path(), &design(3));
    let tb = folder.path().join("tb");
    succeed(
        Command::new(verilator)
            .current_dir(&tb)
            .args(["--binary", "--timing", "-j", "2", "-Wno-fatal"])
            .args(["-MAKEFLAGS", "OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0"])
            .args(["--top-module", "little_tb", "little_tb.sv", "../little.sv"]),
    );
    let simulate = || run(Command::new(tb.join("obj_dir/Vlittle_tb")).current_dir(&tb));
    passes(&simulate());
    spoil(folder.path());
    fails(&simulate());
}
