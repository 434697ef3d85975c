//! The AXI-Stream wrapper under random stalls on both sides, in Verilator.

use compiler::engine::verilator::{self, Simulator};
use compiler::output::axis;
use dialects::flow;
use lowering::circt::Circt;
use lowering::flow_to_hw::{self, Form};
use lowering::interface::{Interface, Pace};

use crate::hw::streams::{cases, samples};
use crate::hw::tools::{need, ok};

const STALLS: &str = include_str!("stalls.sv");
/// Longer than any stall holds an answer up.
const LATENCY: u32 = 600;
const SAMPLES: usize = 60;

/// A case behind its wrapper and between two that stall.
fn held_up(wanted: &str) {
    let circt = need!(Circt::get());
    need!(verilator::available());
    let mut all = cases().into_iter();
    let (_, graph) = all.find(|(name, _)| name == wanted).expect("the case");
    let interface = ok(Interface::of_flow(&graph));
    let pace = &interface.pace;
    let hw = ok(flow_to_hw::lower(&graph, Form::default()));
    let mut verilog = ok(circt.export_verilog(&hw)) + &ok(axis(&interface));
    let answers = pace.leaves.len();
    let values = [
        ("@TOP@", interface.top.clone()),
        ("@X@", interface.inputs[0].width().to_string()),
        ("@Y@", interface.outputs[0].width().to_string()),
        ("@LATENCY@", LATENCY.to_string()),
        ("@TOKENS@", pace.tokens.to_string()),
        ("@ANSWERS@", answers.to_string()),
    ];
    let stalled = values.iter();
    let stalled = stalled.fold(STALLS.to_string(), |text, (mark, value)| {
        text.replace(mark, value)
    });
    verilog.push_str(&stalled);
    // Slow enough for a sender and a receiver that are away most of the time.
    let (tokens, interval) = (pace.tokens as u32, 8 * pace.interval + 40);
    let whole = Interface {
        top: "stalled".to_string(),
        latency: LATENCY + tokens - answers as u32,
        pace: Pace {
            spacing: 1,
            interval,
            leaves: (0..answers as u32).collect(),
            ..pace.clone()
        },
        ..interface.clone()
    };
    let inputs = samples(&graph, SAMPLES);
    let width = inputs.len() / SAMPLES;
    let rows = inputs.chunks(width).map(|row| ok(flow::eval(&graph, row)));
    let expected: Vec<i128> = rows.flatten().collect();
    let simulator = ok(Simulator::build(&verilog, &whole));
    let simulation = ok(simulator.run(&pace.sent(&inputs), SAMPLES));
    assert_eq!(pace.received(&simulation.outputs), expected, "{wanted}");
}

#[test]
fn answers_of_several_tokens_wait_for_their_receiver() {
    held_up("a_padded_convolution_is_masked");
}

#[test]
fn a_folded_layer_lets_in_what_it_can_take() {
    held_up("a_dense_layer_in_steps");
}
