//! Every reader on its kept findings, its seeds and mutations of them.

use std::fmt::Write;
use std::fs;
use std::time::Duration;

use kaon_testsuite::fuzz::{TARGETS, Target, driver, find, findings};

/// Executions of a target in the test suite, at most; and the time it takes, at most.
/// `KAON_FUZZ_SECONDS` and `KAON_FUZZ_SEED` ask for more, and for others.
const MOST: u64 = 20_000;
const TIME: Duration = Duration::from_millis(1500);

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn bounded(name: &str) {
    let target = find(name).expect("a target of the table");
    let (most, time) = match asked("KAON_FUZZ_SECONDS") {
        Some(seconds) => (u64::MAX, Duration::from_secs(seconds)),
        None => (MOST, TIME),
    };
    let outcome = driver::run(target, asked("KAON_FUZZ_SEED").unwrap_or(1), most, time);
    let slowest = outcome.slowest.0;
    eprintln!(
        "{name}: {} executions, the slowest {slowest:?}",
        outcome.executions
    );
    assert!(outcome.executions > 0, "{name} ran on nothing");
    assert!(outcome.faults.is_empty(), "{}", told(target, &outcome));
}

/// The faults, and where their inputs were kept.
fn told(target: &Target, outcome: &driver::Outcome) -> String {
    let folder = std::env::temp_dir().join(format!("kaon-fuzz-{}", target.name));
    let mut text = format!("{} faults in {}:\n", outcome.faults.len(), target.name);
    for (at, (input, message)) in outcome.faults.iter().enumerate() {
        let path = folder.join(at.to_string());
        let kept = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, input));
        let place = kept.map_or_else(|error| error.to_string(), |()| path.display().to_string());
        let _ = writeln!(text, "{place}: {message}");
    }
    text
}

macro_rules! targets {
    ($($function:ident => $name:literal,)*) => {
        $(#[test] fn $function() { bounded($name); })*

        #[test]
        fn every_target_has_a_test() {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$($name),*]);
            for name in names {
                let named = findings(name).into_iter().map(|(name, _)| name);
                assert!(named.into_iter().all(|name| name.len() > 8), "names say what they show");
            }
        }
    };
}

targets! {
    onnx => "onnx",
    compile => "compile",
    trees => "trees",
    npy => "npy",
    config => "config",
    target_file => "target-file",
    manifest => "manifest",
    folder => "folder",
    nn_text => "nn-text",
    fx_text => "fx-text",
}
