//! Speed of the native emulator: samples per second on one and two threads, time to be
//! ready, and what the machine would allow.
//!
//! `cargo bench -p kaon-testsuite --bench emulator -- [NAME…]`
//!
//! Integers in and out are 64 bits wide and checked, as `Emulator::run` takes them; `typed`
//! is the same code on the narrow arrays that the object file takes. `products` bounds the
//! typed figure by the multiplications alone, `bytes` by copying what goes in and out.
//! Every figure is the best of many runs, which other work on the machine disturbs least;
//! the time to be ready is the thread's own.
//! Models are found through `KAON_MODELS` and beside it in `peers/models`; with the Python
//! of a peer in `KAON_PEERS_PYTHON` its interpreter is measured in the same run.

use std::path::{Path, PathBuf};
use std::process::Command;

use compiler::driver::{Request, compile};
use compiler::engine::native::Emulator;
use compiler::options::Options;
use compiler::pipeline;
use compiler::runner::Settings;
use compiler::target::Target;
use dialects::fx::{Graph, Range};
use kaon_testsuite::clock::{best, processor_time};
use kaon_testsuite::{mlp, random_fx, reference};
use lowering::fx_to_llvm::{Native, Peak, Products};

/// Name, widths, bits.
const NETWORKS: [(&str, &[usize], u32); 6] = [
    ("dense jet tagger", &[16, 64, 32, 32, 5], 6),
    ("dense jet tagger, 10 bits", &[16, 64, 32, 32, 5], 10),
    ("dense jet tagger, 18 bits", &[16, 64, 32, 32, 5], 18),
    ("dense digits", &[784, 64, 64, 10], 6),
    ("100 thousand products", &[256, 256, 128, 10], 8),
    ("a million products", &[784, 768, 512, 10], 8),
];

/// Models that a peer optimises in seconds.
const COMPARED: [&str; 3] = ["jsc_rnd_sat", "tau_rnd_sat", "cmvm_16x64_w4"];

const PEERS: [&str; 7] = [
    "jsc_rnd_sat",
    "tau_rnd_sat",
    "cmvm_16x64_w4",
    "cmvm_64x32_w8",
    "cmvm_64x64_w8",
    "cmvm_128x128_w4",
    "cmvm_128x128_w8",
];

const SHARED: [&str; 4] = [
    "jet_hgq",
    "gamma_trigger_w6a6",
    "digits_mlp_w6a6",
    "digits_bnn",
];

/// Makes the graph of a model, if the model is here.
type Source = Box<dyn FnOnce() -> Option<Graph>>;

fn main() {
    let arguments = std::env::args().skip(1);
    let only: Vec<String> = arguments.filter(|name| name != "--bench").collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|part| name.contains(part));
    let limits = Limits::measure();
    let peak = &limits.products;
    println!(
        "this machine, one thread: {:.0} G products of bytes, {:.0} G of words, {:.0} G of 32 bits per second; copies {:.1} GB/s\n",
        peak.bytes / 1e9,
        peak.words / 1e9,
        peak.lanes / 1e9,
        limits.copies / 1e9,
    );
    println!(
        "{:28} {:>8}  {:>8} {:>9} {:>9}  {:>8}  {:>9} {:>9}",
        "millions of samples/s",
        "ready ms",
        "1 thread",
        "2 threads",
        "typed",
        "products",
        "bytes",
        "of bound"
    );
    let mut graphs: Vec<(String, Source)> = Vec::new();
    let shared = reference::models();
    let peers = shared.join("../peers/models");
    for (folder, names) in [
        (peers, PEERS.as_slice()),
        (shared.clone(), SHARED.as_slice()),
    ] {
        for name in names {
            let path = folder.join(name).join("model.onnx");
            graphs.push((name.to_string(), Box::new(move || behaviour(&path))));
        }
    }
    for (name, widths, bits) in NETWORKS {
        graphs.push((
            name.to_string(),
            Box::new(move || Some(mlp::dense(1, widths, bits))),
        ));
    }
    for (name, graph) in graphs.into_iter().filter(|(name, _)| wanted(name)) {
        match graph() {
            Some(graph) => measure(&name, &graph, &limits),
            None => println!("{name:28} is not here"),
        }
    }
}

/// What the emulator of a model is made of.
fn behaviour(model: &Path) -> Option<Graph> {
    let request = Request {
        model: model.to_path_buf(),
        options: Options::default(),
        target: Target::default(),
        settings: Settings {
            verify: false,
            ..Settings::default()
        },
    };
    let compilation = compile(&request, Some(pipeline::BEHAVIOUR), &mut |_| {}).ok()?;
    compilation.behaviour().cloned()
}

