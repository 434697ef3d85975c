//! A rule's code on small expressions: wherever it fires, both sides compute the same, and
//! one of its statements applies.

use std::collections::BTreeMap;

use dialects::Rounding;
use dialects::fx::Predicate;

use super::Statement;
use super::smt::{Kind, kinds};
use super::term::{Bindings, Term};
use crate::egraph::{Lesson, fire as fire_rule};
use crate::random::Random;

/// All expressions are tried where they are no more; else so many of them, drawn.
const ALL: usize = 6000;
const DRAWN: usize = 3000;

/// Drawing ends after so many on which the rule fired.
const ENOUGH: usize = 250;

/// Values that an undetermined variable of a statement is tried with.
const UNDETERMINED: std::ops::RangeInclusive<i128> = -40..=70;

type Row = BTreeMap<String, i128>;

/// On how many expressions the rule fired, rightly.
///
/// Errors: an expression that became another; one that no statement covers; a rule that
/// never fired.
pub fn fire(lesson: &Lesson, lhs: &Term, statements: &[Statement]) -> Result<usize, String> {
    let kinds = kinds([lhs]);
    let choices: Vec<(String, Vec<Term>)> = kinds
        .iter()
        .enumerate()
        .map(|(at, (name, kind))| (name.clone(), candidates(*kind, at)))
        .collect();
    let total = choices
        .iter()
        .try_fold(1usize, |all, (_, c)| all.checked_mul(c.len()));
    let total = total.unwrap_or(usize::MAX);
    let mut random = Random::new(
        lesson
            .rule
            .bytes()
            .fold(7u64, |h, b| h.wrapping_mul(31) + u64::from(b)),
    );
    let count = if total <= ALL { total } else { DRAWN };
    let mut fired = 0;
    for number in 0..count {
        let mut rest = number;
        let bindings: Bindings = choices
            .iter()
            .map(|(name, candidates)| {
                let at = match total <= ALL {
                    true => rest % candidates.len(),
                    false => random.bits() as usize % candidates.len(),
                };
                rest /= candidates.len();
                (name.clone(), candidates[at].clone())
            })
            .collect();
        let given = lhs.substituted(&bindings);
        if !is_expression(&given) {
            continue;
        }
        // Rules that share what is there already need it there.
        let plain = statements
            .iter()
            .filter(|s| s.binds.is_empty() && s.given.is_empty());
        let beside = plain.map(|s| s.rhs.substituted(&bindings));
        let beside = beside.filter(|rhs| rhs.variables().is_empty());
        let beside: Vec<String> = beside.map(|rhs| rhs.to_string()).collect();
        let found = fire_rule(lesson.rule, &given.to_string(), &beside);
        let found = found.map_err(|error| error.sentence)?;
        for found in found {
            let found: Term = found
                .parse()
                .map_err(|e: dialects::Diagnostic| e.sentence)?;
            if compare(&given, &found, &bindings, lhs, statements)? {
                fired += 1;
            }
        }
        if total > ALL && fired >= ENOUGH {
            break;
        }
    }
    match fired {
        0 => Err("it never fired on a small expression".to_string()),
        fired => Ok(fired),
    }
}

/// Whether `fx` has such an expression: bounds are in order.
fn is_expression(term: &Term) -> bool {
    let mut holds = true;
    term.walk(&mut |part| {
        if let Term::Op("clamp", parts) = part
            && let (Term::Number(low), Term::Number(high)) = (&parts[1], &parts[2])
        {
            holds &= low <= high;
        }
    });
    holds
}

/// Whether the expression has a value at all, where it became another.
fn compare(
    given: &Term,
    found: &Term,
    bindings: &Bindings,
    lhs: &Term,
    statements: &[Statement],
) -> Result<bool, String> {
    let mut defined = false;
    for row in rows(given) {
        let of = |name: &str| row.get(name).copied();
        let Some(value) = given.value(&of) else {
            continue;
        };
        defined = true;
        if found.value(&of) != Some(value) {
            let now = found.value(&of);
            return Err(format!(
                "{given} is {value}, {found} is {now:?} for {row:?}"
            ));
        }
        let covers = |statement: &Statement| covers(statement, lhs, bindings, &row, value);
        if !statements.is_empty() && !statements.iter().any(covers) {
            return Err(format!(
                "{given} became {found}, which no statement covers for {row:?}"
            ));
        }
    }
    Ok(defined)
}

