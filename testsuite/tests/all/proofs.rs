//! Every rewrite rule is proved, and what is wrong cannot be.

use compiler::egraph::{Lesson, lessons};
use compiler::proofs::{Method, proofs, prove, z3};
use kaon_testsuite::missing;

#[test]
fn every_rule_is_proved() {
    let found = proofs();
    assert_eq!(found.len(), lessons().len());
    let mut faults = Vec::new();
    for proof in &found {
        if let Err(reason) = &proof.fired {
            faults.push(format!("{}: {reason}", proof.rule));
        }
        if let Method::Unproved(reason) = &proof.method {
            faults.push(format!("{} is not proved: {reason}", proof.rule));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    let without = found.iter().filter(|proof| proof.method == Method::Missing);
    match without.count() {
        0 => {}
        count => missing::skip(&format!(
            "{count} rules need z3, which is not installed: run `make setup`"
        )),
    }
}

fn rule(lhs: &'static str, rhs: &'static str) -> Lesson {
    Lesson {
        theme: "test",
        rule: "test",
        lhs,
        rhs: Some(rhs),
        guarded: false,
        proofs: vec![],
        refusals: vec![],
    }
}

#[test]
fn normal_forms_decide_identities_of_any_width() {
    let holds = [
        (
            "(mul (add ?x ?y) (sub ?x ?y))",
            "(sub (mul ?x ?x) (mul ?y ?y))",
        ),
        ("(shr (shr ?x ?j) ?k)", "(shr ?x (add ?k ?j))"),
        ("(shr (add ?x (shl ?y ?k)) ?k)", "(add (shr ?x ?k) ?y)"),
        (
            "(wrap (ui ?k) (wrap (si (add ?k ?j)) ?x))",
            "(wrap (ui ?k) ?x)",
        ),
        ("(and ?x (or ?y ?x))", "?x"),
    ];
    for (lhs, rhs) in holds {
        assert_eq!(prove(&rule(lhs, rhs)).method, Method::Algebra, "{lhs}");
    }
}

#[test]
fn wrong_rules_are_not_proved() {
    if let Err(reason) = z3() {
        return missing::skip(&reason.to_string());
    }
    let wrong = [
        ("(add ?x ?y)", "(sub ?x ?y)"),
        ("(shr (add ?x ?y) ?k)", "(add (shr ?x ?k) (shr ?y ?k))"),
        ("(shl (shr ?x ?k) ?k)", "?x"),
        ("(compare lt ?x ?y)", "(compare le ?x ?y)"),
        ("(round half_up (neg ?x) ?k)", "(neg (round half_up ?x ?k))"),
        ("(clamp (clamp ?x ?l ?h) ?i ?j)", "(clamp ?x ?l ?h)"),
        ("(wrap ui4 ?x)", "?x"),
        // A right side that is no expression of fx: x need not be a bit.
        ("(sub 1 ?x)", "(not ?x)"),
        // Right up to 2 to the power of 100, wrong beyond.
        (
            "(shr (clamp ?x 0 1267650600228229401496703205376) 100)",
            "(compare lt 1267650600228229401496703205375 ?x)",
        ),
        (
            "(clamp ?x 0 1267650600228229401496703205376)",
            "(clamp ?x 0 1267650600228229401496703205377)",
        ),
    ];
    let mut proved = Vec::new();
    for (lhs, rhs) in wrong {
        if !matches!(prove(&rule(lhs, rhs)).method, Method::Unproved(_)) {
            proved.push(lhs);
        }
    }
    // The one of them that is right.
    assert_eq!(proved, [wrong[8].0]);
}
