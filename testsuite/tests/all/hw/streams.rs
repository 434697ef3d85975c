//! Circuits of streams in the arc engine: every case of `lower-nn-to-flow` as hardware.

use std::path::Path;

use compiler::driver::{Request, compile};
use compiler::engine::arc::Simulator;
use compiler::module::Module;
use compiler::options::Options;
use compiler::pipeline;
use compiler::runner::{self, Settings, Step};
use compiler::target::Target;
use dialects::{flow, fx};
use kaon_testsuite::random_fx::Random;
use lowering::circt::Circt;
use lowering::flow_to_hw::{self, Form};
use lowering::interface::Interface;
use lowering::nn_to_flow::Placement;

use crate::hw::tools::{need, ok};

const SAMPLES: usize = 30;

/// Cases of `models/recurrent_nodes`.
const RECURRENT: &[&str] = &[
    "gru_bidirectional",
    "gru_reset_after",
    "gru_reset_before",
    "lstm_bidirectional",
    "lstm_coupled",
    "lstm_functions",
    "lstm_peepholes",
    "lstm_plain",
    "rnn_bidirectional",
    "rnn_relu_reverse",
];

/// The steps of a whole compilation from the lowering on.
fn compiled(text: &str) -> Option<flow::Graph> {
    let options = Options {
        placement: Placement {
            stream: text.contains("stream"),
            reuse: if text.contains("reuse=2") { 2 } else { 1 },
            interval: text.contains("interval=6").then_some(6),
            ..Placement::default()
        },
        ..Options::default()
    };
    let module = ok(Module::read(text));
    let steps = pipeline::through_flow(pipeline::steps()).into_iter();
    let lowers = |step: &Step| step.name() == pipeline::LOWER_NN_TO_FLOW.name;
    let steps: Vec<Step> = steps.skip_while(|step| !lowers(step)).collect();
    let target = Target::default();
    let cx = compiler::context::PassContext::new(&options, &target);
    let outcome = runner::run(module, &steps, &Settings::default(), &cx, &mut |_| {});
    match outcome.ok()?.module {
        Module::Flow(graph) => Some(graph),
        _ => None,
    }
}

pub fn cases() -> Vec<(String, flow::Graph)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lowering/lower-nn-to-flow");
    let mut found = vec![];
    for entry in std::fs::read_dir(folder).expect("a folder of cases") {
        let path = entry.expect("a case").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "mlir")
        {
            let text = std::fs::read_to_string(&path).expect("a case");
            let name = path.file_stem().expect("a name").to_string_lossy();
            found.extend(compiled(&text).map(|graph| (name.into_owned(), graph)));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

pub fn samples(graph: &flow::Graph, count: usize) -> Vec<i128> {
    let mut random = Random::new(5);
    let elements = graph.inputs.iter().flat_map(|border| &border.port.elements);
    let ranges: Vec<fx::Range> = elements.map(|element| element.ty.range()).collect();
    let all = (0..count).flat_map(|_| ranges.clone());
    all.map(|range| random.within(range)).collect()
}

#[test]
fn every_case_answers_what_it_evaluates_to_at_the_clock_that_is_foretold() {
    need!(Circt::get());
    let cases = cases();
    assert!(cases.len() >= 8, "{} cases are hardware", cases.len());
    for (name, graph) in cases {
        let inputs = samples(&graph, SAMPLES);
        let width = inputs.len() / SAMPLES;
        let rows = inputs.chunks(width).map(|row| ok(flow::eval(&graph, row)));
        let expected: Vec<i128> = rows.flatten().collect();
        answers(&name, &graph, &inputs, &expected);
    }
}

/// The hardware gives these answers, at its pace and with pauses between tokens.
fn answers(name: &str, graph: &flow::Graph, inputs: &[i128], expected: &[i128]) {
    let hw = ok(flow_to_hw::lower(graph, Form::default()));
    let interface = ok(Interface::of_flow(graph));
    let pace = &interface.pace;
    let simulator = ok(Simulator::build(&hw, &interface, 1));
    let sent = pace.sent(inputs);
    let simulation = ok(simulator.run_every(&sent, SAMPLES, pace.interval));
    assert_eq!(simulation.latency, interface.latency, "{name}");
    assert_eq!(pace.received(&simulation.outputs), expected, "{name}\n{hw}");
    let paused = ok(simulator.run_with_gaps(graph, &sent, SAMPLES, 3));
    assert_eq!(pace.received(&paused), expected, "{name}, with pauses");
}

/// Every kind of recurrent layer, its step a kernel and folded: the streams' emulator against the
/// function with all steps written out, and the hardware against the emulator.
#[test]
fn recurrent_layers_are_what_their_steps_are() {
    need!(Circt::get());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/recurrent_nodes");
    for name in RECURRENT {
        let case = folder.join(name);
        let request = |stream: bool, reuse: usize| Request {
            model: case.join("model.onnx"),
            options: Options {
                input_precision: Some("fixed<10,4>".parse().unwrap()),
                fraction_bits: 6,
                placement: Placement {
                    stream,
                    reuse,
                    ..Placement::default()
                },
                ..Options::default()
            },
            target: Target::default(),
            settings: Settings::default(),
        };
        let compiled = |stream: bool, reuse: usize, until: Option<&str>| {
            let compiled = compile(&request(stream, reuse), until, &mut |_| {});
            compiled.unwrap_or_else(|failure| panic!("{name}: {}", failure.diagnostic()))
        };
        let whole = compiled(false, 1, Some(pipeline::BEHAVIOUR));
        let whole = whole.behaviour().expect("a function");
        for reuse in [1, 2, 4] {
            let streams = compiled(true, reuse, None);
            let graph = streams.streams().expect("a circuit of streams");
            let folded = |next| matches!(next, flow::Next::Body(_)) == (reuse > 1);
            let scans =
                |node: &flow::Node| matches!(node.op, flow::Op::Scan { next, .. } if folded(next));
            assert!(graph.nodes.iter().any(scans), "{name} has no such scan");
            assert_eq!(ok(flow::read(&flow::print(graph))).bodies, graph.bodies);
            let inputs = samples(graph, SAMPLES);
            let width = inputs.len() / SAMPLES;
            let rows = inputs.chunks(width);
            let expected: Vec<i128> = rows
                .clone()
                .flat_map(|row| ok(flow::eval(graph, row)))
                .collect();
            let written: Vec<i128> = rows.flat_map(|row| ok(fx::eval(whole, row))).collect();
            assert_eq!(expected, written, "{name}, in {reuse} steps");
            answers(name, graph, &inputs, &expected);
        }
    }
}

#[test]
fn the_templates_as_they_are_printed() {
    let wanted = "a_padded_convolution_is_masked";
    let found = cases().into_iter().find(|(name, _)| name == wanted);
    let (_, graph) = found.expect("the case");
    let hw = ok(flow_to_hw::lower(&graph, Form::default()));
    let templates = hw
        .split("hw.module ")
        .filter(|module| !module.contains("comb.mul"));
    let templates =
        templates.filter(|module| module.contains("flow.") || !module.starts_with("private"));
    insta::assert_snapshot!(templates.collect::<Vec<_>>().join("hw.module "));
}
