//! Rounding, clamps and wraps.   Normal form: the cheapest mode that means the same, a
//! right shift where nothing is rounded; no clamp or wrap that cannot act, and bounds that
//! can be reached.

use super::{Match, Rule, add, clamp, computed, number, rule, shl, shr};
use crate::egraph::language::Expr;
use dialects::Rounding;

#[rustfmt::skip]
pub fn rules() -> Vec<Rule> { vec![
    // round(x / 2⁰) = x
    rule("round-zero", "(round ?m ?x 0)", "?x")
        .proves("(round half_even a 0)", "a"),
    // round(x / 2ᵏ) = x≫k, when the low k bits of x are zero
    rule("round-exact", "(round ?m ?x ?k)", "(shr ?x ?k)")
        .when(|m| m.amount('k').is_some_and(|k| m.zeros('x') >= k))
        .proves("(round half_even (mul a 4) 2)", "a")
        .refuses("(round half_even (mul a 2) 2)", "(shr (mul a 2) 2)"),
    // floor(x / 2ᵏ) = x≫k
    rule("round-floor", "(round floor ?x ?k)", "(shr ?x ?k)")
        .proves("(round floor a 2)", "(shr a 2)"),
    // round((x≪j) / 2ᵏ) = x≪(j-k) or round(x / 2^(k-j))
    computed("round-shl", "(round ?m (shl ?x ?j) ?k)", |egraph, m| {
        let (j, k) = (m.amount('j')?, m.amount('k')?);
        if j >= k {
            return Some(shl(egraph, m.id('x'), j - k));
        }
        let rest = number(egraph, (k - j).into());
        Some(add(egraph, Expr::Round([m.id('m'), m.id('x'), rest])))
    })
        .proves("(round half_even (shl a 1) 3)", "(round half_even a 2)")
        .proves("(round ceil (shl a 3) 1)", "(shl a 2)")
        .refuses("(round half_even (shl a 1) 3)", "(round half_even a 1)"),
    // toward and away from zero are up or down where the sign of x is known
    computed("round-sign", "(round ?m ?x ?k)", |egraph, m| {
        let range = m.range('x')?;
        let mode = match (m.mode('m')?, range.lo >= 0, range.hi <= 0) {
            (Rounding::TowardZero, true, _) | (Rounding::AwayFromZero, _, true) => Rounding::Floor,
            (Rounding::TowardZero, _, true) | (Rounding::AwayFromZero, true, _) => Rounding::Ceil,
            (Rounding::HalfAway, true, _) | (Rounding::HalfToZero, _, true) => Rounding::HalfUp,
            (Rounding::HalfAway, _, true) | (Rounding::HalfToZero, true, _) => Rounding::HalfDown,
            _ => return None,
        };
        let mode = egraph.add(Expr::Mode(mode));
        Some(add(egraph, Expr::Round([mode, m.id('x'), m.id('k')])))
    })
        .proves("(round toward_zero a:ui6 2)", "(shr a:ui6 2)")
        .proves("(round away_from_zero a:ui6 2)", "(round ceil a:ui6 2)")
        .proves("(round half_away a:ui6 2)", "(round half_up a:ui6 2)")
        .proves("(round half_to_zero (neg a:ui6) 2)", "(round half_up (neg a:ui6) 2)")
        .refuses("(round toward_zero a:si6 2)", "(shr a:si6 2)")
        .refuses("(round half_even a:ui6 2)", "(round half_up a:ui6 2)"),
    // a half is rounded up like any other way, when no tie can occur
    computed("round-no-tie", "(round ?m ?x ?k)", |egraph, m| {
        let (mode, k) = (m.mode('m')?, m.amount('k')?);
        let halves = [Rounding::HalfEven, Rounding::HalfDown, Rounding::HalfAway, Rounding::HalfToZero];
        if k == 0 || !halves.contains(&mode) || !cannot_tie(m, k) {
            return None;
        }
        let mode = egraph.add(Expr::Mode(Rounding::HalfUp));
        Some(add(egraph, Expr::Round([mode, m.id('x'), m.id('k')])))
    })
        .proves("(round half_even (add (shl a 1) 1) 3)", "(round half_up (add (shl a 1) 1) 3)")
        .refuses("(round half_even (add (shl a 1) 1) 1)", "(round half_up (add (shl a 1) 1) 1)")
        .refuses("(round half_even (shl a 1) 3)", "(round half_up (shl a 1) 3)"),
    // round((x + c·2ᵏ) / 2ᵏ) = round(x / 2ᵏ) + c, for modes that do not see c
    computed("round-add", "(round ?m (add ?x ?c) ?k)", |egraph, m| {
        let (c, k) = (m.constant('c')?, m.amount('k')?);
        let even = match m.mode('m')? {
            Rounding::Ceil | Rounding::HalfUp | Rounding::HalfDown => 0,
            Rounding::HalfEven => 1,
            _ => return None,
        };
        if c.trailing_zeros() < k + even {
            return None;
        }
        let rounded = add(egraph, Expr::Round([m.id('m'), m.id('x'), m.id('k')]));
        let rest = number(egraph, c >> k);
        Some(add(egraph, Expr::Add([rounded, rest])))
    })
        .proves("(round half_up (add a 12) 2)", "(add (round half_up a 2) 3)")
        .proves("(round half_even (add a 8) 2)", "(add (round half_even a 2) 2)")
        .refuses("(round half_even (add a 4) 2)", "(add (round half_even a 2) 1)")
        .refuses("(round half_up (add a 2) 2)", "(add (round half_up a 2) 0)")
        .refuses("(round half_away (add a 8) 2)", "(add (round half_away a 2) 2)"),

    // a clamp to one side of zero does not see how the other side is rounded
    computed("clamp-round", "(clamp (round ?m ?x ?k) ?l ?h)", |egraph, m| {
        let (l, h) = (m.constant('l')?, m.constant('h')?);
        let mode = match (m.mode('m')?, l >= 0, h <= 0) {
            (Rounding::TowardZero, true, _) | (Rounding::AwayFromZero, _, true) => Rounding::Floor,
            (Rounding::TowardZero, _, true) | (Rounding::AwayFromZero, true, _) => Rounding::Ceil,
            (Rounding::HalfAway, true, _) | (Rounding::HalfToZero, _, true) => Rounding::HalfUp,
            (Rounding::HalfAway, _, true) | (Rounding::HalfToZero, true, _) => Rounding::HalfDown,
            _ => return None,
        };
        let mode = egraph.add(Expr::Mode(mode));
        let rounded = add(egraph, Expr::Round([mode, m.id('x'), m.id('k')]));
        Some(clamp(egraph, rounded, l, h))
    })
        .proves("(clamp (round half_away a 2) 0 5)", "(clamp (round half_up a 2) 0 5)")
        .proves("(clamp (round away_from_zero a 2) 0 5)", "(clamp (round ceil a 2) 0 5)")
        .proves("(clamp (round half_away a 2) -5 0)", "(clamp (round half_down a 2) -5 0)")
        .refuses("(clamp (round half_away a 2) -1 5)", "(clamp (round half_up a 2) -1 5)")
        .refuses("(clamp (round half_even a 2) 0 5)", "(clamp (round half_up a 2) 0 5)"),
    // clamp(x, l, h) = x, when x lies between
    rule("clamp-never", "(clamp ?x ?l ?h)", "?x")
        .when(|m| match (m.range('x'), m.constant('l'), m.constant('h')) {
            (Some(x), Some(l), Some(h)) => l <= x.lo && x.hi <= h,
            _ => false,
        })
        .proves("(clamp a -8 7)", "a")
        .refuses("(clamp a -7 7)", "a"),
    // clamp(x, l, h): bounds beyond what x reaches are those that x reaches
    computed("clamp-tighten", "(clamp ?x ?l ?h)", |egraph, m| {
        let (x, l, h) = (m.range('x')?, m.constant('l')?, m.constant('h')?);
        let (min, max) = (l.max(x.lo), h.min(x.hi));
        ((min, max) != (l, h) && min <= max).then(|| clamp(egraph, m.id('x'), min, max))
    })
        .proves("(sub (clamp a 0 100) (clamp a 0 7))", "0")
        .refuses("(clamp a 0 7)", "(clamp a 0 6)"),
    // clamp(clamp(x, l, h), i, j) = clamp(x, clamp(l, i, j), clamp(h, i, j))
    rule("clamp-clamp", "(clamp (clamp ?x ?l ?h) ?i ?j)", "(clamp ?x (clamp ?l ?i ?j) (clamp ?h ?i ?j))")
        .proves("(clamp (clamp a -3 5) 0 9)", "(clamp a 0 5)"),
    // ⌊clamp(x, l, h) / 2ᵏ⌋ = clamp(⌊x/2ᵏ⌋, ⌊l/2ᵏ⌋, ⌊h/2ᵏ⌋)
    rule("shr-clamp", "(shr (clamp ?x ?l ?h) ?k)", "(clamp (shr ?x ?k) (shr ?l ?k) (shr ?h ?k))")
        .proves("(shr (clamp a -3 5) 1)", "(clamp (shr a 1) -2 2)"),
    // clamp(x≪k, l·2ᵏ, h·2ᵏ) = clamp(x, l, h)≪k
    computed("clamp-shl", "(clamp (shl ?x ?k) ?l ?h)", |egraph, m| {
        let (k, l, h) = (m.amount('k')?, m.constant('l')?, m.constant('h')?);
        if l.trailing_zeros().min(h.trailing_zeros()) < k {
            return None;
        }
        let inner = clamp(egraph, m.id('x'), l >> k, h >> k);
        Some(shl(egraph, inner, k))
    })
        .proves("(clamp (shl a 2) 0 12)", "(shl (clamp a 0 3) 2)")
        .refuses("(clamp (shl a 2) 0 13)", "(shl (clamp a 0 3) 2)"),

    // wrap(x) = x, when x fits the type
    rule("wrap-never", "(wrap ?t ?x)", "?x")
        .when(|m| match (m.range('x'), m.ty('t')) {
            (Some(x), Some(ty)) => ty.contains(x),
            _ => false,
        })
        .proves("(wrap si4 a)", "a")
        .refuses("(wrap ui4 a)", "a"),
    // wrap(wrap(x)) = wrap(x), when the outer one is no wider
    rule("wrap-wrap", "(wrap ?t (wrap ?u ?x))", "(wrap ?t ?x)")
        .when(|m| m.ty('t').zip(m.ty('u')).is_some_and(|(t, u)| t.width <= u.width))
        .proves("(wrap ui2 (wrap si3 a))", "(wrap ui2 a)")
        .refuses("(wrap ui3 (wrap ui2 a))", "(wrap ui3 a)"),
    // wrap(x + c) = wrap(x + c mod 2ʷ), the nearer residue
    computed("wrap-add", "(wrap ?t (add ?x ?c))", |egraph, m| {
        let (ty, c) = (m.ty('t')?, m.constant('c')?);
        let near = dialects::fx::IntType::signed(ty.width).wrap(c);
        let rest = (near != c).then(|| number(egraph, near))?;
        let sum = add(egraph, Expr::Add([m.id('x'), rest]));
        Some(add(egraph, Expr::Wrap([m.id('t'), sum])))
    })
        .proves("(wrap ui3 (add a 8))", "(wrap ui3 a)")
        .proves("(wrap si3 (add a 15))", "(wrap si3 (add a -1))")
        .refuses("(wrap ui3 (add a 8))", "(add a 8)"),
    // ⌊wrap(x) / 2ᵏ⌋ = wrap(⌊x/2ᵏ⌋) in k bits less
    computed("shr-wrap", "(shr (wrap ?t ?x) ?k)", |egraph, m| {
        let (mut ty, k) = (m.ty('t')?, m.amount('k')?);
        ty.width = ty.width.checked_sub(k).filter(|width| *width > 0)?;
        let ty = egraph.add(Expr::Type(ty));
        let inner = shr(egraph, m.id('x'), k);
        Some(add(egraph, Expr::Wrap([ty, inner])))
    })
        .proves("(shr (wrap ui4 a:si8) 1)", "(wrap ui3 (shr a:si8 1))")
        .refuses("(shr (wrap ui4 a:si8) 4)", "(wrap ui1 (shr a:si8 4))"),
]}

/// Whether the known low bits of x exclude exactly one half.
fn cannot_tie(m: &Match, k: u32) -> bool {
    m.facts('x').is_some_and(|facts| {
        let known = facts.low.bits.min(k);
        let low = facts.low.value & ((1 << known) - 1);
        let tie = if known == k { 1 << (k - 1) } else { 0 };
        low != tie
    })
}
