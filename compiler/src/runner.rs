//! Runs steps: verifies after each change, checks that *changed* is the truth, times,
//! estimates, numbers the dumps, and stops where it is told to.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dialects::{Diagnostic, Result, flow, nn};
use serde::Serialize;

use crate::context::PassContext;
use crate::failure::{Failure, reason};
use crate::module::Module;
use crate::options::Options;
use crate::output::replace;
use crate::passes::{Changed, Pass, Run};
use crate::reduce;
use crate::report::Estimate;
use crate::reproducer;
use crate::validate::{self, Difference, Effort, Verdict};

/// From one level to the next.
pub struct Lowering {
    /// `lower-<from>-to-<to>`.
    pub name: &'static str,
    pub summary: &'static str,
    /// The text of the lowering's own file, whose first lines explain it.
    pub source: &'static str,
    pub run: fn(&nn::Graph, &Options) -> Result<Module>,
}

impl Lowering {
    /// The explanation at the head of the lowering's file.
    pub fn explanation(&self) -> String {
        let lines = self.source.lines();
        let lines = lines.map_while(|line| line.strip_prefix("//!"));
        let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// One line of a pipeline.
#[derive(Clone, Copy)]
pub enum Step {
    Pass(&'static Pass),
    Lowering(&'static Lowering),
    /// The module as it is here is kept under this name for whoever reads the outcome.
    Keep(&'static str),
}

impl Step {
    /// The name by which flags speak of the step.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Pass(pass) => pass.name,
            Step::Lowering(lowering) => lowering.name,
            Step::Keep(name) => name,
        }
    }

    /// Whether the step does something that can be counted, skipped and stopped at.
    pub fn is_work(&self) -> bool {
        !matches!(self, Step::Keep(_))
    }
}

/// How to run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether the level's verifier runs after each change.
    pub verify: bool,
    /// Whether the text of each changed module must read back as the same module.
    pub round_trip: bool,
    /// Where the module goes after each step, in numbered files.
    pub dump_dir: Option<PathBuf>,
    /// Only the first so many steps run.
    pub limit: Option<usize>,
    /// The last step that runs.
    pub stop_after: Option<String>,
    /// Passes that do not run.
    pub skip: Vec<String>,
    /// Steps after which the module is shown; `all` means each.
    pub print_after: Vec<String>,
    /// Whether the target's estimate of a module of level `fx` is made after each step.
    pub estimate: bool,
    /// How hard each step is tried for a change of what the module computes, if at all.
    pub check_passes: Option<Effort>,
    /// Where the smallest module goes on which a step changes what it must not; the folder
    /// of the dumps where there is one.
    pub reproducers: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            verify: true,
            round_trip: cfg!(debug_assertions),
            dump_dir: None,
            limit: None,
            stop_after: None,
            skip: vec![],
            print_after: vec![],
            estimate: false,
            check_passes: cfg!(debug_assertions).then_some(Effort::QUICK),
            reproducers: PathBuf::new(),
        }
    }
}

/// What a step did.
#[derive(Debug, Clone, Serialize)]
pub struct StepRecord {
    /// Counted from 1.
    pub number: usize,
    pub name: &'static str,
    /// The level of the module after the step.
    pub level: &'static str,
    pub changed: bool,
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub time: Duration,
    /// The share of checking: verifier and comparison.
    #[serde(rename = "check_seconds", serialize_with = "seconds")]
    pub check_time: Duration,
    pub ops: BTreeMap<&'static str, usize>,
    /// What the module would take as it is then, when that was asked for and it is `fx`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
    /// How the change was found to be right, when that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

fn seconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

/// What happens on the way, for whoever watches.
pub enum Event<'a> {
    /// Step `number` of `of` begins.
    Started {
        number: usize,
        of: usize,
        name: &'static str,
    },
    /// The module after a step that `print_after` names.
    Text { name: &'static str, text: &'a str },
}

/// A module after its steps.
pub struct Outcome {
    pub module: Module,
    /// The estimate of the module given, before any step.
    pub start: Option<Estimate>,
    pub steps: Vec<StepRecord>,
    /// The modules that `Step::Keep` kept, by name.
    pub kept: BTreeMap<&'static str, Module>,
    /// Whether every step of the list ran, but for those skipped.
    pub complete: bool,
}

