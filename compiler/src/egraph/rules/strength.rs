//! Products by a constant as shifts and adders, or as a table.
//!
//! Alternatives, not a normal form: each offers one adder and a product by a constant with
//! fewer signed digits, until only shifts are left. Products of one value by several
//! constants meet in the smaller ones, and extraction pays those once. Even and negative
//! constants are brought to odd positive ones by the rules of multiplication.

use super::tables::tabulate;
use super::{Match, Rule, add, computed, lookup, number, shl};
use crate::egraph::facts::EGraph;
use crate::egraph::language::Expr;
use egg::Id;

/// Constants beyond this are left to multipliers.
const MAX_CONSTANT: i128 = 1 << 40;

/// A table of at most this many inputs is one lookup table per bit of the product.
const MAX_INPUTS: i128 = 64;

#[rustfmt::skip]
pub fn rules() -> Vec<Rule> { vec![
    // x·c = x·(c∓1) ± x, where c∓1 is a multiple of 4
    computed("mul-lowest-digit", "(mul ?x ?c)", |egraph, m| {
        let c = odd_constant(m)?;
        let digit = if c & 3 == 1 { 1 } else { -1 };
        sum(egraph, m.id('x'), c - digit, digit)
    })
        .proves("(mul a 3)", "(sub (shl a 2) a)")
        .proves("(mul a 5)", "(add (shl a 2) a)")
        .refuses("(mul a b)", "(sub (shl a 2) a)"),
    // x·c = x·2ᵖ ± x·(c∓2ᵖ), 2ᵖ nearest to c
    computed("mul-highest-digit", "(mul ?x ?c)", |egraph, m| {
        let c = odd_constant(m)?;
        let below = 1 << c.ilog2();
        let top = if 3 * below <= 2 * c { 2 * below } else { below };
        sum(egraph, m.id('x'), top, c - top)
    })
        .proves("(mul a 11)", "(add (shl a 3) (sub (shl a 2) a))")
        .refuses("(mul a b)", "(add (shl a 3) (sub (shl a 2) a))"),
    // x·c = x·h + x·l, each with half of the signed digits of c
    computed("mul-middle-digit", "(mul ?x ?c)", |egraph, m| {
        let c = odd_constant(m)?;
        let digits = signed_digits(c);
        if digits.len() < 4 {
            return None;
        }
        let low = digits[..digits.len() / 2].iter().sum::<i128>();
        sum(egraph, m.id('x'), c - low, low)
    })
        .proves("(mul a 85)", "(add (shl (mul a 5) 4) (mul a 5))")
        .refuses("(mul a b)", "(add (shl (mul a 5) 4) (mul a 5))"),
    // x·(d·(2ᵏ±1)) = y≪k ± y, with y = x·d
    computed("mul-factors", "(mul ?x ?c)", |egraph, m| {
        let c = odd_constant(m)?;
        let mut found: Option<Id> = None;
        for k in 1..=c.ilog2() {
            for sign in [-1, 1] {
                let factor = (1i128 << k) + sign;
                if factor < 3 || factor >= c || c % factor != 0 {
                    continue;
                }
                let d = number(egraph, c / factor);
                let y = add(egraph, Expr::Mul([m.id('x'), d]));
                let high = shl(egraph, y, k);
                let op = if sign > 0 { Expr::Add } else { Expr::Sub };
                let sum = add(egraph, op([high, y]));
                match found {
                    Some(first) => { egraph.union_trusted(first, sum, "mul-factors"); }
                    None => found = Some(sum),
                }
            }
        }
        found
    })
        .proves("(mul a 45)", "(add (shl (mul a 5) 3) (mul a 5))")
        .refuses("(mul a 11)", "(add (shl (mul a 5) 1) (mul a 5))"),
    // x·c as a table, where x has few values
    computed("mul-table", "(mul ?x ?c)", |egraph, m| {
        let (c, x) = (odd_constant(m)?, m.range('x')?);
        if x.hi - x.lo >= MAX_INPUTS {
            return None;
        }
        let table = tabulate(x, |input| input.checked_mul(c))?;
        Some(lookup(egraph, table, m.id('x')))
    })
        .proves("(mul a:ui2 11)", "(lookup [0:0,11,22,33] a:ui2)")
        .refuses("(mul a:ui7 11)", "(shl a:ui7 3)"),
]}

/// The constant of the product, if it is odd, at least 3 and not too large.
fn odd_constant(m: &Match) -> Option<i128> {
    let c = m.constant('c')?;
    (c & 1 == 1 && (3..MAX_CONSTANT).contains(&c) && !m.is_constant('x')).then_some(c)
}

/// The canonical signed digits of a positive number, lowest first: 7 = -1 + 8.
fn signed_digits(mut c: i128) -> Vec<i128> {
    let (mut digits, mut place) = (Vec::new(), 1);
    while c != 0 {
        if c & 1 == 1 {
            let digit = if c & 3 == 1 { 1 } else { -1 };
            digits.push(digit * place);
            c -= digit;
        }
        (c, place) = (c >> 1, place << 1);
    }
    digits
}

/// `x·high + x·low`; `high` is positive.
fn sum(egraph: &mut EGraph, x: Id, high: i128, low: i128) -> Option<Id> {
    let first = product(egraph, x, high);
    let second = product(egraph, x, low.checked_abs()?);
    let op = if low > 0 { Expr::Add } else { Expr::Sub };
    Some(add(egraph, op([first, second])))
}

/// `x·c` with an odd factor: `(x·d)≪k`; c is positive.
fn product(egraph: &mut EGraph, x: Id, c: i128) -> Id {
    let places = c.trailing_zeros();
    let odd = match c >> places {
        1 => x,
        d => {
            let d = number(egraph, d);
            add(egraph, Expr::Mul([x, d]))
        }
    };
    shl(egraph, odd, places)
}
