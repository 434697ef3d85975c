//! The shared models against their references, in the tier that each model has.
//!
//! | tier | what must hold                                                              |
//! | a    | every output, rounded once to float32, equals the reference                 |
//! | b    | so does the operand of the trailing float operation; after it, float error  |
//! | c    | every difference is a float32 rounding of the reference, found and named    |
//! | d    | a float model given a type: the distance to the reference is reported       |
//!
//! In every tier the emulator gives the very numbers of the exact evaluator of `nn`.

use std::path::{Path, PathBuf};

use compiler::config::Config;
use compiler::driver::{Predictor, Request, compare, compile};
use compiler::options::{Options, Scores};
use compiler::pipeline;
use compiler::runner::Settings;
use compiler::target::Target;
use compiler::tensor_file::TensorFile;
use dialects::{Diagnostic, Number, Result, fx, nn};

use crate::tracing::{Trace, sample_of, trace};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    A,
    B,
    C,
    D,
}

/// One row of the table of models.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    /// The model file in its folder.
    pub file: &'static str,
    pub tier: Tier,
    /// The type of inputs that the model does not quantise.
    pub input: Option<&'static str>,
    pub scores: Scores,
    /// `expected.npy`, unless the folder has a reference of another kind.
    pub expected: &'static str,
    /// A `kaon.toml` for this case.
    pub config: Option<&'static str>,
    /// How far an output may be from the reference without being traced: float32 error, or
    /// a step of the output's type.
    pub tolerance: f64,
    /// Large enough that only the table's own command runs it, not every test run.
    pub large: bool,
    /// Too large to be written out as scalars: the layers answer, one after the other.
    pub layers: bool,
}

const fn case(name: &'static str, tier: Tier) -> Case {
    Case {
        name,
        file: "model.onnx",
        tier,
        input: None,
        scores: Scores::Logits,
        expected: "expected.npy",
        config: None,
        tolerance: 2e-5,
        large: false,
        layers: false,
    }
}

const fn with_input(name: &'static str, tier: Tier, input: &'static str) -> Case {
    Case {
        input: Some(input),
        ..case(name, tier)
    }
}

const fn large(case: Case) -> Case {
    Case {
        large: true,
        ..case
    }
}

/// Leaves of float32 as they are: scores differ by the reference's own sums in floating point.
const EXACT_LEAVES: &str = "fraction_bits = 48";

const fn trees(name: &'static str, file: &'static str, input: &'static str) -> Case {
    Case {
        file,
        config: Some(EXACT_LEAVES),
        tolerance: 2e-6,
        ..with_input(name, Tier::B, input)
    }
}

/// Scores behind a function in fixed point.
const fn behind_a_function(name: &'static str) -> Case {
    Case {
        scores: Scores::Softmax,
        ..with_input(name, Tier::D, "float32")
    }
}

const fn by_layers(case: Case) -> Case {
    Case {
        large: true,
        layers: true,
        ..case
    }
}

/// HLS types of a trigger that ran: every product is cast to the accumulator's type.
const AXOL1TL: &str = r#"
[layers.matmul_6_node]
accumulator = "ap_fixed<12,8>"
[layers.add_8_node]
result = "ap_fixed<12,8>"
[layers.quant_12_node]
result = "ap_fixed<11,8>"
[layers.matmul_19_node]
accumulator = "ap_fixed<12,8>"
[layers.add_21_node]
result = "ap_fixed<12,8>"
[layers.matmul_32_node]
accumulator = "ap_fixed<10,6>"
[layers.add_34_node]
result = "ap_fixed<10,6>"
"#;

/// float32 data exactly: 40 bits, 36 of them behind the point.
const EXACT: &str = "fixed<40,4>";

