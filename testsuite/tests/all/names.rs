//! One name everywhere: table, file, heading; and stock MLIR knows our dialects by theirs.
//!
//! That every pass and lowering has a folder of cases is a trial of `--test passes`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use compiler::driver::{self, Request};
use compiler::frontend;
use compiler::options::Options;
use compiler::passes::PASSES;
use compiler::pipeline::{LOWER_NN_TO_FX, LOWERINGS};
use compiler::runner::Settings;
use compiler::target::Target;
use dialects::{flow, fx, nn};
use kaon_testsuite::missing;
use lowering::nn_to_flow::{self, Placement};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names of the Rust files of a folder, without their ending.
fn files(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let rust = paths.filter(|path| path.extension().is_some_and(|e| e == "rs"));
    rust.map(|path| path.file_stem().unwrap().display().to_string())
        .collect()
}

#[test]
fn every_pass_has_its_file_and_every_file_its_pass() {
    let mut found = files("compiler/src/passes");
    found.remove("mod");
    let named = PASSES.iter().map(|pass| pass.name.replace('-', "_"));
    assert_eq!(named.collect::<BTreeSet<_>>(), found);
    for pass in PASSES {
        assert!(pass.name.starts_with(pass.level()), "{}", pass.name);
    }
}

#[test]
fn every_pass_states_its_contract() {
    for pass in PASSES {
        let text = pass.explanation();
        let head = format!("{}: {}.", pass.name, pass.summary);
        assert_eq!(text.lines().next(), Some(head.as_str()));
        let parts = [
            "Before   ",
            "After    ",
            "Needs      ",
            "Leaves     ",
            "Never      ",
        ];
        let mut starts = text.lines().filter_map(|line| {
            let part = parts.iter().position(|part| line.starts_with(part))?;
            let said = line.len() > parts[part].len();
            said.then_some(part)
        });
        for (at, part) in parts.iter().enumerate() {
            let name = pass.name;
            assert_eq!(starts.next(), Some(at), "{name}: `{}`", part.trim());
        }
    }
}

#[test]
fn every_lowering_has_its_heading_and_its_page() {
    let page = fs::read_to_string(root().join("docs/passes.md")).unwrap();
    for lowering in LOWERINGS {
        let head = format!("//! {}: ", lowering.name);
        assert!(lowering.source.starts_with(&head), "{head}");
        let file = lowering.name.strip_prefix("lower-").unwrap();
        let file = format!("lowering/src/{}", file.replace('-', "_"));
        let place = [root().join(&file), root().join(format!("{file}.rs"))];
        assert!(place.iter().any(|path| path.exists()), "{file}");
        assert!(page.contains(&format!("\n## {}\n", lowering.name)));
    }
    for pass in PASSES {
        assert!(
            page.contains(&format!("\n## {}\n", pass.name)),
            "{}",
            pass.name
        );
    }
}

/// Ops have a file of their name, with a heading of their name; no other file has one.
/// A number at the end of a name counts operands.
fn ops_and_files(dialect: &str, names: impl Iterator<Item = &'static str>) {
    let folder = format!("dialects/src/{dialect}");
    let headed = files(&folder).into_iter().filter(|file| {
        let text = fs::read_to_string(root().join(&folder).join(format!("{file}.rs"))).unwrap();
        text.starts_with(&format!("//! {dialect}.{file}:"))
    });
    let names = names.map(|name| name.trim_end_matches(char::is_numeric).to_string());
    let names = names.collect::<BTreeSet<_>>();
    assert_eq!(names, headed.collect::<BTreeSet<_>>());
}

#[test]
fn every_op_has_its_file_and_every_file_its_op() {
    ops_and_files("nn", nn::OPS.iter().map(|op| op.name));
    ops_and_files("flow", flow::OPS.iter().map(|op| op.name));
    ops_and_files("fx", fx::OPS.iter().map(|op| op.name));
}

#[test]
fn the_dialects_as_irdl() {
    insta::assert_snapshot!("irdl_nn", nn::irdl());
    insta::assert_snapshot!("irdl_flow", flow::irdl());
    insta::assert_snapshot!("irdl_fx", fx::irdl());
}

/// LLVM's own tool, as Debian names it or where `.cargo/config.toml` says MLIR lives.
fn mlir_opt() -> Option<PathBuf> {
    let prefix = std::env::var_os("MLIR_SYS_220_PREFIX").map(PathBuf::from);
    let beside = prefix.map(|prefix| prefix.join("bin/mlir-opt"));
    let named = Some(PathBuf::from("mlir-opt-22"));
    let runs = |tool: &PathBuf| Command::new(tool).arg("--version").output().is_ok();
    [named, beside].into_iter().flatten().find(runs)
}

