//! Templates of circuits of streams proved against the static schedule: for all data, and for
//! all pauses between tokens within a bound of clock cycles.
//!
//! A monitor beside the circuit knows what each token of an answer is, as an expression of the
//! bits that came, and so many cycles after which token it leaves. yosys unrolls both from any
//! state before a reset, and its solver looks for bits and pauses with which they disagree.

use std::process::Command;
use std::sync::Arc;

use dialects::flow::{self, Border, Fold, Graph, Op, Tap, ValueId, Window, timing};
use dialects::fx::{self, IntType};
use kaon_testsuite::random_fx::port;
use lowering::circt::Circt;
use lowering::flow_to_hw::{self, Form};
use lowering::interface::Interface;

use crate::hw::bounded_monitor::{Mistake, monitor};
use crate::hw::tools::{need, ok, run, tool};

/// Clock cycles that are unrolled, the reset in the first of them; KAON_BOUND gives another
/// number.
const BOUND: usize = 20;

/// A bit that is the parity of the inputs: a pipeline of so many stages, of `steps` inputs a
/// number of which the lowest bit counts.
fn parity(inputs: usize, latency: usize, steps: usize) -> fx::Graph {
    let bits = usize::BITS - steps.saturating_sub(1).leading_zeros();
    let mut names: Vec<String> = (0..inputs).map(|at| format!("%x{at}")).collect();
    let mut arguments: Vec<String> = names.iter().map(|name| format!("{name}: ui1")).collect();
    let mut lines = vec![];
    if steps > 0 {
        arguments = (1..=inputs).map(|at| format!("%x{at}: ui1")).collect();
        names = (1..=inputs).map(|at| format!("%x{at}")).collect();
        arguments.insert(0, format!("%x0: ui{bits}"));
        lines.push(format!("\"fx.wrap\"(%x0) : (ui{bits}) -> ui1"));
        names.push("%0".to_string());
    }
    let mut value = names.remove(0);
    for name in names {
        lines.push(format!("\"fx.xor\"({value}, {name}) : (ui1, ui1) -> ui1"));
        value = format!("%{}", lines.len() - 1);
    }
    for _ in 0..latency {
        lines.push(format!("\"fx.register\"({value}) : (ui1) -> ui1"));
        value = format!("%{}", lines.len() - 1);
    }
    let lines = lines.iter().enumerate();
    let lines: String = lines
        .map(|(at, line)| format!("    %{at} = {line}\n"))
        .collect();
    let text = format!(
        "module attributes {{kaon.level = \"fx\"}} {{\n  func.func @parity_{inputs}_{latency}_{steps}({}) -> (ui1) attributes \
         {{kaon.latency = {latency} : i64, kaon.clock_ps = 5000 : i64}} {{\n{lines}    return {value} : ui1\n  }}\n}}",
        arguments.join(", ")
    );
    ok(fx::read(&text))
}

/// A circuit of one-bit lanes, built up op by op.
struct Build {
    graph: Graph,
    last: ValueId,
}

impl Build {
    fn new(tokens: usize, lanes: usize) -> Build {
        Build {
            graph: Graph::new("checked", vec![border("x", tokens, lanes)]),
            last: ValueId(0),
        }
    }

    fn push(mut self, op: impl FnOnce(&mut Graph, ValueId) -> Op) -> Build {
        let op = op(&mut self.graph, self.last);
        self.last = ok(self.graph.push(op, "layer"));
        self
    }

    /// Emits and taps; a tap is depth and lane, and a mask's bits where it has one.
    fn window(self, emit: &[usize], taps: &[(usize, usize, Option<&[u8]>)]) -> Build {
        let mut masks: Vec<Vec<bool>> = vec![];
        let taps = taps.iter().map(|(depth, lane, mask)| Tap {
            depth: *depth,
            lane: *lane,
            mask: mask.map(|mask| {
                masks.push(mask.iter().map(|bit| *bit == 1).collect());
                masks.len() - 1
            }),
            zero: 0,
        });
        let taps = taps.collect();
        let window = Window {
            emit: emit.to_vec(),
            taps,
            masks,
        };
        let window = Arc::new(window);
        self.push(|_, input| Op::Window { input, window })
    }

    fn map(self, latency: usize, steps: usize) -> Build {
        self.push(|graph, input| {
            let lanes = graph.stream(input).lanes.len();
            let kernel = graph.kernel(parity(lanes, latency, steps));
            Op::Map {
                input,
                kernel,
                steps,
            }
        })
    }

    fn reduce(self, tokens: usize, latency: usize) -> Build {
        self.push(|graph, input| {
            let lanes = graph.stream(input).lanes.len();
            let kernel = graph.kernel(parity(1 + lanes, latency, 0));
            Op::Reduce {
                input,
                kernel,
                tokens,
                initial: vec![1],
            }
        })
    }

    fn scan(self, tokens: usize, latency: usize) -> Build {
        self.push(|graph, input| {
            let lanes = graph.stream(input).lanes.len();
            let kernel = graph.kernel(parity(1 + lanes, latency, 0));
            Op::Scan {
                input,
                next: flow::Next::Kernel(kernel),
                tokens,
                initial: vec![1],
                lanes: vec![0],
            }
        })
    }

    fn fold(self, steps: usize, lanes: &[i64]) -> Build {
        let lanes = lanes.iter().map(|lane| usize::try_from(*lane).ok());
        let fold = Arc::new(Fold {
            steps,
            lanes: lanes.collect(),
        });
        self.push(|_, input| Op::Fold { input, fold })
    }

    /// Joined with the input.
    fn skip(self) -> Build {
        self.push(|_, rhs| Op::Join {
            lhs: ValueId(0),
            rhs,
        })
    }