/// Every value of every input of an expression.
pub fn rows(term: &Term) -> Vec<Row> {
    let inputs = term.inputs().into_iter();
    let inputs = inputs.map(|(name, ty)| (name, ty.range()));
    inputs.fold(vec![Row::new()], |rows, (name, range)| {
        let grown = rows.iter().flat_map(|row| {
            let name = &name;
            (range.lo..=range.hi).map(move |value| {
                let mut row = row.clone();
                row.insert(name.clone(), value);
                row
            })
        });
        grown.collect()
    })
}

/// What a variable is tried with; the letter of its inputs is its own.
fn candidates(kind: Kind, at: usize) -> Vec<Term> {
    let letter = char::from(b'a' + at as u8);
    let read = |texts: &[&str]| -> Vec<Term> {
        let texts = texts
            .iter()
            .map(|text| text.replace('$', &letter.to_string()));
        texts.map(|text| super::written(&text)).collect()
    };
    match kind {
        Kind::Value => read(&[
            "$:ui1",
            "$:ui2",
            "$:si2",
            "$:si3",
            "(shl $:si2 1)",
            "(shl $:ui2 2)",
            "(add (shl $:si2 2) 1)",
            "(neg $:ui2)",
            "-4",
            "-3",
            "-1",
            "0",
            "1",
            "2",
            "3",
            "4",
            "5",
            "6",
            "7",
            "12",
            "-8",
            "9",
            "11",
            "21",
            "45",
            "85",
        ]),
        Kind::Bound => (-5..=7).map(Term::Number).collect(),
        Kind::Bit => read(&["$:ui1", "0", "1"]),
        Kind::Amount => (0..=4).map(Term::Number).collect(),
        Kind::Mode => Rounding::ALL.iter().map(|m| Term::word(m.name())).collect(),
        Kind::Predicate => Predicate::ALL
            .iter()
            .map(|p| Term::word(p.to_string()))
            .collect(),
        Kind::Type => read(&["ui1", "si1", "ui2", "si2", "ui3", "si3", "ui4", "si4"]),
        Kind::Table => tables(),
    }
}

/// Every table of four entries from -1 to 1, from 0 on, and going round and round; lines.
fn tables() -> Vec<Term> {
    let mut found = Vec::new();
    for number in 0..81 {
        let entry = |at: u32| (number / 3i128.pow(at) % 3) - 1;
        let listed = |entries: Vec<String>| entries.join(",");
        let four = listed((0..4).map(|at| entry(at).to_string()).collect());
        let round = listed((0..40).map(|at| entry(at % 4).to_string()).collect());
        found.push(Term::word(format!("[0:{four}]")));
        found.push(Term::word(format!("[-20:{round}]")));
    }
    found.extend(["[0:0,3,6,9]", "[0:7,5,3,1]", "[-2:-5,-1,3,7]"].map(Term::word));
    found
}

/// Whether the statement's hypotheses hold in a row, and its right side has that value.
fn covers(statement: &Statement, lhs: &Term, bindings: &Bindings, row: &Row, value: i128) -> bool {
    let of = |name: &str| row.get(name).copied();
    let mut known = Bindings::new();
    for name in lhs.variables() {
        let Some(term) = bindings.get(&name) else {
            return false;
        };
        let number = term.value(&of).map(Term::Number);
        known.insert(name, number.unwrap_or_else(|| term.clone()));
    }
    for (name, is) in &statement.binds {
        let wanted = known[name].clone();
        if !solve(is, &wanted, &mut known) {
            return false;
        }
    }
    let terms = statement.terms(lhs);
    let mut open: Vec<String> = terms.iter().flat_map(Term::variables).collect();
    open.retain(|name| !known.contains_key(name));
    open.sort();
    open.dedup();
    applies(statement, &mut known, &open, value)
}