#[test]
fn stock_mlir_reads_what_we_print() {
    let Some(tool) = mlir_opt() else {
        return missing::skip("mlir-opt-22 is not installed: run `make setup`");
    };
    let model = root().join("models/gamma_trigger_w6a6/model.onnx");
    let read = frontend::load(&model).unwrap_or_else(|error| panic!("{error}"));
    let request = Request {
        model,
        options: Options::default(),
        target: Target::default(),
        settings: Settings::default(),
    };
    let compiled = driver::compile(&request, Some(LOWER_NN_TO_FX.name), &mut |_| {});
    let compiled = compiled.unwrap_or_else(|failure| panic!("{failure:?}"));
    let layers = compiled.layers().expect("layers come before scalars");
    let placement = Placement {
        reuse: 2,
        ..Placement::default()
    };
    let streams = nn_to_flow::lower(layers, &placement, &|_| Ok(()))
        .unwrap_or_else(|error| panic!("{error}"));
    let texts = [
        ("read.nn", nn::print(&read)),
        ("layers.nn", nn::print(layers)),
        ("lowered.fx", compiled.module.print()),
        ("streams.flow", flow::print(&streams)),
    ];
    let folder = tempfile::tempdir().unwrap();
    let irdl = folder.path().join("kaon.irdl.mlir");
    fs::write(&irdl, nn::irdl() + &flow::irdl() + &fx::irdl()).unwrap();
    for (name, text) in texts {
        let file = folder.path().join(format!("{name}.mlir"));
        fs::write(&file, &text).unwrap();
        let ran = Command::new(&tool)
            .arg(format!("--irdl-file={}", irdl.display()))
            .arg(&file)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success() && said.is_empty(), "{name}: {said}");
        let printed = String::from_utf8_lossy(&ran.stdout);
        let (_, level) = name.split_once('.').unwrap();
        let ops = |text: &str| text.matches(&format!("= \"{level}.")).count();
        assert!(ops(&text) > 0 && ops(&text) == ops(&printed), "{name}");
    }
}

#[test]
fn stock_mlir_refuses_what_is_no_op_of_ours() {
    let Some(tool) = mlir_opt() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (irdl, file) = (
        folder.path().join("kaon.mlir"),
        folder.path().join("bad.mlir"),
    );
    fs::write(&irdl, nn::irdl() + &flow::irdl() + &fx::irdl()).unwrap();
    let text = "func.func @f(%x: si8) -> si8 {\n  \
                %0 = \"fx.add\"(%x) : (si8) -> si8\n  return %0 : si8\n}\n";
    fs::write(&file, text).unwrap();
    let irdl = format!("--irdl-file={}", irdl.display());
    let ran = Command::new(&tool).arg(irdl).arg(&file).output().unwrap();
    assert!(!ran.status.success());
}

/// The Rust files below a folder, relative to the root.
fn sources(folder: &str) -> Vec<String> {
    let mut found = vec![];
    let mut open = vec![root().join(folder)];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let relative = path.strip_prefix(root()).unwrap();
                found.push(relative.display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// `docs/architecture.md` and `docs/trust.md` name them.
#[test]
fn unsafe_stands_in_the_files_that_are_named() {
    let folders = ["dialects", "lowering", "compiler", "tools", "testsuite"];
    let says = |text: &str, word: &str| {
        let code = text
            .lines()
            .map(|line| line.split("//").next().unwrap_or_default());
        let words = code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'));
        words.into_iter().any(|found| found == word)
    };
    // This file has the word in a string.
    let files = folders.iter().flat_map(|folder| sources(folder));
    let files = files.filter(|file| !file.ends_with("tests/all/names.rs"));
    let found: Vec<String> = files
        .filter(|file| says(&fs::read_to_string(root().join(file)).unwrap(), "unsafe"))
        .collect();
    let named = [
        "dialects/src/ir.rs",
        "lowering/src/circt/ffi.rs",
        "lowering/src/fx_to_llvm/raw.rs",
    ];
    assert_eq!(found, named);
    for document in ["docs/architecture.md", "docs/trust.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        for file in named {
            assert!(
                text.contains(&format!("`{file}`")),
                "{document} does not name {file}"
            );
        }
    }
}
