//! Random designs in the arc engine: answers, latency and interval, and what it refuses.

use compiler::driver::compile;
use compiler::engine::arc::Simulator;
use dialects::fx;
use kaon_testsuite::missing;
use kaon_testsuite::random_fx;
use kaon_testsuite::reference::{self, CASES};
use lowering::circt::Circt;
use lowering::fx_to_hw;
use lowering::interface::Interface;
use lowering::primitives::Primitives;

use crate::hw::simulate::{CELLS, random_design};
use crate::hw::tools::{need, ok};

const SAMPLES: usize = 200;

#[test]
fn random_designs_answer_what_they_evaluate_to() {
    need!(Circt::get());
    for seed in 0..36 {
        let graph = random_design(seed);
        let form = [Primitives::None, Primitives::Modules, CELLS][seed as usize % 3];
        let hw = ok(fx_to_hw::lower_with(&graph, form));
        let lanes = [1, 8, 3][seed as usize / 3 % 3];
        let simulator = ok(Simulator::build(&hw, &Interface::of(&graph), lanes));
        let samples = random_fx::samples(&graph, seed, SAMPLES);
        let simulation = ok(simulator.run(&samples.concat(), SAMPLES));
        let latency = graph.latency.unwrap_or(0);
        assert_eq!(simulation.latency, latency, "design {seed}");
        let mut expected = Vec::new();
        for (at, sample) in samples.iter().enumerate() {
            let answer = ok(fx::eval(&graph, sample));
            let got = &simulation.outputs[at * answer.len()..][..answer.len()];
            assert_eq!(
                got,
                answer,
                "design {seed}, sample {at}: {sample:?}\n{}\n{hw}",
                fx::print(&graph)
            );
            expected.extend(answer);
        }
        if latency > 0 {
            let measured = ok(simulator.measure(&samples.concat(), &expected));
            assert_eq!(measured.valid, Some(latency), "design {seed}");
            assert_eq!(measured.interval, Some(1), "design {seed}");
            assert!(measured.data.contains(&latency), "design {seed}");
        }
    }
}

/// Trained networks, from the model file to the clock: dense layers, mixed precisions, tables.
const SHARED: [&str; 4] = [
    "gamma_trigger_w6a6",
    "jet_hgq",
    "axol1tl_v1",
    "digits_lut_f6b2",
];

#[test]
fn shared_models_answer_as_their_emulators() {
    need!(Circt::get());
    if missing::models().is_none() {
        return;
    }
    for name in SHARED {
        let case = CASES.iter().find(|case| case.name == name).expect("a case");
        let compilation = compile(&ok(reference::request(case)), None, &mut |_| {});
        let compilation = compilation.expect("the model compiles");
        let emulator = compilation.behaviour().expect("the line keeps it");
        let design = compilation.design().expect("every step ran");
        let hw = ok(fx_to_hw::lower_with(design, CELLS));
        let simulator = ok(Simulator::build(&hw, &Interface::of(design), 1));
        let samples = random_fx::samples(emulator, 1, SAMPLES);
        let simulation = ok(simulator.run(&samples.concat(), SAMPLES));
        assert_eq!(Some(simulation.latency), design.latency, "{name}");
        let expected = samples
            .iter()
            .flat_map(|sample| ok(fx::eval(emulator, sample)));
        assert_eq!(simulation.outputs, expected.collect::<Vec<_>>(), "{name}");
    }
}

/// The text without a register: what read it reads what it read.
fn without_register(hw: &str, name: &str) -> String {
    let cut = |line: &str| match line.split_once(" = seq.compreg ") {
        Some((result, rest)) if rest.contains(&format!("name \"{name}\"")) => {
            let next = rest.split(['%', ',']).nth(1).expect("an operand");
            let ty = rest.rsplit(' ').next().expect("a type");
            format!("{result} = hw.wire %{next} name \"{name}\" : {ty}")
        }
        _ => line.to_string(),
    };
    let lines: Vec<String> = hw.lines().map(cut).collect();
    lines.join("\n")
}

#[test]
fn latency_and_interval_are_those_of_the_text() {
    need!(Circt::get());
    let graph = random_design(1);
    let interface = Interface::of(&graph);
    let hw = ok(fx_to_hw::lower(&graph));
    let samples = random_fx::samples(&graph, 1, SAMPLES);
    let expected: Vec<i128> = samples
        .iter()
        .flat_map(|sample| ok(fx::eval(&graph, sample)))
        .collect();
    let measure = |hw: &str| {
        let simulator = ok(Simulator::build(hw, &interface, 1));
        ok(simulator.measure(&samples.concat(), &expected))
    };
    let latency = interface.latency;
    let whole = measure(&hw);
    assert_eq!(
        (whole.valid, &whole.data[..]),
        (Some(latency), &[latency][..])
    );
    // The valid bit comes a clock too early: no interval is right.
    let early = measure(&without_register(&hw, "valid_2"));
    assert_eq!(
        (early.valid, &early.data[..]),
        (Some(latency - 1), &[latency][..])
    );
    assert_eq!(early.interval, None);
    let broken = Simulator::build(&without_register(&hw, "valid_2"), &interface, 4);
    let simulation = ok(ok(broken).run(&samples.concat(), SAMPLES));
    assert_eq!(simulation.latency, latency - 1);
    assert_ne!(simulation.outputs, expected);
}

#[test]
fn what_cannot_be_simulated_is_refused() {
    need!(Circt::get());
    let graph = random_design(1);
    let interface = Interface::of(&graph);
    let hw = ok(fx_to_hw::lower(&graph));
    let cells = ok(fx_to_hw::lower_with(&random_design(2), CELLS));
    let looped = "hw.module @loop(in %x : i4, out y : i4) {
  %a = comb.add %b, %x : i4
  %b = comb.xor %a, %x : i4
  hw.output %b : i4
}";
    let cases = [
        hw.replacen("comb.", "cob.", 1),
        hw.replacen("hw.output", "hw.result", 1),
        hw.replacen("in_valid", "valid", 2),
        hw.replace(", %clk reset", ", %in_valid reset"),
        looped.to_string(),
        cells.replace("verilogName = \"kaon_add\"", "verilogName = \"kaon_sub\""),
        cells.replacen(
            "CARRY_IN: none = #hw.param.verbatim<\"",
            "CARRY_IN: none = #hw.param.verbatim<\"x",
            1,
        ),
        String::new(),
    ];
    let refusals = cases.map(|text| match Simulator::build(&text, &interface, 1) {
        Ok(_) => "no refusal".to_string(),
        Err(error) => error.to_string(),
    });
    insta::assert_snapshot!(refusals.join("\n\n"));
}
