//! fx.sum: the exact sum of shifted terms and a constant; `sum1`, `sum2`, `sum3` by their number.
//!
//! | terms            | result                                                          |
//! | t, u, v: any     | constant ± t·2^shift ± u·2^shift ± v·2^shift, by a known range  |
//!
//! The op of one hardware adder: what a carry chain sums in one row of LUTs is one op, and
//! its shifts and signs are wiring. `shifts[i]` and `negative[i]` (0 or 1) belong to operand `i`.
//! The sum of all magnitudes stays below 2^126, so that terms can be added in any order.

use smallvec::SmallVec;

use super::{Fields, IntType, Op, OpDef, Range, ValueId, typed};
use crate::{Diagnostic, Result};

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

/// The op of so many terms. There are three: IRDL gives all operands of one list one type.
pub const fn row(terms: usize) -> &'static OpDef {
    match terms {
        1 => &ONE,
        2 => &TWO,
        _ => &THREE,
    }
}

static ONE: OpDef = def("sum1", "constant ± a · 2^shift", &["a"]);
static TWO: OpDef = def("sum2", "constant ± a · 2^shift ± b · 2^shift", &["a", "b"]);
static THREE: OpDef = def(
    "sum3",
    "constant ± a · 2^shift ± b · 2^shift ± c · 2^shift",
    &["a", "b", "c"],
);

const fn def(
    name: &'static str,
    summary: &'static str,
    operands: &'static [&'static str],
) -> OpDef {
    OpDef {
        name,
        summary,
        operands,
        attributes: &["shifts", "negative", "constant"],
        read,
        print,
        range,
        eval,
    }
}

fn read(fields: &Fields) -> Result<Op> {
    let (shifts, signs) = (fields.integers("shifts")?, fields.integers("negative")?);
    let count = fields.operands.len();
    if shifts.len() != count || signs.len() != count {
        return Err(Diagnostic::new(
            "a sum needs one entry of `shifts` and of `negative` for each term",
        ));
    }
    let mut terms = Terms::new();
    for ((value, shift), sign) in fields.operands.iter().zip(shifts).zip(signs) {
        let shift = u32::try_from(*shift).ok();
        let shift = shift.filter(|&shift| shift < super::MAX_WIDTH);
        let (Some(shift), 0..=1) = (shift, *sign) else {
            return Err(Diagnostic::new(
                "a sum shifts by 0 to 125 places, and `negative` is 0 or 1",
            ));
        };
        terms.push(Term::new(*value, shift, *sign == 1));
    }
    let constant = fields.integer("constant")?;
    Ok(Op::Sum { terms, constant })
}

fn print(op: &Op) -> Vec<String> {
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
}

fn range(op: &Op, of: &[Range], _: IntType) -> Option<Range> {
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
}

fn eval(op: &Op, of: &[i128], _: IntType) -> i128 {
    let (terms, constant) = parts(op);
    let signed = |(term, value): (&Term, &i128)| match term.negative {
        true => -(value << term.shift),
        false => value << term.shift,
    };
    terms.iter().zip(of).map(signed).sum::<i128>() + constant
}

fn parts(op: &Op) -> (&[Term], i128) {
    match op {
        Op::Sum { terms, constant } => (terms, *constant),
        _ => unreachable!("the row of fx.sum was asked about another op"),
    }
}
