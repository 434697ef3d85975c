//! The arc engine on the emitted hardware: equal to the emulator bit for bit, and how fast.
//!
//! `cargo bench -p kaon-testsuite --bench simulators -- [--vectors N] [--verilator] [NAME…]`
//!
//! Each shared dense model is compiled, its hardware text simulated on the model's inputs and
//! on N random ones besides (20 000), and every output compared with the emulator's.
//! All times are processor time, of this process or of Verilator's, which other work on the
//! machine disturbs least: `build` is from the text to native code, on all threads together;
//! cycles are those of all copies of the circuit in one thread: of a single copy in scalar
//! code, and of the copies that fill the vectors. `--verilator` adds Verilator in the same run,
//! whose build takes minutes, with what both take for some numbers of cycles, building
//! included. Models that are large are run when they are named.

use compiler::driver::{Request, compile, primitives};
use compiler::engine::native::Emulator;
use compiler::engine::real::to_integers;
use compiler::engine::{arc, verilator};
use compiler::tensor_file::TensorFile;
use dialects::{Diagnostic, Result, fx};
use kaon_testsuite::random_fx;
use kaon_testsuite::reference::{CASES, Case, models, request};
use lowering::circt::Circt;
use lowering::fx_to_hw;
use lowering::interface::Interface;

struct Arguments {
    vectors: usize,
    verilator: bool,
    only: Vec<String>,
}

impl Arguments {
    fn read() -> Arguments {
        let mut arguments = Arguments {
            vectors: 20_000,
            verilator: false,
            only: Vec::new(),
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--bench" => {}
                "--verilator" => arguments.verilator = true,
                "--vectors" => {
                    let count = words.next().and_then(|count| count.parse().ok());
                    arguments.vectors = count.expect("--vectors takes a number");
                }
                _ => arguments.only.push(word),
            }
        }
        arguments
    }
}

fn main() {
    let arguments = Arguments::read();
    println!(
        "{:24} {:>7} {:>7}  {:>7} {:>11} {:>11}  {:>9} {:>9}",
        "model", "ops", "latency", "build s", "1 copy/s", "copies/s", "values", "different"
    );
    let (mut vectors, mut different) = (0, 0);
    let mut failed = false;
    for case in CASES {
        let named = arguments.only.iter().any(|name| name == case.name);
        if !named && (case.large || !arguments.only.is_empty()) {
            continue;
        }
        match run(case, &arguments) {
            Ok(outcome) => {
                vectors += outcome.0;
                different += outcome.1;
            }
            Err(error) => {
                println!("{:24} {error}", case.name);
                failed = true;
            }
        }
    }
    println!("\n{vectors} vectors compared with the emulator, {different} values different");
    std::process::exit(i32::from(failed || different > 0));
}

/// Vectors and values that differ.
fn run(case: &Case, arguments: &Arguments) -> Result<(usize, usize)> {
    let request: Request = request(case)?;
    let compilation =
        compile(&request, None, &mut |_| {}).map_err(|failure| failure.diagnostic().clone())?;
    let (Some(design), Some(behaviour)) = (compilation.design(), compilation.behaviour()) else {
        return Err(Diagnostic::new("the compilation did not end in a design"));
    };
    let form = primitives(request.options.primitives, &request.target)?;
    let hw = fx_to_hw::lower_with(design, form)?;
    let interface = Interface::of(design);
    let (samples, count) = samples(case, design, arguments.vectors)?;
    let narrow: Vec<i64> = samples.iter().map(|value| *value as i64).collect();
    let expected = Emulator::new(behaviour)?.run(&narrow, count)?;
    let wide: Vec<i128> = expected.iter().map(|value| i128::from(*value)).collect();

    let began = Spent::now();
    let simulator = arc::Simulator::build(&hw, &interface, arc::LANES)?;
    let build = began.since().own;
    let measured = match interface.is_combinational() {
        true => None,
        false => Some(simulator.measure(&samples, &wide)?),
    };
    if let Some(measured) = &measured
        && (measured.valid, measured.interval) != (Some(interface.latency), Some(1))
    {
        return Err(Diagnostic::new(format!("measured {measured:?}")));
    }
    let outputs = simulator.run(&samples, count)?.outputs;
    let pairs = outputs.iter().zip(&wide);
    let different = pairs.filter(|(a, b)| a != b).count();
    let copies = rate(&simulator, &samples, count)?;
    let single = arc::Simulator::build(&hw, &interface, 1)?;
    let one = rate(&single, &samples, count)?;
    println!(
        "{:24} {:>7} {:>7}  {build:>7.2} {one:>11.0} {copies:>11.0}  {:>9} {different:>9}",
        case.name,
        simulator.ops(),
        interface.latency,
        outputs.len(),
    );
    if arguments.verilator {
        beside(&hw, form, &interface, &samples, count, (build, copies, one))?;
    }
    Ok((count, different))
}

