//! Comparisons, selections and bits.   Normal form: `le` against constants, the constant
//! where the arithmetic was; a comparison looks at no bit that cannot decide it.

use super::{Match, Rule, add, clamp, computed, number, rule, shr};
use crate::egraph::facts::EGraph;
use crate::egraph::language::Expr;
use dialects::fx::Predicate;
use egg::Id;

#[rustfmt::skip]
pub fn rules() -> Vec<Rule> { vec![
    // x ≤ x, x = x hold; x < x, x ≠ x do not
    computed("compare-self", "(compare ?p ?x ?x)", |egraph, m| {
        let answer = m.predicate('p')?.holds(0, 0);
        Some(number(egraph, answer.into()))
    })
        .proves("(compare le a a)", "1")
        .proves("(compare ne a a)", "0")
        .refuses("(compare le a b)", "1"),
    // x < c = x ≤ c-1
    rule("compare-less", "(compare lt ?x ?c)", "(compare le ?x (sub ?c 1))")
        .when(|m| m.is_constant('c'))
        .proves("(compare lt a 3)", "(compare le a 2)")
        .refuses("(compare lt a b)", "(compare le a (sub b 1))"),
    // c < x = c+1 ≤ x
    rule("compare-greater", "(compare lt ?c ?x)", "(compare le (add ?c 1) ?x)")
        .when(|m| m.is_constant('c'))
        .proves("(compare lt 3 a)", "(compare le 4 a)")
        .refuses("(compare lt b a)", "(compare le (add b 1) a)"),
    // c = x is x = c
    rule("compare-const-right", "(compare ?p ?c ?x)", "(compare ?p ?x ?c)")
        .when(|m| m.is_constant('c') && !m.is_constant('x') && is_equality(m))
        .proves("(compare eq 3 a)", "(compare eq a 3)")
        .refuses("(compare le 3 a)", "(compare le a 3)"),
    // x + c ≤ d = x ≤ d - c
    rule("compare-add", "(compare ?p (add ?x ?c) ?d)", "(compare ?p ?x (sub ?d ?c))")
        .when(|m| m.is_constant('c') && m.is_constant('d'))
        .proves("(compare le (add a 3) 5)", "(compare le a 2)")
        .refuses("(compare le (add a b) 5)", "(compare le a (sub 5 b))"),
    rule("compare-add-right", "(compare ?p ?d (add ?x ?c))", "(compare ?p (sub ?d ?c) ?x)")
        .when(|m| m.is_constant('c') && m.is_constant('d'))
        .proves("(compare le 5 (add a 3))", "(compare le 2 a)")
        .refuses("(compare le 5 (add a b))", "(compare le (sub 5 b) a)"),
    // -x ≤ c = -c ≤ x
    rule("compare-neg", "(compare ?p (neg ?x) ?c)", "(compare ?p (neg ?c) ?x)")
        .when(|m| m.is_constant('c'))
        .proves("(compare le (neg a) 5)", "(compare le -5 a)")
        .refuses("(compare le (neg a) b)", "(compare le (neg b) a)"),
    rule("compare-neg-right", "(compare ?p ?c (neg ?x))", "(compare ?p ?x (neg ?c))")
        .when(|m| m.is_constant('c'))
        .proves("(compare le 5 (neg a))", "(compare le a -5)")
        .refuses("(compare le b (neg a))", "(compare le a (neg b))"),
    // x - y ≤ 0 = x ≤ y
    rule("compare-sub", "(compare ?p (sub ?x ?y) 0)", "(compare ?p ?x ?y)")
        .proves("(compare le (sub a b) 0)", "(compare le a b)"),
    rule("compare-sub-right", "(compare ?p 0 (sub ?x ?y))", "(compare ?p ?y ?x)")
        .proves("(compare le 0 (sub a b))", "(compare le b a)"),
    // x - y ≤ -1 = x < y
    rule("compare-sub-less", "(compare le (sub ?x ?y) -1)", "(compare lt ?x ?y)")
        .proves("(compare le (sub a b) -1)", "(compare lt a b)"),
    rule("compare-sub-greater", "(compare le 1 (sub ?x ?y))", "(compare lt ?y ?x)")
        .proves("(compare le 1 (sub a b))", "(compare lt b a)"),
    // x≪k ≤ y≪k = x ≤ y
    rule("compare-shl-shl", "(compare ?p (shl ?x ?k) (shl ?y ?k))", "(compare ?p ?x ?y)")
        .proves("(compare le (shl a 2) (shl b 2))", "(compare le a b)"),
    // x≪k ≤ c = x ≤ ⌊c/2ᵏ⌋
    rule("compare-shl", "(compare le (shl ?x ?k) ?c)", "(compare le ?x (shr ?c ?k))")
        .when(|m| m.is_constant('c'))
        .proves("(compare le (shl a 2) 7)", "(compare le a 1)")
        .refuses("(compare le (shl a 2) b)", "(compare le a (shr b 2))"),
    // c ≤ x≪k = ⌈c/2ᵏ⌉ ≤ x
    rule("compare-shl-right", "(compare le ?c (shl ?x ?k))", "(compare le (neg (shr (neg ?c) ?k)) ?x)")
        .when(|m| m.is_constant('c'))
        .proves("(compare le 7 (shl a 2))", "(compare le 2 a)")
        .refuses("(compare le b (shl a 2))", "(compare le (neg (shr (neg b) 2)) a)"),
    // x≪k = c is x = c/2ᵏ, for a multiple c
    rule("compare-shl-equal", "(compare ?p (shl ?x ?k) ?c)", "(compare ?p ?x (shr ?c ?k))")
        .when(|m| is_equality(m) && m.is_constant('c') && m.amount('k').is_some_and(|k| m.zeros('c') >= k))
        .proves("(compare eq (shl a 2) 4)", "(compare eq a 1)")
        .refuses("(compare eq (shl a 2) 5)", "(compare eq a 1)"),
    // values whose low bits differ are not equal
    computed("compare-low-bits", "(compare ?p ?x ?y)", |egraph, m| {
        let (x, y) = (m.facts('x')?.low, m.facts('y')?.low);
        let known = x.bits.min(y.bits);
        let differ = (x.value ^ y.value).trailing_zeros() < known;
        let answer = match m.predicate('p')? {
            Predicate::Equal if differ => 0,
            Predicate::NotEqual if differ => 1,
            _ => return None,
        };
        Some(number(egraph, answer))
    })
        .proves("(compare eq (shl a 2) (add (shl b 3) 2))", "0")
        .refuses("(compare eq (shl a 2) (shl b 3))", "0"),
    // x ≤ c = ⌊x/2ᵏ⌋ ≤ ⌊c/2ᵏ⌋, when the low k bits of c are ones
    computed("compare-low-ones", "(compare le ?x ?c)", |egraph, m| {
        let c = m.constant('c')?;
        let k = undecided_bits(m, c.checked_add(1)?)?;
        let (x, c) = (shr(egraph, m.id('x'), k), number(egraph, c >> k));
        let le = less_equal(egraph);
        Some(add(egraph, Expr::Compare([le, x, c])))
    })
        .proves("(compare le a 3)", "(compare le (shr a 2) 0)")
        .refuses("(compare le a 2)", "(compare le (shr a 1) 1)"),
    // c ≤ x = ⌊c/2ᵏ⌋ ≤ ⌊x/2ᵏ⌋, when the low k bits of c are zeros
    computed("compare-low-zeros", "(compare le ?c ?x)", |egraph, m| {
        let c = m.constant('c')?;
        let k = undecided_bits(m, c)?;
        let (x, c) = (shr(egraph, m.id('x'), k), number(egraph, c >> k));
        let le = less_equal(egraph);
        Some(add(egraph, Expr::Compare([le, c, x])))
    })
        .proves("(compare le 4 a)", "(compare le 1 (shr a 2))")
        .refuses("(compare le 5 a)", "(compare le 1 (shr a 2))"),
    // clamp(x, l, h) ≤ c = x ≤ c, for l ≤ c < h
    rule("compare-clamp", "(compare le (clamp ?x ?l ?h) ?c)", "(compare le ?x ?c)")
        .when(|m| inside(m, 0))
        .proves("(compare le (clamp a 0 5) 4)", "(compare le a 4)")
        .refuses("(compare le (clamp a 0 5) 5)", "(compare le a 5)"),
    // c ≤ clamp(x, l, h) = c ≤ x, for l < c ≤ h
    rule("compare-clamp-right", "(compare le ?c (clamp ?x ?l ?h))", "(compare le ?c ?x)")
        .when(|m| inside(m, 1))
        .proves("(compare le 5 (clamp a 0 5))", "(compare le 5 a)")
        .refuses("(compare le 0 (clamp a 0 5))", "(compare le 0 a)"),
    // round(x / 2ᵏ) ≤ c = x ≤ the largest number that rounds to c
    computed("compare-round", "(compare le (round ?m ?x ?k) ?c)", |egraph, m| {
        let last = last_below(m, m.constant('c')?)?;
        let last = number(egraph, last);
        let le = less_equal(egraph);
        Some(add(egraph, Expr::Compare([le, m.id('x'), last])))
    })
        .proves("(compare le (round half_up a:si6 2) 3)", "(compare le a:si6 13)")
        .proves("(compare le (round half_even a:si6 2) 2)", "(compare le a:si6 10)")
        .refuses("(compare le (round half_up a:si6 2) 3)", "(compare le a:si6 14)"),
    computed("compare-round-right", "(compare le ?c (round ?m ?x ?k))", |egraph, m| {
        let first = last_below(m, m.constant('c')?.checked_sub(1)?)? + 1;
        let first = number(egraph, first);
        let le = less_equal(egraph);
        Some(add(egraph, Expr::Compare([le, first, m.id('x')])))
    })
        .proves("(compare le 3 (round half_up a:si6 2))", "(compare le 10 a:si6)")
        .refuses("(compare le 3 (round half_up a:si6 2))", "(compare le 9 a:si6)"),
    // a bit compared with a constant is the bit, or not
    computed("compare-bit", "(compare ?p ?b ?c)", |egraph, m| bit_itself(egraph, m, false))
        .proves("(compare eq a:ui1 1)", "a:ui1")
        .proves("(compare le a:ui1 0)", "(not a:ui1)")
        .refuses("(compare eq a:ui2 1)", "a:ui2"),
    computed("compare-bit-right", "(compare ?p ?c ?b)", |egraph, m| bit_itself(egraph, m, true))
        .proves("(compare le 1 a:ui1)", "a:ui1")
        .refuses("(compare le 1 a:ui2)", "a:ui2"),

    // 1 ? x : y = x
    rule("select-true", "(select 1 ?x ?y)", "?x")
        .proves("(select (compare le c:ui2 3) a b)", "a"),
    // 0 ? x : y = y
    rule("select-false", "(select 0 ?x ?y)", "?y")
        .proves("(select (compare lt c:ui2 0) a b)", "b"),
    // s ? x : x = x
    rule("select-same", "(select ?s ?x ?x)", "?x")
        .proves("(select a:ui1 b b)", "b"),
    // ¬s ? x : y = s ? y : x
    rule("select-not", "(select (not ?s) ?x ?y)", "(select ?s ?y ?x)")
        .proves("(select (not a:ui1) b c)", "(select a:ui1 c b)"),
    // s ? (s ? x : y) : z = s ? x : z
    rule("select-again", "(select ?s (select ?s ?x ?y) ?z)", "(select ?s ?x ?z)")
        .proves("(select a:ui1 (select a:ui1 b:ui2 c:ui2) d:ui2)", "(select a:ui1 b:ui2 d:ui2)"),
    rule("select-again-else", "(select ?s ?z (select ?s ?x ?y))", "(select ?s ?z ?y)")
        .proves("(select a:ui1 d:ui2 (select a:ui1 b:ui2 c:ui2))", "(select a:ui1 d:ui2 c:ui2)"),
    // s ? 1 : 0 = s
    rule("select-one-zero", "(select ?s 1 0)", "?s")
        .proves("(select a:ui1 1 0)", "a:ui1"),
    rule("select-zero-one", "(select ?s 0 1)", "(not ?s)")
        .proves("(select a:ui1 0 1)", "(not a:ui1)"),
    // s ? b : 0 = s ∧ b, for a bit b
    rule("select-and", "(select ?s ?b 0)", "(and ?s ?b)")
        .when(|m| m.is_bit('b') && !m.is_constant('b'))
        .proves("(select a:ui1 b:ui1 0)", "(and a:ui1 b:ui1)")
        .refuses("(select a:ui1 b:ui2 0)", "(and a:ui1 b:ui2)"),
    rule("select-or", "(select ?s 1 ?b)", "(or ?s ?b)")
        .when(|m| m.is_bit('b') && !m.is_constant('b'))
        .proves("(select a:ui1 1 b:ui1)", "(or a:ui1 b:ui1)")
        .refuses("(select a:ui1 1 b:ui2)", "(or a:ui1 b:ui2)"),
    // s ? ¬b : b = s ⊕ b, for a bit b
    rule("select-xor", "(select ?s (not ?b) ?b)", "(xor ?s ?b)")
        .proves("(select a:ui1 (not b:ui1) b:ui1)", "(xor a:ui1 b:ui1)"),
    // s ? 0 : b = ¬s ∧ b, s ? b : 1 = ¬s ∨ b, for a bit b
    rule("select-and-else", "(select ?s 0 ?b)", "(and (not ?s) ?b)")
        .when(|m| m.is_bit('b') && !m.is_constant('b'))
        .proves("(select a:ui1 0 b:ui1)", "(and (not a:ui1) b:ui1)")
        .refuses("(select a:ui1 0 b:ui2)", "(and (not a:ui1) b:ui2)"),
    rule("select-or-else", "(select ?s ?b 1)", "(or (not ?s) ?b)")
        .when(|m| m.is_bit('b') && !m.is_constant('b'))
        .proves("(select a:ui1 b:ui1 1)", "(or (not a:ui1) b:ui1)")
        .refuses("(select a:ui1 b:ui2 1)", "(or (not a:ui1) b:ui2)"),
    // x ≤ c ? (x ≤ d ? y : z) : w = x ≤ c ? y : w, for c ≤ d
    computed("select-below-again", "(select (compare le ?x ?c) (select (compare le ?x ?d) ?y ?z) ?w)", |egraph, m| {
        (m.constant('c')? <= m.constant('d')?).then(|| at_most_selects(egraph, m, 'y', 'w'))
    })
        .proves("(select (compare le a 2) (select (compare le a 4) b:ui2 c:ui2) d:ui2)", "(select (compare le a 2) b:ui2 d:ui2)")
        .refuses("(select (compare le a 4) (select (compare le a 2) b:ui2 c:ui2) d:ui2)", "(select (compare le a 4) b:ui2 d:ui2)"),
    // x ≤ c ? w : (x ≤ d ? y : z) = x ≤ c ? w : z, for d ≤ c
    computed("select-above-again", "(select (compare le ?x ?c) ?w (select (compare le ?x ?d) ?y ?z))", |egraph, m| {
        (m.constant('d')? <= m.constant('c')?).then(|| at_most_selects(egraph, m, 'w', 'z'))
    })
        .proves("(select (compare le a 4) d:ui2 (select (compare le a 2) b:ui2 c:ui2))", "(select (compare le a 4) d:ui2 c:ui2)")
        .refuses("(select (compare le a 2) d:ui2 (select (compare le a 4) b:ui2 c:ui2))", "(select (compare le a 2) d:ui2 c:ui2)"),
    // s ? x+y : x+z = x + (s ? y : z)
    rule("select-add", "(select ?s (add ?x ?y) (add ?x ?z))", "(add ?x (select ?s ?y ?z))")
        .proves("(select a:ui1 (add b:ui2 c:ui2) (add b:ui2 d:ui2))", "(add b:ui2 (select a:ui1 c:ui2 d:ui2))"),
    // s ? x≪k : y≪k = (s ? x : y)≪k
    rule("select-shl", "(select ?s (shl ?x ?k) (shl ?y ?k))", "(shl (select ?s ?x ?y) ?k)")
        .proves("(select a:ui1 (shl b 2) (shl c 2))", "(shl (select a:ui1 b c) 2)"),
    // s ? -x : -y = -(s ? x : y)
    rule("select-neg", "(select ?s (neg ?x) (neg ?y))", "(neg (select ?s ?x ?y))")
        .proves("(select a:ui1 (neg b) (neg c))", "(neg (select a:ui1 b c))"),
    // x ≤ d ? c : x = max(x, c), for c = d or d + 1
    computed("select-max", "(select (compare le ?x ?d) ?c ?x)", |egraph, m| bound(egraph, m, 0..=1, true))
        .proves("(select (compare le a 2) 2 a)", "(clamp a 2 7)")
        .proves("(select (compare lt a 0) 0 a)", "(clamp a 0 7)")
        .refuses("(select (compare le a 2) 1 a)", "(clamp a 1 7)"),
    // x ≤ d ? x : c = min(x, c), for c = d or d + 1
    computed("select-min", "(select (compare le ?x ?d) ?x ?c)", |egraph, m| bound(egraph, m, 0..=1, false))
        .proves("(select (compare le a 2) a 2)", "(clamp a -8 2)")
        .refuses("(select (compare le a 2) a 1)", "(clamp a -8 1)"),
    // d ≤ x ? x : c = max(x, c), for c = d or d - 1
    computed("select-max-right", "(select (compare le ?d ?x) ?x ?c)", |egraph, m| bound(egraph, m, -1..=0, true))
        .proves("(select (compare le 2 a) a 2)", "(clamp a 2 7)")
        .refuses("(select (compare le 2 a) a 3)", "(clamp a 3 7)"),
    computed("select-min-right", "(select (compare le ?d ?x) ?c ?x)", |egraph, m| bound(egraph, m, -1..=0, false))
        .proves("(select (compare le 2 a) 2 a)", "(clamp a -8 2)")
        .refuses("(select (compare le 2 a) 3 a)", "(clamp a -8 3)"),

    // x ∧ 1 = x
    rule("and-one", "(and ?x 1)", "?x")
        .proves("(and a:ui1 1)", "a:ui1"),
    rule("and-one-left", "(and 1 ?x)", "?x")
        .proves("(and 1 a:ui1)", "a:ui1"),
    rule("and-self", "(and ?x ?x)", "?x")
        .proves("(and a:ui1 a:ui1)", "a:ui1"),
    // x ∨ 0 = x
    rule("or-zero", "(or ?x 0)", "?x")
        .proves("(or a:ui1 0)", "a:ui1"),
    rule("or-zero-left", "(or 0 ?x)", "?x")
        .proves("(or 0 a:ui1)", "a:ui1"),
    rule("or-self", "(or ?x ?x)", "?x")
        .proves("(or a:ui1 a:ui1)", "a:ui1"),
    // x ⊕ 0 = x, x ⊕ 1 = ¬x, x ⊕ x = 0
    rule("xor-zero", "(xor ?x 0)", "?x")
        .proves("(xor a:ui1 0)", "a:ui1"),
    rule("xor-zero-left", "(xor 0 ?x)", "?x")
        .proves("(xor 0 a:ui1)", "a:ui1"),
    rule("xor-one", "(xor ?x 1)", "(not ?x)")
        .proves("(xor a:ui1 1)", "(not a:ui1)"),
    rule("xor-one-left", "(xor 1 ?x)", "(not ?x)")
        .proves("(xor 1 a:ui1)", "(not a:ui1)"),
    rule("xor-self", "(xor ?x ?x)", "0")
        .proves("(xor a:ui1 a:ui1)", "0"),
    rule("xor-not", "(xor (not ?x) ?y)", "(not (xor ?x ?y))")
        .proves("(xor (not a:ui1) b:ui1)", "(not (xor a:ui1 b:ui1))"),
    // ¬¬x = x
    rule("not-not", "(not (not ?x))", "?x")
        .proves("(not (not a:ui1))", "a:ui1"),
    // x ∧ ¬x = 0, x ∨ ¬x = 1
    rule("and-not", "(and ?x (not ?x))", "0")
        .proves("(and a:ui1 (not a:ui1))", "0"),
    rule("or-not", "(or ?x (not ?x))", "1")
        .proves("(or a:ui1 (not a:ui1))", "1"),
    // x ∧ (x ∨ y) = x, x ∨ (x ∧ y) = x
    rule("and-absorb", "(and ?x (or ?x ?y))", "?x")
        .proves("(and a:ui1 (or a:ui1 b:ui1))", "a:ui1"),
    rule("or-absorb", "(or ?x (and ?x ?y))", "?x")
        .proves("(or a:ui1 (and a:ui1 b:ui1))", "a:ui1"),
    // x ∧ (¬x ∨ y) = x ∧ y, x ∨ (¬x ∧ y) = x ∨ y
    rule("and-or-not", "(and ?x (or (not ?x) ?y))", "(and ?x ?y)")
        .proves("(and a:ui1 (or (not a:ui1) b:ui1))", "(and a:ui1 b:ui1)"),
    rule("or-and-not", "(or ?x (and (not ?x) ?y))", "(or ?x ?y)")
        .proves("(or a:ui1 (and (not a:ui1) b:ui1))", "(or a:ui1 b:ui1)"),
    // ¬x ∧ ¬y = ¬(x ∨ y), ¬x ∨ ¬y = ¬(x ∧ y)
    rule("and-nots", "(and (not ?x) (not ?y))", "(not (or ?x ?y))")
        .proves("(and (not a:ui1) (not b:ui1))", "(not (or a:ui1 b:ui1))"),
    rule("or-nots", "(or (not ?x) (not ?y))", "(not (and ?x ?y))")
        .proves("(or (not a:ui1) (not b:ui1))", "(not (and a:ui1 b:ui1))"),
    // x ≤ c ∧ x ≤ d = x ≤ min(c, d)
    computed("and-at-most", "(and (compare le ?x ?c) (compare le ?x ?d))", |egraph, m| {
        let bound = m.constant('c')?.min(m.constant('d')?);
        Some(at_most(egraph, m, bound))
    })
        .proves("(and (compare le a 2) (compare le a 4))", "(compare le a 2)")
        .refuses("(and (compare le a 2) (compare le a 4))", "(compare le a 4)"),
    // x ≤ c ∨ x ≤ d = x ≤ max(c, d)
    computed("or-at-most", "(or (compare le ?x ?c) (compare le ?x ?d))", |egraph, m| {
        let bound = m.constant('c')?.max(m.constant('d')?);
        Some(at_most(egraph, m, bound))
    })
        .proves("(or (compare le a 2) (compare le a 4))", "(compare le a 4)")
        .refuses("(or (compare le a 2) (compare le a 4))", "(compare le a 2)"),
    // x ≤ c ∧ d ≤ x = 0, for c < d
    computed("and-apart", "(and (compare le ?x ?c) (compare le ?d ?x))", |egraph, m| {
        (m.constant('c')? < m.constant('d')?).then(|| number(egraph, 0))
    })
        .proves("(and (compare le a 2) (compare le 3 a))", "0")
        .refuses("(and (compare le a 3) (compare le 3 a))", "0"),
    // x ≤ c ∨ d ≤ x = 1, for d ≤ c + 1
    computed("or-together", "(or (compare le ?x ?c) (compare le ?d ?x))", |egraph, m| {
        (m.constant('d')? <= m.constant('c')?.checked_add(1)?).then(|| number(egraph, 1))
    })
        .proves("(or (compare le a 2) (compare le 3 a))", "1")
        .refuses("(or (compare le a 2) (compare le 4 a))", "1"),
    // ¬(x ≤ y) = y < x, ¬(x = y) is x ≠ y
    computed("not-compare", "(not (compare ?p ?x ?y))", |egraph, m| {
        let (predicate, swap) = match m.predicate('p')? {
            Predicate::Equal => (Predicate::NotEqual, false),
            Predicate::NotEqual => (Predicate::Equal, false),
            Predicate::Less => (Predicate::LessEqual, true),
            Predicate::LessEqual => (Predicate::Less, true),
        };
        let (x, y) = if swap { (m.id('y'), m.id('x')) } else { (m.id('x'), m.id('y')) };
        let predicate = egraph.add(Expr::Predicate(predicate));
        Some(add(egraph, Expr::Compare([predicate, x, y])))
    })
        .proves("(not (compare le a b))", "(compare lt b a)")
        .proves("(not (compare eq a b))", "(compare ne a b)")
        .refuses("(not (compare le a b))", "(compare le b a)"),
]}

