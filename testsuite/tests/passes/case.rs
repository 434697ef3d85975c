//! One case: its file, what it asks for, and everything that must hold.
//!
//! | first lines                 | meaning                                                    |
//! | `// after: a, b`            | these passes run before                                    |
//! | `// options: k=v k=v`       | `input`, `output`, `default` (types), `scores`, `fraction`,|
//! |                             | `dense_1.result` and its like, `stream`, `reuse`,          |
//! |                             | `interval`, `products`; what `kaon compile` takes          |
//! | `// within: 2^-4`           | how far results may move, where a pass chooses precision   |
//! | `// FIXME: sentence`        | what is broken: run again, the pass changes more           |
//! | other sentences             | what the case shows                                        |

use std::fs;
use std::path::Path;

use compiler::context::PassContext;
use compiler::module::Module;
use compiler::options::Options;
use compiler::passes::{self, Changed, Pass, Run};
use compiler::target::Target;
use dialects::{Diagnostic, Number};
use libtest_mimic::Failed;

use crate::{Subject, meaning, stem};

pub struct Case {
    after: Vec<String>,
    pub options: Options,
    /// How far a result may be from the exact one.
    pub within: Number,
    /// That a second run changes nothing is known not to hold.
    fixme: bool,
    module: Module,
}

impl Case {
    fn read(path: &Path) -> Result<Case, Failed> {
        let text = fs::read_to_string(path)?;
        let mut case = Case {
            after: Vec::new(),
            options: Options::default(),
            within: Number::zero(),
            fixme: false,
            module: Module::read(&text)?,
        };
        for line in text.lines().map_while(|line| line.strip_prefix("// ")) {
            match line.split_once(": ") {
                Some(("after", names)) => {
                    case.after = names.split(',').map(|n| n.trim().to_string()).collect();
                }
                Some(("options", pairs)) => {
                    for pair in pairs.split_whitespace() {
                        set(&mut case.options, pair)?;
                    }
                }
                Some(("within", step)) => case.within = step.trim().parse()?,
                Some(("FIXME", _)) => case.fixme = true,
                Some((word, _)) if !word.contains(' ') => {
                    return Err(format!("`{word}` is none of after, options, within").into());
                }
                _ => {}
            }
        }
        Ok(case)
    }
}

/// `key=value`.
fn set(options: &mut Options, pair: &str) -> Result<(), Failed> {
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    match key.split_once('.') {
        None => match key {
            "input" => options.input_precision = Some(value.parse()?),
            "output" => options.output_precision = Some(value.parse()?),
            "default" => options.default_precision = Some(value.parse()?),
            "scores" => options.scores = value.parse()?,
            "fraction" => options.fraction_bits = value.parse()?,
            "products" => options.limits.products = value.parse()?,
            "stream" => options.placement.stream = true,
            "reuse" => options.placement.reuse = value.parse()?,
            "interval" => options.placement.interval = Some(value.parse()?),
            _ => return Err(format!("`{key}` is no option of a case").into()),
        },
        Some((layer, part)) => {
            let layer = options.layers.entry(layer.to_string()).or_default();
            let part = match part {
                "result" => &mut layer.result,
                "weight" => &mut layer.weight,
                "bias" => &mut layer.bias,
                "product" => &mut layer.product,
                "accumulator" => &mut layer.accumulator,
                _ => return Err(format!("a layer has no `{part}`").into()),
            };
            *part = Some(value.parse()?);
        }
    }
    Ok(())
}

/// What running gave.
enum Outcome {
    Done { module: Module, remarks: String },
    Refused(Diagnostic),
}

impl Outcome {
    /// What the snapshot holds.
    fn text(&self) -> String {
        match self {
            Outcome::Done { module, remarks } if remarks.is_empty() => module.print(),
            Outcome::Done { module, remarks } => format!("{}\n{remarks}", module.print()),
            Outcome::Refused(diagnostic) => diagnostic.to_string(),
        }
    }
}

/// One case, whole.
pub fn check(subject: Subject, path: &Path) -> Result<(), Failed> {
    let case = Case::read(path)?;
    let mut input = case.module.clone();
    for name in &case.after {
        let earlier = passes::find(name).ok_or_else(|| format!("`{name}` is no pass"))?;
        match apply(earlier, &input, &case.options)? {
            Outcome::Done { module, .. } => input = module,
            Outcome::Refused(diagnostic) => return Err(diagnostic.into()),
        }
    }
    let outcome = run(subject, &input, &case.options)?;
    let output = outcome.text();
    snapshot(path, &output)?;
    for (text, what) in [
        (input.print(), "what was printed and read back"),
        (input.print().replace('%', "%value_"), "renamed values"),
    ] {
        let treated = run(subject, &Module::read(&text)?, &case.options)?;
        if treated.text() != output {
            return Err(format!("{what}: another output:\n{}", treated.text()).into());
        }
    }
    let Outcome::Done { module, .. } = outcome else {
        return Ok(());
    };
    meaning::compare(subject, &case, &input, &module)?;
    if let Subject::Pass(pass) = subject {
        let again = apply(pass, &module, &case.options)?;
        let same = matches!(&again, Outcome::Done { module: again, .. } if again.same_as(&module));
        match (same, case.fixme) {
            (true, false) | (false, true) => {}
            (true, true) => return Err("run again it changes nothing: drop the FIXME".into()),
            (false, false) => {
                return Err(format!("run again it changes more:\n{}", again.text()).into());
            }
        }
    }
    Ok(())
}

fn run(subject: Subject, input: &Module, options: &Options) -> Result<Outcome, Failed> {
    match (subject, input) {
        (Subject::Pass(pass), input) => apply(pass, input, options),
        (Subject::Lowering(lowering), Module::Nn(graph)) => {
            input.verify()?;
            let module = match (lowering.run)(graph, options) {
                Ok(module) => module,
                Err(diagnostic) => return Ok(Outcome::Refused(diagnostic)),
            };
            verify(&module)?;
            let remarks = String::new();
            Ok(Outcome::Done { module, remarks })
        }
        (Subject::Lowering(lowering), _) => Err(format!("{} is for nn", lowering.name).into()),
    }
}

/// Runs a pass between two verifications; its answer must be the truth.
fn apply(pass: &Pass, input: &Module, options: &Options) -> Result<Outcome, Failed> {
    let target = Target::default();
    let cx = PassContext::new(options, &target);
    input.verify()?;
    let mut module = input.clone();
    let ran = match (pass.run, &mut module) {
        (Run::Nn(run), Module::Nn(graph)) => run(graph, &cx),
        (Run::Fx(run), Module::Fx(graph)) => run(graph, &cx),
        _ => return Err(format!("{} is for {}", pass.name, pass.level()).into()),
    };
    let changed = match ran {
        Ok(changed) => changed,
        Err(diagnostic) => return Ok(Outcome::Refused(diagnostic)),
    };
    verify(&module)?;
    if (changed == Changed::Yes) == module.same_as(input) {
        return Err(format!("{} says {changed:?}, which is not so", pass.name).into());
    }
    let remarks = cx.take_remarks().into_iter();
    let remarks = remarks
        .map(|remark| format!("remark: {}\n", remark.text))
        .collect();
    Ok(Outcome::Done { module, remarks })
}

fn verify(module: &Module) -> Result<(), Failed> {
    let verified = module.verify();
    verified.map_err(|error| format!("{error}\n{}", module.print()).into())
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
