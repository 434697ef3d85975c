//! The native emulator gives what `fx::eval` gives, bit for bit.

use std::collections::BTreeSet;
use std::process::Command;

use compiler::engine::native::{Emulator, Extension, Processor};
use dialects::fx::{self, Builder, Graph, IntType, Op, ValueId};
use dialects::{Number, Rounding};
use kaon_testsuite::mlp;
use kaon_testsuite::random_fx::{self, Random};
use lowering::fx_to_llvm;

/// Everything that this machine's instructions can be held to.
fn processors() -> Vec<Processor> {
    let extensions = Extension::ALL
        .into_iter()
        .filter(|extension| extension.here());
    let mut all = vec![Processor::Host, Processor::Any];
    all.extend(extensions.map(Processor::With));
    all
}

/// Runs a graph both ways on corner and seeded samples.
fn check(graph: &Graph, seed: u64, count: usize) {
    check_on(&[Processor::Host], graph, seed, count);
}

fn check_on(processors: &[Processor], graph: &Graph, seed: u64, count: usize) {
    let samples = random_fx::samples(graph, seed, count);
    let expected: Vec<Vec<i128>> = samples
        .iter()
        .map(|sample| fx::eval(graph, sample).unwrap_or_else(|error| panic!("{error}")))
        .collect();
    for processor in processors {
        let emulator = Emulator::with(graph, *processor).unwrap_or_else(|error| panic!("{error}"));
        let got = emulator
            .run_wide(&samples.concat(), count)
            .unwrap_or_else(|error| panic!("{error}"));
        for (at, (sample, expected)) in samples.iter().zip(&expected).enumerate() {
            let width = expected.len();
            assert_eq!(
                got[at * width..][..width],
                *expected,
                "{processor:?}, seed {seed}, sample {at} of {count}: {sample:?}\n{}",
                fx::print(graph)
            );
        }
        // 64-bit integers go another way in and out.
        let narrow = |value: &i128| i64::try_from(*value).ok();
        let inputs: Option<Vec<i64>> = samples.iter().flatten().map(narrow).collect();
        if let Some(got_narrow) = inputs.and_then(|inputs| emulator.run(&inputs, count).ok()) {
            assert!(got_narrow.iter().map(|&value| i128::from(value)).eq(got));
        }
    }
}

/// Layers of neurons of all kinds: few types of inputs, weights of some bits, sums that are
/// rounded, clamped, both or neither, results of some type.
fn layers(seed: u64) -> Graph {
    let random = &mut Random::new(seed);
    let inputs: &[IntType] = match seed % 9 {
        0 => &[IntType::signed(8)],
        1 => &[IntType::unsigned(8)],
        2 => &[IntType::signed(6), IntType::signed(8), IntType::unsigned(3)],
        3 => &[IntType::signed(12)],
        4 => &[IntType::unsigned(16), IntType::unsigned(9)],
        5 => &[IntType::signed(16), IntType::unsigned(8)],
        6 => &[IntType::unsigned(32), IntType::unsigned(5)],
        7 => &[IntType::signed(40)],
        _ => &[IntType::unsigned(1)],
    };
    let count = 3 + random.below(30);
    let types: Vec<IntType> = (0..count).map(|at| inputs[at % inputs.len()]).collect();
    let mut builder = Builder::new("layers", vec![random_fx::port("x", &types)]);
    let mut values: Vec<ValueId> = (0..count).map(|index| builder.input(index)).collect();
    let depth = 2 + random.below(3);
    for number in 0..depth {
        let layer = builder.layer(&format!("layer_{number}"));
        let bits = random.pick(&[2, 6, 7, 8, 9, 12, 17]);
        let limits = random.pick(&[
            (0, 255),
            (0, 63),
            (-128, 127),
            (-7, 7),
            (3, 200),
            (0, 1023),
            (-30000, 30000),
            (5, 261),
        ]);
        let amount = random.below(9) as u32;
        let mut next = Vec::new();
        for _ in 0..3 + random.below(14) {
            let bias = random.below(2000) as i128 - 1000;
            let mut sum = builder.constant(bias, layer).unwrap();
            for value in &values {
                let weight = random.below(1 << bits) as i128 - (1 << (bits - 1));
                if random.below(3) == 0 {
                    continue;
                }
                let weight = builder.constant(weight, layer).unwrap();
                let product = builder.mul(*value, weight, layer).unwrap();
                sum = builder.add(sum, product, layer).unwrap();
            }
            let (input, mode) = (sum, random.pick(&Rounding::ALL));
            let rounded = Op::Round {
                input,
                amount,
                mode,
            };
            let kind = random.below(12);
            if kind > 1 {
                sum = builder.push(rounded, layer).unwrap();
            }
            if kind > 0 {
                sum = builder.clamp(sum, limits.0, limits.1, layer).unwrap();
            }
            next.push(sum);
        }
        values = next;
    }
    let types: Vec<IntType> = values.iter().map(|value| builder.node(*value).ty).collect();
    builder.finish(values, vec![random_fx::port("y", &types)])
}