    fn done(mut self) -> Graph {
        let stream = self.graph.stream(self.last);
        let (tokens, lanes) = (stream.tokens, stream.lanes.len());
        self.graph.outputs = vec![border("y", tokens, lanes)];
        self.graph.results = vec![self.last];
        ok(flow::verify(&self.graph));
        self.graph
    }
}

fn border(name: &str, tokens: usize, lanes: usize) -> Border {
    let bit = ok(IntType::parse("ui1"));
    Border {
        port: port(name, &vec![bit; tokens * lanes]),
        tokens,
        order: (0..tokens * lanes).collect(),
    }
}

/// The templates, alone and one behind the other.
fn circuits() -> Vec<(&'static str, Graph)> {
    let padded = || {
        Build::new(3, 1).window(
            &[1, 2, 3],
            &[
                (0, 0, Some(&[1, 1, 0])),
                (1, 0, None),
                (2, 0, Some(&[0, 1, 1])),
            ],
        )
    };
    vec![
        ("window, padded", padded().done()),
        (
            "window with strides",
            Build::new(6, 1)
                .window(&[2, 4], &[(0, 0, None), (2, 0, None)])
                .done(),
        ),
        (
            "image, two by two of two by three",
            Build::new(6, 1)
                .window(
                    &[4, 5],
                    &[(0, 0, None), (1, 0, None), (3, 0, None), (4, 0, None)],
                )
                .done(),
        ),
        (
            "all tokens side by side",
            Build::new(3, 2)
                .window(
                    &[2],
                    &[(2, 0, None), (2, 1, None), (1, 0, None), (0, 1, None)],
                )
                .done(),
        ),
        ("map that counts", Build::new(3, 1).map(1, 3).done()),
        ("reduce", Build::new(6, 1).reduce(3, 0).done()),
        (
            "reduce with registers",
            Build::new(4, 1).reduce(2, 2).done(),
        ),
        ("scan", Build::new(4, 1).scan(4, 0).done()),
        ("scan with registers", Build::new(4, 1).scan(2, 1).done()),
        (
            "fold",
            Build::new(2, 4).fold(3, &[0, 2, 1, -1, 3, 0]).done(),
        ),
        (
            "dense layer in steps",
            Build::new(2, 4)
                .fold(2, &[0, 1, 2, 3])
                .map(1, 2)
                .reduce(2, 0)
                .done(),
        ),
        (
            "dense layer in slow steps",
            Build::new(1, 4)
                .fold(2, &[0, 1, 2, 3])
                .map(1, 2)
                .reduce(2, 2)
                .done(),
        ),
        ("padded convolution", padded().map(1, 0).done()),
        ("skip connection", padded().map(2, 0).skip().done()),
        (
            "skip connection over a dense layer",
            Build::new(3, 2)
                .fold(2, &[0, 1])
                .map(1, 2)
                .reduce(2, 0)
                .skip()
                .done(),
        ),
        (
            "skip connection over a long way",
            Build::new(3, 1)
                .window(&[3, 4, 5], &[(3, 0, None)])
                .map(2, 0)
                .skip()
                .done(),
        ),
    ]
}

/// Whether the solver finds no bits and no pauses with which circuit and monitor disagree.
fn holds(circt: &Circt, graph: &Graph, form: Form, mistake: Mistake) -> bool {
    let interface = ok(Interface::of_flow(graph));
    let times = ok(timing(graph));
    let mut text = ok(circt.export_verilog(&ok(flow_to_hw::lower(graph, form))));
    text.push_str(&monitor(graph, &interface, &times, mistake));
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("checked.sv"), text).expect("a file");
    let bound = std::env::var("KAON_BOUND").ok();
    let bound = bound.and_then(|bound| bound.parse().ok()).unwrap_or(BOUND);
    let resets: String = (2..=bound)
        .map(|at| format!(" -set-at {at} rst 0"))
        .collect();
    let script = format!(
        "read_verilog -sv -formal checked.sv; prep -flatten -top monitor; memory_map; opt -full; \
         dffunmap; sat -seq {bound} -prove-asserts -set-assumes -set-at 1 rst 1{resets} -verify"
    );
    let output = run(Command::new("yosys")
        .current_dir(folder.path())
        .args(["-q", "-p", &script]));
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        assert!(said.contains("proof did fail"), "{said}");
    }
    output.status.success()
}

#[test]
fn tokens_leave_when_the_schedule_says_whatever_the_pauses() {
    let circt = need!(Circt::get());
    need!(tool("yosys"));
    for (name, graph) in circuits() {
        for least_memory in [None, Some(2)] {
            let form = Form {
                least_memory,
                ..Form::default()
            };
            let joins = graph
                .nodes
                .iter()
                .any(|node| matches!(node.op, Op::Join { .. }));
            if least_memory.is_none() || joins {
                let proved = holds(circt, &graph, form, Mistake::None);
                assert!(proved, "{name}, memories {least_memory:?}");
            }
        }
    }
}

/// A monitor with a mistake in what it expects of the last token within the bound is caught:
/// the proof reaches that token.
#[test]
fn a_wrong_expectation_is_refuted() {
    let circt = need!(Circt::get());
    need!(tool("yosys"));
    let wanted = ["window, padded", "skip connection", "dense layer in steps"];
    let circuits = circuits().into_iter();
    for (name, graph) in circuits.filter(|(name, _)| wanted.contains(name)) {
        for mistake in [Mistake::Late, Mistake::Other] {
            let proved = holds(circt, &graph, Form::default(), mistake);
            assert!(!proved, "{name}, {mistake:?}");
        }
    }
}
