//! Identities over the integers by z3: unbounded variables, no quantifiers.
//!
//! Modes, predicates and types are tried one after the other, and so is every amount that
//! `fx` has, 0 to 126: what z3 is asked then is linear arithmetic with divisions by numbers.
//! Each question is whether the hypotheses, and what makes the left side an expression of
//! `fx`, allow values for which the sides differ or the right side is none; z3 has to answer
//! that there are none.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};

use dialects::fx::{MAX_WIDTH, Predicate};
use dialects::{Diagnostic, Result, Rounding};

use super::Statement;
use super::term::{Bindings, Term};

/// More questions than this are not asked for one rule.
const MAX_QUESTIONS: usize = 4096;

/// What a variable can be, by where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Value,
    Bit,
    /// A number by itself: the end of a clamp.
    Bound,
    Amount,
    Mode,
    Predicate,
    Type,
    Table,
}

/// The kinds of the variables of some terms.
pub fn kinds<'a>(terms: impl IntoIterator<Item = &'a Term>) -> BTreeMap<String, Kind> {
    let mut found = BTreeMap::new();
    for term in terms {
        note(term, Kind::Value, &mut found);
    }
    found
}

fn note(term: &Term, kind: Kind, found: &mut BTreeMap<String, Kind>) {
    match term {
        Term::Word(word) if term.is_variable() => {
            let known = found.entry(word.clone()).or_insert(kind);
            if *known == Kind::Value {
                *known = kind;
            }
        }
        Term::Op(op, parts) => {
            for (at, part) in parts.iter().enumerate() {
                let below = match (*op, at) {
                    ("shl" | "shr" | "low", 1) | ("round", 2) | ("si" | "ui", 0) => Kind::Amount,
                    ("clamp", 1 | 2) => Kind::Bound,
                    ("round", 0) => Kind::Mode,
                    ("compare", 0) => Kind::Predicate,
                    ("wrap" | "fits", 0) => Kind::Type,
                    ("lookup", 0) => Kind::Table,
                    ("and" | "or" | "xor" | "not" | "bit", _) | ("select", 0) => Kind::Bit,
                    ("add" | "sub", _) if kind == Kind::Amount => Kind::Amount,
                    _ => Kind::Value,
                };
                note(part, below, found);
            }
        }
        _ => {}
    }
}

/// The program, when it is there.
pub fn z3() -> Result<()> {
    match Command::new("z3").arg("--version").output() {
        Ok(ended) if ended.status.success() => Ok(()),
        _ => Err(Diagnostic::new("z3 is not installed").help("run `make setup`")),
    }
}

/// How many questions z3 answered, all of them with no.
///
/// Errors: what it could not refute, or what cannot be asked.
pub fn prove(lhs: &Term, statement: &Statement) -> Result<usize, String> {
    let terms = statement.terms(lhs);
    let mut kinds = kinds(terms.iter());
    for (name, _) in &statement.binds {
        kinds.remove(name);
    }
    let questions = instances(&kinds)?;
    let mut script = String::from("(set-option :timeout 5000)\n");
    for (name, kind) in &kinds {
        if matches!(kind, Kind::Value | Kind::Bit | Kind::Bound) {
            writeln!(script, "(declare-const {} Int)", smt_name(name)).expect("a string");
        }
    }
    let mut asked = Vec::new();
    for instance in &questions {
        if let Some(question) = question(lhs, statement, instance)? {
            script.push_str(&question);
            asked.push(instance);
        }
    }
    if asked.is_empty() {
        return Err("its hypotheses never hold".to_string());
    }
    match ask(&script)? {
        Answer::AllRefuted(count) if count == asked.len() => Ok(count),
        Answer::AllRefuted(count) => Err(format!("z3 answered {count} of {}", asked.len())),
        Answer::Other(at, line) => {
            let bound = asked
                .get(at)
                .into_iter()
                .flat_map(|instance| instance.iter());
            let bound = bound.map(|(name, term)| format!("{name} = {term}"));
            let bound = bound.collect::<Vec<_>>().join(", ");
            Err(format!("z3 says `{line}` for {bound}"))
        }
    }
}

fn smt_name(variable: &str) -> String {
    format!("v_{}", variable.trim_start_matches('?'))
}