/// Runs `steps` on `module`.
///
/// Errors: a flag that names no step of the list (usage), a step whose level the module is
/// not at (usage), what a step says about the model (input), a step that breaks its
/// contract (ours).
pub fn run(
    module: Module,
    steps: &[Step],
    settings: &Settings,
    cx: &PassContext,
    watch: &mut dyn FnMut(Event),
) -> Result<Outcome, Failure> {
    check_names(steps, settings)?;
    let mut runner = Runner {
        settings,
        cx,
        dumps: 0,
        estimate: None,
    };
    runner.dump("input", "", &module)?;
    runner.estimate(&module);
    let chosen = |step: &&Step| !settings.skip.iter().any(|name| name == step.name());
    let steps = steps.iter().filter(chosen).collect::<Vec<_>>();
    let of = steps.iter().filter(|step| step.is_work()).count();
    let mut outcome = Outcome {
        module,
        start: runner.estimate,
        steps: vec![],
        kept: BTreeMap::new(),
        complete: true,
    };
    for step in steps {
        let name = step.name();
        if let Step::Keep(name) = step {
            outcome.kept.insert(name, outcome.module.clone());
            continue;
        }
        let number = outcome.steps.len() + 1;
        if settings.limit.is_some_and(|limit| number > limit) {
            outcome.complete = false;
            break;
        }
        watch(Event::Started { number, of, name });
        let record = runner.step(number, *step, &mut outcome.module)?;
        outcome.steps.push(record);
        if settings.print_after.iter().any(|n| n == name || n == "all") {
            let text = outcome.module.print();
            watch(Event::Text { name, text: &text });
        }
        if settings.stop_after.as_deref() == Some(name) {
            outcome.complete = number == of;
            break;
        }
    }
    Ok(outcome)
}

fn check_names(steps: &[Step], settings: &Settings) -> Result<(), Failure> {
    let work = steps.iter().filter(|step| step.is_work());
    let mut names = Vec::new();
    for name in work.map(Step::name) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let stop = settings.stop_after.iter();
    let print = settings.print_after.iter().filter(|name| *name != "all");
    let asked = stop.map(|name| ("--stop-after", name));
    let asked = asked.chain(settings.skip.iter().map(|name| ("--skip", name)));
    let asked = asked.chain(print.map(|name| ("--print-after", name)));
    for (flag, name) in asked {
        if !names.contains(&name.as_str()) {
            let finding = Diagnostic::new(format!("{flag} names `{name}`, which is no step here"));
            let finding = finding.help(format!("the steps are {}", names.join(", ")));
            return Err(Failure::Usage(finding));
        }
    }
    let lowers = |step: &&Step| matches!(step, Step::Lowering(_));
    let lowerings = steps.iter().filter(lowers).map(Step::name);
    for name in lowerings {
        if settings.skip.iter().any(|skipped| skipped == name) {
            let finding = format!("`{name}` changes the level and cannot be skipped");
            return Err(Failure::Usage(Diagnostic::new(finding).help(
                "stop before it: --stop-after with the name of the step that precedes it",
            )));
        }
    }
    Ok(())
}

struct Runner<'a> {
    settings: &'a Settings,
    cx: &'a PassContext<'a>,
    dumps: usize,
    /// Of the module as it is.
    estimate: Option<Estimate>,
}

