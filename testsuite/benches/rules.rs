//! What each rule of the e-graph is worth: every model again with one rule left out, and the
//! differences. A number above zero is what the rule saves.
//!
//! `make bench-rules`, or with arguments
//! `cargo bench -p kaon-testsuite --bench rules -- [--theme] [--rule NAME] [--passes A,B] [--large] [MODEL…]`
//!
//! `--theme` leaves whole themes out, `--rule` only those named, comma-separated. `--passes`
//! says what runs after the lowering and is measured at its end, `fx-rewrite` by default.
//! Models of more than 20 000 nodes are left out unless they are named or `--large` is given.
//! Rules that match nothing in a model are not tried on it: without them nothing changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use compiler::context::PassContext;
use compiler::driver::{self, Request};
use compiler::egraph::{self, Lesson};
use compiler::module::Module;
use compiler::options::Options;
use compiler::pipeline;
use compiler::report::{Estimate, align};
use compiler::runner::{self, Settings, Step};
use compiler::target::Target;
use dialects::Result;
use kaon_testsuite::reference::{self, CASES};

/// Above this many nodes a model is large.
const LARGE: usize = 20_000;

struct Arguments {
    theme: bool,
    large: bool,
    only: Vec<String>,
    passes: Vec<Step>,
    models: Vec<String>,
}

/// What one run came to.
struct Measured {
    estimate: Estimate,
    time: Duration,
    /// The rules that matched.
    matched: Vec<String>,
}

/// What is lost without a rule.
#[derive(Clone, Copy, Default)]
struct Loss {
    models: usize,
    lut: i64,
    ops: i64,
    milliseconds: f64,
}

/// By rule, or by theme.
type Losses<'a> = Vec<(&'a str, Loss)>;

fn main() {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(2);
        }
    };
    let lessons = egraph::lessons();
    let mut all = BTreeMap::<&str, Loss>::new();
    let (mut models, mut lut) = (0, 0);
    for (name, request) in requests() {
        let named = arguments.models.contains(&name);
        if !arguments.models.is_empty() && !named {
            continue;
        }
        match model(&name, &request, &arguments, named, &lessons) {
            Ok(Some((base, losses))) => {
                models += 1;
                lut += base.estimate.resources.lut;
                for (rule, loss) in losses {
                    let sum = all.entry(rule).or_default();
                    sum.models += 1;
                    sum.lut += loss.lut;
                    sum.ops += loss.ops;
                    sum.milliseconds += loss.milliseconds;
                }
            }
            Ok(None) => {}
            Err(error) => println!("{name}: {error}\n"),
        }
    }
    println!("all {models} models, {lut} LUT");
    let mut rows: Vec<(&str, Loss)> = all.into_iter().collect();
    rows.sort_by_key(|(rule, loss)| (std::cmp::Reverse((loss.lut, loss.ops)), *rule));
    print!("{}", table(&rows, true));
    if !arguments.theme && arguments.only.is_empty() && arguments.models.is_empty() {
        let tried: Vec<&str> = rows.iter().map(|row| row.0).collect();
        let idle = lessons.iter().map(|lesson| lesson.rule);
        let idle = idle
            .filter(|rule| !tried.contains(rule))
            .collect::<Vec<_>>();
        println!(
            "\nno match in any model under these passes: {}",
            idle.join(", ")
        );
    }
}

fn arguments() -> Result<Arguments, String> {
    let mut found = Arguments {
        theme: false,
        large: false,
        only: vec![],
        passes: vec![],
        models: vec![],
    };
    let mut passes = vec!["fx-rewrite".to_string()];
    let list = |text: Option<String>, flag: &str| {
        let text = text.ok_or(format!("{flag} needs names"))?;
        Ok::<_, String>(text.split(',').map(str::to_string).collect::<Vec<_>>())
    };
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--bench" => {}
            "--theme" => found.theme = true,
            "--large" => found.large = true,
            "--rule" => found.only = list(given.next(), "--rule")?,
            "--passes" => passes = list(given.next(), "--passes")?,
            flag if flag.starts_with('-') => {
                return Err(format!("`{flag}` is no flag of this bench"));
            }
            model => found.models.push(model.to_string()),
        }
    }
    egraph::check_rules(&found.only, &[]).map_err(|error| error.to_string())?;
    let step = |name: &String| pipeline::find(name).ok_or(format!("`{name}` is no pass"));
    found.passes = passes.iter().map(step).collect::<Result<_, _>>()?;
    Ok(found)
}

