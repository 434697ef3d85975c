//! Traces, read back by wellen, the reader of a waveform viewer.

use std::collections::BTreeMap;
use std::path::Path;

use compiler::engine::arc;
use dialects::{flow, fx};
use kaon_testsuite::random_fx;
use lowering::circt::Circt;
use lowering::flow_to_hw::{self, Form};
use lowering::fx_to_hw;
use lowering::interface::{Interface, PackedPort};
use wellen::simple::{self, Waveform};

use crate::hw::simulate::random_design;
use crate::hw::stored::echo;
use crate::hw::streams::samples;
use crate::hw::tools::{need, ok};

const SAMPLES: usize = 20;
const PERIOD: u32 = 4000;

/// Every variable by its full name: when it changes, and to what.
fn changes(file: &Path) -> BTreeMap<String, Vec<(u64, String)>> {
    let mut wave: Waveform = simple::read(file).expect("a waveform");
    let variables: Vec<_> = {
        let hierarchy = wave.hierarchy();
        let variables = hierarchy.all_vars().map(|var| &hierarchy[var]);
        variables
            .map(|var| (var.full_name(hierarchy), var.signal_ref()))
            .collect()
    };
    let signals: Vec<_> = variables.iter().map(|(_, signal)| *signal).collect();
    wave.load_signals(&signals);
    let times = wave.time_table();
    let changes = variables.iter().map(|(name, signal)| {
        let signal = wave.get_signal(*signal).expect("a loaded signal");
        let changes = signal.iter_changes();
        let changes = changes.map(|(at, value)| (times[at as usize], value.to_string()));
        (name.clone(), changes.collect())
    });
    changes.collect()
}

fn value(changes: &[(u64, String)], time: u64) -> &str {
    let before = changes.iter().rev().find(|(at, _)| *at <= time);
    &before.expect("a value from the start").1
}

fn bits(port: &PackedPort, values: &[i128]) -> String {
    let words = ok(port.pack(values));
    let bit = |at: u32| words[at as usize / 32] >> (at % 32) & 1;
    (0..port.width())
        .rev()
        .map(|at| bit(at).to_string())
        .collect()
}

#[test]
fn a_viewer_reads_samples_and_answers() {
    need!(Circt::get());
    let graph = random_design(5);
    let interface = Interface::of(&graph);
    let hw = ok(fx_to_hw::lower(&graph));
    let samples = random_fx::samples(&graph, 5, SAMPLES);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let read = |name: &str| {
        let file = folder.path().join(name);
        ok(arc::trace(
            &hw,
            &interface,
            &samples.concat(),
            PERIOD,
            &file,
        ));
        changes(&file)
    };
    let (vcd, fst) = (read("waves.vcd"), read("waves.fst"));
    assert_eq!(vcd, fst);
    let names: Vec<&str> = vcd.keys().map(String::as_str).collect();
    insta::assert_snapshot!(names.join("\n"));

    let top = &interface.top;
    let cycle = |at: usize| at as u64 * u64::from(PERIOD) + 1;
    let latency = interface.latency as usize;
    for (at, sample) in samples.iter().enumerate() {
        let answer = ok(fx::eval(&graph, sample));
        let pins = [
            (&interface.inputs, sample, "in_valid", 2 + at),
            (&interface.outputs, &answer, "out_valid", 2 + at + latency),
        ];
        for (ports, values, valid, time) in pins {
            let mut rest = &values[..];
            for port in ports {
                let (own, others) = rest.split_at(port.elements.len());
                rest = others;
                let changes = &vcd[&format!("{top}.{}", port.name)];
                let wanted = bits(port, own);
                assert_eq!(
                    value(changes, cycle(time)),
                    wanted,
                    "{}, sample {at}",
                    port.name
                );
            }
            assert_eq!(value(&vcd[&format!("{top}.{valid}")], cycle(time)), "1");
        }
    }
    let valid = &vcd[&format!("{top}.out_valid")];
    assert_eq!(value(valid, cycle(2 + latency - 1)), "0");
    assert_eq!(value(valid, cycle(2 + latency + SAMPLES)), "0");
}

/// Tokens at the circuit's pace, one sample after the other.
#[test]
fn a_viewer_reads_tokens() {
    need!(Circt::get());
    const COUNT: usize = 3;
    let graph = echo(12, 5, 6);
    let interface = ok(Interface::of_flow(&graph));
    let pace = &interface.pace;
    let form = Form {
        least_memory: Some(2),
        ..Form::default()
    };
    let hw = ok(flow_to_hw::lower(&graph, form));
    let inputs = samples(&graph, COUNT);
    let sent = pace.sent(&inputs);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("waves.vcd");
    ok(arc::trace(&hw, &interface, &sent, PERIOD, &file));
    let waves = changes(&file);
    let comes: Vec<u64> = (0..COUNT * pace.tokens).map(|at| at as u64).collect();
    let leaves = ok(flow::foretell(&graph, &comes));
    let rows = inputs.chunks(inputs.len() / COUNT);
    let answers: Vec<i128> = rows.flat_map(|row| ok(flow::eval(&graph, row))).collect();
    let port = &interface.outputs[0];
    let shown = |pin: &str, cycle: u64| {
        let time = (2 + cycle) * u64::from(PERIOD) + 1;
        value(&waves[&format!("echo.{pin}")], time).to_string()
    };
    let mut tokens = pace.shown(&answers);
    for cycle in leaves {
        let own: Vec<i128> = tokens.drain(..port.elements.len()).collect();
        assert_eq!(shown("out_valid", cycle), "1");
        assert_eq!(shown("y", cycle), bits(port, &own), "clock cycle {cycle}");
    }
}
