//! Functions of one integer over an interval, as lines between breakpoints: exhausted, and still
//! small where they are steps.
//!
//! Two functions are equal exactly when they have the same pieces: each piece is the longest
//! that begins where the one before ends.

use std::collections::BTreeMap;

use super::form::gcd;

/// More pieces than these are too many.
pub const MOST_PIECES: usize = 1 << 17;

/// `slope · u + offset` from `start` to the next piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Piece {
    pub start: i128,
    pub slope: i128,
    pub offset: i128,
}

impl Piece {
    pub fn at(&self, value: i128) -> Option<i128> {
        self.slope.checked_mul(value)?.checked_add(self.offset)
    }
}

/// A function on every integer from `lo` to `hi`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Piecewise {
    pub lo: i128,
    pub hi: i128,
    pub pieces: Vec<Piece>,
}

impl Piecewise {
    pub fn line(lo: i128, hi: i128, slope: i128, offset: i128) -> Self {
        let start = lo;
        let pieces = vec![Piece {
            start,
            slope,
            offset,
        }];
        Piecewise { lo, hi, pieces }
    }

    pub fn at(&self, value: i128) -> Option<i128> {
        let after = self.pieces.partition_point(|piece| piece.start <= value);
        self.pieces.get(after.checked_sub(1)?)?.at(value)
    }