/// Every choice of what is tried one by one.
fn instances(kinds: &BTreeMap<String, Kind>) -> Result<Vec<Bindings>, String> {
    let mut all = vec![Bindings::new()];
    for (name, kind) in kinds {
        let choices: Vec<Term> = match kind {
            Kind::Value | Kind::Bit | Kind::Bound => continue,
            Kind::Amount => (0..=i128::from(MAX_WIDTH)).map(Term::Number).collect(),
            Kind::Mode => Rounding::ALL.iter().map(|m| Term::word(m.name())).collect(),
            Kind::Predicate => {
                let names = Predicate::ALL.iter().map(ToString::to_string);
                names.map(Term::word).collect()
            }
            Kind::Type => {
                let widths = 1..=MAX_WIDTH;
                let of = |width| [format!("si{width}"), format!("ui{width}")];
                widths.flat_map(of).map(Term::word).collect()
            }
            Kind::Table => return Err("a table is no number".to_string()),
        };
        if all.len() * choices.len() > MAX_QUESTIONS {
            return Err("it has too many amounts to try them all".to_string());
        }
        let grown = all.iter().flat_map(|bound| {
            choices.iter().map(move |choice| {
                let mut bound = bound.clone();
                bound.insert(name.clone(), choice.clone());
                bound
            })
        });
        all = grown.collect();
    }
    Ok(all)
}

/// The text that asks for a counterexample; `None` where a hypothesis fails by itself.
fn question(
    lhs: &Term,
    statement: &Statement,
    instance: &Bindings,
) -> Result<Option<String>, String> {
    let closed = |term: &Term| {
        term.substituted(&statement.bindings())
            .substituted(instance)
    };
    let (lhs, rhs) = (closed(lhs), closed(&statement.rhs));
    let mut known = Vec::new();
    for given in &statement.given {
        let given = closed(given);
        match given.value(&|_| None) {
            Some(1) => {}
            Some(_) => return Ok(None),
            None => known.push(boolean(&given)?),
        }
    }
    let mut wanted = Vec::new();
    conditions(&lhs, &mut known)?;
    conditions(&rhs, &mut wanted)?;
    wanted.push(format!("(= {} {})", integer(&lhs)?, integer(&rhs)?));
    let mut text = String::from("(push)\n");
    for fact in known {
        writeln!(text, "(assert {fact})").expect("a string");
    }
    let wanted = wanted.join(" ");
    writeln!(text, "(assert (not (and {wanted})))\n(check-sat)\n(pop)").expect("a string");
    Ok(Some(text))
}

/// What makes a term an expression of `fx`: bits are bits, a clamp's bounds are in order.
fn conditions(term: &Term, found: &mut Vec<String>) -> Result<(), String> {
    let Term::Op(op, parts) = term else {
        return Ok(());
    };
    let bits = match *op {
        "and" | "or" | "xor" | "not" => parts.len(),
        "select" => 1,
        _ => 0,
    };
    for part in &parts[..bits] {
        let part = integer(part)?;
        found.push(format!("(and (<= 0 {part}) (<= {part} 1))"));
    }
    if *op == "clamp" {
        found.push(format!(
            "(<= {} {})",
            integer(&parts[1])?,
            integer(&parts[2])?
        ));
    }
    parts.iter().try_for_each(|part| match part {
        Term::Op("si" | "ui", _) => Ok(()),
        part => conditions(part, found),
    })
}

/// A hypothesis in SMT-LIB.
fn boolean(term: &Term) -> Result<String, String> {
    let Term::Op(op, parts) = term else {
        return Err(format!("{term} is no hypothesis"));
    };
    let compared = |symbol: &str| {
        Ok(format!(
            "({symbol} {} {})",
            integer(&parts[0])?,
            integer(&parts[1])?
        ))
    };
    match *op {
        "le" => compared("<="),
        "lt" => compared("<"),
        "eq" => compared("="),
        "ne" => compared("distinct"),
        "both" => Ok(format!(
            "(and {} {})",
            boolean(&parts[0])?,
            boolean(&parts[1])?
        )),
        "either" => Ok(format!(
            "(or {} {})",
            boolean(&parts[0])?,
            boolean(&parts[1])?
        )),
        "bit" => {
            let part = integer(&parts[0])?;
            Ok(format!("(and (<= 0 {part}) (<= {part} 1))"))
        }
        "fits" => {
            let range = parts[0].ty(&|_| None).ok_or("a type of no width")?.range();
            let part = integer(&parts[1])?;
            Ok(format!(
                "(and (<= {} {part}) (<= {part} {}))",
                literal(range.lo),
                literal(range.hi)
            ))
        }
        _ => Err(format!("{term} is no hypothesis")),
    }
}

fn literal(value: i128) -> String {
    match value < 0 {
        true => format!("(- {})", value.unsigned_abs()),
        false => value.to_string(),
    }
}

/// 2^amount of an amount that is a number by now.
fn size(amount: &Term) -> Result<i128, String> {
    let value = amount.value(&|_| None);
    let value = value.filter(|k| (0..=126).contains(k));
    value
        .map(|k| 1 << k)
        .ok_or_else(|| format!("{amount} is no amount"))
}

