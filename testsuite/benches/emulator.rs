//! Samples per second and time to compile of the native emulator, on one core.
//!
//! `cargo bench -p kaon-testsuite --bench emulator`; the jet tagger is the first row of each.

use compiler::engine::native::Emulator;
use dialects::fx::{Graph, Range};
use divan::Bencher;
use divan::counter::ItemsCount;
use kaon_testsuite::{mlp, random_fx};

const SAMPLES: usize = 1 << 16;

/// Name, widths, bits.
const NETWORKS: [(&str, &[usize], u32); 4] = [
    ("jet tagger", &[16, 64, 32, 32, 5], 6),
    ("jet tagger, 10 bits", &[16, 64, 32, 32, 5], 10),
    ("jet tagger, 18 bits", &[16, 64, 32, 32, 5], 18),
    ("digits", &[784, 64, 64, 10], 6),
];

fn main() {
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global();
    one.expect("the pool is built once");
    divan::main();
}

fn network(name: &str) -> Graph {
    let found = NETWORKS.iter().find(|row| row.0 == name);
    let (_, widths, bits) = found.expect("benchmarks are named in the table");
    mlp::dense(1, widths, *bits)
}

fn inputs(graph: &Graph) -> Vec<i64> {
    let mut random = random_fx::Random::new(2);
    let elements = graph.inputs.iter().flat_map(|port| &port.elements);
    let ranges: Vec<Range> = elements.map(|element| element.ty.range()).collect();
    let row = (0..SAMPLES).flat_map(|_| ranges.iter());
    row.map(|range| random.within(*range) as i64).collect()
}

/// Integers in, integers out, checks and conversions included.
#[divan::bench(args = NETWORKS.map(|row| row.0))]
fn run(bencher: Bencher, name: &str) {
    let graph = network(name);
    let emulator = Emulator::new(&graph).expect("the graph compiles");
    let inputs = inputs(&graph);
    bencher
        .counter(ItemsCount::new(SAMPLES))
        .bench_local(|| emulator.run(&inputs, SAMPLES).expect("inputs are in range"));
}

/// From the graph to code that runs.
#[divan::bench(args = NETWORKS.map(|row| row.0), sample_count = 5)]
fn compile(bencher: Bencher, name: &str) {
    let graph = network(name);
    bencher.bench_local(|| Emulator::new(&graph).expect("the graph compiles"));
}
