//! What was proved, as text and as data.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::time::Instant;

use dialects::fx::{Graph, Op};
use serde::Serialize;

use super::algebra::{Algebra, AtomId, Method};
use super::prove::Reference;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Equal for every input.
    Proved,
    /// Some outputs were compared on samples only, and none differed.
    Sampled,
}

/// One description of the function, compared with the emulator's.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    pub name: &'static str,
    /// What was read, by what.
    pub reader: String,
    pub outputs: usize,
    pub proved: usize,
    pub cells: usize,
    pub register_bits: u64,
    pub samples: usize,
    pub seconds: f64,
    #[serde(skip)]
    pub atoms: BTreeSet<AtomId>,
}

impl Step {
    pub(super) fn new(name: &'static str, reader: &str, proved: Vec<bool>, began: Instant) -> Self {
        Step {
            name,
            reader: reader.to_string(),
            outputs: proved.len(),
            proved: proved.iter().filter(|proved| **proved).count(),
            cells: 0,
            register_bits: 0,
            samples: 0,
            seconds: began.elapsed().as_secs_f64(),
            atoms: BTreeSet::new(),
        }
    }

    /// A step that is made of others, none of them yet.
    pub fn of_parts(name: &'static str, reader: &str) -> Self {
        Step::new(name, reader, vec![], Instant::now())
    }

    /// Takes the figures of a part.
    pub fn add(&mut self, part: &Step) {
        self.outputs += part.outputs;
        self.proved += part.proved;
        self.cells += part.cells;
        self.register_bits += part.register_bits;
        self.samples = self.samples.max(part.samples);
    }

    pub fn verdict(&self) -> Verdict {
        match self.proved == self.outputs {
            true => Verdict::Proved,
            false => Verdict::Sampled,
        }
    }
}

/// The operations of one layer of the emulator, and how many the circuits share with it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LayerProof {
    pub layer: String,
    /// Sums and products by constants.
    pub linear: usize,
    pub linear_proved: usize,
    /// Rounding, clamps, comparisons, tables and what else is no sum.
    pub other: usize,
    pub other_proved: usize,
    /// Of the proved ones: exhausted over their range, tables over a few values, equal
    /// operations on equal operands.
    pub exhausted: usize,
    pub tables: usize,
    pub matched: usize,
}

impl LayerProof {
    /// Takes the counts of the same layer in another kernel.
    pub fn add(&mut self, other: &LayerProof) {
        self.linear += other.linear;
        self.linear_proved += other.linear_proved;
        self.other += other.other;
        self.other_proved += other.other_proved;
        self.exhausted += other.exhausted;
        self.tables += other.tables;
        self.matched += other.matched;
    }
}

/// A folder's report.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    pub top: String,
    pub verdict: Verdict,
    pub steps: Vec<Step>,
    /// What was not done, and why.
    pub skipped: Vec<String>,
    pub layers: Vec<LayerProof>,
    /// Values that functions were evaluated on.
    pub evaluated: u64,
    pub seconds: f64,
}

/// An operation counts as proved where every circuit's outputs are made of the same atoms as
/// it is, or where all outputs are proved.
pub(super) fn layers(
    algebra: &Algebra,
    graph: &Graph,
    reference: &Reference,
    steps: &[Step],
) -> Vec<LayerProof> {
    let circuits: Vec<&Step> = steps.iter().filter(|step| step.cells > 0).collect();
    let all = circuits
        .iter()
        .all(|step| step.verdict() == Verdict::Proved);
    let live = graph.live();
    let mut layers: BTreeMap<u32, LayerProof> = BTreeMap::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        if !live[index] || matches!(node.op, Op::Input { .. } | Op::Constant { .. }) {
            continue;
        }
        let form = reference.nodes[index].as_ref();
        let atoms = form.map(|form| form.terms.iter().map(|term| term.0).collect::<Vec<_>>());
        let shared = atoms.as_ref().is_some_and(|atoms| {
            circuits
                .iter()
                .all(|step| atoms.iter().all(|atom| step.atoms.contains(atom)))
        });
        let proved = usize::from(!circuits.is_empty() && (all || shared));
        let layer = layers.entry(node.layer.0).or_insert_with(|| LayerProof {
            layer: graph.layer_name(node.layer).to_string(),
            ..LayerProof::default()
        });
        let constant =
            |value: &dialects::fx::ValueId| matches!(graph.node(*value).op, Op::Constant { .. });
        let linear = match &node.op {
            Op::Add { .. } | Op::Sub { .. } | Op::Sum { .. } | Op::Neg { .. } | Op::Shl { .. } => {
                true
            }
            Op::Mul { lhs, rhs } => constant(lhs) || constant(rhs),
            _ => false,
        };
        if linear {
            layer.linear += 1;
            layer.linear_proved += proved;
            continue;
        }
        layer.other += 1;
        layer.other_proved += proved;
        let methods = atoms
            .unwrap_or_default()
            .into_iter()
            .map(|atom| algebra.method(atom));
        match methods.max() {
            Some(Method::Exhausted) => layer.exhausted += proved,
            Some(Method::Table) => layer.tables += proved,
            Some(Method::Matched) => layer.matched += proved,
            _ => {}
        }
    }
    layers.into_values().collect()
}

impl Verification {
    /// The report without what differs from run to run.
    pub fn lasting(&self) -> Verification {
        let mut lasting = self.clone();
        lasting.seconds = 0.0;
        lasting.steps.iter_mut().for_each(|step| step.seconds = 0.0);
        lasting
    }

    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("a report has only strings for keys") + "\n"
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |seconds: f64| match seconds > 0.0 {
            true => format!(", {seconds:.2} s"),
            false => String::new(),
        };
        let verdict = match self.verdict {
            Verdict::Proved => "every description is the emulator's function for every input",
            Verdict::Sampled => "not all is proved: see what was sampled",
        };
        writeln!(f, "{}: {verdict}{}\n", self.top, seconds(self.seconds))?;
        for step in &self.steps {
            let Step {
                name,
                reader,
                outputs,
                proved,
                cells,
                register_bits,
                samples,
                ..
            } = step;
            let mut line = format!("{name:9} {proved} of {outputs} outputs proved ({reader}");
            if *cells > 0 {
                write!(line, "; {cells} cells, {register_bits} register bits")?;
            }
            line.push(')');
            if step.verdict() == Verdict::Sampled {
                match samples {
                    0 => line.push_str("; the others were not compared"),
                    _ => write!(line, "; the others on {samples} samples")?,
                }
            }
            writeln!(f, "{line}{}", seconds(step.seconds))?;
        }
        for skipped in &self.skipped {
            writeln!(f, "skipped   {skipped}")?;
        }
        writeln!(
            f,
            "\n{:24} {:>15} {:>15}  of these",
            "layer", "linear", "other"
        )?;
        for layer in &self.layers {
            let LayerProof {
                linear,
                linear_proved,
                other,
                other_proved,
                exhausted,
                tables,
                matched,
                ..
            } = layer;
            let linear = format!("{linear_proved} of {linear}");
            let other = format!("{other_proved} of {other}");
            let line = format!("{:24} {linear:>15} {other:>15}", layer.layer);
            writeln!(
                f,
                "{line}  {exhausted} exhausted, {tables} by table, {matched} matched"
            )?;
        }
        writeln!(f, "\nfunctions were evaluated on {} values", self.evaluated)
    }
}
