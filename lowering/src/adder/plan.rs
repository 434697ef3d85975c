//! From a sum to rows: which form of each sign, and where the constant goes.
//!
//! | addend      | bits                              | joins the constant |
//! | b, unsigned | b                                 | nothing            |
//! | -b          | ~b                                | 1 - 2^w            |
//! | b, signed   | b, its sign at all places above   | nothing            |
//! |             | b with its sign inverted          | -2^(w-1)           |
//! | -b, signed  | ~b, its sign at all places above  | 1                  |
//! |             | ~b with its sign as it is         | 1 - 2^(w-1)        |
//!
//! Each signed addend takes the form that makes the whole row cheaper. The constant costs
//! nothing where it fills a place that an addend leaves free, or comes in at the first place.
//! Four bits at a place are too many for a row; then two addends are added first.

use dialects::fx::{IntType, Range};
use smallvec::SmallVec;

use super::{Addend, Count, Placed, Rates, Row, Source, places};

/// A sum as one row, or as two where the second reads the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The row that [`Source::Before`] speaks of.
    pub before: Option<(Row, Addend)>,
    pub row: Row,
}

impl Plan {
    /// Both rows together.
    pub fn count(&self) -> Count {
        let own = self.row.count();
        let Some((before, _)) = &self.before else {
            return own;
        };
        let first = before.count();
        Count {
            luts: own.luts + first.luts,
            passed: own.passed + first.passed,
            routed: own.routed + first.routed,
            beside: own.beside + first.beside,
            chain: own.chain + first.chain,
        }
    }
}

/// The cheapest rows for `constant + Σ addends` modulo 2^width; of one to three addends.
pub fn plan(addends: &[Addend], constant: i128, width: u32, rates: Rates) -> Plan {
    let numbered = addends.iter().enumerate();
    let sources: Sources = numbered.map(|(at, of)| (Source::Addend(at), *of)).collect();
    let single = cheapest_row(&sources, constant, width, rates);
    let single = single.map(|row| Plan { before: None, row });
    // Two rows can be cheaper too, where carries that are routed have a price.
    let double = match addends.len() {
        3 => two_rows(&sources, constant, width, rates),
        _ => None,
    };
    let price = |plan: &Plan| plan.count().percent(rates);
    match (single, double) {
        (Some(single), Some(double)) if price(&double) < price(&single) => double,
        (Some(plan), _) | (None, Some(plan)) => plan,
        (None, None) => unreachable!("two addends and a constant fit a row"),
    }
}

type Sources = SmallVec<[(Source, Addend); 3]>;

fn two_rows(sources: &Sources, constant: i128, width: u32, rates: Rates) -> Option<Plan> {
    let mut best: Option<(u32, Plan)> = None;
    for last in 0..3 {
        let pair: Sources = (0..3)
            .filter(|at| *at != last)
            .map(|at| sources[at])
            .collect();
        for first_constant in [constant, 0] {
            let sum = sum_of(&pair, first_constant, width);
            let Some(before) = cheapest_row(&pair, first_constant, sum.ty.width, rates) else {
                continue;
            };
            let rest: Sources = [(Source::Before, sum), sources[last]].into_iter().collect();
            let Some(row) = cheapest_row(&rest, constant - first_constant, width, rates) else {
                continue;
            };
            let before = Some((before, sum));
            let plan = Plan { before, row };
            let price = plan.count().percent(rates);
            if best.as_ref().is_none_or(|(found, _)| price < *found) {
                best = Some((price, plan));
            }
        }
    }
    best.map(|(_, plan)| plan)
}

/// The sum of some addends as one, by their types.
fn sum_of(sources: &Sources, constant: i128, width: u32) -> Addend {
    let mut range = Some(Range::point(constant));
    let mut zeros = constant.trailing_zeros();
    for (_, addend) in sources {
        zeros = zeros.min(addend.low());
        let of = addend.ty.range();
        let factor = if addend.negative { -1 } else { 1 };
        let ends = [of.lo, of.hi].map(|end| {
            let scaled = end.checked_mul(1i128.checked_shl(addend.shift)?)?;
            scaled.checked_mul(factor)
        });
        range = range.and_then(|sum| {
            let [a, b] = [ends[0]?, ends[1]?];
            let (lo, hi) = (sum.lo.checked_add(a.min(b))?, sum.hi.checked_add(a.max(b))?);
            Some(Range::new(lo, hi))
        });
    }
    let ty = range.and_then(Range::int_type);
    let ty = ty.filter(|ty| ty.width <= width);
    let ty = ty.unwrap_or(IntType::signed(width));
    Addend {
        ty,
        zeros: zeros.min(ty.width - 1),
        shift: 0,
        negative: false,
    }
}

/// The cheapest row; `None` where four bits meet whatever the signs.
fn cheapest_row(sources: &Sources, constant: i128, width: u32, rates: Rates) -> Option<Row> {
    let all = places(width);
    let choices = sources.iter().map(|(_, of)| {
        let above = of.ty.signed && of.low() + of.bits() < width;
        above && of.bits() > 0
    });
    let choices: SmallVec<[bool; 3]> = choices.collect();
    let mut best: Option<(u32, Row)> = None;
    for forms in 0..1u32 << sources.len() {
        let inverts = |at: usize| forms >> at & 1 == 1;
        if (0..sources.len()).any(|at| inverts(at) && !choices[at]) {
            continue;
        }
        let mut sum = constant as u128;
        let mut placed: SmallVec<[Placed; 3]> = SmallVec::new();
        for (at, (source, of)) in sources.iter().enumerate() {
            if let Some((of, joins)) = place(*source, of, width, inverts(at)) {
                placed.push(of);
                sum = sum.wrapping_add(joins);
            }
        }
        for carries in 0..=sources.len().min(2) as u32 {
            let Some(row) = Row::new(&placed, sum & all, width, carries) else {
                continue;
            };
            // Between equals, second carries are slower, and inverters stand beside the LUTs.
            let second = u32::from(row.save != 0);
            let price = row.count().percent(rates) * 256 + second * 128 + inverters(&row);
            if best.as_ref().is_none_or(|(found, _)| price < *found) {
                best = Some((price, row));
            }
        }
    }
    best.map(|(_, row)| row)
}

/// Places where a bit is passed on inverted.
fn inverters(row: &Row) -> u32 {
    let [one, two, _] = row.counts();
    let inverted = row.addends.iter().fold(0, |mask, of| mask | of.inverted);
    let passed = one & !two & !(row.save << 1);
    ((inverted ^ row.constant) & passed & places(row.width)).count_ones()
}

/// An addend at its place, and what joins the constant; `None` where it has no bits.
fn place(source: Source, of: &Addend, width: u32, invert_sign: bool) -> Option<(Placed, u128)> {
    let (low, end) = (of.low(), of.low().saturating_add(of.bits()));
    if low >= width || of.bits() == 0 {
        return None;
    }
    let sign = end - 1;
    let extended = of.ty.signed && !invert_sign;
    let mask = places(if extended { width } else { end.min(width) }) & !places(low);
    let at = |place: u32| match place < width {
        true => 1u128 << place,
        false => 0,
    };
    let mut inverted = if of.negative { mask } else { 0 };
    let mut joins = if of.negative { at(low) } else { 0 };
    if of.ty.signed && invert_sign {
        inverted ^= at(sign);
        joins = joins.wrapping_sub(at(sign));
    } else if of.negative && !of.ty.signed {
        joins = joins.wrapping_sub(at(end));
    }
    let placed = Placed {
        source,
        shift: of.shift,
        mask,
        inverted,
        extended: mask & !places(end),
    };
    Some((placed, joins))
}