pub static CASES: &[Case] = &[
    case("gamma_trigger_w6a6", Tier::A),
    case("digits_mlp_w6a6", Tier::A),
    case("satimage_residual_w6a6", Tier::A),
    case("lhc_ae57", Tier::A),
    case("jet_hgq", Tier::A),
    Case {
        expected: "expected_qonnx.npy",
        ..case("axol1tl_v1", Tier::A)
    },
    Case {
        config: Some(AXOL1TL),
        ..case("axol1tl_v1", Tier::A)
    },
    case("digits_cnn_w6a6", Tier::A),
    case("libras_conv1d_w6a6", Tier::A),
    case("lhc_deepsets_w6a6", Tier::A),
    by_layers(case("mnist_hgq", Tier::A)),
    case("digits_bnn", Tier::B),
    by_layers(with_input("mnist_qkeras_cnn", Tier::B, "ufixed<33,1>")),
    case("digits_lut_f6b2", Tier::B),
    with_input("jet_mlp_qkeras6", Tier::B, EXACT),
    with_input("zoo_jet_qkeras6", Tier::B, EXACT),
    with_input("jet_mlp_bnn", Tier::B, EXACT),
    with_input("jet_mlp_ternary", Tier::B, EXACT),
    case("digits_mlp_w4a4_bn", Tier::C),
    with_input("tiny_ad03_qkeras", Tier::C, EXACT),
    with_input("unsw_nb15_w2a2", Tier::C, "fixed<2,2>"),
    large(with_input("mnist_tfc_1w1a", Tier::C, "ufixed<33,1>")),
    large(with_input("mnist_tfc_1w2a", Tier::C, "ufixed<33,1>")),
    large(with_input("mnist_tfc_2w2a", Tier::C, "ufixed<33,1>")),
    large(case("kws_mlp_w3a3", Tier::C)),
    Case {
        scores: Scores::Softmax,
        // The reference ran a fused softmax that is off by up to a step of 1/255 itself.
        tolerance: 2.1 / 255.0,
        ..case("phoneme_int8_qdq", Tier::C)
    },
    large(case("tiny_ad01_int8", Tier::C)),
    by_layers(case("tiny_sww_int8", Tier::C)),
    by_layers(case("tiny_kws_int8", Tier::C)),
    by_layers(case("tiny_ic01_int8", Tier::C)),
    with_input("jet_mlp", Tier::D, "fixed<16,4>"),
    with_input("jet_mlp_bn", Tier::D, "fixed<16,4>"),
    with_input("jet_mlp_deep", Tier::D, "fixed<16,4>"),
    with_input("jet_mlp_pruned95", Tier::D, "fixed<16,4>"),
    with_input("jet_mlp_binary_relu", Tier::D, "fixed<16,4>"),
    with_input("phoneme_mlp_sigmoid", Tier::D, "fixed<16,6>"),
    with_input("jet_conv1d_small", Tier::D, "fixed<16,4>"),
    with_input("jet_conv2d_bn", Tier::D, "fixed<16,4>"),
    large(Case {
        config: Some("fraction_bits = 6"),
        ..with_input("pen_lstm", Tier::D, "fixed<8,2>")
    }),
    large(Case {
        config: Some("fraction_bits = 6"),
        ..with_input("libras_gru", Tier::D, "fixed<8,2>")
    }),
    large(with_input("tiny_ad01", Tier::D, "fixed<24,8>")),
    trees("higgs_xgb", "model.json", "float32"),
    trees("higgs_xgb", "conifer.json", "float32"),
    trees("higgs_xgb_q8", "model.ubj", "fixed<8,4>"),
    trees("higgs_lgbm", "model.txt", "float32"),
    trees("satimage_lgbm", "model.txt", "ufixed<8,8>"),
    trees("diabetes_xgb_reg", "model.json", "float32"),
    trees("digits_xgb", "model.ubj", "ufixed<5,5>"),
    trees("digits_rf", "model.onnx", "ufixed<5,5>"),
    trees("iris_tree", "model.onnx", "float32"),
    behind_a_function("wdbc_gbc"),
    behind_a_function("wdbc_iforest"),
];

