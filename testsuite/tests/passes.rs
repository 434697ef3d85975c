//! Passes: each `passes/<pass>/<case>.mlir` is one trial.
//!
//! The module is read, verified and run; the output is a snapshot beside the case; what it
//! computes is compared before and after, on all inputs when they are few, else on corners
//! and random ones; the pass run again changes nothing; printed and read back, and with
//! its values renamed, the input gives the same output. A first line `// after: a, b` runs
//! other passes before.
//!
//! `INSTA_UPDATE=always cargo test --test passes` writes the snapshots.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use compiler::context::PassContext;
use compiler::module::Module;
use compiler::options::Options;
use compiler::passes::{self, Changed, PASSES, Pass, Run};
use compiler::target::Target;
use dialects::{Number, fx, nn};
use kaon_testsuite::random_fx;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("passes");
    let mut trials = Vec::new();
    for pass in PASSES {
        let folder = root.join(pass.name);
        let cases = files(&folder, "mlir");
        let count = cases.len();
        let name = format!("{} has cases", pass.name);
        trials.push(Trial::test(name, move || match count {
            0 => Err(format!("no case in {}", folder.display()).into()),
            _ => Ok(()),
        }));
        for case in cases {
            let name = format!("{}/{}", pass.name, stem(&case));
            trials.push(Trial::test(name, move || check(pass, &case)));
        }
    }
    trials.push(Trial::test("every snapshot has a case", move || {
        unreferenced(&root)
    }));
    libtest_mimic::run(&arguments, trials).exit();
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    found.sort();
    found
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn unreferenced(root: &Path) -> Result<(), Failed> {
    let mut lost = Vec::new();
    for folder in fs::read_dir(root)?.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if passes::find(&name).is_none() {
            lost.push(format!("{} is no pass", folder.display()));
        }
        let cases: BTreeSet<String> = files(&folder, "mlir").iter().map(|p| stem(p)).collect();
        let snapshots = files(&folder, "snap")
            .into_iter()
            .chain(files(&folder, "new"));
        let without = snapshots.filter(|path| !cases.contains(&stem(path)));
        lost.extend(without.map(|path| format!("{} has no case", path.display())));
    }
    match lost.is_empty() {
        true => Ok(()),
        false => Err(lost.join("\n").into()),
    }
}

/// One case, whole.
fn check(pass: &'static Pass, path: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    let before = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("// after:"));
    let before = before.into_iter().flat_map(|names| names.split(','));
    let mut module = Module::read(&text)?;
    for name in before {
        let name = name.trim();
        let earlier = passes::find(name).ok_or_else(|| format!("`{name}` is no pass"))?;
        apply(earlier, &mut module)?;
    }
    let input = module.clone();
    let remarks = apply(pass, &mut module)?;
    let output = module.print();
    let shown = match remarks.is_empty() {
        true => output.clone(),
        false => format!("{output}\n{}\n", remarks.join("\n")),
    };
    snapshot(path, &shown)?;
    same_meaning(&input, &module)?;

    let mut again = module.clone();
    apply(pass, &mut again)?;
    if again.print() != output {
        return Err(format!("run again it changes more:\n{}", again.print()).into());
    }
    let mut read_back = Module::read(&input.print())?;
    apply(pass, &mut read_back)?;
    if read_back.print() != output {
        return Err("what was printed and read back gives another output".into());
    }
    let mut renamed = Module::read(&renamed(&input.print()))?;
    apply(pass, &mut renamed)?;
    match renamed.print() == output {
        true => Ok(()),
        false => Err("with values renamed it gives another output".into()),
    }
}

/// Runs a pass between two verifications; its answer must be the truth.
fn apply(pass: &Pass, module: &mut Module) -> Result<Vec<String>, Failed> {
    let (options, target) = (Options::default(), Target::default());
    let cx = PassContext::new(&options, &target);
    module.verify()?;
    let old = module.clone();
    let changed = match (pass.run, &mut *module) {
        (Run::Nn(run), Module::Nn(graph)) => run(graph, &cx)?,
        (Run::Fx(run), Module::Fx(graph)) => run(graph, &cx)?,
        _ => return Err(format!("{} is for {}", pass.name, pass.level()).into()),
    };
    module
        .verify()
        .map_err(|error| format!("{error}\n{}", module.print()))?;
    if (changed == Changed::Yes) == module.same_as(&old) {
        return Err(format!("{} says {changed:?}, which is not so", pass.name).into());
    }
    let remarks = cx.take_remarks().into_iter();
    Ok(remarks
        .map(|remark| format!("remark: {}", remark.text))
        .collect())
}

fn snapshot(path: &Path, output: &str) -> Result<(), Failed> {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(path.parent().unwrap_or(path));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let name = stem(path);
    let held = settings
        .bind(|| std::panic::catch_unwind(|| insta::assert_snapshot!(name.as_str(), output)));
    held.map_err(|_| format!("the output is not the snapshot {name}.snap").into())
}

/// The text with every value under another name.
fn renamed(text: &str) -> String {
    text.replace('%', "%value_")
}

/// Both compute the same, and have the same ports.
fn same_meaning(before: &Module, after: &Module) -> Result<(), Failed> {
    match (before, after) {
        (Module::Fx(before), Module::Fx(after)) => same_integers(before, after),
        (Module::Nn(before), Module::Nn(after)) => same_reals(before, after),
        _ => Err("a pass keeps the level".into()),
    }
}

fn same_integers(before: &fx::Graph, after: &fx::Graph) -> Result<(), Failed> {
    if (&before.inputs, &before.outputs) != (&after.inputs, &after.outputs) {
        return Err("the ports changed".into());
    }
    for sample in all_or_some(before) {
        let (old, new) = (fx::eval(before, &sample)?, fx::eval(after, &sample)?);
        if old != new {
            return Err(format!("{sample:?} gave {old:?}, now {new:?}").into());
        }
    }
    Ok(())
}

/// Both give the same numbers, or both refuse, on a grid of eighths.
fn same_reals(before: &nn::Graph, after: &nn::Graph) -> Result<(), Failed> {
    let mut random = random_fx::Random::new(1);
    for round in 0..200 {
        let sample = before.inputs.iter().map(|port| {
            let value = |_| match round {
                0 => Number::zero(),
                _ => Number::dyadic(random.within(fx::Range::new(-64, 64)), -3),
            };
            let count: usize = port.shape.iter().product();
            nn::Tensor::new(port.shape.clone(), (0..count).map(value).collect())
        });
        let sample: Vec<nn::Tensor> = sample.collect();
        let (old, new) = (nn::eval(before, &sample), nn::eval(after, &sample));
        match (old, new) {
            (Ok(old), Ok(new)) if old == new => {}
            (Err(_), Err(_)) => {}
            (old, new) => return Err(format!("{sample:?} gave {old:?}, now {new:?}").into()),
        }
    }
    Ok(())
}

/// All inputs when they have at most 14 bits, else corners and random ones.
fn all_or_some(graph: &fx::Graph) -> Vec<Vec<i128>> {
    let elements = graph.inputs.iter().flat_map(|port| &port.elements);
    let ranges: Vec<fx::Range> = elements.map(|element| element.ty.range()).collect();
    let bits: u32 = graph.inputs.iter().map(fx::Port::width).sum();
    if bits > 14 {
        return random_fx::samples(graph, 1, 4000);
    }
    let mut rows = vec![vec![]];
    for range in ranges {
        let grown = rows.iter().flat_map(|row: &Vec<i128>| {
            (range.lo..=range.hi).map(move |value| [row.as_slice(), &[value]].concat())
        });
        rows = grown.collect();
    }
    rows
}
