//! Forests: how long a compilation takes, and samples per second beside the libraries' own `predict`.
//!
//! `cargo bench -p kaon-testsuite --bench forests -- [compile|predict]`
//!
//! Compilations are of random complete trees, from the model file to the design. Seconds are
//! the processor's, of all threads, and the wall's; the steps that take most are named.
//! Predictions run on one thread: `integers` is the emulator, `numbers` is what the program
//! does with arrays of numbers, conversions included. The libraries are measured in the same run
//! with the Python of `KAON_CONIFER_PYTHON`, or the one that setup-conifer.sh makes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use compiler::driver::{Compilation, Predictor, Request, compile};
use compiler::engine::native::Emulator;
use compiler::engine::real::to_integers;
use compiler::options::{Options, Scores};
use compiler::pipeline;
use compiler::runner::Settings;
use compiler::target::Target;
use compiler::tensor_file::{TensorFile, Values};
use kaon_testsuite::clock::best;
use kaon_testsuite::random_forest::{self, Size};
use kaon_testsuite::reference;

/// Trees, depth.
const SIZES: [(usize, u32); 4] = [(100, 4), (100, 6), (300, 6), (1000, 6)];

/// Model, file, library, type of the features, where it is not float32.
const MODELS: [(&str, &str, &str, Option<&str>); 6] = [
    ("higgs_xgb", "model.json", "xgboost", None),
    ("higgs_xgb", "model.json", "xgboost", Some("fixed<18,8>")),
    ("digits_xgb", "model.json", "xgboost", Some("ufixed<5,5>")),
    ("higgs_lgbm", "model.txt", "lightgbm", None),
    (
        "satimage_lgbm",
        "model.txt",
        "lightgbm",
        Some("ufixed<8,8>"),
    ),
    (
        "digits_rf of this run",
        "model.onnx",
        "sklearn",
        Some("ufixed<5,5>"),
    ),
];

const SAMPLES: usize = 20_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named = |part: &str| arguments.iter().any(|argument| argument == part);
    let all = !named("compile") && !named("predict");
    if all || named("compile") {
        compilations();
    }
    if all || named("predict") {
        predictions();
    }
}

fn compiled(model: &Path, options: Options, stop: Option<&str>) -> Compilation {
    let request = Request {
        model: model.to_path_buf(),
        options,
        target: Target::default(),
        settings: Settings {
            verify: false,
            ..Settings::default()
        },
    };
    compile(&request, stop, &mut |_| {}).unwrap_or_else(|error| panic!("{error}"))
}

/// What the processor did for this program so far, in hundredths of a second.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
    ticks(12)
        .zip(ticks(13))
        .map_or(0.0, |(user, system)| (user + system) / 100.0)
}