/// Whether some values of the open variables make everything hold.
fn applies(statement: &Statement, known: &mut Bindings, open: &[String], value: i128) -> bool {
    let Some(name) = open.iter().find(|name| !known.contains_key(*name)) else {
        return all_hold(statement, known, value);
    };
    UNDETERMINED.into_iter().any(|candidate| {
        // What follows from the choice is not chosen.
        let mut chosen = known.clone();
        chosen.insert(name.clone(), Term::Number(candidate));
        let mut binds = statement.binds.iter();
        let follows = binds.all(|(name, is)| solve(is, &known[name], &mut chosen));
        follows && applies(statement, &mut chosen, open, value)
    })
}

/// Whether everything holds, once all variables are bound.
fn all_hold(statement: &Statement, known: &Bindings, value: i128) -> bool {
    let closed = |term: &Term| term.substituted(known).value(&|_| None);
    let bound = statement.binds.iter().all(|(name, is)| {
        let is = is.substituted(known);
        match (&known[name], is.value(&|_| None)) {
            (Term::Number(wanted), found) => found == Some(*wanted),
            (Term::Word(word), _) => {
                let ty = is.ty(&|_| None).map(|ty| ty.to_string());
                is == known[name] || ty.as_deref() == Some(word)
            }
            _ => false,
        }
    });
    let facts = statement.given.iter().all(|fact| closed(fact) == Some(1));
    bound && facts && closed(&statement.rhs) == Some(value)
}

/// Binds variables so that a pattern is a value, where arithmetic says how; `false` where
/// it cannot be. What stays open is tried.
pub fn solve(pattern: &Term, wanted: &Term, known: &mut Bindings) -> bool {
    let number = |term: &Term, known: &Bindings| term.substituted(known).value(&|_| None);
    match (pattern, wanted) {
        (Term::Word(name), _) if pattern.is_variable() => match known.get(name) {
            Some(bound) => bound == wanted,
            None => {
                known.insert(name.clone(), wanted.clone());
                true
            }
        },
        (Term::Op(sign @ ("si" | "ui"), parts), Term::Word(word)) => {
            let width = word.strip_prefix(sign).and_then(|w| w.parse().ok());
            width.is_some_and(|width| solve(&parts[0], &Term::Number(width), known))
        }
        (Term::Op(op, parts), Term::Number(wanted)) => {
            let of = |at: usize| parts.get(at).and_then(|part| number(part, known));
            let (left, right) = (of(0), of(1));
            let (at, value) = match (*op, left, right) {
                ("neg", None, _) => (0, wanted.checked_neg()),
                ("add", None, Some(right)) => (0, wanted.checked_sub(right)),
                ("add", Some(left), None) => (1, wanted.checked_sub(left)),
                ("sub", None, Some(right)) => (0, wanted.checked_add(right)),
                ("sub", Some(left), None) => (1, left.checked_sub(*wanted)),
                ("shl", None, Some(amount @ 0..=126)) => {
                    let size = 1i128 << amount;
                    (0, (wanted % size == 0).then_some(wanted / size))
                }
                // Any amount will do.
                ("shl", Some(0), None) if *wanted == 0 => return true,
                ("shl", Some(left), None) => {
                    let ratio = (left != 0 && wanted % left == 0).then(|| wanted / left);
                    let power = ratio.filter(|r| *r > 0 && r.count_ones() == 1);
                    (1, power.map(|r| r.trailing_zeros().into()))
                }
                ("mul", Some(left), None) if left != 0 => {
                    (1, (wanted % left == 0).then(|| wanted / left))
                }
                _ => return true,
            };
            value.is_some_and(|value| solve(&parts[at], &Term::Number(value), known))
        }
        _ => pattern == wanted,
    }
}