/// What came of one case.
#[derive(Debug)]
pub struct Outcome {
    pub values: usize,
    pub equal: usize,
    pub largest_difference: f64,
    /// Samples whose largest output is another one than the reference's.
    pub decisions: usize,
    /// Differences beyond float32 error, with the layer where each begins.
    pub traced: Vec<Trace>,
    /// Differences that no rounding of the reference explains.
    pub unexplained: usize,
    /// Outputs, of the samples looked at, that are not the exact evaluator's numbers.
    pub inexact: usize,
    /// The compile step that took longest, with its seconds.
    pub slowest: (String, f64),
}

impl Case {
    /// The model, with its file where that is no ONNX.
    pub fn label(&self) -> String {
        match self.file {
            "model.onnx" => self.name.to_string(),
            file => format!("{}/{file}", self.name),
        }
    }
}

impl Outcome {
    /// Whether the case holds what its tier promises.
    pub fn holds(&self, tier: Tier) -> bool {
        let reference = match tier {
            Tier::A => self.equal == self.values,
            Tier::B | Tier::C => self.unexplained == 0,
            Tier::D => true,
        };
        self.inexact == 0 && reference
    }
}

/// The folder of the shared models.
pub fn models() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/models");
    std::env::var_os("KAON_MODELS").map_or_else(beside, PathBuf::from)
}

/// The compilation of one case.
///
/// Errors: a configuration or a type of the table that is none.
pub fn request(case: &Case) -> Result<Request> {
    let mut options = Options {
        scores: case.scores,
        ..Options::default()
    };
    if let Some(text) = case.config {
        Config::parse(text)?.apply(&mut options)?;
    }
    if let Some(input) = case.input {
        options.input_precision = Some(input.parse().map_err(Diagnostic::new)?);
    }
    Ok(Request {
        model: models().join(case.name).join(case.file),
        options,
        target: Target::default(),
        settings: Settings::default(),
    })
}

/// Runs one case through the emulator, on all its samples.
pub fn run(case: &Case) -> Result<Outcome> {
    let folder = models().join(case.name);
    let last = match case.layers {
        true => pipeline::LAYERS,
        false => pipeline::BEHAVIOUR,
    };
    let compilation = compile(&request(case)?, Some(last), &mut |_| {})
        .map_err(|failure| failure.diagnostic().clone())?;
    let slowest = compilation.steps.iter().max_by_key(|step| step.time);
    let slowest = slowest.map_or((String::new(), 0.0), |step| {
        (step.name.to_string(), step.time.as_secs_f64())
    });
    let layers = compilation.layers().expect("the layers are kept").clone();
    let inputs = TensorFile::read(&folder.join("inputs.npy"))?;
    let expected = TensorFile::read(&folder.join(case.expected))?;
    let predictor = match compilation.behaviour() {
        Some(graph) => Predictor::new(graph.clone())?,
        None => Predictor::of_layers(layers.clone())?,
    };
    let prediction = predictor.predict(std::slice::from_ref(&inputs))?;
    let inexact = match compilation.behaviour() {
        Some(graph) => inexact(&layers, graph, &inputs, &prediction.integers)?,
        None => inexact_layers(&layers, &inputs, &prediction.outputs)?,
    };
    // The reference of a model with several outputs is that of the last.
    let (shape, values) = prediction.outputs.last().expect("a model has an output");
    let values = softmax_after(case, &folder, shape, values)?;
    let comparison = compare(shape, &values, &expected, &folder)?;
    let mut outcome = Outcome {
        values: comparison.values,
        equal: comparison.equal,
        largest_difference: comparison.largest_difference,
        decisions: decisions(shape, &values, &expected),
        traced: vec![],
        unexplained: 0,
        inexact,
        slowest,
    };
    let per_sample = values.len() / prediction.samples.max(1);
    let mut done = std::collections::BTreeSet::new();
    for (at, &value) in values.iter().enumerate() {
        let wanted = expected.values.approximate(at);
        let near = (f64::from(value) - wanted).abs() <= case.tolerance * wanted.abs().max(1.0);
        let sample = at / per_sample.max(1);
        if near || case.tier == Tier::D || !done.insert(sample) {
            continue;
        }
        match trace(&layers, &inputs, sample)? {
            Some(found) => outcome.traced.push(found),
            None => outcome.unexplained += 1,
        }
    }
    Ok(outcome)
}