fn measure(name: &str, graph: &Graph, limits: &Limits) {
    let mut emulator = None;
    let ready = (0..5).map(|_| {
        let before = processor_time();
        emulator = Emulator::new(graph).ok();
        processor_time().saturating_sub(before)
    });
    let ready = ready.min().unwrap_or_default().as_secs_f64();
    let native = Native::new(graph);
    let (Some(emulator), Ok(native)) = (emulator, native) else {
        println!("{name:28} cannot be compiled");
        return;
    };
    let interface = native.interface;
    let bytes =
        interface.inputs * interface.input.bytes + interface.outputs * interface.output.bytes;
    // Few enough samples that their arrays stay in the caches: the emulator is measured.
    let samples = (1 << 18) / (8 * (interface.inputs + interface.outputs)).max(1);
    let samples = samples.next_multiple_of(64).max(256);
    let inputs = inputs(graph, samples);
    let threads = |count: usize, samples: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
        let pool = pool.expect("threads can be started");
        let inputs = inputs.repeat(samples / (inputs.len() / interface.inputs.max(1)).max(1));
        let run = || emulator.run(&inputs, samples).expect("inputs are in range");
        samples as f64 / pool.install(|| best(run))
    };
    let (one, two) = (threads(1, samples), threads(2, 8 * samples));
    let mut x = vec![0; samples * interface.inputs * interface.input.bytes];
    let mut y = vec![0; samples * interface.outputs * interface.output.bytes];
    native.take(&inputs, &mut x, samples);
    let mut scratch = native.scratch();
    let typed = samples as f64 / best(|| native.run(&x, &mut y, samples, &mut scratch));
    let products = 1.0 / native.products.seconds(&limits.products);
    let copies = limits.copies / bytes.max(1) as f64;
    println!(
        "{name:28} {:8.1}  {:8.2} {:9.2} {:9.2}  {:8.1}  {:9.1} {:8.0}%",
        ready * 1e3,
        one / 1e6,
        two / 1e6,
        typed / 1e6,
        products / 1e6,
        copies / 1e6,
        100.0 * typed / products.min(copies),
    );
    if let Some(theirs) = peer(name) {
        println!(
            "{:28} {:>8}  {:8.3} million by alkaid's interpreter: ours is {:.0} times as fast",
            "",
            "",
            theirs / 1e6,
            one / theirs
        );
    }
}

/// What the machine does at best, on one thread, per second.
struct Limits {
    products: Products,
    /// Bytes read and written by a copy within the nearest caches, counted once each.
    copies: f64,
}

impl Limits {
    fn measure() -> Limits {
        const TURNS: usize = 1 << 16;
        let peak = Peak::new().unwrap_or_else(|error| panic!("{error}"));
        let rate = |name: &str| match peak.run(name, 1) {
            Some(each) => (each * TURNS) as f64 / best(|| peak.run(name, TURNS)),
            None => 0.0,
        };
        let from = vec![1u8; 1 << 17];
        let mut to = vec![0u8; 1 << 17];
        let size = 2.0 * from.len() as f64;
        Limits {
            products: Products {
                bytes: rate("bytes"),
                words: rate("words"),
                lanes: rate("lanes"),
                wide: rate("wide"),
            },
            copies: size
                / best(|| {
                    std::hint::black_box(&mut to).copy_from_slice(std::hint::black_box(&from));
                }),
        }
    }
}

fn inputs(graph: &Graph, samples: usize) -> Vec<i64> {
    let mut random = random_fx::Random::new(2);
    let elements = graph.inputs.iter().flat_map(|port| &port.elements);
    let ranges: Vec<Range> = elements.map(|element| element.ty.range()).collect();
    let row = (0..samples).flat_map(|_| ranges.iter());
    row.map(|range| random.within(*range) as i64).collect()
}

/// Samples per second of the peer's interpreter on a model, on one thread.
fn peer(name: &str) -> Option<f64> {
    let python = std::env::var_os("KAON_PEERS_PYTHON")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/emulator.py");
    let data: PathBuf = reference::models()
        .join("../peers/npz")
        .join(format!("{name}.npz"));
    if !data.exists() || !COMPARED.contains(&name) {
        return None;
    }
    let output = Command::new(python).arg(script).arg(data).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let figure = text
        .lines()
        .last()
        .and_then(|line| line.trim().parse().ok());
    if figure.is_none() {
        println!(
            "{name:28} the peer failed: {}",
            String::from_utf8_lossy(&output.stderr)
                .lines()
                .last()
                .unwrap_or("")
        );
    }
    figure
}
