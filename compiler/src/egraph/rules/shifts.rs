//! Shifts.   Normal form: left shifts outermost, right shifts innermost, so that what
//! stands between is narrow. A right shift is the floor.

use super::{Match, Rule, add, computed, number, rule, shl, shr};
use crate::egraph::facts::EGraph;
use crate::egraph::language::Expr;
use egg::Id;

#[rustfmt::skip]
pub fn rules() -> Vec<Rule> { vec![
    // x≪0 = x
    rule("shl-zero", "(shl ?x 0)", "?x")
        .proves("(shl a 0)", "a"),
    // x≫0 = x
    rule("shr-zero", "(shr ?x 0)", "?x")
        .proves("(shr a 0)", "a"),
    // (x≪j)≪k = x≪(j+k)
    rule("shl-shl", "(shl (shl ?x ?j) ?k)", "(shl ?x (add ?j ?k))")
        .proves("(shl (shl a 2) 3)", "(shl a 5)"),
    // (x≫j)≫k = x≫(j+k)
    rule("shr-shr", "(shr (shr ?x ?j) ?k)", "(shr ?x (add ?j ?k))")
        .proves("(shr (shr a:si8 2) 3)", "(shr a:si8 5)"),
    // (x≪j)≫k = x≪(j-k) or x≫(k-j)
    computed("shr-shl", "(shr (shl ?x ?j) ?k)", |egraph, m| {
        let (j, k) = (m.amount('j')?, m.amount('k')?);
        let x = m.id('x');
        Some(if j >= k { shl(egraph, x, j - k) } else { shr(egraph, x, k - j) })
    })
        .proves("(shr (shl a 2) 3)", "(shr a 1)")
        .proves("(shr (shl a 3) 2)", "(shl a 1)")
        .refuses("(shl (shr a 2) 2)", "a"),
    // (x≫k)≪k = x, when the low k bits of x are zero
    rule("shl-shr", "(shl (shr ?x ?k) ?k)", "?x")
        .when(|m| m.amount('k').is_some_and(|k| m.zeros('x') >= k))
        .proves("(shl (shr (mul a 4) 2) 2)", "(mul a 4)")
        .refuses("(shl (shr (mul a 2) 2) 2)", "(mul a 2)"),
    // (x≪j) + (y≪k) = ((x≪(j-k)) + y)≪k, for j ≥ k
    computed("add-shl-shl", "(add (shl ?x ?j) (shl ?y ?k))", |egraph, m| common_shift(egraph, m, Expr::Add))
        .proves("(add (shl a 3) (shl b 1))", "(shl (add (shl a 2) b) 1)")
        .proves("(add (shl a 1) (shl b 3))", "(shl (add a (shl b 2)) 1)")
        .refuses("(add (shl a 3) (shl b 1))", "(shl (add a b) 1)"),
    computed("sub-shl-shl", "(sub (shl ?x ?j) (shl ?y ?k))", |egraph, m| common_shift(egraph, m, Expr::Sub))
        .proves("(sub (shl a 3) (shl b 1))", "(shl (sub (shl a 2) b) 1)")
        .refuses("(sub (shl a 3) (shl b 1))", "(shl (sub a b) 1)"),
    // (x≪k) + c = (x + c/2ᵏ)≪k, as far as c is even
    computed("add-shl-const", "(add (shl ?x ?k) ?c)", |egraph, m| {
        let (x, c, k) = shared_zeros(egraph, m)?;
        let sum = add(egraph, Expr::Add([x, c]));
        Some(shl(egraph, sum, k))
    })
        .proves("(add (shl a 3) 8)", "(shl (add a 1) 3)")
        .proves("(add (shl a 3) 6)", "(shl (add (shl a 2) 3) 1)")
        .refuses("(add (shl a 3) 7)", "(shl (add a 0) 3)"),
    computed("sub-const-shl", "(sub ?c (shl ?x ?k))", |egraph, m| {
        let (x, c, k) = shared_zeros(egraph, m)?;
        let sum = add(egraph, Expr::Sub([c, x]));
        Some(shl(egraph, sum, k))
    })
        .proves("(sub 8 (shl a 3))", "(shl (sub 1 a) 3)")
        .refuses("(sub 7 (shl a 3))", "(shl (sub 0 a) 3)"),
    // -(x≪k) = (-x)≪k
    rule("neg-shl", "(neg (shl ?x ?k))", "(shl (neg ?x) ?k)")
        .proves("(neg (shl a 2))", "(shl (neg a) 2)"),
    // ⌊(x+y)/2ᵏ⌋ = ⌊x/2ᵏ⌋ + y/2ᵏ, when the low k bits of y are zero
    rule("shr-add", "(shr (add ?x ?y) ?k)", "(add (shr ?x ?k) (shr ?y ?k))")
        .when(|m| m.amount('k').is_some_and(|k| m.zeros('y') >= k))
        .proves("(shr (add a (shl b 2)) 2)", "(add (shr a 2) b)")
        .refuses("(shr (add a (shl b 1)) 2)", "(add (shr a 2) (shr (shl b 1) 2))"),
    rule("shr-add-left", "(shr (add ?y ?x) ?k)", "(add (shr ?y ?k) (shr ?x ?k))")
        .when(|m| m.amount('k').is_some_and(|k| m.zeros('y') >= k))
        .proves("(shr (add (shl b 2) a) 2)", "(add b (shr a 2))")
        .refuses("(shr (add (shl b 1) a) 2)", "(add (shr (shl b 1) 2) (shr a 2))"),
    // ⌊(x-y)/2ᵏ⌋ = ⌊x/2ᵏ⌋ - y/2ᵏ, when the low k bits of y are zero
    rule("shr-sub", "(shr (sub ?x ?y) ?k)", "(sub (shr ?x ?k) (shr ?y ?k))")
        .when(|m| m.amount('k').is_some_and(|k| m.zeros('y') >= k))
        .proves("(shr (sub a (shl b 2)) 2)", "(sub (shr a 2) b)")
        .refuses("(shr (sub (shl b 2) a) 2)", "(sub b (shr a 2))"),
    // ⌊(x+c)/2ᵏ⌋ does not see bits of c below the lowest bit of x
    computed("shr-add-low", "(shr (add ?x ?c) ?k)", |egraph, m| {
        let (c, k) = (m.constant('c')?, m.amount('k')?);
        let seen = m.zeros('x').min(k);
        let rest = (c >> seen) << seen;
        let rest = (rest != c).then(|| number(egraph, rest))?;
        let sum = add(egraph, Expr::Add([m.id('x'), rest]));
        Some(shr(egraph, sum, k))
    })
        .proves("(shr (add (shl a 2) 7) 3)", "(shr (add (shl a 2) 4) 3)")
        .proves("(shr (add (shl a 2) 3) 2)", "a")
        .refuses("(shr (add (shl a 2) 5) 1)", "(shr (add (shl a 2) 0) 1)")
        .refuses("(shr (add a 3) 2)", "(shr (add a 0) 2)"),
]}

/// The smaller of two left shifts, pulled out of a sum.
fn common_shift(egraph: &mut EGraph, m: &Match, op: fn([Id; 2]) -> Expr) -> Option<Id> {
    let (j, k) = (m.amount('j')?, m.amount('k')?);
    let least = j.min(k);
    if least == 0 {
        return None;
    }
    let x = shl(egraph, m.id('x'), j - least);
    let y = shl(egraph, m.id('y'), k - least);
    let sum = add(egraph, op([x, y]));
    Some(shl(egraph, sum, least))
}

/// `x≪k` and `c` without the trailing zeros that both have, and how many those are.
fn shared_zeros(egraph: &mut EGraph, m: &Match) -> Option<(Id, Id, u32)> {
    let (c, k) = (m.constant('c')?, m.amount('k')?);
    let least = c.trailing_zeros().min(k);
    if least == 0 || c == 0 {
        return None;
    }
    let c = number(egraph, c >> least);
    Some((shl(egraph, m.id('x'), k - least), c, least))
}
