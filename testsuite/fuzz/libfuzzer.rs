//! `kaon-fuzz`: a target of `kaon_testsuite::fuzz` under libFuzzer; `tools/fuzz.sh` builds
//! and runs it.
//!
//! `KAON_FUZZ_TARGET` names the target. With `KAON_FUZZ_SEEDS`, the seeds and the kept
//! findings are written to that folder before libFuzzer reads its corpus.

#![no_main]
#![allow(unsafe_code)] // the macros of libFuzzer's crate export C functions

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use kaon_testsuite::fuzz::{Target, find, findings, mutate};
use kaon_testsuite::random_fx::Random;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fn target() -> &'static Target {
    static TARGET: OnceLock<&Target> = OnceLock::new();
    TARGET.get_or_init(|| {
        let name = std::env::var("KAON_FUZZ_TARGET").unwrap_or_default();
        find(&name).unwrap_or_else(|| panic!("KAON_FUZZ_TARGET=`{name}` is no fuzz target"))
    })
}

fn write_seeds() {
    let Some(folder) = std::env::var_os("KAON_FUZZ_SEEDS") else {
        return;
    };
    let write = |name: String, bytes: &[u8]| {
        let path = Path::new(&folder).join(name);
        fs::write(&path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    };
    for (at, seed) in target().seeds().iter().enumerate() {
        write(format!("seed-{at}"), seed);
    }
    for (name, finding) in findings(target().name) {
        write(format!("finding-{name}"), &finding);
    }
}

fuzz_target!(
    init: write_seeds(),
    |data: &[u8]| {
        (target().run)(data);
    }
);

fuzz_mutator!(|data: &mut [u8], size: usize, longest: usize, seed: u32| {
    let mut random = Random::new(seed.into());
    if random.below(3) == 0 {
        return fuzzer_mutate(data, size, longest);
    }
    let mut input = data[..size].to_vec();
    let most = longest.min(target().longest);
    mutate(target().mutator, &mut input, most, &mut random);
    data[..input.len()].copy_from_slice(&input);
    input.len()
});