fn less_equal(egraph: &mut EGraph) -> Id {
    egraph.add(Expr::Predicate(Predicate::LessEqual))
}

/// `?x ≤ bound`.
fn at_most(egraph: &mut EGraph, m: &Match, bound: i128) -> Id {
    let (le, bound) = (less_equal(egraph), number(egraph, bound));
    add(egraph, Expr::Compare([le, m.id('x'), bound]))
}

/// `?x ≤ ?c ? yes : no`.
fn at_most_selects(egraph: &mut EGraph, m: &Match, yes: char, no: char) -> Id {
    let le = less_equal(egraph);
    let condition = add(egraph, Expr::Compare([le, m.id('x'), m.id('c')]));
    add(egraph, Expr::Select([condition, m.id(yes), m.id(no)]))
}

fn is_equality(m: &Match) -> bool {
    matches!(
        m.predicate('p'),
        Some(Predicate::Equal | Predicate::NotEqual)
    )
}

/// How many low bits of x a comparison need not see, whose threshold is `first`.
fn undecided_bits(m: &Match, first: i128) -> Option<u32> {
    let width = m.facts('x')?.int_type()?.width;
    let bits = first.trailing_zeros().min(width - 1);
    (bits > 0 && !m.is_constant('x')).then_some(bits)
}

