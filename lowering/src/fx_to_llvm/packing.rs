//! Writes several values into one lane of 32 bits, and takes them out of it.

use dialects::fx::{Op, Range, ValueId};

use super::Container;
use super::dataflow::Storage;
use super::shape::{At, Binary, Instance, Leaf, Micro, PartOp, Parts};
use super::writer::Writer;

/// A value of a pack and what is subtracted from it.
#[derive(Debug, Clone, Copy)]
pub struct Packed {
    pub value: ValueId,
    pub minus: i128,
}

/// Added to bytes by the instruction that packs them, which gives unsigned ones.
const SIGNED_BYTES: i128 = -128;

impl Writer<'_> {
    /// Up to four values as bytes, each minus its number; then they are signed bytes, or
    /// unsigned ones.
    pub fn bytes(mut self, values: &[Packed], signed: bool) -> Instance {
        let mut places = [None; 4];
        let mut most = [0xff; 4];
        for (place, packed) in values.iter().enumerate() {
            let (at, hi) = self.byte(packed, if signed { SIGNED_BYTES } else { 0 });
            places[place] = Some(at);
            most[place] = hi;
        }
        let unused = match places.contains(&None) {
            true => self.param(Storage::W32, 0),
            false => 0,
        };
        let mut at = self.push(Micro::Bytes(places.map(|place| place.unwrap_or(unused))));
        if most.iter().any(|&most| most < 0xff) {
            let most = self.param(Storage::W32, Parts::Bytes.lane(most.into_iter()));
            at = self.parts(PartOp::Min { signed: false }, Parts::Bytes, at, most);
        }
        if signed {
            let flip = std::iter::repeat_n(SIGNED_BYTES, 4);
            let flip = self.param(Storage::W32, Parts::Bytes.lane(flip));
            at = self.binary(Binary::Xor, Storage::W32, at, flip);
        }
        self.finish(at, Storage::W32)
    }

    /// A number that gives the byte when it is clamped to 0..=hi.
    ///
    /// A clamp at the end of the value's own expression is left out when this one does its
    /// work: rows of bytes clamp for nothing.
    fn byte(&mut self, packed: &Packed, zero: i128) -> (At, i128) {
        self.separate();
        let minus = packed.minus + zero;
        let value = self.flow.source(packed.value);
        let (mut at, mut hi) = (None, 0xff);
        if let Op::Clamp { input, min, max } = self.graph.node(value).op
            && !self.has_row[value.index()]
            && self.flow.storage(input) == Storage::W32
        {
            let Range { lo, hi: top } = self.flow.range(input);
            let moved = Range::new(lo - minus, top - minus);
            if min <= minus && minus <= max && Storage::of(moved) == Storage::W32 {
                at = Some(self.value(input, Storage::W32));
                hi = (max - minus).min(0xff);
            }
        }
        let at = at.unwrap_or_else(|| self.value(value, Storage::W32));
        (self.minus(at, minus), hi)
    }

    fn minus(&mut self, at: At, number: i128) -> At {
        match number {
            0 => at,
            _ => {
                let number = self.param(Storage::W32, number);
                self.binary(Binary::Sub, Storage::W32, at, number)
            }
        }
    }

    /// Up to two values as words, each minus its number.
    pub fn words(mut self, values: &[Packed]) -> Instance {
        let mut packed = None;
        for (place, value) in values.iter().enumerate() {
            self.separate();
            let at = self.value(value.value, Storage::W32);
            let at = self.minus(at, value.minus);
            packed = Some(match packed {
                None => {
                    let mask = self.param(Storage::W32, 0xffff);
                    self.binary(Binary::And, Storage::W32, at, mask)
                }
                Some(below) => {
                    let shift = self.param(Storage::W32, 16 * place as i128);
                    let above = self.binary(Binary::Shl, Storage::W32, at, shift);
                    self.binary(Binary::Or, Storage::W32, below, above)
                }
            });
        }
        let packed = packed.unwrap_or_else(|| self.param(Storage::W32, 0));
        self.finish(packed, Storage::W32)
    }

    /// The low 32 bits of a value.
    pub fn low(mut self, value: ValueId) -> Instance {
        let at = self.value(value, self.flow.storage(value));
        self.finish(at, Storage::W32)
    }

    /// Four bytes or two words as the caller gave them, clamped to their types, each minus
    /// its number.
    pub fn raw(
        mut self,
        dword: usize,
        container: Container,
        ranges: &[Range],
        minus: &[i128],
    ) -> Instance {
        let parts = match container.bytes {
            1 => Parts::Bytes,
            _ => Parts::Words,
        };
        let signed = container.signed;
        let all = container.range();
        // Parts that belong to no input are never read.
        let range = |at: usize| ranges.get(at).copied().unwrap_or(all);
        let places = || 0..parts.count();
        let mut at = self.read(Leaf::Raw(dword), Storage::W32);
        if ranges.iter().any(|range| range.lo > all.lo) {
            let lo = parts.lane(places().map(|at| range(at).lo));
            let lo = self.param(Storage::W32, lo);
            at = self.parts(PartOp::Max { signed }, parts, at, lo);
        }
        if ranges.iter().any(|range| range.hi < all.hi) {
            let hi = parts.lane(places().map(|at| range(at).hi));
            let hi = self.param(Storage::W32, hi);
            at = self.parts(PartOp::Min { signed }, parts, at, hi);
        }
        if minus.iter().any(|&minus| minus != 0) {
            let minus = parts.lane(places().map(|at| minus.get(at).copied().unwrap_or(0)));
            let minus = self.param(Storage::W32, minus);
            at = self.parts(PartOp::Sub, parts, at, minus);
        }
        self.finish(at, Storage::W32)
    }

    /// An input out of the bytes the caller gave, clamped to its type.
    pub fn input(mut self, index: usize, container: Container, range: Range) -> Instance {
        let own = Storage::of(range);
        let start = index * container.bytes;
        let bits = container.bytes as u32 * 8;
        let below = (start % 4) as u32 * 8;
        let above = Storage::W32.bits() - bits - below;
        let raw = self.read(Leaf::Raw(start / 4), Storage::W32);
        let shift = |writer: &mut Self, op, at, amount: u32| match amount {
            0 => at,
            _ => {
                let amount = writer.param(Storage::W32, amount.into());
                writer.binary(op, Storage::W32, at, amount)
            }
        };
        let (mut at, mut work) = (raw, Storage::W32.max(own));
        match (container.signed, container.bytes) {
            (true, _) => {
                at = shift(&mut self, Binary::Shl, at, above);
                at = shift(&mut self, Binary::Shr, at, above + below);
            }
            (false, 4) => {
                work = Storage::W64;
                let mask = self.param(work, 0xffff_ffff);
                at = self.cast(at, work);
                at = self.binary(Binary::And, work, at, mask);
            }
            (false, _) => {
                at = shift(&mut self, Binary::Shr, at, below);
                let mask = self.param(Storage::W32, (1 << bits) - 1);
                at = self.binary(Binary::And, Storage::W32, at, mask);
            }
        }
        let all = container.range();
        at = self.cast(at, work);
        if all.lo < range.lo {
            let lo = self.param(work, range.lo);
            at = self.binary(Binary::Max, work, at, lo);
        }
        if all.hi > range.hi {
            let hi = self.param(work, range.hi);
            at = self.binary(Binary::Min, work, at, hi);
        }
        self.finish(at, own)
    }

    fn parts(&mut self, op: PartOp, parts: Parts, lhs: At, rhs: At) -> At {
        self.push(Micro::Parts(op, parts, lhs, rhs))
    }
}