/// A value in SMT-LIB.
fn integer(term: &Term) -> Result<String, String> {
    let (op, parts) = match term {
        Term::Number(value) => return Ok(literal(*value)),
        Term::Word(word) if term.is_variable() => return Ok(smt_name(word)),
        Term::Word(word) => return Err(format!("`{word}` is no number")),
        Term::Op(op, parts) => (*op, parts),
    };
    let of = |at: usize| integer(&parts[at]);
    Ok(match op {
        "add" => format!("(+ {} {})", of(0)?, of(1)?),
        "sub" => format!("(- {} {})", of(0)?, of(1)?),
        "neg" => format!("(- {})", of(0)?),
        "mul" => format!("(* {} {})", of(0)?, of(1)?),
        "shl" => format!("(* {} {})", of(0)?, size(&parts[1])?),
        "shr" => format!("(div {} {})", of(0)?, size(&parts[1])?),
        "low" => format!("(mod {} {})", of(0)?, size(&parts[1])?),
        "round" => {
            let mode = parts[0].mode().ok_or("a mode that is none")?;
            rounded(mode, &of(1)?, size(&parts[2])?)
        }
        "clamp" => {
            let (value, low, high) = (of(0)?, of(1)?, of(2)?);
            format!("(ite (< {value} {low}) {low} (ite (> {value} {high}) {high} {value}))")
        }
        "wrap" => {
            let ty = parts[0].ty(&|_| None).ok_or("a type of no width")?;
            let (size, low) = (1i128 << ty.width, literal(ty.range().lo));
            format!("(+ (mod (- {} {low}) {size}) {low})", of(1)?)
        }
        "compare" => {
            let (a, b) = (of(1)?, of(2)?);
            let symbol = match parts[0].predicate().ok_or("a predicate that is none")? {
                Predicate::Equal => "=",
                Predicate::NotEqual => "distinct",
                Predicate::Less => "<",
                Predicate::LessEqual => "<=",
            };
            format!("(ite ({symbol} {a} {b}) 1 0)")
        }
        "select" => format!("(ite (= {} 1) {} {})", of(0)?, of(1)?, of(2)?),
        "and" => format!("(* {} {})", of(0)?, of(1)?),
        "or" => format!("(ite (= {} 1) 1 {})", of(0)?, of(1)?),
        "xor" => format!("(ite (= {} {}) 0 1)", of(0)?, of(1)?),
        "not" => format!("(- 1 {})", of(0)?),
        _ => return Err(format!("{op} is not for z3")),
    })
}

/// The integer that a mode makes of value / size.
fn rounded(mode: Rounding, value: &str, size: i128) -> String {
    if size == 1 {
        return value.to_string();
    }
    let (floor, rest) = (
        format!("(div {value} {size})"),
        format!("(mod {value} {size})"),
    );
    let (negative, half) = (format!("(< {value} 0)"), size / 2);
    let (inexact, above) = (format!("(> {rest} 0)"), format!("(> {rest} {half})"));
    let tie = format!("(= {rest} {half})");
    let up = match mode {
        Rounding::Floor => return floor,
        Rounding::Ceil => inexact,
        Rounding::TowardZero => format!("(and {inexact} {negative})"),
        Rounding::AwayFromZero => format!("(and {inexact} (not {negative}))"),
        Rounding::HalfEven => format!("(or {above} (and {tie} (= (mod {floor} 2) 1)))"),
        Rounding::HalfUp => format!("(or {above} {tie})"),
        Rounding::HalfDown => above,
        Rounding::HalfAway => format!("(or {above} (and {tie} (not {negative})))"),
        Rounding::HalfToZero => format!("(or {above} (and {tie} {negative}))"),
    };
    format!("(+ {floor} (ite {up} 1 0))")
}

enum Answer {
    AllRefuted(usize),
    /// The first other answer, and how many came before it.
    Other(usize, String),
}

/// Asks until an answer is not `unsat`.
fn ask(script: &str) -> Result<Answer, String> {
    let failed = |error: std::io::Error| format!("z3 cannot be asked: {error}");
    let child = Command::new("z3")
        .arg("-in")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.map_err(failed)?;
    let mut input = child.stdin.take().expect("a pipe");
    let output = child.stdout.take().expect("a pipe");
    let answer = std::thread::scope(|scope| {
        // Questions and answers pass each other: neither pipe may fill up.
        scope.spawn(move || {
            let _ = input.write_all(script.as_bytes());
        });
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        let mut refuted = 0;
        for line in lines {
            if line != "unsat" {
                let _ = child.kill();
                return Answer::Other(refuted, line);
            }
            refuted += 1;
        }
        Answer::AllRefuted(refuted)
    });
    let _ = child.wait();
    Ok(answer)
}