/// The reference's float32 softmax of our scores, where the model ends in one.
fn softmax_after(case: &Case, folder: &Path, shape: &[usize], values: &[f32]) -> Result<Vec<f32>> {
    // The references of trees in other formats are scores.
    if case.file != "model.onnx" {
        return Ok(values.to_vec());
    }
    let raw = compiler::frontend::load(&folder.join(case.file))?;
    let ends = raw
        .results
        .iter()
        .any(|v| matches!(raw.node(*v).op, nn::Op::Softmax { .. }));
    if !ends || case.scores != Scores::Logits {
        return Ok(values.to_vec());
    }
    let width = shape.last().copied().unwrap_or(1).max(1);
    let mut found = Vec::with_capacity(values.len());
    for scores in values.chunks(width) {
        let largest = scores.iter().copied().fold(f32::MIN, f32::max);
        let powers = scores.iter().map(|&x| f64::from(x - largest).exp());
        let powers = powers.collect::<Vec<_>>();
        let sum: f64 = powers.iter().sum();
        found.extend(powers.iter().map(|power| (power / sum) as f32));
    }
    Ok(found)
}

/// How many outputs of the first samples are other numbers than `nn` evaluates to.
fn inexact(
    layers: &nn::Graph,
    graph: &fx::Graph,
    inputs: &TensorFile,
    integers: &[i64],
) -> Result<usize> {
    const SAMPLES: usize = 2;
    let ports = graph.outputs.iter().flat_map(|port| &port.elements);
    let ports = ports.collect::<Vec<_>>();
    let mut wrong = 0;
    for (sample, row) in integers.chunks(ports.len()).take(SAMPLES).enumerate() {
        let input = sample_of(layers, inputs, sample);
        let wanted = nn::eval(layers, std::slice::from_ref(&input))?;
        let wanted = wanted.iter().flat_map(|tensor| &tensor.values);
        let found = row.iter().zip(&ports);
        let found = found.map(|(&n, port)| &(&Number::from(n) * &port.scale) + &port.offset);
        wrong += found.zip(wanted).filter(|(a, b)| a != *b).count();
    }
    Ok(wrong)
}

/// How many outputs of the first sample are other floats than those of `nn`'s own evaluator.
fn inexact_layers(
    layers: &nn::Graph,
    inputs: &TensorFile,
    outputs: &[(Vec<usize>, Vec<f32>)],
) -> Result<usize> {
    let wanted = nn::eval(layers, &[sample_of(layers, inputs, 0)])?;
    let pairs = wanted.iter().zip(outputs);
    let wrong = pairs.map(|(wanted, (_, found))| {
        let pairs = wanted.values.iter().zip(found);
        pairs.filter(|(a, b)| a.to_f32() != **b).count()
    });
    Ok(wrong.sum())
}

fn decisions(shape: &[usize], values: &[f32], expected: &TensorFile) -> usize {
    let samples = shape.first().copied().unwrap_or(1).max(1);
    let width = values.len() / samples;
    if width < 2 {
        return 0;
    }
    let largest = |of: &dyn Fn(usize) -> f64, start: usize| {
        let best =
            (0..width).max_by(|&a, &b| of(start + a).total_cmp(&of(start + b)).then(b.cmp(&a)));
        best.unwrap_or(0)
    };
    let differs = |sample: &usize| {
        let start = sample * width;
        largest(&|at| f64::from(values[at]), start)
            != largest(&|at| expected.values.approximate(at), start)
    };
    (0..samples).filter(differs).count()
}