    /// Each piece with its last argument.
    pub fn spans(&self) -> impl Iterator<Item = (Piece, i128)> + '_ {
        let ends = self.pieces.iter().skip(1).map(|piece| piece.start - 1);
        self.pieces.iter().copied().zip(ends.chain([self.hi]))
    }

    /// `self + factor · other`.
    pub fn plus(&self, other: &Piecewise, factor: i128) -> Option<Piecewise> {
        let mut builder = Builder::new(self.lo, self.hi);
        for (start, end, lines) in aligned(&[self, other]) {
            let [a, b] = [lines[0], lines[1]];
            let slope = a.slope.checked_add(b.slope.checked_mul(factor)?)?;
            let offset = a.offset.checked_add(b.offset.checked_mul(factor)?)?;
            builder.push(start, end, slope, offset)?;
        }
        builder.finish()
    }

    /// `floor(self / 2^amount)`.
    pub fn floor(&self, amount: u32) -> Option<Piecewise> {
        let whole = super::form::power(amount)?;
        let mut steps = 0i128;
        for (piece, last) in self.spans() {
            let climb = (piece.slope & (whole - 1)).checked_mul(last - piece.start)?;
            steps = steps.checked_add((climb >> amount) + 1)?;
        }
        if steps > MOST_PIECES as i128 {
            return None;
        }
        let mut builder = Builder::new(self.lo, self.hi);
        for (piece, last) in self.spans() {
            let rest = piece.slope & (whole - 1);
            let slope = piece.slope >> amount;
            if rest == 0 {
                builder.push(piece.start, last, slope, piece.offset >> amount)?;
                continue;
            }
            // floor((rest · u + offset) / whole) climbs by one from place to place.
            let mut at = piece.start;
            while at <= last {
                let value = rest.checked_mul(at)?.checked_add(piece.offset)?;
                let step = value >> amount;
                let next = (step + 1).checked_mul(whole)?.checked_sub(piece.offset)?;
                let next = div_ceil(next, rest).min(last + 1);
                builder.push(at, next - 1, slope, step)?;
                at = next;
            }
        }
        builder.finish()
    }

    /// The product, where one of the two is constant wherever the other climbs.
    pub fn times(&self, other: &Piecewise) -> Option<Piecewise> {
        let mut builder = Builder::new(self.lo, self.hi);
        for (start, end, lines) in aligned(&[self, other]) {
            let (line, factor) = match (lines[0], lines[1]) {
                (line, flat) if flat.slope == 0 => (line, flat.offset),
                (flat, line) if flat.slope == 0 => (line, flat.offset),
                _ => return None,
            };
            let (slope, offset) = (
                line.slope.checked_mul(factor)?,
                line.offset.checked_mul(factor)?,
            );
            builder.push(start, end, slope, offset)?;
        }
        builder.finish()
    }

    /// `min` where the function is below it, `max` where it is above.
    pub fn clamp(&self, min: i128, max: i128) -> Option<Piecewise> {
        let mut builder = Builder::new(self.lo, self.hi);
        for (piece, last) in self.spans() {
            // Where a line that climbs comes to be at least this, one that falls less than it.
            let crossing = |bound: i128| match piece.slope {
                0 => None,
                slope if slope > 0 => Some(div_ceil(bound.checked_sub(piece.offset)?, slope)),
                slope => Some(div_ceil(piece.offset.checked_sub(bound)? + 1, -slope)),
            };
            let crossings = [crossing(min), crossing(max.checked_add(1)?)];
            let mut at = piece.start;
            while at <= last {
                let value = piece.at(at)?;
                let within = value >= min && value <= max;
                let (slope, offset) = match within {
                    true => (piece.slope, piece.offset),
                    false => (0, value.clamp(min, max)),
                };
                let next = crossings
                    .into_iter()
                    .flatten()
                    .filter(|next| *next > at)
                    .min();
                let until = next.map_or(last, |next| (next - 1).min(last));
                builder.push(at, until, slope, offset)?;
                at = until + 1;
            }
        }
        builder.finish()
    }

    /// The function of several functions, value by value; pieces on which all are constant are
    /// asked about once.
    pub fn zip(of: &[&Piecewise], f: &mut dyn FnMut(&[i128]) -> Option<i128>) -> Option<Self> {
        let (lo, hi) = of.first().map(|first| (first.lo, first.hi))?;
        let mut builder = Builder::new(lo, hi);
        let mut values = vec![0; of.len()];
        for (start, end, lines) in aligned(of) {
            let flat = lines.iter().all(|line| line.slope == 0);
            if !flat && end - start >= MOST_PIECES as i128 {
                return None;
            }
            let mut at = start;
            while at <= end {
                for (value, line) in values.iter_mut().zip(&lines) {
                    *value = line.at(at)?;
                }
                let until = if flat { end } else { at };
                builder.push(at, until, 0, f(&values)?)?;
                at = until + 1;
            }
        }
        builder.finish()
    }

    /// Whether it is constant but for its steps.
    pub fn is_flat(&self) -> bool {
        self.spans()
            .all(|(piece, last)| piece.slope == 0 || piece.start == last)
    }

    /// The function `outer` with `outer(inner(u)) = self(u)`, if there is one, both being step
    /// functions of the same argument. Between values of `inner` it goes on as below.
    pub fn through(&self, inner: &Piecewise) -> Option<Piecewise> {
        let mut values: BTreeMap<i128, i128> = BTreeMap::new();
        for (start, end, lines) in aligned(&[self, inner]) {
            if start != end && lines.iter().any(|line| line.slope != 0) {
                return None;
            }
            let (value, at) = (lines[0].at(start)?, lines[1].at(start)?);
            if *values.entry(at).or_insert(value) != value {
                return None;
            }
        }
        let (lo, hi) = (*values.first_key_value()?.0, *values.last_key_value()?.0);
        let mut builder = Builder::new(lo, hi);
        let next = values.keys().skip(1).map(|next| next - 1).chain([hi]);
        for ((at, value), until) in values.iter().zip(next) {
            builder.push(*at, until, 0, *value)?;
        }
        builder.finish()
    }

    /// The smallest and the largest value.
    pub fn bounds(&self) -> Option<(i128, i128)> {
        let mut found: Option<(i128, i128)> = None;
        for (piece, last) in self.spans() {
            for value in [piece.at(piece.start)?, piece.at(last)?] {
                let (lo, hi) = found.unwrap_or((value, value));
                found = Some((lo.min(value), hi.max(value)));
            }
        }
        found
    }

    /// `(slope, offset, factor, rest)`: the function is `slope · u + offset + factor · rest`,
    /// where the rest begins with a piece of zeros and its values have no common divisor.
    pub fn normal(&self) -> Option<(i128, i128, i128, Piecewise)> {
        let first = self.pieces[0];
        let line = Piecewise::line(self.lo, self.hi, first.slope, first.offset);
        let mut rest = self.plus(&line, -1)?;
        let mut factor = 0;
        for (piece, last) in rest.spans() {
            factor = gcd(factor, piece.at(piece.start)?);
            if last > piece.start {
                factor = gcd(factor, piece.slope);
            }
        }
        let Some(second) = rest.pieces.get(1) else {
            return Some((first.slope, first.offset, 0, rest));
        };
        if second.at(second.start)? < 0 {
            factor = -factor;
        }
        for at in 0..rest.pieces.len() {
            rest.pieces[at].slope /= factor;
            rest.pieces[at].offset /= factor;
        }
        Some((first.slope, first.offset, factor, rest))
    }

    /// The runs of equal values, when there are few lines between them.
    fn runs(&self) -> Option<Vec<(i128, i128)>> {
        let mut runs: Vec<(i128, i128)> = Vec::new();
        for (piece, last) in self.spans() {
            if piece.slope != 0 && last > piece.start + 1 {
                return None;
            }
            for at in [piece.start, last] {
                let value = piece.at(at)?;
                if runs.last().is_none_or(|run| run.1 != value) {
                    runs.push((at, value));
                }
            }
        }
        Some(runs)
    }

    /// `(value, height, start, amount)`: `value + height · (floor((u - start) / 2^amount) + 1)`
    /// if the function is a staircase of equal steps. One step has no width: amount is `None`.
    pub fn staircase(&self) -> Option<(i128, i128, i128, Option<u32>)> {
        let runs = self.runs()?;
        let (first, second) = (runs.first()?, runs.get(1)?);
        let height = second.1 - first.1;
        let Some(third) = runs.get(2) else {
            return Some((first.1, height, second.0, None));
        };
        let width = third.0 - second.0;
        let amount = u32::try_from(width).ok()?;
        if !amount.is_power_of_two() || second.0 - first.0 > width {
            return None;
        }
        let even = runs.windows(2).enumerate().all(|(at, pair)| {
            pair[1].1 - pair[0].1 == height && (at == 0 || pair[1].0 - pair[0].0 == width)
        });
        let ends = self.hi - runs.last()?.0 < width;
        (even && ends).then_some((first.1, height, second.0, Some(amount.trailing_zeros())))
    }
}

