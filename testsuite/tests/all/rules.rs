//! Rewrite rules: each proves what it claims, refuses what it must, and all agree with
//! arithmetic: on every value of the examples, and in every class of saturated graphs.

use std::collections::{BTreeMap, BTreeSet};

use compiler::egraph::{self, Lesson, RuleSet};
use compiler::target::Target;
use dialects::fx::{self, IntType};
use kaon_testsuite::{mlp, random_fx};

/// Input values of an expression: all, or corners and random ones when they are many.
fn assignments(inputs: &BTreeMap<u32, IntType>) -> Vec<BTreeMap<u32, i128>> {
    let bits: u32 = inputs.values().map(|ty| ty.width).sum();
    if bits > 13 {
        let mut random = random_fx::Random::new(u64::from(bits));
        let row = |_| {
            let value =
                |(letter, ty): (&u32, &IntType)| (*letter, random_fx_within(&mut random, *ty));
            inputs.iter().map(value).collect()
        };
        return (0..4000).map(row).collect();
    }
    let mut rows = vec![BTreeMap::new()];
    for (letter, ty) in inputs {
        let range = ty.range();
        let grown = rows.iter().flat_map(|row| {
            (range.lo..=range.hi).map(move |value| {
                let mut row = row.clone();
                row.insert(*letter, value);
                row
            })
        });
        rows = grown.collect();
    }
    rows
}

fn random_fx_within(random: &mut random_fx::Random, ty: IntType) -> i128 {
    random.within(ty.range())
}

/// The first input for which two expressions differ.
fn difference(lhs: &str, rhs: &str) -> dialects::Result<Option<String>> {
    let mut inputs = egraph::inputs(lhs)?;
    inputs.extend(egraph::inputs(rhs)?);
    for row in assignments(&inputs) {
        let (left, right) = (egraph::value(lhs, &row)?, egraph::value(rhs, &row)?);
        if left != right {
            return Ok(Some(format!(
                "{lhs} is {left}, {rhs} is {right} for {row:?}"
            )));
        }
    }
    Ok(None)
}

fn check(lesson: &Lesson, faults: &mut Vec<String>) {
    let name = lesson.rule;
    let mut fault = |text: String| faults.push(format!("{name}: {text}"));
    if lesson.proofs.is_empty() {
        fault("proves nothing".to_string());
    }
    if lesson.guarded && lesson.refusals.is_empty() {
        fault("has a guard and refuses nothing".to_string());
    }
    let mut fired = false;
    for (lhs, rhs) in &lesson.proofs {
        match egraph::equal(lhs, rhs, true) {
            Ok(proof) => {
                fired |= proof.fired.contains(&name);
                if !proof.equal {
                    fault(format!("{lhs} does not become {rhs}"));
                }
            }
            Err(error) => fault(error.to_string()),
        }
        match difference(lhs, rhs) {
            Ok(None) => {}
            Ok(Some(found)) => fault(found),
            Err(error) => fault(error.to_string()),
        }
    }
    if !fired {
        fault("does not fire in what it proves".to_string());
    }
    for (lhs, rhs) in &lesson.refusals {
        match egraph::equal(lhs, rhs, false) {
            Ok(proof) if !proof.equal => {}
            Ok(_) => fault(format!("{lhs} becomes {rhs}")),
            Err(error) => fault(error.to_string()),
        }
    }
}

#[test]
fn every_rule_proves_and_refuses_what_it_says() {
    let mut faults = Vec::new();
    for lesson in egraph::lessons() {
        check(&lesson, &mut faults);
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn rules_have_names_of_their_own() {
    let lessons = egraph::lessons();
    let names: BTreeSet<&str> = lessons.iter().map(|lesson| lesson.rule).collect();
    assert_eq!(names.len(), lessons.len());
}

/// What needs no rule: a class whose range is one number is that number.
#[test]
fn what_a_range_decides_folds() {
    let folds = [
        ("(mul a 0)", "0"),
        ("(add (mul a 0) (mul b 0))", "0"),
        ("(clamp a 9 12)", "9"),
        ("(shr a:ui4 4)", "0"),
        ("(compare le a 7)", "1"),
        ("(compare lt a:ui4 (sub b:ui4 16))", "0"),
        ("(wrap ui2 (shl a 2))", "0"),
        ("(lookup [0:5,5,5,5] a:ui2)", "5"),
        ("(round half_even (clamp a -1 1) 2)", "0"),
        ("(and a:ui1 0)", "0"),
    ];
    for (lhs, rhs) in folds {
        let proof = egraph::equal(lhs, rhs, true).unwrap();
        assert!(proof.equal, "{lhs} does not become {rhs}");
        assert_eq!(difference(lhs, rhs).unwrap(), None);
    }
}

#[test]
fn all_forms_of_a_class_have_one_value() {
    for seed in 0..160 {
        let graph = random_fx::graph(seed, 60, 12);
        let samples = random_fx::samples(&graph, seed, 24);
        if let Err(error) = egraph::audit(&graph, &samples) {
            panic!("seed {seed}: {error}\n{}", fx::print(&graph));
        }
    }
    let graph = mlp::dense(1, &[4, 6, 3], 4);
    egraph::audit(&graph, &random_fx::samples(&graph, 1, 24)).unwrap();
}

#[test]
fn zero_rules_mean_zero_change() {
    // Without `fx.sum`, which is taken apart on the way in.
    let random = (1000..1060).map(|seed| random_fx::graph(seed, 50, 16));
    let networks = (0..4).map(|seed| mlp::dense(seed, &[4, 6, 3], 4));
    for (number, graph) in random.chain(networks).enumerate() {
        // The first time, what is dead goes and numbers fold: that needs no rule.
        let rewrite = |graph: &fx::Graph| {
            let done = egraph::rewrite(graph, &Target::default(), RuleSet::None);
            done.unwrap().graph
        };
        let once = rewrite(&graph);
        assert_eq!(
            fx::print(&rewrite(&once)),
            fx::print(&once),
            "graph {number}"
        );
    }
}

#[test]
fn the_same_graph_gives_the_same_bytes() {
    let graph = mlp::dense(3, &[6, 8, 3], 5);
    let once = || {
        let done = egraph::rewrite(&graph, &Target::default(), RuleSet::Strength).unwrap();
        fx::print(&done.graph)
    };
    assert_eq!(once(), once());
}
