//! Whether a step kept what its module computes: `--check-passes`.
//!
//! The module before and the one after are shown to be the same expression, or run on the
//! same inputs: corners first, then seeded ones. Registers must stand in step besides.
//!
//! Invariant: nothing here knows a pass from the inside; two modules go in, a verdict comes
//! out.

mod algebra;
mod flow;
mod fx;
mod layers;
mod pace;
mod vectors;

use std::fmt;

use dialects::Diagnostic;
use dialects::nn::Tensor;
use serde::{Serialize, Serializer};

use crate::module::Module;

/// How much is tried, in evaluated ops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Evaluated ops that one step may cost; ops on exact reals count more.
    pub work: u64,
    /// Vectors tried however large the module is, and at most.
    pub least: usize,
    pub most: usize,
}

impl Effort {
    /// What debug builds do for every step: at most some milliseconds.
    pub const QUICK: Effort = Effort {
        work: 300_000,
        least: 0,
        most: 64,
    };
    /// What `--check-passes` does.
    pub const FULL: Effort = Effort {
        work: 100_000_000,
        least: 16,
        most: 1024,
    };
    /// What decides whether a smaller module still shows a fault.
    pub const REDUCING: Effort = Effort {
        work: 2_000_000,
        least: 4,
        most: 512,
    };

    /// Exactly so many vectors.
    pub fn vectors(count: usize) -> Effort {
        Effort {
            work: u64::MAX,
            least: count,
            most: count,
        }
    }

    /// Vectors for a module whose evaluation costs `work`.
    fn count(self, work: u64) -> usize {
        let affordable = usize::try_from(self.work / work.max(1)).unwrap_or(usize::MAX);
        affordable.clamp(self.least, self.most)
    }
}

/// How a step was found to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Both modules are the same expression by linear algebra, for every input.
    Proved,
    /// All inputs there are gave the same.
    Exhausted(usize),
    /// So many inputs gave the same.
    Sampled(usize),
    /// The reason why nothing was compared.
    NotCompared(&'static str),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Proved => write!(f, "proved: the same expression"),
            Verdict::Exhausted(count) => write!(f, "proved: all {count} inputs"),
            Verdict::Sampled(count) => write!(f, "{count} inputs agree"),
            Verdict::NotCompared(reason) => write!(f, "not compared: {reason}"),
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One sample of the inputs of a module.
#[derive(Debug, Clone, PartialEq)]
pub enum Sample {
    Reals(Vec<Tensor>),
    Integers(Vec<i128>),
}

/// What a step changed that it must not.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// `y[2] is 5 before and 4 after`.
    pub sentence: String,
    /// The layer of the result that differs.
    pub layer: Option<String>,
    /// The inputs that show it, as text and as values; none where the ports differ.
    pub inputs: Option<(String, Sample)>,
}

impl Difference {
    fn new(sentence: impl Into<String>) -> Self {
        Difference {
            sentence: sentence.into(),
            layer: None,
            inputs: None,
        }
    }

    /// The finding about the step of that name.
    pub fn diagnostic(&self, step: &str) -> Diagnostic {
        let finding = Diagnostic::new(format!("{step} changes what the module computes"))
            .note(self.sentence.clone());
        let finding = match &self.layer {
            Some(layer) => finding.in_layer(layer.clone()),
            None => finding,
        };
        match &self.inputs {
            Some((text, _)) => finding.note(format!("for {text}")),
            None => finding,
        }
    }
}

/// Passes that give values a type that the model left open: after them the numbers are
/// other ones on purpose.
const CHOOSE_NUMBERS: [&str; 3] = [
    "nn-assign-precision",
    "nn-choose-scores",
    "nn-expand-softmax",
];

/// Whether the step of that name has to keep every number.
pub fn keeps_numbers(step: &str) -> bool {
    !CHOOSE_NUMBERS.contains(&step)
}

/// Compares the module a step was given with the one it made; both are verified.
pub fn compare(
    step: &str,
    before: &Module,
    after: &Module,
    effort: Effort,
) -> Result<Verdict, Difference> {
    match keeps_numbers(step) {
        true => compare_modules(before, after, effort),
        false => Ok(Verdict::NotCompared("it chooses the numbers")),
    }
}

/// Compares a module with what steps made of it.
pub fn compare_modules(
    before: &Module,
    after: &Module,
    effort: Effort,
) -> Result<Verdict, Difference> {
    match (before, after) {
        (Module::Fx(before), Module::Fx(after)) => fx::compare(before, after, effort),
        (Module::Nn(before), Module::Nn(after)) => layers::compare(before, after, effort),
        (Module::Nn(before), Module::Fx(after)) => layers::lowered(before, after, effort),
        (Module::Nn(before), Module::Flow(after)) => flow::lowered(before, after, effort),
        (Module::Flow(before), Module::Flow(after)) => flow::compare(before, after, effort),
        _ => Err(Difference::new("the level went up")),
    }
}

/// Whether two modules differ on one sample.
pub fn differ_on(before: &Module, after: &Module, sample: &Sample) -> bool {
    match (before, after, sample) {
        (Module::Fx(before), Module::Fx(after), Sample::Integers(row)) => {
            fx::difference(before, after, row).is_some()
        }
        (Module::Nn(before), Module::Nn(after), Sample::Reals(row)) => {
            layers::difference(before, after, row).is_some()
        }
        (Module::Nn(before), Module::Fx(after), Sample::Integers(row)) => {
            layers::across(before, after, row).is_some()
        }
        (Module::Nn(before), Module::Flow(after), Sample::Integers(row)) => {
            flow::across(before, after, row).is_some()
        }
        (Module::Nn(before), Module::Fx(after), Sample::Reals(row)) => {
            let row = layers::integers(&after.inputs, row);
            row.is_some_and(|row| layers::across(before, after, &row).is_some())
        }
        _ => false,
    }
}

/// The sample as real numbers, where a module of level `fx` says what its integers mean.
pub fn as_reals(sample: &Sample, of: &Module, inputs: &[dialects::nn::Port]) -> Sample {
    match (sample, of) {
        (Sample::Integers(row), Module::Fx(graph)) => {
            Sample::Reals(layers::reals(&graph.inputs, inputs, row))
        }
        _ => sample.clone(),
    }
}

/// `x = [1, 2]; mask = [0]`, long ones cut.
fn listed(ports: impl IntoIterator<Item = (String, Vec<String>)>) -> String {
    const SHOWN: usize = 16;
    let port = |(name, values): (String, Vec<String>)| {
        let shown = values.iter().take(SHOWN).cloned().collect::<Vec<_>>();
        let more = match values.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(", … {more} more"),
        };
        format!("{name} = [{}{more}]", shown.join(", "))
    };
    let ports: Vec<String> = ports.into_iter().map(port).collect();
    ports.join("; ")
}