fn div_ceil(a: i128, b: i128) -> i128 {
    match (i64::try_from(a), i64::try_from(b)) {
        // Divisions of 64 bits are ten times as fast.
        (Ok(a @ -0x7fff_ffff_ffff_ffff..), Ok(b)) => -i128::from((-a).div_euclid(b)),
        _ => -(-a).div_euclid(b),
    }
}

/// The common refinement: first and last argument, one line for each function.
fn aligned<'a>(of: &'a [&'a Piecewise]) -> impl Iterator<Item = (i128, i128, Vec<Piece>)> + 'a {
    let mut at = vec![0usize; of.len()];
    let mut start = of.first().map_or(0, |first| first.lo);
    let hi = of.first().map_or(-1, |first| first.hi);
    std::iter::from_fn(move || {
        if start > hi {
            return None;
        }
        let mut end = hi;
        for (function, at) in of.iter().zip(&mut at) {
            while function
                .pieces
                .get(*at + 1)
                .is_some_and(|next| next.start <= start)
            {
                *at += 1;
            }
            if let Some(next) = function.pieces.get(*at + 1) {
                end = end.min(next.start - 1);
            }
        }
        let lines = of
            .iter()
            .zip(&at)
            .map(|(function, at)| function.pieces[*at]);
        let found = (start, end, lines.collect());
        start = end + 1;
        Some(found)
    })
}

/// Pieces in order, joined into the longest there are.
struct Builder {
    lo: i128,
    hi: i128,
    done: Vec<Piece>,
    open: Option<(Piece, i128)>,
}

impl Builder {
    fn new(lo: i128, hi: i128) -> Self {
        let (done, open) = (vec![], None);
        Builder { lo, hi, done, open }
    }

    fn push(&mut self, start: i128, end: i128, slope: i128, offset: i128) -> Option<()> {
        let line = Piece {
            start,
            slope,
            offset,
        };
        let mut start = start;
        if let Some((open, last)) = &mut self.open {
            let first = line.at(start)?;
            if open.start == *last {
                // One value has every slope: it takes the one that the next value gives it.
                let value = open.at(open.start)?;
                open.slope = first.checked_sub(value)?;
                open.offset = value.checked_sub(open.slope.checked_mul(open.start)?)?;
                *last = start;
                start += 1;
            } else if open.at(start)? == first {
                *last = start;
                start += 1;
            }
            if start <= end && open.slope == slope && open.at(start)? == line.at(start)? {
                *last = end;
                start = end + 1;
            }
            if start > end {
                return Some(());
            }
        }
        self.flush();
        self.open = Some((Piece { start, ..line }, end));
        (self.done.len() < MOST_PIECES).then_some(())
    }

    fn flush(&mut self) {
        if let Some((mut piece, last)) = self.open.take() {
            if piece.start == last {
                piece.offset += piece.slope * piece.start;
                piece.slope = 0;
            }
            self.done.push(piece);
        }
    }

    fn finish(mut self) -> Option<Piecewise> {
        self.flush();
        let (lo, hi, pieces) = (self.lo, self.hi, self.done);
        (!pieces.is_empty()).then_some(Piecewise { lo, hi, pieces })
    }
}
