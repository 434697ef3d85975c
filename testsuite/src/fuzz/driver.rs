//! Fuzzing without coverage: seeds, kept findings, and mutations of both from a fixed seed.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::{Target, corpus, findings, mutate};
use crate::random_fx::Random;

/// What a run did.
#[derive(Debug, Default)]
pub struct Outcome {
    pub executions: u64,
    /// Inputs that made the target panic, each with its message, at most ten.
    pub faults: Vec<(Vec<u8>, String)>,
    /// The input that took longest.
    pub slowest: (Duration, Vec<u8>),
}

/// Runs every seed and every kept finding, then mutations of them until the time or the
/// number is up. The same `seed` tries the same inputs.
pub fn run(target: &Target, seed: u64, most: u64, time: Duration) -> Outcome {
    let mut random = Random::new(seed);
    let mut outcome = Outcome::default();
    let began = Instant::now();
    let kept = findings(target.name);
    for (_, input) in &kept {
        try_one(target, input, &mut outcome);
    }
    let mut pool = corpus(target);
    pool.extend(kept.into_iter().map(|(_, input)| input));
    while outcome.executions < most && began.elapsed() < time && outcome.faults.len() < 10 {
        let mut input = match pool.is_empty() {
            true => vec![],
            false => pool[random.below(pool.len())].clone(),
        };
        mutate(target.mutator, &mut input, target.longest, &mut random);
        try_one(target, &input, &mut outcome);
    }
    outcome
}

fn try_one(target: &Target, input: &[u8], outcome: &mut Outcome) {
    let began = Instant::now();
    let caught = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let took = began.elapsed();
    outcome.executions += 1;
    if took > outcome.slowest.0 {
        outcome.slowest = (took, input.to_vec());
    }
    if let Err(fault) = caught {
        outcome.faults.push((input.to_vec(), message(&*fault)));
    }
}

fn message(fault: &(dyn Any + Send)) -> String {
    let text = fault.downcast_ref::<String>().cloned();
    let text = text.or_else(|| fault.downcast_ref::<&str>().map(ToString::to_string));
    text.unwrap_or_else(|| "a panic without a message".to_string())
}
