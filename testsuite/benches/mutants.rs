//! A thousand mistakes in the hardware of ten shared models, and what the proofs say of each:
//! `cargo bench -p kaon-testsuite --bench mutants -- [NAME…]`.
//!
//! A mutant is caught when it is refused, refuted by a sample, or not proved; one that is
//! proved is the same function.

use compiler::driver::compile;
use compiler::verify::{Session, Verdict, hw_text};
use kaon_testsuite::mutants::mutants;
use kaon_testsuite::reference::{CASES, request};
use lowering::fx_to_hw;
use lowering::interface::Interface;
use lowering::primitives::{CarryCell, Primitives};

const MODELS: [&str; 10] = [
    "gamma_trigger_w6a6",
    "digits_mlp_w6a6",
    "satimage_residual_w6a6",
    "jet_hgq",
    "axol1tl_v1",
    "digits_lut_f6b2",
    "digits_bnn",
    "jet_mlp_ternary",
    "jet_mlp_bnn",
    "unsw_nb15_w2a2",
];
const EACH: usize = 100;

fn main() {
    let arguments = std::env::args().skip(1);
    let only: Vec<String> = arguments.filter(|name| name != "--bench").collect();
    println!(
        "{:26} whole     refused  refuted  not proved  equal",
        "model"
    );
    for name in MODELS {
        if !only.is_empty() && !only.iter().any(|other| other == name) {
            continue;
        }
        let case = CASES
            .iter()
            .find(|case| case.name == name)
            .expect("a case of the table");
        match of_model(case) {
            Ok(line) => println!("{name:26} {line}"),
            Err(error) => println!("{name:26} {error}"),
        }
    }
}

fn of_model(case: &kaon_testsuite::reference::Case) -> dialects::Result<String> {
    let compilation = compile(&request(case)?, None, &mut |_| {})
        .map_err(|failure| failure.diagnostic().clone())?;
    let emulator = compilation.behaviour().expect("the line keeps it");
    let design = compilation.design().expect("every step ran");
    let primitives = Primitives::Amd {
        cell: CarryCell::Carry8,
        passed: 50,
        routed: 150,
    };
    let text = fx_to_hw::lower_with(design, primitives)?;
    let interface = Interface::of(design);
    let verdict = |text: &str| {
        let circuit = hw_text::read(text).ok()?;
        let mut session = Session::new(emulator, interface.clone());
        Some(
            session
                .circuit("hardware", "text", &circuit)
                .map(|step| step.verdict()),
        )
    };
    let whole = matches!(verdict(&text), Some(Ok(Verdict::Proved)));
    let (mut refused, mut refuted, mut open, mut equal) = (0, 0, 0, 0);
    for mutant in mutants(&text, 1, EACH) {
        match verdict(&mutant.text) {
            None => refused += 1,
            Some(Err(_)) => refuted += 1,
            Some(Ok(Verdict::Sampled)) => open += 1,
            Some(Ok(Verdict::Proved)) => equal += 1,
        }
    }
    let whole = if whole { "proved" } else { "sampled" };
    Ok(format!(
        "{whole:9} {refused:>7}  {refuted:>7}  {open:>10}  {equal:>5}"
    ))
}
