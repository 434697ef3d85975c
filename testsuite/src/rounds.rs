//! One random model through every level and engine, and how many vectors were compared.

use std::collections::BTreeMap;

use compiler::context::PassContext;
use compiler::engine::native::Emulator;
use compiler::failure::Failure;
use compiler::frontend::onnx::{self, Batch};
use compiler::module::Module;
use compiler::options::Options;
use compiler::pipeline;
use compiler::runner::{self, Settings};
use compiler::target::Target;
use dialects::{fx, nn};

use crate::random_fx::{self, Random};
use crate::{levels, random_nn};

/// How many vectors each pair of engines gets.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// For the exact evaluators.
    pub evaluated: usize,
    /// For two emulators of the same model, before and after all passes.
    pub emulated: usize,
}

/// Vectors compared, by pair of engines, and what became of the models.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    pub models: u64,
    /// Models that kaon refuses, by the first words of the sentence.
    pub refused: BTreeMap<String, u64>,
    pub vectors: BTreeMap<String, u64>,
    pub operators: BTreeMap<String, u64>,
}

impl Counts {
    fn add(&mut self, pair: &str, vectors: usize) {
        *self.vectors.entry(pair.to_string()).or_default() += vectors as u64;
    }
}

/// The model of a seed, compared level by level.
///
/// Panics at the first difference, and where a pass breaks its contract.
pub fn run(seed: u64, effort: Effort, counts: &mut Counts) {
    let model = random_nn::model(seed);
    counts.models += 1;
    let read = onnx::parse("model.onnx", model.bytes, None)
        .and_then(|graph| onnx::convert(graph, Batch::Remove));
    let graph = match read {
        Ok(graph) => graph,
        Err(finding) => return refused(&finding.sentence, counts),
    };
    // A seed of odd number is a circuit of other choices.
    let options = Options {
        stages: (seed % 4 == 1).then_some(2),
        effort: u32::from(!seed.is_multiple_of(3)),
        ..Options::default()
    };
    let target = Target::default();
    let cx = PassContext::new(&options, &target);
    let mut module = Module::Nn(graph);
    let mut vectors: Option<Vectors> = None;
    let mut first: Option<nn::Graph> = None;
    let mut lowered = None;
    for step in pipeline::steps().into_iter().filter(|step| step.is_work()) {
        let before = module.clone();
        let settings = Settings::default();
        let outcome = runner::run(module, &[step], &settings, &cx, &mut |_| {});
        module = match outcome {
            Ok(outcome) => outcome.module,
            Err(Failure::Ours(finding)) => panic!("seed {seed}: {finding}"),
            Err(failure) => return refused(&failure.diagnostic().sentence, counts),
        };
        match (&before, &module) {
            (Module::Nn(layers), Module::Fx(design)) => {
                let compared = levels::compare(layers, design, seed, effort.evaluated);
                counts.add("nn evaluator, fx evaluator", compared);
                vectors = Some(Vectors::new(design, seed, effort.evaluated));
                lowered = Some(design.clone());
                first = Some(layers.clone());
            }
            (_, Module::Fx(design)) => {
                let vectors = vectors.as_ref().expect("lowering made vectors");
                vectors.check(design, step.name(), seed);
                counts.add(
                    "fx evaluator before and after each pass",
                    vectors.rows.len(),
                );
            }
            (Module::Nn(before), Module::Nn(after)) if before != after => {}
            _ => {}
        }
    }
    let (Module::Fx(design), Some(lowered), Some(_)) = (&module, lowered, first) else {
        panic!("seed {seed}: the pipeline ends in fx");
    };
    for operator in model.operators {
        *counts.operators.entry(operator.to_string()).or_default() += 1;
    }
    let compared = levels::compare_emulator(design, seed, effort.evaluated);
    counts.add("fx evaluator, emulator", compared);
    let compared = emulators(&lowered, design, seed, effort.emulated);
    counts.add("emulator before and after all passes", compared);
}

fn refused(sentence: &str, counts: &mut Counts) {
    let words = sentence.split([
        ':', '"', '`', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
    ]);
    let words = words.into_iter().next().unwrap_or_default().trim();
    *counts.refused.entry(words.to_string()).or_default() += 1;
}

/// Inputs, and what the lowered function makes of them.
struct Vectors {
    rows: Vec<Vec<i128>>,
    wanted: Vec<Vec<i128>>,
}

impl Vectors {
    fn new(graph: &fx::Graph, seed: u64, count: usize) -> Self {
        let rows = random_fx::samples(graph, seed, count);
        let wanted = rows.iter().map(|row| evaluated(graph, row)).collect();
        Vectors { rows, wanted }
    }

    fn check(&self, graph: &fx::Graph, step: &str, seed: u64) {
        for (row, wanted) in self.rows.iter().zip(&self.wanted) {
            let found = evaluated(graph, row);
            assert_eq!(
                &found, wanted,
                "seed {seed}: {step} changed the answer to {row:?}"
            );
        }
    }
}

fn evaluated(graph: &fx::Graph, row: &[i128]) -> Vec<i128> {
    fx::eval(graph, row).unwrap_or_else(|finding| panic!("fx: {finding}"))
}

/// Two emulators on many vectors.
fn emulators(lowered: &fx::Graph, design: &fx::Graph, seed: u64, count: usize) -> usize {
    let ports = design.inputs.iter().chain(&design.outputs);
    let mut elements = ports.flat_map(|port| &port.elements);
    if count == 0 || elements.any(|element| element.ty.width > 62) {
        return 0;
    }
    let make = |graph| Emulator::new(graph).unwrap_or_else(|finding| panic!("emulator: {finding}"));
    let (before, after) = (make(lowered), make(design));
    let ranges = design.inputs.iter().flat_map(|port| &port.elements);
    let ranges: Vec<_> = ranges.map(|element| element.ty.range()).collect();
    let mut random = Random::new(seed);
    let mut inputs = Vec::with_capacity(count * ranges.len());
    for _ in 0..count {
        inputs.extend(ranges.iter().map(|range| random.within(*range) as i64));
    }
    let answers = |emulator: &Emulator| {
        let answers = emulator.run(&inputs, count);
        answers.unwrap_or_else(|finding| panic!("emulator: {finding}"))
    };
    let (wanted, found) = (answers(&before), answers(&after));
    let differs = wanted.iter().zip(&found).position(|(a, b)| a != b);
    if let Some(at) = differs {
        let row = at / design.results.len().max(1);
        let row = &inputs[row * ranges.len()..][..ranges.len()];
        panic!("seed {seed}: the emulators differ on {row:?}");
    }
    count
}