/// The model's own inputs, then random ones.
fn samples(case: &Case, design: &fx::Graph, vectors: usize) -> Result<(Vec<i128>, usize)> {
    let file = TensorFile::read(&models().join(case.name).join("inputs.npy"))?;
    let quantised = to_integers(&design.inputs, &[file])?;
    let own = quantised.integers.iter().map(|value| i128::from(*value));
    let mut samples: Vec<i128> = own.collect();
    samples.extend(random_fx::samples(design, 1, vectors).into_iter().flatten());
    Ok((samples, quantised.samples + vectors))
}

/// Clock cycles a second of all copies in one thread.
fn rate(simulator: &arc::Simulator, samples: &[i128], count: usize) -> Result<f64> {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let one = one.expect("a thread");
    let (began, mut runs) = (Spent::now(), 0);
    while began.since().own < LONG {
        one.install(|| simulator.run(samples, count))?;
        runs += 1;
    }
    Ok((runs * count) as f64 / began.since().own)
}

/// Seconds of processor time after which a rate is exact enough.
const LONG: f64 = 1.0;

/// Processor time so far, in seconds.
struct Spent {
    own: f64,
    /// Of processes that this one started and that have ended.
    children: f64,
}

impl Spent {
    /// Ticks of a hundredth of a second, as Linux counts them; zero elsewhere.
    fn now() -> Spent {
        let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        // The name of the program, in parentheses, may have blanks.
        let fields = text.rsplit(')').next().unwrap_or_default();
        let ticks: Vec<f64> = fields
            .split(' ')
            .map(|of| of.parse().unwrap_or(0.0))
            .collect();
        let seconds = |from: usize| ticks.iter().skip(from).take(2).sum::<f64>() / 100.0;
        Spent {
            own: seconds(12),
            children: seconds(14),
        }
    }

    fn since(&self) -> Spent {
        let now = Spent::now();
        Spent {
            own: now.own - self.own,
            children: now.children - self.children,
        }
    }
}

/// Verilator on the same samples, and both with what building takes.
fn beside(
    hw: &str,
    form: lowering::primitives::Primitives,
    interface: &Interface,
    samples: &[i128],
    count: usize,
    (build, copies, one): (f64, f64, f64),
) -> Result<()> {
    let mut verilog = Circt::get()?.export_verilog(hw)?;
    for text in [form.library(), form.cell_models()].into_iter().flatten() {
        verilog.push_str(text);
    }
    let began = Spent::now();
    let simulator = verilator::Simulator::build(&verilog, interface)?;
    let built = began.since().children;
    let (began, mut runs) = (Spent::now(), 0);
    while began.since().children < LONG {
        simulator.run(samples, count)?;
        runs += 1;
    }
    let rate = (runs * count) as f64 / began.since().children;
    println!(
        "    Verilator: {built:.1} s to build, {rate:.0} cycles/s; arc: {:.1} times that rate in one copy, {:.1} times in all copies of one thread",
        one / rate,
        copies / rate
    );
    for cycles in [1e4, 1e6, 1e8] {
        let (theirs, ours) = (built + cycles / rate, build + cycles / copies);
        println!(
            "    {cycles:>11} cycles, building included: Verilator {theirs:.1} s, arc {ours:.1} s, {:.1} times as fast",
            theirs / ours
        );
    }
    Ok(())
}
