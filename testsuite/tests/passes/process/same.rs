//! The same input gives the same bytes, whatever the threads, the place and the language.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kaon_testsuite::missing;
use libtest_mimic::{Failed, Trial};
use lowering::circt::Circt;

use super::{complete, errors, expect, files, kaon, trial};

pub fn trials() -> Vec<Trial> {
    vec![trial("same_bytes_on_any_number_of_threads", same_bytes)]
}

/// What surrounds a run and may not be seen in its output.
struct Surroundings {
    threads: &'static str,
    language: &'static str,
    /// Where the run starts, below the temporary folder.
    here: &'static str,
    home: &'static str,
}

static RUNS: &[Surroundings] = &[
    Surroundings {
        threads: "1",
        language: "C",
        here: ".",
        home: "/",
    },
    Surroundings {
        threads: "2",
        language: "tr_TR.UTF-8",
        here: "deep/er",
        home: "/nowhere",
    },
    Surroundings {
        threads: "7",
        language: "de_DE.UTF-8",
        here: "deep",
        home: "/tmp",
    },
];

fn same_bytes() -> Result<(), Failed> {
    if Circt::get().is_err() {
        missing::skip("no CIRCT library (tools/setup.sh)");
        return Ok(());
    }
    let model = super::super::root().join("../models/gamma_trigger_w6a6/model.onnx");
    let model = fs::canonicalize(model)?;
    let work = tempfile::tempdir()?;
    fs::create_dir_all(work.path().join("deep/er"))?;
    let mut first: Option<BTreeMap<PathBuf, Vec<u8>>> = None;
    for (at, run) in RUNS.iter().enumerate() {
        let out = work.path().join(format!("out-{at}"));
        let ended = kaon(&["compile", &model.display().to_string(), "-o"])
            .arg(&out)
            .args(["--emit", "nn,fx,hw,verilog,firrtl,object", "--effort", "1"])
            .current_dir(work.path().join(run.here))
            .env("RAYON_NUM_THREADS", run.threads)
            .env("LC_ALL", run.language)
            .env("LANG", run.language)
            .env("HOME", run.home)
            .env("TZ", "Pacific/Kiritimati")
            .output()?;
        expect(ended.status.success(), || errors(&ended))?;
        complete(&out)?;
        let bytes = contents(&out)?;
        match &first {
            None => first = Some(bytes),
            Some(first) => {
                let differ = bytes
                    .iter()
                    .filter(|(path, bytes)| first.get(*path) != Some(bytes));
                let differ: Vec<&PathBuf> = differ.map(|(path, _)| path).collect();
                expect(differ.is_empty() && bytes.len() == first.len(), || {
                    format!("with {} threads these differ: {differ:?}", run.threads)
                })?;
            }
        }
    }
    Ok(())
}

fn contents(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, Failed> {
    let read = |path: PathBuf| Ok((path.clone(), fs::read(folder.join(path))?));
    files(folder).into_iter().map(read).collect()
}
