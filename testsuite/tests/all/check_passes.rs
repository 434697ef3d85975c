//! Passes that are wrong on purpose are found, blamed, and shown by a small module.

use std::path::Path;
use std::sync::Arc;

use compiler::context::PassContext;
use compiler::driver::{self, Request};
use compiler::module::Module;
use compiler::options::Options;
use compiler::passes::{Changed, Pass, Run};
use compiler::runner::{Settings, Step, run};
use compiler::target::Target;
use compiler::validate::{Effort, Verdict, compare_modules};
use dialects::fx::{self, Graph, Op, Predicate};
use kaon_testsuite::{mlp, random_fx};

const fn wrong(name: &'static str, run: Run) -> Pass {
    Pass {
        name,
        summary: "",
        source: "",
        run,
    }
}

/// Changes the last live op that `change` knows something for.
fn last(graph: &mut Graph, change: impl Fn(&Op) -> Option<Op>) -> Changed {
    let live = graph.live();
    for (node, _) in graph
        .nodes
        .iter_mut()
        .zip(live)
        .rev()
        .filter(|(_, live)| *live)
    {
        if let Some(op) = change(&node.op) {
            node.op = op;
            return Changed::Yes;
        }
    }
    Changed::No
}

/// Adds instead of subtracting.
static SIGN: Pass = wrong(
    "fx-lose-sign",
    Run::Fx(|graph, _| {
        Ok(last(graph, |op| match *op {
            Op::Sub { lhs, rhs } if lhs != rhs => Some(Op::Add { lhs, rhs }),
            _ => None,
        }))
    }),
);
/// A constant is off by one.
static CONSTANT: Pass = wrong(
    "fx-miscount",
    Run::Fx(|graph, _| {
        Ok(last(graph, |op| match *op {
            Op::Constant { value: value @ 3.. } => Some(Op::Constant { value: value - 1 }),
            _ => None,
        }))
    }),
);
/// The largest entry of a table is another one.
static TABLE: Pass = wrong(
    "fx-mistype-table",
    Run::Fx(|graph, _| {
        Ok(last(graph, |op| match op {
            Op::Lookup { input, table } => {
                let mut table = fx::Table::clone(table);
                *table.values.iter_mut().max()? -= 1;
                let (input, table) = (*input, Arc::new(table));
                Some(Op::Lookup { input, table })
            }
            _ => None,
        }))
    }),
);
/// `<` for `<=`: one input in thousands shows it.
static BORDER: Pass = wrong(
    "fx-miss-border",
    Run::Fx(|graph, _| {
        Ok(last(graph, |op| match *op {
            Op::Compare {
                predicate: Predicate::LessEqual,
                lhs,
                rhs,
            } => Some(Op::Compare {
                predicate: Predicate::Less,
                lhs,
                rhs,
            }),
            _ => None,
        }))
    }),
);
/// A register is taken out; evaluation of single samples cannot see that.
static REGISTER: Pass = wrong(
    "fx-lose-register",
    Run::Fx(|graph, _| {
        let used = |at: usize| {
            let mut readers = graph.nodes.iter().flat_map(|node| node.op.operands());
            readers.any(|value| value.index() == at)
        };
        let is_inner = |at: &usize| matches!(graph.nodes[*at].op, Op::Register { .. }) && used(*at);
        let Some(at) = (0..graph.nodes.len()).find(is_inner) else {
            return Ok(Changed::No);
        };
        graph.nodes[at].op = Op::Wrap {
            input: graph.nodes[at].op.operands()[0],
        };
        Ok(Changed::Yes)
    }),
);
/// The lowering, with one product too small by the constant's last bit.
static LOWERING: compiler::runner::Lowering = compiler::runner::Lowering {
    name: "lower-nn-to-fx-wrongly",
    summary: "",
    source: "",
    run: |graph, _| {
        let mut lowered = lowering::nn_to_fx::lower(graph)?;
        last(&mut lowered, |op| match *op {
            Op::Constant { value: value @ 3.. } => Some(Op::Constant { value: value - 1 }),
            _ => None,
        });
        Ok(Module::Fx(lowered))
    },
};

/// What the check says, and the module it leaves.
fn caught(module: Module, step: Step) -> (String, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = Settings {
        check_passes: Some(Effort::FULL),
        reproducers: folder.path().to_path_buf(),
        ..Settings::default()
    };
    let (options, target) = (Options::default(), Target::default());
    let cx = PassContext::new(&options, &target);
    let failure = match run(module, &[step], &settings, &cx, &mut |_| ()) {
        Ok(_) => panic!("{} is not caught", step.name()),
        Err(failure) => failure,
    };
    assert_eq!(failure.exit_code(), 101, "{failure}");
    let file = folder
        .path()
        .join(format!("{}.reproducer.mlir", step.name()));
    let text = std::fs::read_to_string(&file).expect("a reproducer");
    let stays = |text: String| text.replace(&folder.path().display().to_string(), "TMP");
    (stays(failure.to_string()), stays(text))
}