/// Whether l ≤ c - above and c - above < h.
fn inside(m: &Match, above: i128) -> bool {
    match (m.constant('l'), m.constant('h'), m.constant('c')) {
        (Some(l), Some(h), Some(c)) => l <= c - above && c - above < h,
        _ => false,
    }
}

/// The largest number that rounds to c or less.
fn last_below(m: &Match, c: i128) -> Option<i128> {
    let (mode, k) = (m.mode('m')?, m.amount('k').filter(|k| *k < 64)?);
    let below = c.checked_mul(1 << k)?.checked_sub(1 << k)?;
    let above = c.checked_add(2)?.checked_mul(1 << k)?;
    let (mut yes, mut no) = (below, above);
    while no - yes > 1 {
        let middle = yes + (no - yes) / 2;
        match mode.shift_right(middle, k) <= c {
            true => yes = middle,
            false => no = middle,
        }
    }
    Some(yes)
}

/// `?b ?p ?c`, or `?c ?p ?b`, of a bit and a constant.
fn bit_itself(egraph: &mut EGraph, m: &Match, swapped: bool) -> Option<Id> {
    let (predicate, c) = (m.predicate('p')?, m.constant('c')?);
    if !m.is_bit('b') || m.is_constant('b') {
        return None;
    }
    let holds = |bit| match swapped {
        true => predicate.holds(c, bit),
        false => predicate.holds(bit, c),
    };
    match (holds(0), holds(1)) {
        (false, true) => Some(m.id('b')),
        (true, false) => Some(add(egraph, Expr::Not([m.id('b')]))),
        _ => None,
    }
}

/// max(x, c) or min(x, c) as a clamp, when c - d is one of `steps`.
fn bound(
    egraph: &mut EGraph,
    m: &Match,
    steps: std::ops::RangeInclusive<i128>,
    max: bool,
) -> Option<Id> {
    let (x, c, d) = (m.range('x')?, m.constant('c')?, m.constant('d')?);
    if !steps.contains(&c.checked_sub(d)?) || !x.holds(c) {
        return None;
    }
    let (lo, hi) = if max { (c, x.hi) } else { (x.lo, c) };
    Some(clamp(egraph, m.id('x'), lo, hi))
}
