//! The native emulator gives what `fx::eval` gives, bit for bit.

use compiler::engine::native::Emulator;
use dialects::fx::{self, Graph};
use kaon_testsuite::random_fx::{self, Random};

/// Runs a graph both ways on corner and seeded samples.
fn check(graph: &Graph, seed: u64, count: usize) {
    let samples = random_fx::samples(graph, seed, count);
    let emulator = Emulator::new(graph).unwrap_or_else(|error| panic!("{error}"));
    let got = emulator
        .run_wide(&samples.concat(), count)
        .unwrap_or_else(|error| panic!("{error}"));
    for (at, sample) in samples.iter().enumerate() {
        let expected = fx::eval(graph, sample).unwrap_or_else(|error| panic!("{error}"));
        let width = expected.len();
        assert_eq!(
            got[at * width..][..width],
            expected,
            "seed {seed}, sample {at} of {count}: {sample:?}\n{}",
            fx::print(graph)
        );
    }
}

#[test]
fn random_graphs_of_every_width() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let width = [4, 12, 31, 33, 64, 100][seed as usize % 6];
        let size = 8 + random.below(150);
        let graph = random_fx::graph(seed, size, width);
        fx::verify(&graph).unwrap_or_else(|error| panic!("{error}"));
        check(&graph, seed, 1 + random.below(140));
    }
}
