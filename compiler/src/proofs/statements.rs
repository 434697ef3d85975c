//! What guards know and what computed right sides are, as mathematics: one statement for each
//! way in which a rule can fire.
//!
//! A rule whose two patterns are equal for all integers needs none: its guard only says
//! where it is of use.

use super::Statement;

fn means(rhs: &str) -> Statement {
    Statement::new(Some(rhs))
}

fn given(fact: &str) -> Statement {
    Statement::new(None).given(fact)
}

/// The statements about a rule; none for one that holds as it is written.
#[rustfmt::skip]
pub fn of(rule: &str) -> Vec<Statement> {
    match rule {
        // --- multiplication
        "mul-share" => vec![means("(mul ?y ?x)")],
        "mul-pow2" => vec![means("(shl ?x ?k)").with('c', "(shl 1 ?k)")],
        "mul-even" => vec![means("(shl (mul ?x ?d) ?k)").with('c', "(shl ?d ?k)")],
        "mul-negative" => vec![means("(neg (mul ?x ?d))").with('c', "(neg ?d)")],
        "mul-bit" | "mul-bit-right" => vec![given("(bit ?b)")],
        // --- addition
        "add-share" => vec![means("(add ?y ?x)")],
        "sub-bit" => vec![given("(bit ?b)")],
        // --- shifts
        "shr-shl" => vec![
            means("(shl ?x ?i)").with('j', "(add ?i ?k)"),
            means("(shr ?x ?i)").with('k', "(add ?i ?j)"),
        ],
        "shl-shr" => vec![Statement::new(None).with('x', "(shl ?q ?k)")],
        "add-shl-shl" => vec![
            means("(shl (add (shl ?x ?i) ?y) ?k)").with('j', "(add ?i ?k)"),
            means("(shl (add ?x (shl ?y ?i)) ?j)").with('k', "(add ?i ?j)"),
        ],
        "sub-shl-shl" => vec![
            means("(shl (sub (shl ?x ?i) ?y) ?k)").with('j', "(add ?i ?k)"),
            means("(shl (sub ?x (shl ?y ?i)) ?j)").with('k', "(add ?i ?j)"),
        ],
        "add-shl-const" => vec![
            means("(shl (add (shl ?x ?i) ?d) ?j)").with('k', "(add ?i ?j)").with('c', "(shl ?d ?j)"),
        ],
        "sub-const-shl" => vec![
            means("(shl (sub ?d (shl ?x ?i)) ?j)").with('k', "(add ?i ?j)").with('c', "(shl ?d ?j)"),
        ],
        "shr-add" | "shr-add-left" | "shr-sub" => vec![Statement::new(None).with('y', "(shl ?q ?k)")],
        "shr-add-low" => vec![
            means("(shr (add ?x (shl (shr ?c ?j) ?j)) ?k)").with('x', "(shl ?q ?j)").with('k', "(add ?i ?j)"),
        ],
        // --- rounding
        "round-exact" => vec![Statement::new(None).with('x', "(shl ?q ?k)")],
        "round-shl" => vec![
            means("(shl ?x ?i)").with('j', "(add ?i ?k)"),
            means("(round ?m ?x ?i)").with('k', "(add ?i ?j)"),
        ],
        "round-sign" => by_sign("(round {} ?x ?k)", "(le 0 ?x)", "(le ?x 0)"),
        "round-no-tie" => ["half_even", "half_down", "half_away", "half_to_zero"].map(|mode| {
            means("(round half_up ?x ?k)").with('m', mode)
                .given("(le 1 ?k)").given("(ne (low ?x ?k) (shl 1 (sub ?k 1)))")
        }).into(),
        "round-add" => ["ceil", "half_up", "half_down"].map(|mode| {
            means("(add (round ?m ?x ?k) ?d)").with('m', mode).with('c', "(shl ?d ?k)")
        }).into_iter().chain([
            means("(add (round ?m ?x ?k) (shl ?d 1))").with('m', "half_even").with('c', "(shl (shl ?d 1) ?k)"),
        ]).collect(),
        "clamp-round" => by_sign("(clamp (round {} ?x ?k) ?l ?h)", "(le 0 ?l)", "(le ?h 0)"),
        "clamp-never" => vec![given("(le ?l ?x)").given("(le ?x ?h)")],
        "clamp-tighten" => vec![
            means("(clamp ?x ?i ?j)").given("(le ?i ?j)")
                .given("(le ?l ?i)").given("(either (eq ?i ?l) (le ?i ?x))")
                .given("(le ?j ?h)").given("(either (eq ?j ?h) (le ?x ?j))"),
        ],
        "clamp-shl" => vec![
            means("(shl (clamp ?x ?i ?j) ?k)").with('l', "(shl ?i ?k)").with('h', "(shl ?j ?k)"),
        ],
        "wrap-never" => vec![given("(fits ?t ?x)")],
        "wrap-wrap" => ["si", "ui"].iter().flat_map(|outer| ["si", "ui"].map(|inner| {
            Statement::new(None).with('t', &format!("({outer} ?w)")).with('u', &format!("({inner} (add ?w ?i))"))
        })).collect(),
        "wrap-add" => ["si", "ui"].map(|sign| {
            means("(wrap ?t (add ?x ?e))").with('t', &format!("({sign} ?w)")).with('c', "(add ?e (shl ?d ?w))")
        }).into(),
        "shr-wrap" => ["si", "ui"].map(|sign| {
            means(&format!("(wrap ({sign} (add ?v 1)) (shr ?x ?k))")).with('t', &format!("({sign} (add (add ?v ?k) 1))"))
        }).into(),
        // --- comparisons
        "compare-self" => [("le", "1"), ("eq", "1"), ("lt", "0"), ("ne", "0")]
            .map(|(predicate, answer)| means(answer).with('p', predicate)).into(),
        "compare-const-right" => ["eq", "ne"].map(|p| Statement::new(None).with('p', p)).into(),
        "compare-shl-equal" => ["eq", "ne"]
            .map(|p| Statement::new(None).with('p', p).with('c', "(shl ?d ?k)")).into(),
        "compare-low-bits" => [("eq", "0"), ("ne", "1")].map(|(predicate, answer)| {
            means(answer).with('p', predicate).given("(ne (low ?x ?k) (low ?y ?k))")
        }).into(),
        "compare-low-ones" => vec![
            means("(compare le (shr ?x ?k) ?d)").with('c', "(sub (shl (add ?d 1) ?k) 1)"),
        ],
        "compare-low-zeros" => vec![means("(compare le ?d (shr ?x ?k))").with('c', "(shl ?d ?k)")],
        "compare-clamp" => vec![given("(le ?l ?c)").given("(lt ?c ?h)")],
        "compare-clamp-right" => vec![given("(lt ?l ?c)").given("(le ?c ?h)")],
        "compare-round" => vec![
            means("(compare le ?x ?e)")
                .given("(le (round ?m ?e ?k) ?c)").given("(lt ?c (round ?m (add ?e 1) ?k))"),
        ],
        "compare-round-right" => vec![
            means("(compare le (add ?e 1) ?x)")
                .given("(lt (round ?m ?e ?k) ?c)").given("(le ?c (round ?m (add ?e 1) ?k))"),
        ],
        "compare-bit" => vec![
            means("?b").given("(bit ?b)").given("(eq (compare ?p 0 ?c) 0)").given("(eq (compare ?p 1 ?c) 1)"),
            means("(not ?b)").given("(bit ?b)").given("(eq (compare ?p 0 ?c) 1)").given("(eq (compare ?p 1 ?c) 0)"),
        ],
        "compare-bit-right" => vec![
            means("?b").given("(bit ?b)").given("(eq (compare ?p ?c 0) 0)").given("(eq (compare ?p ?c 1) 1)"),
            means("(not ?b)").given("(bit ?b)").given("(eq (compare ?p ?c 0) 1)").given("(eq (compare ?p ?c 1) 0)"),
        ],
        // --- selections
        "select-and" | "select-or" | "select-and-else" | "select-or-else" => vec![given("(bit ?b)")],
        "select-below-again" => vec![means("(select (compare le ?x ?c) ?y ?w)").given("(le ?c ?d)")],
        "select-above-again" => vec![means("(select (compare le ?x ?c) ?w ?z)").given("(le ?d ?c)")],
        "select-max" => vec![
            means("(clamp ?x ?c ?h)").given("(le ?d ?c)").given("(le ?c (add ?d 1))")
                .given("(le ?x ?h)").given("(le ?c ?h)"),
        ],
        "select-min" => vec![
            means("(clamp ?x ?l ?c)").given("(le ?d ?c)").given("(le ?c (add ?d 1))")
                .given("(le ?l ?x)").given("(le ?l ?c)"),
        ],
        "select-max-right" => vec![
            means("(clamp ?x ?c ?h)").given("(le (sub ?d 1) ?c)").given("(le ?c ?d)")
                .given("(le ?x ?h)").given("(le ?c ?h)"),
        ],
        "select-min-right" => vec![
            means("(clamp ?x ?l ?c)").given("(le (sub ?d 1) ?c)").given("(le ?c ?d)")
                .given("(le ?l ?x)").given("(le ?l ?c)"),
        ],
        // --- bits
        "and-at-most" => vec![
            means("(compare le ?x ?c)").given("(le ?c ?d)"),
            means("(compare le ?x ?d)").given("(le ?d ?c)"),
        ],
        "or-at-most" => vec![
            means("(compare le ?x ?d)").given("(le ?c ?d)"),
            means("(compare le ?x ?c)").given("(le ?d ?c)"),
        ],
        "and-apart" => vec![means("0").given("(lt ?c ?d)")],
        "or-together" => vec![means("1").given("(le ?d (add ?c 1))")],
        "not-compare" => [
            ("eq", "(compare ne ?x ?y)"), ("ne", "(compare eq ?x ?y)"),
            ("lt", "(compare le ?y ?x)"), ("le", "(compare lt ?y ?x)"),
        ].map(|(predicate, rhs)| means(rhs).with('p', predicate)).into(),
        // --- products as sums
        "mul-lowest-digit" | "mul-highest-digit" | "mul-middle-digit" => vec![
            means("(add (mul ?x ?d) (mul ?x ?e))").with('c', "(add ?d ?e)"),
            means("(sub (mul ?x ?d) (mul ?x ?e))").with('c', "(sub ?d ?e)"),
        ],
        "mul-factors" => vec![
            means("(add (shl (mul ?x ?d) ?k) (mul ?x ?d))").with('c', "(mul ?d (add (shl 1 ?k) 1))"),
            means("(sub (shl (mul ?x ?d) ?k) (mul ?x ?d))").with('c', "(mul ?d (sub (shl 1 ?k) 1))"),
        ],
        _ => vec![],
    }
}

/// Toward zero, away from it: up or down, by a fact about the sign.
fn by_sign(rhs: &str, positive: &str, negative: &str) -> Vec<Statement> {
    let cases = [
        ("toward_zero", positive, "floor"),
        ("toward_zero", negative, "ceil"),
        ("away_from_zero", negative, "floor"),
        ("away_from_zero", positive, "ceil"),
        ("half_away", positive, "half_up"),
        ("half_away", negative, "half_down"),
        ("half_to_zero", negative, "half_up"),
        ("half_to_zero", positive, "half_down"),
    ];
    let statement = |(from, fact, to): (&str, &str, &str)| {
        means(&rhs.replace("{}", to)).with('m', from).given(fact)
    };
    cases.map(statement).into()
}
