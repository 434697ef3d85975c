//! What the passes on `fx` do to networks of real sizes, and in what time.
//!
//! `cargo bench -p kaon-testsuite --bench fx_passes -- [bits] [width,width,…]`

use std::time::Instant;

use compiler::context::PassContext;
use compiler::options::Options;
use compiler::passes::{self, Run};
use compiler::target::Target;
use dialects::fx;
use kaon_testsuite::{mlp, random_fx};

const ORDER: [&str; 7] = [
    "fx-rewrite",
    "fx-drop-unused-bits",
    "fx-expand-rounding",
    "fx-reduce-strength",
    "fx-balance-adders",
    "fx-narrow-widths",
    "fx-drop-dead",
];

fn main() {
    let arguments = std::env::args().skip(1);
    let mut arguments = arguments.filter(|argument| argument != "--bench");
    let bits = arguments
        .next()
        .map_or(6, |text| text.parse().expect("a number of bits"));
    let widths = arguments
        .next()
        .unwrap_or_else(|| "16,64,32,32,5".to_string());
    let widths: Vec<usize> = widths
        .split(',')
        .map(|w| w.parse().expect("a width"))
        .collect();
    let mut graph = mlp::dense(1, &widths, bits);
    let samples = random_fx::samples(&graph, 1, 64);
    let wanted: Vec<_> = samples
        .iter()
        .map(|s| fx::eval(&graph, s).expect("a sample"))
        .collect();
    let (options, target) = (Options::default(), Target::default());
    show("start", &graph, &target, 0.0);
    for name in ORDER {
        let pass = passes::find(name).expect("a pass of the table");
        let cx = PassContext::new(&options, &target);
        let Run::Fx(run) = pass.run else { continue };
        let start = Instant::now();
        run(&mut graph, &cx).unwrap_or_else(|error| panic!("{error}"));
        show(name, &graph, &target, start.elapsed().as_secs_f64());
        for remark in cx.take_remarks() {
            println!("  {}", remark.text);
        }
        let start = Instant::now();
        fx::verify(&graph).unwrap_or_else(|error| panic!("{error}"));
        let verified = start.elapsed().as_secs_f64();
        if verified > 0.05 {
            println!("  verified in {verified:.3} s");
        }
        for (sample, wanted) in samples.iter().zip(&wanted) {
            assert_eq!(&fx::eval(&graph, sample).expect("a sample"), wanted);
        }
    }
}

fn show(name: &str, graph: &fx::Graph, target: &Target, seconds: f64) {
    let costs = target.costs(graph);
    let lut: u64 = costs.iter().map(|cost| u64::from(cost.lut)).sum();
    let dsp: u32 = costs.iter().map(|cost| cost.dsp).sum();
    let mut arrivals: Vec<u32> = Vec::with_capacity(graph.nodes.len());
    for (node, cost) in graph.nodes.iter().zip(&costs) {
        let before = node.op.operands().iter().map(|v| arrivals[v.index()]).max();
        arrivals.push(before.unwrap_or(0) + cost.delay_ps);
    }
    let count = |wanted: &str| graph.nodes.iter().filter(|n| n.op.name() == wanted).count();
    println!(
        "{name:20} {seconds:6.3} s  {:6} nodes  mul {:5}  add {:5} sub {:5} neg {:4} table {:4}  LUT {lut:6} DSP {dsp:4}  {:5.1} ns",
        graph.nodes.len(),
        count("mul"),
        count("add"),
        count("sub"),
        count("neg"),
        count("lookup"),
        f64::from(arrivals.iter().max().copied().unwrap_or(0)) / 1000.0,
    );
}
