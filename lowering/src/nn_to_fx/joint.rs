//! A rounded sum of a few small integers without the grid that their scales share.
//!
//! Two quantised values of unlike scales meet on a grid so fine that their sum has fifty bits,
//! of which its rounding needs none but a few. With x and y of eight bits there are 65536 pairs:
//! the smallest factors a and b for which `(a·x + b·y + c) >> s` is the rounded sum of every one
//! of them take its place. c lies between the bounds that each pair sets.

use dialects::Number;
use dialects::fx::{Builder, Op, Range, ValueId};

use super::requantize::signed_digits;
use super::staircase::{Line, Staircase};

/// Most values of the terms together: each is looked at.
const MOST_POINTS: u128 = 1 << 17;
/// Most terms of a sum.
const MOST_TERMS: usize = 3;
/// Most steps from a sum to its terms: values that are added to themselves have a way for each
/// choice of the two.
const MOST_STEPS: usize = 64;
/// Bits behind the point of the finest factors that are tried.
const FINEST: u32 = 40;

/// Σ factor · value + constant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    pub terms: Vec<(i128, ValueId)>,
    constant: i128,
    /// Values looked at on the way to the terms.
    steps: usize,
}

impl Form {
    /// The sum that a value is, if it has few terms with few values.
    pub fn of(builder: &Builder, value: ValueId) -> Option<Form> {
        let mut form = Form {
            terms: vec![],
            constant: 0,
            steps: 0,
        };
        form.add(builder, value, 1)?;
        let points = form.terms.iter().try_fold(1u128, |points, (_, term)| {
            let Range { lo, hi } = builder.range(*term);
            points.checked_mul(hi.abs_diff(lo).checked_add(1)?)
        });
        (!form.terms.is_empty() && points? <= MOST_POINTS).then_some(form)
    }

    fn add(&mut self, builder: &Builder, value: ValueId, factor: i128) -> Option<()> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return None;
        }
        match builder.node(value).op {
            Op::Constant { value } => {
                self.constant = self.constant.checked_add(factor.checked_mul(value)?)?;
            }
            Op::Add { lhs, rhs } => {
                self.add(builder, lhs, factor)?;
                self.add(builder, rhs, factor)?;
            }
            Op::Sub { lhs, rhs } => {
                self.add(builder, lhs, factor)?;
                self.add(builder, rhs, factor.checked_neg()?)?;
            }
            Op::Neg { input } => self.add(builder, input, factor.checked_neg()?)?,
            Op::Shl { input, amount } if amount < 100 => {
                self.add(builder, input, factor.checked_mul(1 << amount)?)?;
            }
            Op::Mul { lhs, rhs } => {
                let constant = |of| builder.constant_value(of);
                match (constant(lhs), constant(rhs)) {
                    (Some(own), None) => self.add(builder, rhs, factor.checked_mul(own)?)?,
                    (None, Some(own)) => self.add(builder, lhs, factor.checked_mul(own)?)?,
                    _ => self.term(value, factor)?,
                }
            }
            _ => self.term(value, factor)?,
        }
        Some(())
    }

    fn term(&mut self, value: ValueId, factor: i128) -> Option<()> {
        match self.terms.iter().position(|(_, of)| *of == value) {
            Some(at) => self.terms[at].0 = self.terms[at].0.checked_add(factor)?,
            None if self.terms.len() == MOST_TERMS => return None,
            None => self.terms.push((factor, value)),
        }
        Some(())
    }

    /// What decides the factors: those of the sum, and the ranges of its terms.
    pub fn key(&self, builder: &Builder) -> (Vec<(i128, Range)>, i128) {
        let terms = self.terms.iter();
        let terms = terms.map(|(factor, term)| (*factor, builder.range(*term)));
        (terms.collect(), self.constant)
    }
}

/// `(Σ factor · term + shift) >> amount`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joint {
    pub factors: Vec<i128>,
    pub shift: i128,
    pub amount: u32,
}

impl Joint {
    /// Digits of all factors: adders that they take.
    pub fn digits(&self) -> u32 {
        self.factors.iter().map(|&of| signed_digits(of)).sum()
    }
}

/// A point of the terms' box and the value that its rounding has to be.
struct Point {
    at: [i128; MOST_TERMS],
    value: i128,
}

/// The factors with the fewest digits among the coarsest that give the staircase's value at
/// every point of the terms' ranges.
pub fn search(
    (terms, constant): &(Vec<(i128, Range)>, i128),
    line: &Line,
    stairs: &Staircase,
) -> Option<Joint> {
    let points = points(terms, *constant, stairs)?;
    let mut best: Option<Joint> = None;
    for amount in 0..=FINEST {
        // A little finer can have fewer digits.
        if best.as_ref().is_some_and(|best| amount > best.amount + 2) {
            break;
        }
        let floors = terms.iter().map(|(factor, _)| {
            let exact = &line.factor * &Number::from(*factor);
            i128::try_from(exact.shifted(i64::from(amount)).floor()).ok()
        });
        let floors = floors.collect::<Option<Vec<_>>>()?;
        for choice in 0..1u32 << floors.len() {
            let up = |at: usize| i128::from(choice >> at & 1);
            let factors: Vec<i128> = floors.iter().zip(0..).map(|(f, at)| f + up(at)).collect();
            let Some(shift) = shift_for(&factors, amount, &points, stairs) else {
                continue;
            };
            let found = Joint {
                factors,
                shift,
                amount,
            };
            if best
                .as_ref()
                .is_none_or(|best| found.digits() < best.digits())
            {
                best = Some(found);
            }
        }
    }
    best
}

fn points(terms: &[(i128, Range)], constant: i128, stairs: &Staircase) -> Option<Vec<Point>> {
    let mut found = vec![([0; MOST_TERMS], constant)];
    for (at, (factor, range)) in terms.iter().enumerate() {
        let mut next = Vec::with_capacity(found.len() * 2);
        for (point, sum) in found {
            for x in range.lo..=range.hi {
                let mut point = point;
                point[at] = x;
                next.push((point, factor.checked_mul(x)?.checked_add(sum)?));
            }
        }
        found = next;
    }
    let point = |(at, sum)| Point {
        at,
        value: stairs.value(sum),
    };
    Some(found.into_iter().map(point).collect())
}

/// The shift with the most trailing zeros that puts every point on its stair.
fn shift_for(factors: &[i128], amount: u32, points: &[Point], stairs: &Staircase) -> Option<i128> {
    let highest = stairs.lowest + stairs.first.len() as i128;
    let (mut least, mut most) = (i128::MIN, i128::MAX);
    for point in points {
        let terms = factors.iter().zip(&point.at);
        let sum: i128 = terms.map(|(factor, x)| factor * x).sum();
        // Where the caller cuts an end off, its value bounds from one side only.
        if !(stairs.cut.0 && point.value == stairs.lowest) {
            least = least.max((point.value << amount) - sum);
        }
        if !(stairs.cut.1 && point.value == highest) {
            most = most.min(((point.value + 1) << amount) - 1 - sum);
        }
        if least > most {
            return None;
        }
    }
    super::staircase::roundest(least, most, amount)
}