#[test]
fn layers_of_every_width_on_every_path() {
    for seed in 0..40 {
        let graph = layers(seed);
        fx::verify(&graph).unwrap_or_else(|error| panic!("{error}"));
        let count = [1, 3, 64, 65, 130][seed as usize % 5];
        check_on(&processors(), &graph, seed, count);
    }
}

/// Sums at the very ends of what each path multiplies and adds: no 16-bit sum may clamp.
#[test]
fn extreme_weights_and_activations_on_every_path() {
    for weights in [[64, -64], [63, -65], [127, -128], [32767, -32768]] {
        for ty in [
            IntType::unsigned(8),
            IntType::signed(8),
            IntType::signed(16),
        ] {
            let mut builder = Builder::new("ends", vec![random_fx::port("x", &[ty; 12])]);
            let layer = builder.layer("ends");
            let mut results = Vec::new();
            for which in 0..8 {
                let mut sum = builder.constant(0, layer).unwrap();
                for index in 0..12 {
                    let weight = weights[usize::from(index >> (which % 4) & 1 == which / 4)];
                    let weight = builder.constant(weight, layer).unwrap();
                    let input = builder.input(index);
                    let product = builder.mul(input, weight, layer).unwrap();
                    sum = builder.add(sum, product, layer).unwrap();
                }
                results.push(sum);
            }
            let types = results.iter().map(|value| builder.node(*value).ty);
            let port = random_fx::port("y", &types.collect::<Vec<_>>());
            check_on(&processors(), &builder.finish(results, vec![port]), 9, 200);
        }
    }
}

#[test]
fn instructions_that_the_machine_lacks_are_refused() {
    let graph = mlp::dense(5, &[2, 3], 4);
    for extension in Extension::ALL {
        match Emulator::with(&graph, Processor::With(extension)) {
            Ok(_) => assert!(extension.here()),
            Err(error) => assert_eq!(
                error.to_string().lines().next(),
                Some(format!(
                    "error: this processor has no {} instructions",
                    extension.name()
                ))
                .as_deref()
            ),
        }
    }
}

#[test]
fn random_graphs_of_every_width() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let width = [4, 12, 31, 33, 64, 100][seed as usize % 6];
        let size = 8 + random.below(150);
        let graph = random_fx::graph(seed, size, width);
        fx::verify(&graph).unwrap_or_else(|error| panic!("{error}"));
        let paths = processors();
        let path = paths[seed as usize % paths.len()];
        check_on(
            &[Processor::Host, path],
            &graph,
            seed,
            1 + random.below(140),
        );
    }
}

/// The graphs of the test above leave no op out, in what their results depend on.
#[test]
fn random_graphs_have_every_op() {
    let mut found = BTreeSet::new();
    for seed in 0..60 {
        let graph = random_fx::graph(seed, 100, 64);
        let live = graph.live();
        let nodes = graph.nodes.iter().zip(live).filter(|(_, live)| *live);
        found.extend(nodes.map(|(node, _)| node.op.name()));
    }
    let missing = fx::OPS.iter().filter(|def| !found.contains(def.name));
    assert_eq!(missing.map(|def| def.name).collect::<Vec<_>>(), [""; 0]);
}

/// So many different expressions that most are computed one operation at a time.
#[test]
fn a_large_irregular_graph() {
    let graph = random_fx::graph(11, 6000, 40);
    check(&graph, 5, 66);
}

#[test]
fn networks_with_sums_of_products_in_every_storage() {
    for bits in [2, 6, 9, 18, 28] {
        let graph = mlp::dense(bits.into(), &[13, 22, 9, 5], bits);
        check_on(&processors(), &graph, 7, 100);
    }
}

/// Sums that share partial sums, of which some are read by themselves.
#[test]
fn shared_partial_sums() {
    let mut builder = Builder::new(
        "prefix",
        vec![random_fx::port("x", &[IntType::signed(5); 40])],
    );
    let layer = builder.layer("prefix");
    let mut results = Vec::new();
    let mut sum = builder.input(0);
    for index in 1..40 {
        let input = builder.input(index);
        sum = builder.add(sum, input, layer).unwrap();
        results.push(builder.clamp(sum, -20, 19, layer).unwrap());
    }
    let types: Vec<IntType> = results
        .iter()
        .map(|value| builder.node(*value).ty)
        .collect();
    let graph = builder.finish(results, vec![random_fx::port("y", &types)]);
    check(&graph, 3, 70);
}

