//! fx.sum: the exact sum of one to three shifted terms and a constant.
//!
//! | terms            | result                                                          |
//! | t, u, v: any     | constant ± t·2^shift ± u·2^shift ± v·2^shift, by a known range  |
//!
//! The op of one hardware adder: what a carry chain sums in one row of LUTs is one op, and
//! its shifts and signs are wiring. `shifts[i]` and `negative[i]` (0 or 1) belong to operand `i`.
//! The sum of all magnitudes stays below 2^126, so that terms can be added in any order.

use smallvec::SmallVec;

use super::{Op, OpDef, Range, ValueId, typed};
use crate::Diagnostic;

/// The most terms of one sum: what one row of LUTs adds.
pub const MAX_TERMS: usize = 3;

/// The terms of one sum, in the order of its operands.
pub type Terms = SmallVec<[Term; MAX_TERMS]>;

/// `value · 2^shift`, subtracted when `negative`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Term {
    pub value: ValueId,
    pub shift: u32,
    pub negative: bool,
}

impl Term {
    /// The term as it is added.
    pub fn new(value: ValueId, shift: u32, negative: bool) -> Self {
        Term {
            value,
            shift,
            negative,
        }
    }

    /// `±2^shift`; `None` beyond 126 bits.
    pub fn factor(self) -> Option<i128> {
        let factor = (self.shift < super::MAX_WIDTH).then(|| 1i128 << self.shift)?;
        Some(if self.negative { -factor } else { factor })
    }
}

pub const OP: OpDef = OpDef {
    name: "sum",
    summary: "constant + the sum of ±(term · 2^shift), one to three terms",
    operands: &["...terms"],
    attributes: &["shifts", "negative", "constant"],
    read: |fields| {
        let (shifts, signs) = (fields.integers("shifts")?, fields.integers("negative")?);
        let count = fields.operands.len();
        if !(1..=MAX_TERMS).contains(&count) {
            return Err(Diagnostic::new(format!(
                "fx.sum has {count} terms; it takes 1 to {MAX_TERMS}"
            )));
        }
        if shifts.len() != count || signs.len() != count {
            return Err(Diagnostic::new(
                "fx.sum needs one entry of `shifts` and of `negative` for each term",
            ));
        }
        let mut terms = Terms::new();
        for ((value, shift), sign) in fields.operands.iter().zip(shifts).zip(signs) {
            let shift = u32::try_from(*shift).ok();
            let shift = shift.filter(|&shift| shift < super::MAX_WIDTH);
            let (Some(shift), 0..=1) = (shift, *sign) else {
                return Err(Diagnostic::new(
                    "fx.sum shifts by 0 to 125 places, and `negative` is 0 or 1",
                ));
            };
            terms.push(Term::new(*value, shift, *sign == 1));
        }
        let constant = fields.integer("constant")?;
        Ok(Op::Sum { terms, constant })
    },
    print: |op| {
        let (terms, constant) = parts(op);
        let list = |number: fn(&Term) -> u32| {
            let numbers = terms.iter().map(|term| number(term).to_string());
            let numbers: Vec<String> = numbers.collect();
            format!("array<i64: {}>", numbers.join(", "))
        };
        vec![
            list(|term| term.shift),
            list(|term| u32::from(term.negative)),
            typed(constant),
        ]
    },
    range: |op, of, _| {
        let (terms, constant) = parts(op);
        let (mut lo, mut hi) = (constant, constant);
        let mut magnitude = constant.unsigned_abs();
        for (term, of) in terms.iter().zip(of) {
            let factor = term.factor()?;
            let ends = [of.lo.checked_mul(factor)?, of.hi.checked_mul(factor)?];
            lo = lo.checked_add(ends[0].min(ends[1]))?;
            hi = hi.checked_add(ends[0].max(ends[1]))?;
            let largest = ends[0].unsigned_abs().max(ends[1].unsigned_abs());
            magnitude = magnitude.checked_add(largest)?;
        }
        (magnitude < 1 << super::MAX_WIDTH).then(|| Range::new(lo, hi))
    },
    eval: |op, of, _| {
        let (terms, constant) = parts(op);
        let signed = |(term, value): (&Term, &i128)| match term.negative {
            true => -(value << term.shift),
            false => value << term.shift,
        };
        terms.iter().zip(of).map(signed).sum::<i128>() + constant
    },
};

fn parts(op: &Op) -> (&[Term], i128) {
    match op {
        Op::Sum { terms, constant } => (terms, *constant),
        _ => unreachable!("the row of fx.sum was asked about another op"),
    }
}
