//! Tables.   Normal form: as few entries as inputs can occur, and no table where an
//! expression says the same.

use super::{Match, Rule, add, computed, lookup, number};
use crate::egraph::facts::EGraph;
use crate::egraph::language::Expr;
use dialects::fx::{Range, Table};
use egg::Id;

/// Longer tables than this are not made.
const MAX_ENTRIES: i128 = 1 << 12;

#[rustfmt::skip]
pub fn rules() -> Vec<Rule> { vec![
    // entries for inputs that cannot occur
    computed("lookup-trim", "(lookup ?t ?x)", |egraph, m| {
        let (table, x) = (m.table('t')?, m.range('x')?);
        let table = (table.domain() != x).then(|| tabulate(x, |input| table.get(input)))??;
        Some(lookup(egraph, table, m.id('x')))
    })
        .proves("(lookup [-9:9,8,8,8,8,8,8,8,8,8,8,1,1,1,1,1,1,1,1,1,9] a)", "(lookup [-8:8,8,8,8,8,8,8,8,8,8,1,1,1,1,1,1] a)")
        .refuses("(lookup [0:5,2,9,4] a:ui2)", "(lookup [0:5,2,9] a:ui2)"),
    // t(x) = x·c + d, when all entries lie on a line
    computed("lookup-line", "(lookup ?t ?x)", |egraph, m| {
        let (table, x) = (m.table('t')?, m.range('x')?);
        let first = i128::from(table.get(x.lo)?);
        let slope = i128::from(table.get(x.lo.checked_add(1)?)?) - first;
        let line = |input: i128| slope.checked_mul(input - x.lo)?.checked_add(first);
        if table.domain() != x || !(x.lo..=x.hi).all(|v| table.get(v).map(i128::from) == line(v)) {
            return None;
        }
        let c = number(egraph, slope);
        let d = number(egraph, first.checked_sub(slope.checked_mul(x.lo)?)?);
        let product = add(egraph, Expr::Mul([m.id('x'), c]));
        Some(add(egraph, Expr::Add([product, d])))
    })
        .proves("(lookup [0:0,1,2,3] a:ui2)", "a:ui2")
        .proves("(lookup [0:5,3,1,-1] a:ui2)", "(sub 5 (shl a:ui2 1))")
        .refuses("(lookup [0:0,1,2,4] a:ui2)", "a:ui2"),
    // t(x) = d where x reaches a threshold, else c
    computed("lookup-step", "(lookup ?t ?x)", |egraph, m| {
        let (table, x) = (m.table('t')?, m.range('x')?);
        let (low, high) = (*table.values.first()?, *table.values.last()?);
        let step = table.values.iter().position(|value| *value != low)?;
        if table.domain() != x || table.values[step..].iter().any(|v| *v != high) {
            return None;
        }
        let step = number(egraph, table.first + step as i128);
        let le = egraph.add(Expr::Predicate(dialects::fx::Predicate::LessEqual));
        let reached = add(egraph, Expr::Compare([le, step, m.id('x')]));
        let (low, high) = (number(egraph, low.into()), number(egraph, high.into()));
        Some(add(egraph, Expr::Select([reached, high, low])))
    })
        .proves("(lookup [0:0,0,1,1] a:ui2)", "(compare le 2 a:ui2)")
        .refuses("(lookup [0:0,1,0,1] a:ui2)", "(compare le 1 a:ui2)")
        .refuses("(lookup [0:-1,1,-1,-4] a:ui2)", "(select (compare le 3 a:ui2) -4 -1)"),
    // t(u(x)) = (t∘u)(x)
    computed("lookup-lookup", "(lookup ?t (lookup ?u ?x))", |egraph, m| {
        let (outer, inner, x) = (m.table('t')?, m.table('u')?, m.range('x')?);
        let table = tabulate(x, |input| outer.get(inner.get(input)?.into()))?;
        Some(lookup(egraph, table, m.id('x')))
    })
        .proves("(lookup [0:7,1,9,4] (lookup [0:3,0,1,1] a:ui2))", "(lookup [0:4,7,1,1] a:ui2)")
        .refuses("(lookup [0:7,1,9,4] (lookup [0:3,0,1,1] a:ui2))", "(lookup [0:7,1,9,4] a:ui2)"),
    // t(x + c), t(c - x), t(-x), t(x≪k), t(clamp(x)) are tables of x
    computed("lookup-add", "(lookup ?t (add ?x ?c))", |egraph, m| {
        let c = m.constant('c')?;
        before(egraph, m, |x| x.checked_add(c))
    })
        .proves("(lookup [3:7,1,9,4] (add a:ui2 3))", "(lookup [0:7,1,9,4] a:ui2)")
        .refuses("(lookup [0:7,1,9,4] (add a:ui1 b:ui1))", "(lookup [0:7,1,9,4] a:ui1)"),
    computed("lookup-sub", "(lookup ?t (sub ?c ?x))", |egraph, m| {
        let c = m.constant('c')?;
        before(egraph, m, |x| c.checked_sub(x))
    })
        .proves("(lookup [0:7,1,9,4] (sub 3 a:ui2))", "(lookup [0:4,9,1,7] a:ui2)")
        .refuses("(lookup [-1:7,1,9,4] (sub a:ui1 b:ui1))", "(lookup [0:4,9,1,7] b:ui1)"),
    computed("lookup-neg", "(lookup ?t (neg ?x))", |egraph, m| before(egraph, m, i128::checked_neg))
        .proves("(lookup [-3:7,1,9,4] (neg a:ui2))", "(lookup [0:4,9,1,7] a:ui2)")
        .refuses("(lookup [-3:7,1,9,4] (neg a:ui2))", "(lookup [0:7,1,9,4] a:ui2)"),
    computed("lookup-shl", "(lookup ?t (shl ?x ?k))", |egraph, m| {
        let k = m.amount('k')?;
        before(egraph, m, |x| x.checked_mul(1i128.checked_shl(k)?))
    })
        .proves("(lookup [0:7,0,1,0,9,0,4] (shl a:ui2 1))", "(lookup [0:7,1,9,4] a:ui2)")
        .refuses("(lookup [0:7,0,1,0,9,0,4] (shl a:ui2 1))", "(lookup [0:7,0,1,0,9,0,4] a:ui2)"),
    computed("lookup-clamp", "(lookup ?t (clamp ?x ?l ?h))", |egraph, m| {
        let (l, h) = (m.constant('l')?, m.constant('h')?);
        before(egraph, m, |x| Some(x.clamp(l, h)))
    })
        .proves("(lookup [1:7,1] (clamp a:ui2 1 2))", "(lookup [0:7,7,1,1] a:ui2)")
        .refuses("(lookup [1:7,1] (clamp a:ui2 1 2))", "(lookup [0:7,1,1,1] a:ui2)"),
    // what is done to an entry alone is done in the table
    computed("shr-lookup", "(shr (lookup ?t ?x) ?k)", |egraph, m| {
        let k = m.amount('k')?;
        after(egraph, m, |v| Some(v >> k))
    })
        .proves("(shr (lookup [0:7,1,9,4] a:ui2) 1)", "(lookup [0:3,0,4,2] a:ui2)")
        .refuses("(shr (lookup [0:7,1,9,4] a:ui2) 1)", "(lookup [0:7,1,9,4] a:ui2)"),
    computed("round-lookup", "(round ?m (lookup ?t ?x) ?k)", |egraph, m| {
        let (mode, k) = (m.mode('m')?, m.amount('k')?);
        after(egraph, m, |v| Some(mode.shift_right(v, k)))
    })
        .proves("(round half_even (lookup [0:7,1,9,4] a:ui2) 1)", "(lookup [0:4,0,4,2] a:ui2)")
        .refuses("(round half_even (lookup [0:7,1,9,4] a:ui2) 1)", "(lookup [0:3,0,4,2] a:ui2)"),
    computed("clamp-lookup", "(clamp (lookup ?t ?x) ?l ?h)", |egraph, m| {
        let (l, h) = (m.constant('l')?, m.constant('h')?);
        after(egraph, m, |v| Some(v.clamp(l, h)))
    })
        .proves("(clamp (lookup [0:7,1,9,4] a:ui2) 2 8)", "(lookup [0:7,2,8,4] a:ui2)")
        .refuses("(clamp (lookup [0:7,1,9,4] a:ui2) 2 8)", "(lookup [0:7,1,9,4] a:ui2)"),
    computed("wrap-lookup", "(wrap ?w (lookup ?t ?x))", |egraph, m| {
        let ty = m.ty('w')?;
        after(egraph, m, |v| Some(ty.wrap(v)))
    })
        .proves("(wrap si3 (lookup [0:7,1,9,4] a:ui2))", "(lookup [0:-1,1,1,-4] a:ui2)")
        .refuses("(wrap si3 (lookup [0:7,1,9,4] a:ui2))", "(lookup [0:7,1,1,4] a:ui2)"),
    computed("mul-lookup", "(mul (lookup ?t ?x) ?c)", |egraph, m| {
        let c = m.constant('c')?;
        after(egraph, m, |v| v.checked_mul(c))
    })
        .proves("(mul (lookup [0:7,1,9,4] a:ui2) 3)", "(lookup [0:21,3,27,12] a:ui2)")
        .refuses("(mul (lookup [0:7,1,9,4] a:ui2) b)", "(lookup [0:21,3,27,12] a:ui2)"),
    computed("add-lookup", "(add (lookup ?t ?x) ?c)", |egraph, m| {
        let c = m.constant('c')?;
        after(egraph, m, |v| v.checked_add(c))
    })
        .proves("(add (lookup [0:7,1,9,4] a:ui2) 3)", "(lookup [0:10,4,12,7] a:ui2)")
        .refuses("(add (lookup [0:7,1,9,4] a:ui2) b)", "(lookup [0:10,4,12,7] a:ui2)"),
    computed("neg-lookup", "(neg (lookup ?t ?x))", |egraph, m| after(egraph, m, i128::checked_neg))
        .proves("(neg (lookup [0:7,1,9,4] a:ui2))", "(lookup [0:-7,-1,-9,-4] a:ui2)")
        .refuses("(neg (lookup [0:7,1,9,4] a:ui2))", "(lookup [0:7,1,9,4] a:ui2)"),
    computed("compare-lookup", "(compare ?p (lookup ?t ?x) ?c)", |egraph, m| {
        let (p, c) = (m.predicate('p')?, m.constant('c')?);
        after(egraph, m, |v| Some(p.holds(v, c).into()))
    })
        .proves("(compare le (lookup [0:7,1,9,4] a:ui2) 4)", "(lookup [0:0,1,0,1] a:ui2)")
        .refuses("(compare le (lookup [0:7,1,9,4] a:ui2) b)", "(lookup [0:0,1,0,1] a:ui2)"),
    computed("compare-lookup-right", "(compare ?p ?c (lookup ?t ?x))", |egraph, m| {
        let (p, c) = (m.predicate('p')?, m.constant('c')?);
        after(egraph, m, |v| Some(p.holds(c, v).into()))
    })
        .proves("(compare le 4 (lookup [0:7,1,9,4] a:ui2))", "(lookup [0:1,0,1,1] a:ui2)")
        .refuses("(compare le b (lookup [0:7,1,9,4] a:ui2))", "(lookup [0:1,0,1,1] a:ui2)"),
]}

/// The table of a function over a range; `None` when it is long or not defined everywhere.
pub fn tabulate<T: TryInto<i64>>(over: Range, f: impl Fn(i128) -> Option<T>) -> Option<Table> {
    if over.hi.checked_sub(over.lo)? >= MAX_ENTRIES {
        return None;
    }
    let entry = |input| f(input)?.try_into().ok();
    let values = (over.lo..=over.hi).map(entry).collect::<Option<_>>()?;
    Some(Table {
        first: over.lo,
        values,
    })
}

/// Table ?t of f(?x) as a table of ?x.
fn before(egraph: &mut EGraph, m: &Match, f: impl Fn(i128) -> Option<i128>) -> Option<Id> {
    let (table, x) = (m.table('t')?, m.range('x')?);
    let table = tabulate(x, |input| table.get(f(input)?))?;
    Some(lookup(egraph, table, m.id('x')))
}

/// f of an entry of table ?t as a table.
fn after(egraph: &mut EGraph, m: &Match, f: impl Fn(i128) -> Option<i128>) -> Option<Id> {
    let (table, x) = (m.table('t')?, m.range('x')?);
    let table = tabulate(x, |input| f(table.get(input)?.into()))?;
    Some(lookup(egraph, table, m.id('x')))
}
