//! Hostile input for every reader: the table of fuzz targets, their seeds and mutations.
//!
//! The same targets run in two ways. [`driver`] mutates at random from a fixed seed and is
//! part of the tests; `tools/fuzz.sh` builds the program `kaon-fuzz`, in which libFuzzer is
//! guided by coverage, and runs for as long as it is asked to.
//! A target returns when a reader accepts or refuses its input; everything else is a fault.

pub mod driver;
mod mutate;
mod protobuf;
mod seeds;
mod targets;
mod text;

pub use mutate::{Mutator, mutate};
pub use seeds::{corpus, findings};

/// One reader, or a chain of them.
pub struct Target {
    /// Also the name of its folder in `testsuite/fuzz/findings`.
    pub name: &'static str,
    pub summary: &'static str,
    /// Panics when the input finds a fault.
    pub run: fn(&[u8]),
    pub mutator: Mutator,
    /// Inputs to begin with, small ones.
    seeds: fn() -> Vec<Vec<u8>>,
    /// Longer inputs are cut: they only cost time.
    pub longest: usize,
}

pub static TARGETS: &[Target] = &[
    Target {
        name: "onnx",
        summary: "ONNX and QONNX files to nn",
        run: targets::onnx,
        mutator: Mutator::Protobuf,
        seeds: seeds::models,
        longest: 1 << 16,
    },
    Target {
        name: "compile",
        summary: "ONNX and QONNX files to hardware text, every level evaluated",
        run: targets::compile,
        mutator: Mutator::Protobuf,
        seeds: seeds::small_models,
        longest: 1 << 13,
    },
    Target {
        name: "trees",
        summary: "XGBoost (JSON, UBJSON), LightGBM and conifer models to nn",
        run: targets::trees,
        mutator: Mutator::Text,
        seeds: seeds::trees,
        longest: 1 << 14,
    },
    Target {
        name: "npy",
        summary: "arrays of samples",
        run: targets::npy,
        mutator: Mutator::Text,
        seeds: seeds::arrays,
        longest: 1 << 12,
    },
    Target {
        name: "config",
        summary: "kaon.toml",
        run: targets::config,
        mutator: Mutator::Text,
        seeds: seeds::configs,
        longest: 1 << 12,
    },
    Target {
        name: "target-file",
        summary: "descriptions of devices",
        run: targets::target_file,
        mutator: Mutator::Text,
        seeds: seeds::target_files,
        longest: 1 << 12,
    },
    Target {
        name: "manifest",
        summary: "kaon.json",
        run: targets::manifest,
        mutator: Mutator::Text,
        seeds: seeds::manifests,
        longest: 1 << 14,
    },
    Target {
        name: "folder",
        summary: "compiled folders whose hashes are right",
        run: targets::folder,
        mutator: Mutator::Text,
        seeds: seeds::folders,
        longest: 1 << 15,
    },
    Target {
        name: "nn-text",
        summary: "MLIR text of level nn",
        run: targets::nn_text,
        mutator: Mutator::Text,
        seeds: seeds::nn_texts,
        longest: 1 << 12,
    },
    Target {
        name: "fx-text",
        summary: "MLIR text of level fx",
        run: targets::fx_text,
        mutator: Mutator::Text,
        seeds: seeds::fx_texts,
        longest: 1 << 12,
    },
];

/// The target of that name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

impl Target {
    /// Inputs to begin with, in a fixed order.
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        let mut seeds = (self.seeds)();
        seeds.retain(|seed| seed.len() <= self.longest);
        seeds
    }
}
