//! Random valid models through every level and engine, a few of them; `--bench random_models`
//! goes on for as long as it may.

use kaon_testsuite::rounds::{Counts, Effort, run};

#[test]
fn every_level_computes_the_same_numbers() {
    let effort = Effort {
        evaluated: 12,
        emulated: 512,
    };
    let mut counts = Counts::default();
    // Seed 11 has an input whose quantiser is narrow: its port has an integer more.
    for seed in 5..13 {
        run(seed, effort, &mut counts);
    }
    let vectors = |pair: &str| counts.vectors.get(pair).copied().unwrap_or_default();
    assert!(vectors("nn evaluator, fx evaluator") >= 48, "{counts:?}");
    assert!(
        vectors("emulator before and after all passes") >= 2048,
        "{counts:?}"
    );
}
