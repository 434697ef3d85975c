//! Random valid models through every level and engine: bit for bit the same.

use kaon_testsuite::rounds::{Counts, Effort, run};

#[test]
fn random_models_mean_the_same_on_every_level() {
    let effort = Effort {
        evaluated: 12,
        emulated: 2000,
    };
    let mut counts = Counts::default();
    for seed in 0..24 {
        run(seed, effort, &mut counts);
    }
    eprintln!("{counts:#?}");
    let compiled = counts.vectors["emulator before and after all passes"] / 2000;
    assert!(compiled >= 12, "only {compiled} of 24 models were compiled");
}