fn compilations() {
    println!("trees  depth  splits  operations  processor s  wall s  most of it");
    for (trees, depth) in SIZES {
        let size = Size {
            trees,
            depth,
            features: 28,
            bins: 250,
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("model.json");
        std::fs::write(&path, random_forest::xgboost(size, 1)).expect("a file");
        let options = Options {
            scores: Scores::Logits,
            input_precision: Some("fixed<12,4>".parse().expect("a type")),
            ..Options::default()
        };
        let (before, began) = (processor(), Instant::now());
        let compilation = compiled(&path, options, None);
        let (after, wall) = (processor(), began.elapsed());
        let mut steps: Vec<(Duration, &str)> = compilation
            .steps
            .iter()
            .map(|step| (step.time, step.name))
            .collect();
        steps.sort();
        let most: Vec<String> = steps
            .iter()
            .rev()
            .take(4)
            .map(|(time, name)| format!("{name} {:.2}", time.as_secs_f64()))
            .collect();
        let operations = compilation.design().map_or(0, |design| design.nodes.len());
        println!(
            "{trees:5} {depth:6} {:7} {operations:11} {:12.2} {:7.2}  {}",
            size.splits(),
            after - before,
            wall.as_secs_f64(),
            most.join(", "),
        );
    }
}

fn predictions() {
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("../out/bench");
    let python = std::env::var_os("KAON_CONIFER_PYTHON").map(PathBuf::from);
    let python = python.unwrap_or_else(|| out.join("conifer/bin/python"));
    println!(
        "{:24} {:12} {:>10} {:>10} {:>10} {:>9} {:>9}",
        "thousands of samples/s",
        "features",
        "integers",
        "numbers",
        "library",
        "integers",
        "numbers"
    );
    for (name, file, library, precision) in MODELS {
        let folder = match library {
            "sklearn" => out.join("forests/sklearn"),
            _ => reference::models().join(name),
        };
        let theirs = theirs(&python, library, &folder, file);
        if !folder.join(file).is_file() {
            println!("{name:24} is not here");
            continue;
        }
        let (integers, numbers) = ours(&folder, file, precision);
        let (there, ratios) = match theirs {
            Some(rate) => (
                format!("{:.1}", rate / 1e3),
                [integers, numbers].map(|ours| format!("{:.1}", ours / rate)),
            ),
            None => ("-".to_string(), ["-", "-"].map(str::to_string)),
        };
        println!(
            "{name:24} {:12} {:10.1} {:10.1} {there:>10} {:>9} {:>9}",
            precision.unwrap_or("float32"),
            integers / 1e3,
            numbers / 1e3,
            ratios[0],
            ratios[1],
        );
    }
}

/// Samples per second of the emulator and of the predictor.
fn ours(folder: &Path, file: &str, precision: Option<&str>) -> (f64, f64) {
    let options = Options {
        scores: Scores::Logits,
        input_precision: precision.map(|text| text.parse().expect("a type")),
        ..Options::default()
    };
    let compilation = compiled(&folder.join(file), options, Some(pipeline::BEHAVIOUR));
    let graph = compilation.behaviour().expect("a behaviour").clone();
    let inputs = TensorFile::read(&folder.join("inputs.npy")).expect("inputs");
    let inputs = many(&inputs);
    let integers = to_integers(&graph.inputs, std::slice::from_ref(&inputs)).expect("integers");
    let emulator = Emulator::new(&graph).expect("an emulator");
    let predictor = Predictor::new(graph).expect("a predictor");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("a thread can be started").install(|| {
        let run = || emulator.run(&integers.integers, SAMPLES).expect("answers");
        let predict = || {
            let inputs = std::slice::from_ref(&inputs);
            predictor.predict(inputs).expect("answers")
        };
        (SAMPLES as f64 / best(run), SAMPLES as f64 / best(predict))
    })
}

/// The samples over and over.
fn many(inputs: &TensorFile) -> TensorFile {
    let width: usize = inputs.shape[1..].iter().product();
    let numbers: Vec<f64> = match &inputs.values {
        Values::Float(values) => values.clone(),
        Values::Integer(values) => values.iter().map(|&value| value as f64).collect(),
        Values::Unsigned(values) => values.iter().map(|&value| value as f64).collect(),
    };
    TensorFile {
        shape: vec![SAMPLES, width],
        values: Values::Float(
            numbers
                .iter()
                .copied()
                .cycle()
                .take(SAMPLES * width)
                .collect(),
        ),
    }
}

/// Samples per second of the library, where it is here.
fn theirs(python: &Path, library: &str, folder: &Path, file: &str) -> Option<f64> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/forests.py");
    let mut command = Command::new(python);
    command.arg(script).arg(library);
    match library {
        "sklearn" => command.arg(folder),
        _ => command.args([folder.join(file), folder.join("inputs.npy")]),
    };
    let output = command.env("OMP_NUM_THREADS", "1").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = text
        .lines()
        .last()
        .and_then(|line| line.trim().parse().ok());
    if rate.is_none() {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
    }
    rate
}
