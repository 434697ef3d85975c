//! Comparisons of one value by its digits.

use std::collections::BTreeMap;
use std::sync::Arc;

use dialects::Result;
use dialects::fx::{Builder, IntType, LayerId, Op, Predicate, Range, Table, ValueId};

use crate::target::{Operand, Target};

/// A LUT decides a comparison of so many bits, or of one bit less and an answer.
const LUT_INPUTS: u32 = 6;

/// Wider low parts than the narrowest are tried, too: so many.
const TRIED: u32 = 3;

/// How the comparisons of a value with some constants are made.
pub struct Digits {
    bounds: Vec<i128>,
    /// LUTs of all of them.
    pub luts: u32,
    split: Option<Split>,
}

/// A high digit, and what is below it.
struct Split {
    low_bits: u32,
    /// What the high digit is clamped to, and whether it has to be.
    digit: Range,
    clamped: bool,
    low: Box<Digits>,
}

/// Where the comparisons are built.
pub struct Site<'a> {
    pub builder: &'a mut Builder,
    pub layer: LayerId,
}

impl Digits {
    /// The cheapest digits for bounds in order, all of them inside the range and below its end.
    pub fn of(target: &Target, range: Range, bounds: &[i128]) -> Digits {
        let direct = Digits {
            bounds: bounds.to_vec(),
            luts: bounds.len() as u32 * direct(target, range),
            split: None,
        };
        let width = range.int_type().map_or(0, |ty| ty.width);
        if width <= LUT_INPUTS || bounds.is_empty() {
            return direct;
        }
        let narrowest = (1..width).find(|low| places(range, bounds, *low).count <= MOST_PLACES);
        let narrowest = narrowest.unwrap_or(width - 1);
        let tried = narrowest..(narrowest + TRIED).min(width);
        let split = tried.map(|low_bits| Digits::split(target, range, bounds, low_bits));
        let best = split.min_by_key(|digits| digits.luts);
        match best {
            Some(best) if best.luts < direct.luts => best,
            _ => direct,
        }
    }

    fn split(target: &Target, range: Range, bounds: &[i128], low_bits: u32) -> Digits {
        let Places { digit, clamped, .. } = places(range, bounds, low_bits);
        let end = (1i128 << low_bits) - 1;
        let mut rest: Vec<i128> = bounds.iter().map(|bound| bound & end).collect();
        rest.retain(|bound| *bound != end);
        rest.sort_unstable();
        rest.dedup();
        let low = Digits::of(target, Range::new(0, end), &rest);
        let mut luts = bounds.len() as u32 + low.luts;
        if clamped {
            let high = Range::new(range.lo >> low_bits, range.hi >> low_bits);
            let types = [high, digit].map(|range| range.int_type().expect("digits are narrow"));
            let clamp = Op::Clamp {
                input: ValueId(0),
                min: digit.lo,
                max: digit.hi,
            };
            luts += target.cost(&clamp, types[1], &[Operand::of(types[0])]).lut;
        }
        Digits {
            bounds: bounds.to_vec(),
            luts,
            split: Some(Split {
                low_bits,
                digit,
                clamped,
                low: Box::new(low),
            }),
        }
    }

    /// Whether the comparisons are left as they are.
    pub fn is_direct(&self) -> bool {
        self.split.is_none()
    }

    pub fn has(&self, bound: i128) -> bool {
        self.bounds.binary_search(&bound).is_ok()
    }

    /// For each bound whether the value is at most so large.
    pub fn build(&self, site: &mut Site, value: ValueId) -> Result<BTreeMap<i128, ValueId>> {
        let at_most = |site: &mut Site, value: ValueId, bound: i128| {
            let rhs = site.builder.constant(bound, site.layer)?;
            let op = Op::Compare {
                predicate: Predicate::LessEqual,
                lhs: value,
                rhs,
            };
            site.builder.push(op, site.layer)
        };
        let mut found = BTreeMap::new();
        let Some(split) = &self.split else {
            for &bound in &self.bounds {
                found.insert(bound, at_most(site, value, bound)?);
            }
            return Ok(found);
        };
        let low_bits = split.low_bits;
        let mut digit = site.builder.shr(value, low_bits, site.layer)?;
        if split.clamped {
            let Range { lo, hi } = split.digit;
            digit = site.builder.clamp(digit, lo, hi, site.layer)?;
        }
        let low = match split.low.bounds.is_empty() {
            true => BTreeMap::new(),
            false => {
                let ty = IntType::unsigned(low_bits);
                let rest = site.builder.wrap(value, ty, site.layer)?;
                split.low.build(site, rest)?
            }
        };
        let shifted = site.builder.shl(digit, 1, site.layer)?;
        let range = site.builder.range(digit);
        for &bound in &self.bounds {
            let (place, rest) = (bound >> low_bits, bound & ((1 << low_bits) - 1));
            let bit = match low.get(&rest) {
                None => at_most(site, digit, place)?,
                Some(&answer) => {
                    let input = site.builder.add(shifted, answer, site.layer)?;
                    let entry = |index: i128| match (index >> 1).cmp(&place) {
                        std::cmp::Ordering::Less => 1,
                        std::cmp::Ordering::Equal => i64::from(index & 1 == 1),
                        std::cmp::Ordering::Greater => 0,
                    };
                    let first = range.lo * 2;
                    let values = (first..=range.hi * 2 + 1).map(entry).collect();
                    let table = Arc::new(Table { first, values });
                    site.builder.push(Op::Lookup { input, table }, site.layer)?
                }
            };
            found.insert(bound, bit);
        }
        Ok(found)
    }
}

/// A digit of one bit less than a LUT has inputs.
const MOST_PLACES: i128 = 1 << (LUT_INPUTS - 1);

/// What a high digit can be.
struct Places {
    digit: Range,
    clamped: bool,
    count: i128,
}

/// The high digit where so many bits are below it: from the first bound's to the last one's,
/// and a place before and behind for all that is outside.
fn places(range: Range, bounds: &[i128], low_bits: u32) -> Places {
    let digit = |value: i128| value >> low_bits;
    let ends = (digit(range.lo), digit(range.hi));
    let first = bounds
        .first()
        .map_or(ends.0, |bound| digit(*bound) - 1)
        .max(ends.0);
    let last = bounds
        .last()
        .map_or(ends.1, |bound| digit(*bound) + 1)
        .min(ends.1);
    let all = ends.1 - ends.0 + 1;
    let clamped = all > MOST_PLACES;
    let (lo, hi) = if clamped { (first, last) } else { ends };
    Places {
        digit: Range::new(lo, hi),
        clamped,
        count: hi - lo + 1,
    }
}

/// LUTs of a comparison with a constant as it is.
fn direct(target: &Target, range: Range) -> u32 {
    let ty = range.int_type().unwrap_or(IntType::BIT);
    let bound = range.lo + (range.hi - range.lo) / 3;
    let operands = [Operand::of(ty), Operand::constant(bound, ty)];
    let op = Op::Compare {
        predicate: Predicate::LessEqual,
        lhs: ValueId(0),
        rhs: ValueId(1),
    };
    target.cost(&op, IntType::BIT, &operands).lut
}