/// The first random graph that a pass of `fx` spoils, still valid.
fn spoilt_by(pass: &'static Pass) -> Module {
    let Run::Fx(spoil) = pass.run else {
        unreachable!("random graphs are of level fx");
    };
    let (options, target) = (Options::default(), Target::default());
    let cx = PassContext::new(&options, &target);
    let spoils = |seed: &u64| {
        let graph = random_fx::graph(*seed, 60, 12);
        let mut after = graph.clone();
        spoil(&mut after, &cx).expect("a pass that never refuses");
        let rows = random_fx::samples(&graph, *seed, 200);
        let differs = |row: &Vec<i128>| fx::eval(&graph, row) != fx::eval(&after, row);
        fx::verify(&after).is_ok() && rows.iter().any(differs)
    };
    let seed = (0..1000).find(spoils).expect("a graph with such an op");
    Module::Fx(random_fx::graph(seed, 60, 12))
}

fn compiled(until: &str) -> Module {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let request = Request {
        model: root.join("models/gamma_trigger_w6a6/model.onnx"),
        options: Options::default(),
        target: Target::default(),
        settings: Settings::default(),
    };
    let done = driver::compile(&request, Some(until), &mut |_| {});
    done.unwrap_or_else(|failure| panic!("{failure}")).module
}

fn small_enough(module: &str, ops: usize) {
    let found = module.matches("\"fx.").count() + module.matches("\"nn.").count();
    assert!(found <= ops, "{found} ops are left:\n{module}");
}

#[test]
fn wrong_passes_are_caught_and_shown_small() {
    let behaviour = compiled("fx-rewrite");
    let cases = [
        ("sign", spoilt_by(&SIGN), Step::Pass(&SIGN), 2),
        ("constant", behaviour, Step::Pass(&CONSTANT), 2),
        ("border", spoilt_by(&BORDER), Step::Pass(&BORDER), 2),
        ("table", spoilt_by(&TABLE), Step::Pass(&TABLE), 2),
        (
            "register",
            compiled("fx-schedule"),
            Step::Pass(&REGISTER),
            4,
        ),
    ];
    for (name, module, step, ops) in cases {
        let (said, left) = caught(module, step);
        small_enough(&left, ops);
        insta::assert_snapshot!(format!("{name}_said"), said);
        insta::assert_snapshot!(format!("{name}_left"), left);
        // The file shows the fault by itself.
        caught(Module::read(&left).expect("a module"), step);
    }
}

#[test]
fn a_wrong_lowering_is_caught() {
    caught(compiled("layers"), Step::Lowering(&LOWERING));
}

#[test]
fn every_step_of_the_demo_is_checked() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let request = Request {
        model: root.join("models/gamma_trigger_w6a6/model.onnx"),
        options: Options::default(),
        target: Target::default(),
        settings: Settings {
            check_passes: Some(Effort::vectors(64)),
            ..Settings::default()
        },
    };
    let done = driver::compile(&request, None, &mut |_| {});
    let done = done.unwrap_or_else(|failure| panic!("{failure}"));
    for step in done.steps.iter().filter(|step| step.changed) {
        let verdict = step.verdict.expect("a verdict of each change");
        assert!(
            !matches!(verdict, Verdict::NotCompared(_)),
            "{}: {verdict}",
            step.name
        );
        if ["fx-share-sums", "fx-schedule", "fx-merge-rows"].contains(&step.name) {
            assert_eq!(verdict, Verdict::Proved, "{}", step.name);
        }
    }
}

#[test]
fn equal_expressions_are_proved_and_unequal_ones_are_not() {
    let graph = Module::Fx(mlp::dense(2, &[8, 10, 4], 5));
    assert_eq!(
        compare_modules(&graph, &graph, Effort::QUICK),
        Ok(Verdict::Proved)
    );
    let (options, target) = (Options::default(), Target::default());
    let cx = PassContext::new(&options, &target);
    let shared = Step::Pass(compiler::passes::find("fx-share-sums").expect("a pass"));
    let settings = Settings {
        check_passes: Some(Effort::FULL),
        ..Settings::default()
    };
    let done = run(graph, &[shared], &settings, &cx, &mut |_| ()).expect("a right pass");
    assert_eq!(done.steps[0].verdict, Some(Verdict::Proved));
    // Each single change of an op, a constant or a connection is seen by the algebra.
    for seed in 0..40 {
        let graph = random_fx::graph(seed, 40, 10);
        for at in 0..graph.nodes.len() {
            let mut other = graph.clone();
            let changed = match other.nodes[at].op.clone() {
                Op::Constant { value } => Op::Constant {
                    value: graph.nodes[at].ty.wrap(value ^ 1),
                },
                Op::Add { lhs, rhs } => Op::Sub { lhs, rhs },
                Op::Sub { lhs, rhs } => Op::Sub { lhs: rhs, rhs: lhs },
                Op::Shl { input, amount } => Op::Shl {
                    input,
                    amount: amount ^ 1,
                },
                _ => continue,
            };
            other.nodes[at].op = changed;
            let (before, after) = (Module::Fx(graph.clone()), Module::Fx(other));
            if after.verify().is_err() {
                continue;
            }
            let rows = random_fx::samples(&graph, seed, 60);
            let Module::Fx(after_graph) = &after else {
                unreachable!()
            };
            let differs = rows
                .iter()
                .any(|row| fx::eval(&graph, row) != fx::eval(after_graph, row));
            let verdict = compare_modules(&before, &after, Effort::FULL);
            assert!(
                !differs || verdict.is_err(),
                "seed {seed}, node {at}: {verdict:?}"
            );
        }
    }
}