impl Runner<'_> {
    fn step(
        &mut self,
        number: usize,
        step: Step,
        module: &mut Module,
    ) -> Result<StepRecord, Failure> {
        let name = step.name();
        let source = module.source().map(str::to_string);
        let place = |finding: Diagnostic| match &source {
            Some(source) => finding.in_file(source.clone()),
            None => finding,
        };
        let before = module.clone();
        let ours = |finding: Diagnostic, before: &Module| {
            let kept = reproducer::keep(before, name, self.settings.dump_dir.as_deref());
            Failure::Ours(place(finding).note(kept))
        };
        let began = Instant::now();
        let said = self.work(step, module).map_err(|failure| {
            if let Failure::Input(finding) = &failure
                && finding.ours
            {
                return ours(finding.clone(), &before);
            }
            let usage = matches!(failure, Failure::Usage(_));
            failure.map(|finding| match usage {
                true => place(finding),
                false => place(finding).note(format!("reached by {name}")),
            })
        })?;
        let time = began.elapsed();
        let began = Instant::now();
        let changed = !module.same_as(&before);
        let outcome = if changed { ".changed" } else { ".unchanged" };
        self.dump(name, outcome, module)?;
        if changed != (said == Changed::Yes) {
            let truth = if changed { "changed" } else { "did not change" };
            return Err(Failure::Ours(place(Diagnostic::new(format!(
                "{name} {truth} the module and says otherwise"
            )))));
        }
        if changed {
            let broken = |finding: Diagnostic| {
                Failure::Ours(place(finding).note(format!("found after {name}")))
            };
            self.check(module).map_err(broken)?;
        }
        let verdict = match self.settings.check_passes.filter(|_| changed) {
            Some(effort) => Some(
                validate::compare(name, &before, module, effort)
                    .map_err(|difference| self.reproduced(step, &before, &difference))?,
            ),
            None => None,
        };
        let check_time = began.elapsed();
        if changed {
            self.estimate(module);
        }
        Ok(StepRecord {
            number,
            name,
            level: module.level(),
            changed,
            time,
            check_time,
            ops: module.op_counts(),
            estimate: self.estimate,
            verdict,
        })
    }

    /// The failure of a step that changes what the module computes: shown by the smallest
    /// module found, which is written to a file.
    fn reproduced(&self, step: Step, before: &Module, found: &Difference) -> Failure {
        let name = step.name();
        let fault = |module: &Module| self.difference(step, module);
        let smallest = reduce::reduce(before, &|module| fault(module).is_some());
        let small = fault(&smallest).unwrap_or_else(|| found.clone());
        let mut finding = found.diagnostic(name);
        if let Some(source) = before.source() {
            finding = finding.in_file(source.to_string());
        }
        let folder = self.settings.dump_dir.as_ref();
        let folder = folder.unwrap_or(&self.settings.reproducers);
        let written = reduce::write(folder, name, &smallest, &small.diagnostic(name), self.cx);
        Failure::Ours(match written {
            Ok(reproducer) => {
                let place = small
                    .layer
                    .filter(|layer| finding.layer.as_ref() != Some(layer));
                let place = place
                    .map(|layer| format!(" of layer \"{layer}\""))
                    .unwrap_or_default();
                finding
                    .note(format!(
                        "the smallest module found that shows it{place} is in {}",
                        reproducer.file.display()
                    ))
                    .help(format!("see it again with: {}", reproducer.command))
            }
            Err(error) => finding.note(error.sentence),
        })
    }

    /// What a step changes of a module that it must not; `None` too where it refuses.
    fn difference(&self, step: Step, before: &Module) -> Option<Difference> {
        let mut after = before.clone();
        let quiet = PassContext::new(self.cx.options, self.cx.target);
        let runner = Runner {
            settings: self.settings,
            cx: &quiet,
            dumps: 0,
            estimate: None,
        };
        let attempt = std::panic::AssertUnwindSafe(|| runner.work(step, &mut after).is_ok());
        let ran = std::panic::catch_unwind(attempt).unwrap_or(false);
        match ran && after != *before && after.verify().is_ok() {
            true => validate::compare(step.name(), before, &after, Effort::REDUCING).err(),
            false => None,
        }
    }

    fn estimate(&mut self, module: &Module) {
        self.estimate = match module {
            Module::Fx(graph) if self.settings.estimate => {
                Some(Estimate::of(graph, self.cx.target))
            }
            _ => None,
        };
    }

    fn work(&self, step: Step, module: &mut Module) -> Result<Changed, Failure> {
        match (step, &mut *module) {
            (Step::Pass(pass), module) => match (pass.run, module) {
                (Run::Nn(run), Module::Nn(graph)) => Ok(run(graph, self.cx)?),
                (Run::Fx(run), Module::Fx(graph)) => Ok(run(graph, self.cx)?),
                (Run::Fx(_), Module::Flow(graph)) => Ok(on_kernels(pass, graph, self.cx)?),
                (_, module) => Err(wrong_level(pass.name, pass.level(), module)),
            },
            (Step::Lowering(lowering), Module::Nn(graph)) => {
                *module = (lowering.run)(graph, self.cx.options)?;
                Ok(Changed::Yes)
            }
            (Step::Lowering(lowering), module) => Err(wrong_level(lowering.name, "nn", module)),
            (Step::Keep(_), _) => Ok(Changed::No),
        }
    }

    fn check(&self, module: &Module) -> Result<()> {
        if self.settings.verify {
            module.verify()?;
        }
        if self.settings.round_trip {
            let text = module.print();
            let again = Module::read(&text)?;
            if again.print() != text {
                return Err(Diagnostic::new(
                    "the module reads back differently from its text",
                ));
            }
        }
        Ok(())
    }

    fn dump(&mut self, name: &str, outcome: &str, module: &Module) -> Result<(), Failure> {
        let Some(folder) = &self.settings.dump_dir else {
            return Ok(());
        };
        let file = folder.join(format!("{:03}-{name}{outcome}.mlir", self.dumps));
        self.dumps += 1;
        let written = fs::create_dir_all(folder).and_then(|()| replace(&file, module.print()));
        written.map_err(|error| unwritable(&file, &error).into())
    }
}

/// A pass on `fx` on every kernel. One that a state goes around has its registers outside: it
/// is scheduled without any where the clock allows it.
fn on_kernels(pass: &Pass, graph: &mut flow::Graph, cx: &PassContext) -> Result<Changed> {
    let Run::Fx(run) = pass.run else {
        return Ok(Changed::No);
    };
    let loops = graph.loops();
    let mut changed = Changed::No;
    for (kernel, around) in graph.kernels.iter_mut().zip(loops) {
        let before = kernel.clone();
        run(kernel, cx)?;
        if around && kernel.latency == Some(1) {
            let options = Options {
                stages: Some(0),
                ..cx.options.clone()
            };
            *kernel = before.clone();
            run(kernel, &PassContext::new(&options, cx.target))?;
            kernel.clock_ps = Some(cx.options.clock_ps);
        }
        if *kernel != before {
            changed = Changed::Yes;
        }
    }
    Ok(changed)
}

fn unwritable(file: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::new(format!("the dump cannot be written: {}", reason(error)))
        .in_file(file.display().to_string())
}

fn wrong_level(name: &str, level: &str, module: &Module) -> Failure {
    let found = module.level();
    let finding = Diagnostic::new(format!(
        "{name} works on {level}, the module is at {found} by then"
    ));
    Failure::Usage(match (found, level) {
        ("nn", "fx") => finding.help("run lower-nn-to-fx or lower-nn-to-flow before it"),
        _ => finding.help("no step leads back to an earlier level"),
    })
}
