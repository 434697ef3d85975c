//! Passes on `fx` and random graphs: the meaning, the ports and the answer *changed* hold.

use compiler::context::PassContext;
use compiler::options::Options;
use compiler::passes::{Changed, PASSES, Pass, Run};
use compiler::target::Target;
use dialects::fx::{self, Graph};
use kaon_testsuite::{mlp, random_fx};

/// What a pass makes of a graph, checked; and whether a second run changes more.
fn checked(pass: &Pass, graph: &Graph, seed: u64) -> (Graph, bool) {
    let (options, target) = (Options::default(), Target::default());
    let cx = PassContext::new(&options, &target);
    let Run::Fx(run) = pass.run else {
        unreachable!("only passes of fx are asked");
    };
    let name = pass.name;
    let mut after = graph.clone();
    let changed = run(&mut after, &cx).unwrap_or_else(|e| panic!("{name}, {seed}: {e}"));
    fx::verify(&after).unwrap_or_else(|e| panic!("{name}, {seed}: {e}\n{}", fx::print(graph)));
    assert_eq!(changed == Changed::Yes, after != *graph, "{name}, {seed}");
    assert_eq!(after.outputs, graph.outputs, "{name}, {seed}: ports");
    for sample in random_fx::samples(graph, seed, 40) {
        let wanted = fx::eval(graph, &sample).unwrap();
        let got = fx::eval(&after, &sample).unwrap();
        assert_eq!(
            got,
            wanted,
            "{name}, {seed}, {sample:?}:\n{}",
            fx::print(graph)
        );
    }
    let mut again = after.clone();
    let more = run(&mut again, &cx).unwrap_or_else(|e| panic!("{name}, {seed}: {e}"));
    (after, more == Changed::Yes)
}

/// The passes that optimise: neither the schedule, whose tests are its own, nor checks.
fn optimising() -> impl Iterator<Item = &'static Pass> {
    let passes = PASSES.iter().copied();
    passes.filter(|pass| {
        matches!(pass.run, Run::Fx(_)) && !["fx-check-size", "fx-schedule"].contains(&pass.name)
    })
}

/// Seeds whose graphs found a fault once, besides the first ones.
const FAULTS: [u64; 8] = [1227, 1418, 1462, 1476, 1639, 2075, 2177, 3965];

#[test]
fn each_pass_keeps_the_meaning_of_random_graphs() {
    for pass in optimising() {
        let mut restless = Vec::new();
        for seed in (0..60).chain(FAULTS) {
            let graph = random_fx::graph(seed, 80, 20);
            if checked(pass, &graph, seed).1 {
                restless.push(seed);
            }
        }
        assert!(
            restless.is_empty(),
            "{} goes on with {restless:?}",
            pass.name
        );
    }
}

#[test]
fn passes_one_after_the_other_keep_the_meaning() {
    let order = [
        "fx-rewrite",
        "fx-drop-unused-bits",
        "fx-expand-rounding",
        "fx-reduce-strength",
        "fx-balance-adders",
        "fx-narrow-widths",
        "fx-drop-dead",
    ];
    let random = (100..130)
        .chain([5567])
        .map(|seed| random_fx::graph(seed, 120, 24));
    let networks = (0..6).map(|seed| mlp::dense(seed, &[6, 8, 8, 3], 3 + seed as u32));
    for (seed, graph) in random.chain(networks).enumerate() {
        let mut graph = graph;
        for name in order {
            let pass = compiler::passes::find(name).unwrap();
            graph = checked(pass, &graph, seed as u64).0;
        }
    }
}