#[test]
fn any_number_of_samples_on_any_number_of_threads() {
    let graph = mlp::dense(5, &[6, 8, 3], 4);
    let emulator = Emulator::new(&graph).unwrap();
    let samples = random_fx::samples(&graph, 1, 5000);
    let expected: Vec<i128> = samples
        .iter()
        .flat_map(|sample| fx::eval(&graph, sample).unwrap())
        .collect();
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        for count in [0, 1, 63, 64, 65, 2048, 2049, 5000] {
            let got = pool
                .install(|| emulator.run_wide(&samples[..count].concat(), count))
                .unwrap();
            assert_eq!(
                got,
                expected[..count * 3],
                "{count} samples, {threads} threads"
            );
        }
    }
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let graph = mlp::dense(5, &[2, 3], 4);
    let emulator = Emulator::new(&graph).unwrap();
    insta::assert_snapshot!(emulator.run(&[0, 1, 2], 2).unwrap_err(), @"error: 2 samples of 2 inputs are 4 integers, 3 were given");
    insta::assert_snapshot!(emulator.run(&[0, 1, 2, 8], 2).unwrap_err(), @"error: input 1 of sample 1 is 8, outside its range [-8, 7]");
}

/// A C program that reads rows of numbers and prints rows of results.
const PROGRAM: &str = r#"
#include <stdio.h>
#include <stdlib.h>
#include "net.h"
int main(void) {
    size_t samples = SAMPLES;
    net_input_t *x = malloc((samples + 1) * NET_INPUTS * sizeof *x);
    net_output_t *y = malloc((samples + 1) * NET_OUTPUTS * sizeof *y);
    for (size_t i = 0; i < samples * NET_INPUTS; ++i) {
        long long value;
        if (scanf("%lld", &value) != 1) return 1;
        x[i] = (net_input_t)value;
    }
    net_predict(x, y, samples);
    for (size_t i = 0; i < samples * NET_OUTPUTS; ++i) printf("%lld\n", (long long)y[i]);
    return 0;
}
"#;

#[test]
fn the_object_file_computes_the_same_in_a_c_program() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for (seed, processor) in [(1, Processor::Any), (2, Processor::Host)] {
        let graph = mlp::dense(seed, &[7, 12, 5], 6);
        fx_to_llvm::write_object(&graph, &path("net.o"), &path("net.h"), "net", processor)
            .unwrap_or_else(|error| panic!("{error}"));
        let count = 131;
        std::fs::write(
            path("main.c"),
            PROGRAM.replace("SAMPLES", &count.to_string()),
        )
        .unwrap();
        let compiled = Command::new("clang-22")
            .args([
                "-Wall", "-Wextra", "-Werror", "-O1", "main.c", "net.o", "-o", "main",
            ])
            .current_dir(folder.path())
            .status()
            .expect("clang-22 links this project");
        assert!(compiled.success());
        let samples = random_fx::samples(&graph, seed, count);
        let text: Vec<String> = samples.concat().iter().map(i128::to_string).collect();
        std::fs::write(path("in"), text.join(" ")).unwrap();
        let output = Command::new(path("main"))
            .stdin(std::fs::File::open(path("in")).unwrap())
            .output()
            .unwrap();
        let got = String::from_utf8(output.stdout).unwrap();
        let got: Vec<i128> = got.lines().map(|line| line.parse().unwrap()).collect();
        let expected: Vec<i128> = samples
            .iter()
            .flat_map(|sample| fx::eval(&graph, sample).unwrap())
            .collect();
        assert_eq!(got, expected);
    }
}

#[test]
fn the_header_says_what_the_integers_mean() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut graph = mlp::dense(3, &[4, 3], 6);
    for element in &mut graph.inputs[0].elements {
        element.scale = Number::pow2(-4);
    }
    graph.outputs[0].elements[1].offset = Number::dyadic(3, -1);
    fx_to_llvm::write_object(&graph, &path("a.o"), &path("a.h"), "net", Processor::Any).unwrap();
    let header = std::fs::read_to_string(path("a.h")).unwrap();
    // How much memory it takes depends on the architecture.
    let memory = header
        .split("SCRATCH ")
        .nth(1)
        .and_then(|rest| rest.lines().next());
    insta::assert_snapshot!(header.replace(memory.unwrap(), "BYTES"));
    let bad = fx_to_llvm::write_object(&graph, &path("b.o"), &path("b.h"), "2 x", Processor::Any);
    insta::assert_snapshot!(bad.unwrap_err(), @r"
    error: `2 x` cannot be part of a function's name in C
       = help: use letters, digits and underscores, a letter first
    ");
}
