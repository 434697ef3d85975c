//! Random valid models through every level and engine, for as long as it may take.
//!
//! `cargo bench -p kaon-testsuite --bench random_models -- --seconds 3600`
//!
//! The run goes on where the last one stopped: seed and counts stand in
//! `target/random-models.json`. A difference ends it with the seed.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use kaon_testsuite::rounds::{Counts, Effort, run};

#[derive(Default, serde::Serialize, serde::Deserialize)]
struct Progress {
    next_seed: u64,
    seconds: u64,
    counts: Counts,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<u64>().ok()
    };
    let Some(seconds) = after("--seconds") else {
        println!("random_models: give --seconds N");
        return;
    };
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/random-models.json");
    let stored = fs::read_to_string(&path).ok();
    let stored = stored.and_then(|text| serde_json::from_str(&text).ok());
    let mut progress: Progress = stored.unwrap_or_default();
    let effort = Effort {
        evaluated: 40,
        emulated: 1 << 18,
    };
    let began = Instant::now();
    let mut saved = Duration::ZERO;
    let before = progress.seconds;
    while began.elapsed().as_secs() < seconds {
        run(progress.next_seed, effort, &mut progress.counts);
        progress.next_seed += 1;
        if began.elapsed() - saved > Duration::from_secs(5) {
            saved = began.elapsed();
            progress.seconds = before + saved.as_secs();
            save(&path, &progress);
        }
    }
    progress.seconds = before + began.elapsed().as_secs();
    save(&path, &progress);
    print(&progress);
}

fn save(path: &PathBuf, progress: &Progress) {
    let text = serde_json::to_string_pretty(progress).expect("counts are JSON");
    fs::write(path, text).expect("target/ can be written");
}

fn print(progress: &Progress) {
    let Counts {
        models,
        refused,
        vectors,
        operators,
    } = &progress.counts;
    println!("{models} models in {} s, 0 differences", progress.seconds);
    println!("\nvectors compared");
    for (pair, count) in vectors {
        println!("{count:>14}  {pair}");
    }
    println!("\nrefused");
    for (words, count) in refused {
        println!("{count:>14}  {words}");
    }
    println!("\noperators in the models compared");
    for (operator, count) in operators {
        println!("{count:>14}  {operator}");
    }
}
