//! Sums.   Normal form: the constant is on the right and added; negations are
//! subtractions where they can be.

use super::{Rule, computed, rule};
use crate::egraph::language::Expr;

#[rustfmt::skip]
pub fn rules() -> Vec<Rule> { vec![
    // c + x = x + c
    rule("add-const-right", "(add ?c ?x)", "(add ?x ?c)")
        .when(|m| m.is_constant('c') && !m.is_constant('x'))
        .proves("(add 5 a)", "(add a 5)")
        .refuses("(add b a)", "(add a b)"),
    // x + y = y + x, where both forms exist already
    computed("add-share", "(add ?x ?y)", |egraph, m| egraph.lookup(Expr::Add([m.id('y'), m.id('x')])))
        .proves("(sub (add a b) (add b a))", "0")
        .refuses("(add a b)", "(add b c)"),
    // x + 0 = x
    rule("add-zero", "(add ?x 0)", "?x")
        .proves("(add a (mul b 0))", "a"),
    // x - 0 = x
    rule("sub-zero", "(sub ?x 0)", "?x")
        .proves("(sub a (mul b 0))", "a"),
    // 0 - x = -x
    rule("sub-from-zero", "(sub 0 ?x)", "(neg ?x)")
        .proves("(sub 0 a)", "(neg a)"),
    // x - x = 0
    rule("sub-self", "(sub ?x ?x)", "0")
        .proves("(sub a a)", "0"),
    // x + x = x≪1
    rule("add-self", "(add ?x ?x)", "(shl ?x 1)")
        .proves("(add a a)", "(shl a 1)"),
    // -(-x) = x
    rule("neg-neg", "(neg (neg ?x))", "?x")
        .proves("(neg (neg a))", "a"),
    // x + (-y) = x - y
    rule("add-neg", "(add ?x (neg ?y))", "(sub ?x ?y)")
        .proves("(add a (neg b))", "(sub a b)"),
    rule("add-neg-left", "(add (neg ?y) ?x)", "(sub ?x ?y)")
        .proves("(add (neg b) a)", "(sub a b)"),
    // x - (-y) = x + y
    rule("sub-neg", "(sub ?x (neg ?y))", "(add ?x ?y)")
        .proves("(sub a (neg b))", "(add a b)"),
    // (-x) - y = -(x + y)
    rule("neg-sum", "(sub (neg ?x) ?y)", "(neg (add ?x ?y))")
        .proves("(add (neg a) (neg b))", "(neg (add a b))"),
    // -(x - y) = y - x
    rule("neg-sub", "(neg (sub ?x ?y))", "(sub ?y ?x)")
        .proves("(neg (sub a b))", "(sub b a)"),
    // -(x + c) = (-c) - x
    rule("neg-add-const", "(neg (add ?x ?c))", "(sub (neg ?c) ?x)")
        .when(|m| m.is_constant('c'))
        .proves("(neg (add a 3))", "(sub -3 a)")
        .refuses("(neg (add a b))", "(sub (neg b) a)"),
    // x - c = x + (-c)
    rule("sub-const", "(sub ?x ?c)", "(add ?x (neg ?c))")
        .when(|m| m.is_constant('c') && !m.is_constant('x'))
        .proves("(sub a 3)", "(add a -3)")
        .refuses("(sub a b)", "(add a (neg c))"),
    // (x + c) + d = x + (c + d)
    rule("add-chain", "(add (add ?x ?c) ?d)", "(add ?x (add ?c ?d))")
        .when(|m| m.is_constant('c') && m.is_constant('d'))
        .proves("(add (add a 3) 5)", "(add a 8)")
        .proves("(sub (add a 3) 3)", "a")
        .refuses("(add (add a b) 5)", "(add a (add b 5))"),
    // (c - x) + d = (c + d) - x
    rule("add-sub-const", "(add (sub ?c ?x) ?d)", "(sub (add ?c ?d) ?x)")
        .when(|m| m.is_constant('c') && m.is_constant('d'))
        .proves("(add (sub 3 a) 5)", "(sub 8 a)")
        .refuses("(add (sub b a) 5)", "(sub (add b 5) a)"),
    // c - (x + d) = (c - d) - x
    rule("sub-add-const", "(sub ?c (add ?x ?d))", "(sub (sub ?c ?d) ?x)")
        .when(|m| m.is_constant('c') && m.is_constant('d'))
        .proves("(sub 9 (add a 5))", "(sub 4 a)")
        .refuses("(sub b (add a 5))", "(sub (sub b 5) a)"),
    // c - (d - x) = x + (c - d)
    rule("sub-sub-const", "(sub ?c (sub ?d ?x))", "(add ?x (sub ?c ?d))")
        .when(|m| m.is_constant('c') && m.is_constant('d'))
        .proves("(sub 9 (sub 5 a))", "(add a 4)")
        .refuses("(sub b (sub 5 a))", "(add a (sub b 5))"),
    // (x + c) + (y + d) = (x + y) + (c + d)
    rule("add-consts-meet", "(add (add ?x ?c) (add ?y ?d))", "(add (add ?x ?y) (add ?c ?d))")
        .when(|m| m.is_constant('c') && m.is_constant('d'))
        .proves("(add (add a 3) (add b 5))", "(add (add a b) 8)")
        .refuses("(add (add a c) (add b 5))", "(add (add a b) (add c 5))"),
    // (x + c) - (y + d) = (x - y) + (c - d)
    rule("sub-consts-meet", "(sub (add ?x ?c) (add ?y ?d))", "(add (sub ?x ?y) (sub ?c ?d))")
        .when(|m| m.is_constant('c') && m.is_constant('d'))
        .proves("(sub (add a 9) (add b 5))", "(add (sub a b) 4)")
        .refuses("(sub (add a c) (add b 5))", "(add (sub a b) (sub c 5))"),
    // (x + y) - y = x
    rule("sub-cancel-right", "(sub (add ?x ?y) ?y)", "?x")
        .proves("(sub (add a b) b)", "a"),
    rule("sub-cancel-left", "(sub (add ?y ?x) ?y)", "?x")
        .proves("(sub (add b a) b)", "a"),
    // (x - y) + y = x
    rule("add-cancel", "(add (sub ?x ?y) ?y)", "?x")
        .proves("(add (sub a b) b)", "a"),
    rule("add-cancel-left", "(add ?y (sub ?x ?y))", "?x")
        .proves("(add b (sub a b))", "a"),
    // x - (x - y) = y
    rule("sub-sub-cancel", "(sub ?x (sub ?x ?y))", "?y")
        .proves("(sub a (sub a b))", "b"),
    // (x - y) - x = -y
    rule("sub-cancel-neg", "(sub (sub ?x ?y) ?x)", "(neg ?y)")
        .proves("(sub (sub a b) a)", "(neg b)"),
    // x - (x + y) = -y
    rule("sub-sum-cancel", "(sub ?x (add ?x ?y))", "(neg ?y)")
        .proves("(sub a (add a b))", "(neg b)"),
    rule("sub-sum-cancel-right", "(sub ?x (add ?y ?x))", "(neg ?y)")
        .proves("(sub a (add b a))", "(neg b)"),
    // 1 - b = ¬b, for a bit
    rule("sub-bit", "(sub 1 ?b)", "(not ?b)")
        .when(|m| m.is_bit('b') && !m.is_constant('b'))
        .proves("(sub 1 a:ui1)", "(not a:ui1)")
        .refuses("(sub 1 a:ui2)", "(not a:ui2)"),
]}
