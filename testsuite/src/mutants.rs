//! Hardware text with one mistake: what a verification must not call proved.

use crate::random_fx::Random;

/// A text that differs from a design in one place.
#[derive(Debug, Clone)]
pub struct Mutant {
    pub kind: &'static str,
    pub line: usize,
    pub text: String,
}

type Rule = fn(&str, &mut Random) -> Option<String>;

/// Every kind of mistake: the line after it, where the line has room for one.
static RULES: &[(&str, Rule)] = &[
    ("constant", constant),
    ("sign", sign),
    ("operation", operation),
    ("connection", connection),
    ("place", place),
    ("comparison", comparison),
    ("register left out", register),
    ("table entry", entry),
    ("row mask", mask),
    ("row carry", carry),
    ("arms of a choice", arms),
];

/// So many mutants of a text, spread over all kinds of mistakes that it has room for.
pub fn mutants(text: &str, seed: u64, count: usize) -> Vec<Mutant> {
    let lines: Vec<&str> = text.lines().collect();
    let mut random = Random::new(seed);
    let mut found = vec![];
    // A kind without room is passed over after so many lines.
    const TRIES: usize = 4000;
    let mut rules: Vec<_> = RULES.to_vec();
    while found.len() < count && !rules.is_empty() {
        let at = found.len() % rules.len();
        let (kind, rule) = rules[at];
        let made = (0..TRIES).find_map(|_| {
            let line = random.below(lines.len());
            let changed = rule(lines[line], &mut random)?;
            (changed != lines[line]).then_some((line, changed))
        });
        match made {
            None => {
                rules.remove(at);
            }
            Some((line, changed)) => {
                let mut text = lines.clone();
                text[line] = &changed;
                found.push(Mutant {
                    kind,
                    line: line + 1,
                    text: text.join("\n") + "\n",
                });
            }
        }
    }
    found
}

/// The operation of a line and what is around it.
fn around<'a>(line: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    line.split_once(word)
}

fn constant(line: &str, random: &mut Random) -> Option<String> {
    let (before, rest) = around(line, "hw.constant ")?;
    let (value, ty) = rest.split_once(" : i")?;
    let (value, width): (i128, u32) = (value.parse().ok()?, ty.trim().parse().ok()?);
    let bit = random.below(width.min(60) as usize);
    let bits = (value ^ 1 << bit) & ((1 << width) - 1);
    let signed = if bits >> (width - 1) & 1 == 1 {
        bits - (1 << width)
    } else {
        bits
    };
    Some(format!("{before}hw.constant {signed} : i{}", ty.trim()))
}

fn sign(line: &str, _: &mut Random) -> Option<String> {
    let swapped = [
        ("icmp slt", "icmp ult"),
        ("icmp ult", "icmp slt"),
        ("icmp sle", "icmp ule"),
    ];
    let found = swapped.iter().find(|(from, _)| line.contains(from));
    found.map(|(from, to)| line.replace(from, to))
}

fn operation(line: &str, _: &mut Random) -> Option<String> {
    let pairs = [
        ("comb.add", "comb.sub"),
        ("comb.sub", "comb.add"),
        ("comb.and", "comb.or"),
        ("comb.or", "comb.xor"),
        ("comb.xor", "comb.and"),
    ];
    let found = pairs.iter().find(|(from, _)| line.contains(from));
    found.map(|(from, to)| line.replace(from, to))
}

/// Two neighbours of one concatenation or subtraction change places.
fn connection(line: &str, random: &mut Random) -> Option<String> {
    let word = ["comb.concat ", "comb.sub "]
        .into_iter()
        .find(|word| line.contains(word))?;
    let (before, rest) = around(line, word)?;
    let (names, types) = rest.split_once(" : ")?;
    let mut names: Vec<&str> = names.split(", ").collect();
    let widths: Vec<&str> = types.split(", ").collect();
    let at = random.below(names.len() - 1);
    let same = widths.len() == 1 || widths[at] == widths[at + 1];
    same.then(|| names.swap(at, at + 1));
    same.then(|| format!("{before}{word}{} : {types}", names.join(", ")))
}

/// Bits are taken one place lower or higher.
fn place(line: &str, random: &mut Random) -> Option<String> {
    let (before, rest) = line.split_once(" from ")?;
    let (low, types) = rest.split_once(" : (i")?;
    let (of, to) = types.split_once(") -> i")?;
    let (low, of, to): (u32, u32, u32) =
        (low.parse().ok()?, of.parse().ok()?, to.trim().parse().ok()?);
    let up = random.below(2) == 1;
    let low = if up { low + 1 } else { low.checked_sub(1)? };
    (low + to <= of).then(|| format!("{before} from {low} : (i{of}) -> i{to}"))
}

fn comparison(line: &str, _: &mut Random) -> Option<String> {
    let pairs = [
        ("icmp eq", "icmp ne"),
        ("icmp ne", "icmp eq"),
        ("icmp slt", "icmp sle"),
        ("icmp ult", "icmp ule"),
    ];
    let found = pairs.iter().find(|(from, _)| line.contains(from));
    found.map(|(from, to)| line.replace(from, to))
}

fn register(line: &str, _: &mut Random) -> Option<String> {
    let (before, rest) = around(line, "seq.compreg name ")?;
    let (name, rest) = rest.split_once(" %")?;
    let (next, rest) = rest.split_once(", %clk")?;
    let (_, ty) = rest.rsplit_once(" : ")?;
    Some(format!("{before}hw.wire %{next} name {name} : {ty}"))
}

fn entry(line: &str, random: &mut Random) -> Option<String> {
    let (before, rest) = around(line, "hw.aggregate_constant [")?;
    let (values, rest) = rest.split_once(']')?;
    let mut values: Vec<String> = values.split(", ").map(str::to_string).collect();
    let at = random.below(values.len());
    let as_line = format!("hw.constant {}", values[at]);
    values[at] = constant(&as_line, random)?.replace("hw.constant ", "");
    Some(format!(
        "{before}hw.aggregate_constant [{}]{rest}",
        values.join(", ")
    ))
}

/// A bit of a mask of a row of adders.
fn mask(line: &str, random: &mut Random) -> Option<String> {
    let names = ["A_USED", "B_USED", "A_INVERT", "B_INVERT", "CONSTANT"];
    let name = format!(" {}: none = #hw.param.verbatim<\"", random.pick(&names));
    let (before, rest) = line.split_once(&name)?;
    let (value, rest) = rest.split_once('"')?;
    let (width, digits) = value.split_once("'h")?;
    let bits = u128::from_str_radix(digits, 16).ok()?;
    let bits = bits ^ 1 << random.below(width.parse().ok()?);
    Some(format!("{before}{name}{width}'h{bits:x}\"{rest}"))
}

fn carry(line: &str, _: &mut Random) -> Option<String> {
    let name = "CARRY_IN: none = #hw.param.verbatim<\"";
    let (before, rest) = line.split_once(name)?;
    let flipped = if rest.starts_with('0') { "1" } else { "0" };
    Some(format!("{before}{name}{flipped}{}", &rest[1..]))
}

fn arms(line: &str, _: &mut Random) -> Option<String> {
    let (before, rest) = around(line, "comb.mux ")?;
    let (names, ty) = rest.split_once(" : ")?;
    let names: Vec<&str> = names.split(", ").collect();
    let [condition, a, b] = names[..] else {
        return None;
    };
    Some(format!("{before}comb.mux {condition}, {b}, {a} : {ty}"))
}
