//! Explanations of random graphs, each step checked; and the checker, which takes no wrong one.

use compiler::context::PassContext;
use compiler::explain::explain_node;
use compiler::module::Module;
use compiler::options::Options;
use compiler::proofs::{Checker, How, Term};
use compiler::target::Target;
use dialects::fx::Op;
use kaon_testsuite::random_fx;

/// The nodes of a graph whose expressions are short enough to read.
fn explained(seed: u64, pass: &str) -> (usize, usize, usize) {
    let graph = random_fx::graph(seed, 24, 8);
    let (options, target) = (Options::default(), Target::default());
    let cx = PassContext::new(&options, &target);
    let inputs = graph.input_count();
    let ops = graph.nodes.iter().enumerate().skip(inputs);
    let ops = ops.filter(|(_, node)| !matches!(node.op, Op::Constant { .. }));
    let numbers: Vec<usize> = ops.map(|(at, _)| at - inputs).collect();
    let module = Module::Fx(graph);
    let (mut nodes, mut steps, mut open) = (0, 0, 0);
    for number in numbers {
        let node = format!("%{number}");
        match explain_node(&module, &[pass.to_string()], &node, &cx) {
            Ok(text) => {
                nodes += 1;
                steps += text.matches("; checked: ").count();
                open += text.matches("; checked: no").count();
            }
            Err(failure) if failure.exit_code() == 1 => {}
            Err(failure) => panic!("seed {seed}, {node}: {failure}"),
        }
    }
    (nodes, steps, open)
}

#[test]
fn every_step_of_random_explanations_is_checked() {
    let mut all = (0, 0, 0);
    for seed in 0..12 {
        for pass in ["fx-rewrite", "fx-reduce-strength"] {
            let (nodes, steps, open) = explained(seed, pass);
            all = (all.0 + nodes, all.1 + steps, all.2 + open);
        }
    }
    let (nodes, steps, open) = all;
    assert!(nodes > 200 && steps > 200 && open * 20 < steps, "{all:?}");
}

fn check(rule: &str, before: &str, after: &str) -> Result<How, String> {
    let read = |text: &str| text.parse::<Term>().expect("an expression");
    Checker::new(&[]).check(rule, false, &read(before), &read(after))
}

#[test]
fn steps_are_checked_by_their_rule_and_its_conditions() {
    let sides = [
        (
            "add-zero",
            "(mul (add a:si40 0) b:si20)",
            "(mul a:si40 b:si20)",
        ),
        ("mul-pow2", "(mul a:si40 8)", "(shl a:si40 3)"),
        (
            "clamp-never",
            "(clamp a:si40 -549755813888 549755813887)",
            "a:si40",
        ),
        ("wrap-never", "(wrap si41 a:si40)", "a:si40"),
        (
            "shl-shr",
            "(shl (shr (mul a:si40 12) 2) 2)",
            "(mul a:si40 12)",
        ),
        (
            "round-sign",
            "(round toward_zero a:ui40 5)",
            "(round floor a:ui40 5)",
        ),
        (
            "compare-low-bits",
            "(compare eq (shl a:si40 2) (add (shl b:si40 3) 2))",
            "0",
        ),
        ("mul-bit", "(mul a:ui1 b:si40)", "(select a:ui1 b:si40 0)"),
    ];
    for (rule, before, after) in sides {
        assert_eq!(check(rule, before, after), Ok(How::Statement), "{rule}");
    }
    assert_eq!(check("range", "(shr a:ui40 40)", "0"), Ok(How::Range));
}

#[test]
fn wrong_steps_are_refused() {
    let wrong = [
        ("add-zero", "(add a:si40 1)", "a:si40"),
        ("mul-pow2", "(mul a:si40 8)", "(shl a:si40 4)"),
        (
            "clamp-never",
            "(clamp a:si40 -549755813888 549755813886)",
            "a:si40",
        ),
        ("wrap-never", "(wrap si39 a:si40)", "a:si40"),
        (
            "shl-shr",
            "(shl (shr (mul a:si40 6) 2) 2)",
            "(mul a:si40 6)",
        ),
        (
            "round-sign",
            "(round toward_zero a:si40 5)",
            "(round floor a:si40 5)",
        ),
        (
            "compare-low-bits",
            "(compare eq (shl a:si40 1) (add (shl b:si40 3) 2))",
            "0",
        ),
        ("mul-bit", "(mul a:si1 b:si40)", "(select a:si1 b:si40 0)"),
        ("range", "(shr a:ui40 39)", "0"),
        ("add-const-right", "(sub a:ui3 b:ui3)", "(sub b:ui3 a:ui3)"),
        ("no-such-rule", "(clamp a:si40 0 5)", "(clamp a:si40 0 6)"),
    ];
    for (rule, before, after) in wrong {
        let found = check(rule, before, after);
        let right = !matches!(found, Err(_) | Ok(How::Open));
        assert!(!right, "{rule}: {before} as {after} by {found:?}");
    }
}