/// The models of the repository, then the shared ones that are there.
fn requests() -> Vec<(String, Request)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in ["models", "testsuite/models/int8_nodes"] {
        let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten();
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths.iter().filter(|path| path.join("model.onnx").exists()) {
            let name = path.file_name().unwrap_or_default().display().to_string();
            let request = Request {
                model: path.join("model.onnx"),
                options: Options::default(),
                target: Target::default(),
                settings: Settings::default(),
            };
            found.push((name, request));
        }
    }
    for case in CASES {
        let there = reference::models().join(case.name).exists();
        let new = found.iter().all(|(name, _)| name != case.name);
        if there
            && new
            && let Ok(request) = reference::request(case)
        {
            found.push((case.name.to_string(), request));
        }
    }
    found
}

/// Prints a model's table; its figures with all rules, and what each rule is worth.
fn model<'a>(
    name: &str,
    request: &Request,
    arguments: &Arguments,
    named: bool,
    lessons: &'a [Lesson],
) -> Result<Option<(Measured, Losses<'a>)>> {
    let compiled = driver::compile(request, Some(pipeline::LOWERED), &mut |_| {});
    let compiled = compiled.map_err(|failure| failure.diagnostic().clone())?;
    let Module::Fx(graph) = &compiled.module else {
        return Ok(None);
    };
    let nodes = graph.nodes.len();
    if nodes > LARGE && !named && !arguments.large {
        println!("{name}: {nodes} nodes, left out without --large\n");
        return Ok(None);
    }
    let measure = |without: Option<&str>| measured(&compiled.module, request, arguments, without);
    measure(None)?; // the first run of all warms the memory
    let base = measure(None)?;
    let of = base.estimate.resources;
    println!(
        "{name}: {nodes} nodes lowered; {} ops, {} LUT after {:.1} ms",
        of.ops,
        of.lut,
        base.time.as_secs_f64() * 1e3
    );
    let mut losses = Vec::new();
    for without in candidates(lessons, arguments, &base.matched) {
        let without_it = measure(Some(without))?;
        let change =
            |of: fn(&Estimate) -> u64| of(&without_it.estimate) as i64 - of(&base.estimate) as i64;
        let loss = Loss {
            models: 1,
            lut: change(|of| of.resources.lut),
            ops: change(|of| of.resources.ops),
            milliseconds: (without_it.time.as_secs_f64() - base.time.as_secs_f64()) * 1e3,
        };
        losses.push((without, loss));
    }
    let told = losses
        .iter()
        .filter(|(_, loss)| (loss.lut, loss.ops) != (0, 0));
    println!("{}", table(&told.copied().collect::<Vec<_>>(), false));
    Ok(Some((base, losses)))
}

/// The rules, or themes, of which something matched.
fn candidates<'a>(
    lessons: &'a [Lesson],
    arguments: &Arguments,
    matched: &[String],
) -> Vec<&'a str> {
    let matched = |lesson: &&Lesson| matched.iter().any(|rule| rule == lesson.rule);
    let wanted = |name: &str| arguments.only.is_empty() || arguments.only.iter().any(|n| n == name);
    let mut names = Vec::new();
    for lesson in lessons.iter().filter(matched) {
        let name = if arguments.theme {
            lesson.theme
        } else {
            lesson.rule
        };
        if wanted(name) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn measured(
    module: &Module,
    request: &Request,
    arguments: &Arguments,
    without: Option<&str>,
) -> Result<Measured> {
    let mut options = request.options.clone();
    options.pipeline.without_rules = without.map(str::to_string).into_iter().collect();
    let cx = PassContext::new(&options, &request.target);
    let settings = Settings {
        verify: false,
        round_trip: false,
        estimate: true,
        ..Settings::default()
    };
    let outcome = runner::run(
        module.clone(),
        &arguments.passes,
        &settings,
        &cx,
        &mut |_| {},
    );
    let outcome = outcome.map_err(|failure| failure.diagnostic().clone())?;
    let rules = cx
        .take_searches()
        .into_iter()
        .flat_map(|search| search.rules);
    let mut matched: Vec<String> = rules.map(|rule| rule.rule).collect();
    matched.sort();
    matched.dedup();
    Ok(Measured {
        estimate: outcome
            .steps
            .last()
            .and_then(|step| step.estimate)
            .unwrap_or_default(),
        time: outcome.steps.iter().map(|step| step.time).sum(),
        matched,
    })
}

fn table(rows: &[(&str, Loss)], counted: bool) -> String {
    let head = [
        "  without",
        "LUT",
        "ops",
        "ms",
        if counted { "models" } else { "" },
    ];
    let mut cells = vec![head.map(String::from).to_vec()];
    for (rule, loss) in rows {
        cells.push(vec![
            format!("  {rule}"),
            format!("{:+}", loss.lut),
            format!("{:+}", loss.ops),
            format!("{:+.1}", loss.milliseconds),
            if counted {
                loss.models.to_string()
            } else {
                String::new()
            },
        ]);
    }
    match rows.is_empty() {
        true => "  no rule changes what comes out\n".to_string(),
        false => align(&cells),
    }
}
