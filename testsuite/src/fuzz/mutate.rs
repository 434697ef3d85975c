//! Mutations: of bytes, and of the structure that a reader expects.

use super::{protobuf, text};
use crate::random_fx::Random;

/// What an input is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutator {
    /// Fields and messages within messages.
    Protobuf,
    /// Words, numbers, strings and brackets.
    Text,
}

/// Changes an input in one to four places; at most `longest` bytes are left of it.
pub fn mutate(mutator: Mutator, input: &mut Vec<u8>, longest: usize, random: &mut Random) {
    for _ in 0..=random.below(4) {
        match (mutator, random.below(6)) {
            (_, 0) => bytes(input, random),
            (Mutator::Protobuf, _) => protobuf::mutate(input, random),
            (Mutator::Text, _) => text::mutate(input, random),
        }
    }
    input.truncate(longest);
}

/// Numbers at which arithmetic goes wrong.
pub fn number(random: &mut Random) -> i64 {
    match random.below(8) {
        0 => random.pick(&[i64::MIN, i64::MIN + 1, i64::MAX, i64::MAX - 1]),
        1 => random.pick(&[1_000_000_000_000, 1 << 40, 1 << 62, -(1 << 62)]),
        2 => random.pick(&[i64::from(i32::MAX), i64::from(i32::MIN), 1 << 31, 1 << 32]),
        3 => random.pick(&[126, 127, 128, 255, 256, 65535, 65536, 1 << 20, 1 << 24]),
        4 => 1 << random.below(63),
        5 => -(1 << random.below(63)),
        6 => random.below(70) as i64,
        _ => random.below(5) as i64 - 2,
    }
}

/// Floats at which arithmetic goes wrong.
pub fn float(random: &mut Random) -> f32 {
    match random.below(4) {
        0 => random.pick(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0]),
        1 => random.pick(&[f32::MAX, f32::MIN, f32::MIN_POSITIVE, 1e-45, -1e-45, 3e38]),
        2 => f32::from_bits(random.bits() as u32),
        _ => random.pick(&[0.0, 1.0, -1.0, 0.5, 0.1, 1e9, 16_777_217.0, 1e-7]),
    }
}

fn bytes(input: &mut Vec<u8>, random: &mut Random) {
    if input.is_empty() {
        input.push(random.bits() as u8);
        return;
    }
    let at = random.below(input.len());
    match random.below(6) {
        0 => input[at] ^= 1 << random.below(8),
        1 => input[at] = random.bits() as u8,
        2 => input.truncate(at),
        3 => input.insert(at, random.bits() as u8),
        4 => {
            let end = (at + 1 + random.below(16)).min(input.len());
            input.drain(at..end);
        }
        _ => {
            let end = (at + 1 + random.below(64)).min(input.len());
            let piece = input[at..end].to_vec();
            let to = random.below(input.len());
            input.splice(to..to, piece);
        }
    }
}
