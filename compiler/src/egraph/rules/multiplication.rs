//! Products.   Normal form: the constant is on the right, odd and positive.
//!
//! x·0 needs no rule: its range is one number, and such a class is that number.

use super::{Rule, add, computed, number, rule, shl};
use crate::egraph::language::Expr;

#[rustfmt::skip]
pub fn rules() -> Vec<Rule> { vec![
    // c·x = x·c
    rule("mul-const-right", "(mul ?c ?x)", "(mul ?x ?c)")
        .when(|m| m.is_constant('c') && !m.is_constant('x'))
        .proves("(mul 5 a)", "(mul a 5)")
        .refuses("(mul b a)", "(mul a b)"),
    // x·y = y·x, where both forms exist already
    computed("mul-share", "(mul ?x ?y)", |egraph, m| egraph.lookup(Expr::Mul([m.id('y'), m.id('x')])))
        .proves("(sub (mul a b) (mul b a))", "0")
        .refuses("(mul a b)", "(mul b c)"),
    // x·1 = x
    rule("mul-one", "(mul ?x 1)", "?x")
        .proves("(mul a 1)", "a"),
    // x·(-1) = -x
    rule("mul-minus-one", "(mul ?x -1)", "(neg ?x)")
        .proves("(mul a -1)", "(neg a)"),
    // x·2ᵏ = x≪k
    computed("mul-pow2", "(mul ?x ?c)", |egraph, m| {
        let c = m.constant('c').filter(|c| *c > 1 && c.count_ones() == 1)?;
        Some(shl(egraph, m.id('x'), c.trailing_zeros()))
    })
        .proves("(mul a 8)", "(shl a 3)")
        .refuses("(mul a 6)", "(shl a 1)")
        .refuses("(mul a b)", "(shl a 1)"),
    // x·(d·2ᵏ) = (x·d)≪k
    computed("mul-even", "(mul ?x ?c)", |egraph, m| {
        let c = m.constant('c').filter(|c| *c != 0 && c & 1 == 0 && c.count_ones() > 1)?;
        let d = number(egraph, c >> c.trailing_zeros());
        let product = add(egraph, Expr::Mul([m.id('x'), d]));
        Some(shl(egraph, product, c.trailing_zeros()))
    })
        .proves("(mul a 12)", "(shl (mul a 3) 2)")
        .proves("(mul a -8)", "(shl (neg a) 3)")
        .refuses("(mul a 5)", "(shl (mul a 5) 1)"),
    // x·(-c) = -(x·c)
    computed("mul-negative", "(mul ?x ?c)", |egraph, m| {
        let c = m.constant('c').filter(|c| *c < -1)?.checked_neg()?;
        let c = number(egraph, c);
        let product = add(egraph, Expr::Mul([m.id('x'), c]));
        Some(add(egraph, Expr::Neg([product])))
    })
        .proves("(mul a -5)", "(neg (mul a 5))")
        .proves("(add b (mul a -5))", "(sub b (mul a 5))")
        .refuses("(mul a 5)", "(neg (mul a 5))"),
    // (x≪k)·y = (x·y)≪k
    rule("mul-shl", "(mul (shl ?x ?k) ?y)", "(shl (mul ?x ?y) ?k)")
        .proves("(mul (shl a 2) b)", "(shl (mul a b) 2)"),
    rule("mul-shl-right", "(mul ?y (shl ?x ?k))", "(shl (mul ?y ?x) ?k)")
        .proves("(mul b (shl a 2))", "(shl (mul b a) 2)"),
    // (-x)·y = -(x·y)
    rule("mul-neg", "(mul (neg ?x) ?y)", "(neg (mul ?x ?y))")
        .proves("(mul (neg a) b)", "(neg (mul a b))")
        .proves("(mul (neg a) -5)", "(mul a 5)"),
    rule("mul-neg-right", "(mul ?y (neg ?x))", "(neg (mul ?y ?x))")
        .proves("(mul b (neg a))", "(neg (mul b a))"),
    // (x·c)·d = x·(c·d)
    rule("mul-chain", "(mul (mul ?x ?c) ?d)", "(mul ?x (mul ?c ?d))")
        .when(|m| m.is_constant('c') && m.is_constant('d'))
        .proves("(mul (mul a 3) 5)", "(mul a 15)")
        .refuses("(mul (mul a b) 5)", "(mul a (mul b 5))"),
    // (x+c)·d = x·d + c·d
    rule("mul-add-const", "(mul (add ?x ?c) ?d)", "(add (mul ?x ?d) (mul ?c ?d))")
        .when(|m| m.is_constant('c') && m.is_constant('d'))
        .proves("(mul (add a 3) 5)", "(add (mul a 5) 15)")
        .refuses("(mul (add a b) 5)", "(add (mul a 5) (mul b 5))"),
    // x·c + x·d = x·(c+d)
    rule("mul-factor", "(add (mul ?x ?c) (mul ?x ?d))", "(mul ?x (add ?c ?d))")
        .when(|m| m.is_constant('c') && m.is_constant('d'))
        .proves("(add (mul a 3) (mul a 5))", "(shl a 3)")
        .refuses("(add (mul a b) (mul a c))", "(mul a (add b c))"),
    rule("mul-factor-sub", "(sub (mul ?x ?c) (mul ?x ?d))", "(mul ?x (sub ?c ?d))")
        .when(|m| m.is_constant('c') && m.is_constant('d'))
        .proves("(sub (mul a 7) (mul a 5))", "(shl a 1)")
        .refuses("(sub (mul a b) (mul a c))", "(mul a (sub b c))"),
    // x·c + x = x·(c+1)
    rule("mul-factor-one", "(add (mul ?x ?c) ?x)", "(mul ?x (add ?c 1))")
        .when(|m| m.is_constant('c'))
        .proves("(add (mul a 7) a)", "(shl a 3)")
        .refuses("(add (mul a b) a)", "(mul a (add b 1))"),
    rule("mul-factor-one-left", "(add ?x (mul ?x ?c))", "(mul ?x (add ?c 1))")
        .when(|m| m.is_constant('c'))
        .proves("(add a (mul a 7))", "(shl a 3)")
        .refuses("(add a (mul a b))", "(mul a (add b 1))"),
    // x·c - x = x·(c-1)
    rule("mul-factor-sub-one", "(sub (mul ?x ?c) ?x)", "(mul ?x (sub ?c 1))")
        .when(|m| m.is_constant('c'))
        .proves("(sub (mul a 9) a)", "(shl a 3)")
        .refuses("(sub (mul a b) a)", "(mul a (sub b 1))"),
    // x - x·c = x·(1-c)
    rule("mul-factor-from-one", "(sub ?x (mul ?x ?c))", "(mul ?x (sub 1 ?c))")
        .when(|m| m.is_constant('c'))
        .proves("(sub a (mul a -7))", "(shl a 3)")
        .refuses("(sub a (mul a b))", "(mul a (sub 1 b))"),
    // b·x = x where the bit b is 1, else 0
    rule("mul-bit", "(mul ?b ?x)", "(select ?b ?x 0)")
        .when(|m| m.is_bit('b') && !m.is_constant('b'))
        .proves("(mul a:ui1 b)", "(select a:ui1 b 0)")
        .refuses("(mul a:si1 b)", "(select a:si1 b 0)"),
    rule("mul-bit-right", "(mul ?x ?b)", "(select ?b ?x 0)")
        .when(|m| m.is_bit('b') && !m.is_constant('b'))
        .proves("(mul b a:ui1)", "(select a:ui1 b 0)")
        .refuses("(mul b a:ui2)", "(select a:ui2 b 0)"),
]}
