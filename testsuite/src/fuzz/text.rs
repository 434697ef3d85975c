//! Mutations of text: by words, numbers, strings and brackets.

use std::ops::Range;

use super::mutate::{float, number};
use crate::random_fx::Random;

/// Words that readers know, and what trips them.
const WORDS: &[&str] = &[
    "true",
    "false",
    "null",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "-0",
    "0x7FC00000",
    "\"\"",
    "''",
    "[]",
    "{}",
    "()",
    "<>",
    "->",
    "::",
    "..",
    "\\u0000",
    "\u{feff}",
    "é",
    "dense<",
    "array<i64: ",
    "tensor<",
    "tensor<?xf32>",
    "tensor<1000000000000xf32>",
    "tensor<0xf32>",
    "tensor<*xf32>",
    "si1",
    "si126",
    "si127",
    "ui0",
    "ui1",
    "ui16777215",
    "i64",
    "index",
    "none",
    "f32",
    "f64",
    "bf16",
    "vector<4xf32>",
    "tuple<>",
    "memref<2xf32>",
    "loc(",
    "loc(unknown)",
    "#loc",
    "affine_map<(d0) -> (d0)>",
    "unit",
    "@top",
    "^bb0",
    "%0",
    "%x0",
    "\"fx.add\"",
    "\"nn.add\"",
    "\"builtin.module\"",
    "module",
    "func.func",
    "func.func private @f()",
    "return",
    "{-# dialect_resources: {} #-}",
    "dense_resource<a>",
    "sparse<0, 1>",
    "opaque<\"\">",
    "fixed<8,4>",
    "ufixed<200,1>",
    "ap_fixed<8,900,RND,WRAP>",
    "descr",
    "fortran_order",
    "<f4",
    ">f8",
    "|O",
    "'shape': (",
    "10L",
    "2^-4",
    "5*2^-7",
    "2^999999999",
    "1/0",
];

pub fn mutate(input: &mut Vec<u8>, random: &mut Random) {
    let tokens = tokens(input);
    if tokens.is_empty() {
        input.extend(random.pick(WORDS).bytes());
        return;
    }
    let token = |random: &mut Random| tokens[random.below(tokens.len())].clone();
    let at = token(random);
    match random.below(9) {
        0 => _ = input.drain(at),
        1 => {
            let to = token(random);
            let copy = input[at].to_vec();
            input.splice(to, copy);
        }
        2 => {
            let (from, to) = (at.start, token(random).end);
            if from < to {
                let copy = input[from..to].to_vec();
                input.splice(from..from, copy);
            }
        }
        3 => {
            let wanted = match random.below(3) {
                0 => float(random).to_string(),
                _ => number(random).to_string(),
            };
            let numbers = tokens.iter().filter(|at| input[at.start].is_ascii_digit());
            let numbers: Vec<_> = numbers.cloned().collect();
            let at = match numbers.len() {
                0 => at,
                count => numbers[random.below(count)].clone(),
            };
            input.splice(at, wanted.bytes());
        }
        4 => _ = input.splice(at, random.pick(WORDS).bytes()),
        5 => _ = input.splice(at.start..at.start, random.pick(WORDS).bytes()),
        6 => {
            let (open, close) = random.pick(&[("[", "]"), ("{a=", "}"), ("(", ")"), ("<", ">")]);
            let depth = 1 << random.below(8);
            let piece = input[at.clone()].to_vec();
            let mut nested = open.repeat(depth).into_bytes();
            nested.extend(piece);
            nested.extend(close.repeat(depth).bytes());
            input.splice(at, nested);
        }
        7 => input.truncate(at.start),
        _ => {
            // A line goes, or stands twice.
            let start = input[..at.start].iter().rposition(|&byte| byte == b'\n');
            let start = start.map_or(0, |at| at + 1);
            let end = input[at.start..].iter().position(|&byte| byte == b'\n');
            let end = end.map_or(input.len(), |end| at.start + end + 1);
            let line = input[start..end].to_vec();
            match random.below(2) {
                0 => _ = input.drain(start..end),
                _ => _ = input.splice(start..start, line),
            }
        }
    }
}

/// Words, strings and single signs; blanks belong to none.
fn tokens(input: &[u8]) -> Vec<Range<usize>> {
    let mut found = vec![];
    let mut at = 0;
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'%');
    while at < input.len() {
        let start = at;
        match input[at] {
            b'"' => {
                at += 1;
                while at < input.len() && input[at] != b'"' {
                    at += 1 + usize::from(input[at] == b'\\');
                }
                at = (at + 1).min(input.len());
            }
            byte if word(&byte) => {
                at += input[at..].iter().take_while(|byte| word(byte)).count();
            }
            _ => at += 1,
        }
        if !input[start].is_ascii_whitespace() {
            found.push(start..at);
        }
    }
    found
}
