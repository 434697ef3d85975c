//! nn.float_key: the place of the nearest float32 among all float32, as an integer.
//!
//! | x                  | key of the nearest float32 f             |
//! | f > 0, and 0       | its pattern                              |
//! | f < 0              | -1 - the pattern of -f                   |
//! | beyond the largest | the key of the infinity of x's sign      |
//! | 2^129 or more      | 2^31 - 1, the key of NaN                 |
//!
//! A larger float32 has a larger key, so thresholds can be compared as integers. The pattern of
//! -0 has the key -1, which no number has: a threshold at zero is one where -1 and 0 agree.
//! At a port the key is made of the pattern, bit for bit, NaN included; a real number that
//! stands for NaN is 2^129.

use super::{Op, OpDef, eval, wrong_row};
use crate::Number;

/// The key of every NaN.
pub const NAN_KEY: i32 = i32::MAX;

/// The key of a pattern.
pub fn float_key(value: f32) -> i32 {
    let pattern = value.to_bits() as i32;
    match (value.is_nan(), pattern < 0) {
        (true, _) => NAN_KEY,
        (false, false) => pattern,
        (false, true) => pattern ^ 0x7fff_ffff,
    }
}

pub const OP: OpDef = OpDef {
    name: "float_key",
    summary: "the place of the nearest float32 among all float32",
    operands: &["input"],
    attributes: &[],
    read: |fields| {
        Ok(Op::FloatKey {
            input: fields.operands[0],
        })
    },
    print: |_| vec![],
    shape: |op, of| match op {
        Op::FloatKey { .. } => Ok(of[0].to_vec()),
        _ => wrong_row(op),
    },
    eval: |_, of| {
        eval::map(of[0], |x| {
            let value = match *x >= Number::pow2(129) {
                true => f32::NAN,
                // A negative number that rounds to zero has the key of zero.
                false => x.to_f32() + 0.0,
            };
            Ok(Number::from(i64::from(float_key(value))))
        })
    },
};
