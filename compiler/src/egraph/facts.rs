//! The analysis of the e-graph: exact ranges and known low bits of every class.
//!
//! Every fact holds for every sample. Facts of equal expressions meet: ranges are
//! intersected, the longer run of known bits is kept. A class whose range is one number
//! is that number.

use std::cell::RefCell;

use dialects::fx::{IntType, MAX_WIDTH, Op, Range};
use egg::{Analysis, DidMerge, Id, Justification, Language};

use super::language::{Attributes, Expr, op_of};

pub type EGraph = egg::EGraph<Expr, Watch>;

/// Tables up to this long are searched for common low bits.
const SEARCHED_TABLE: i128 = 4096;

/// A range is not narrowed more often than this: on a cycle it could go on by ones.
const MAX_STEPS: u8 = 100;

/// Why a class whose range is one number is that number, as explanations name it.
pub const RANGE: &str = "range";

/// What is known of the values of one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    pub range: Range,
    pub low: LowBits,
    steps: u8,
}

/// The value is `value` modulo 2^bits; `0 <= value < 2^bits`, at most 126 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LowBits {
    pub bits: u32,
    pub value: i128,
}

impl LowBits {
    const NONE: LowBits = LowBits { bits: 0, value: 0 };

    fn new(bits: u32, value: i128) -> Self {
        let bits = bits.min(MAX_WIDTH);
        let value = value & ((1 << bits) - 1);
        LowBits { bits, value }
    }

    pub fn of(value: i128) -> Self {
        LowBits::new(MAX_WIDTH, value)
    }

    /// How many low bits are known to be zero.
    pub fn zeros(self) -> u32 {
        self.value.trailing_zeros().min(self.bits)
    }

    /// What both share.
    fn meet(self, other: LowBits) -> Self {
        let equal = (self.value ^ other.value).trailing_zeros();
        LowBits::new(self.bits.min(other.bits).min(equal), self.value)
    }

    fn times(self, other: LowBits) -> Self {
        let rest = (self.bits + other.zeros()).min(other.bits + self.zeros());
        let bits = rest.min(self.bits + other.bits);
        LowBits::new(bits, self.value.wrapping_mul(other.value))
    }
}

impl Facts {
    /// Nothing is known, not even that the value fits 128 bits.
    const UNKNOWN: Facts = Facts {
        range: Range {
            lo: i128::MIN,
            hi: i128::MAX,
        },
        low: LowBits::NONE,
        steps: 0,
    };

    fn new(range: Range, low: LowBits) -> Self {
        if let Some(value) = range.single() {
            return Facts::number(value);
        }
        let mut facts = Facts {
            range,
            low,
            steps: 0,
        };
        facts.settle();
        facts
    }

    fn number(value: i128) -> Self {
        Facts {
            range: Range::point(value),
            low: LowBits::of(value),
            steps: 0,
        }
    }

    /// Moves the ends of the range to values that have the known low bits.
    fn settle(&mut self) {
        let LowBits { bits, value } = self.low;
        if bits == 0 || !self.is_known() {
            return;
        }
        let mask = (1i128 << bits) - 1;
        let up = (value - self.range.lo) & mask;
        let down = (self.range.hi - value) & mask;
        let lo = self.range.lo.checked_add(up);
        let hi = self.range.hi.checked_sub(down);
        if let (Some(lo), Some(hi)) = (lo, hi)
            && lo <= hi
        {
            self.range = Range::new(lo, hi);
        }
        if let Some(value) = self.range.single() {
            self.low = LowBits::of(value);
        }
    }

    /// The same facts, with a range that another analysis has found.
    pub fn within(mut self, range: Range) -> Self {
        let found = Facts::new(range, LowBits::NONE);
        self.meet(&found);
        self
    }

    pub fn is_known(&self) -> bool {
        self.int_type().is_some()
    }

    /// The type values of the class need; `None` when they may not fit any.
    pub fn int_type(&self) -> Option<IntType> {
        match self.range.lo == i128::MIN || self.range.hi == i128::MAX {
            true => None,
            false => self.range.int_type(),
        }
    }

    /// Takes in what is known of an equal expression; whether that was news.
    fn meet(&mut self, other: &Facts) -> bool {
        let before = (self.range, self.low);
        let lo = self.range.lo.max(other.range.lo);
        let hi = self.range.hi.min(other.range.hi);
        debug_assert!(lo <= hi, "equal expressions have no value in common");
        let news = Range { lo, hi } != self.range;
        if lo <= hi && (self.steps < MAX_STEPS || lo == hi) {
            self.range = Range::new(lo, hi);
            self.steps += u8::from(news && lo != hi);
        }
        if other.low.bits > self.low.bits {
            self.low = other.low;
        }
        self.settle();
        (self.range, self.low) != before
    }
}

/// The facts of a node from those of its operands; `None` for an attribute.
pub fn facts_of(expr: &Expr, egraph: &EGraph) -> Option<Facts> {
    if let Expr::Input(input) = expr {
        return Some(Facts::new(input.ty.range(), LowBits::NONE));
    }
    if expr.is_word() {
        return None;
    }
    let Some((op, wrapped)) = op_of(expr, egraph) else {
        return Some(Facts::UNKNOWN);
    };
    let operands = op.operands();
    let mut of: Vec<Facts> = Vec::with_capacity(3);
    for operand in &operands {
        match egraph[Id::from(operand.index())].data {
            Some(facts) if facts.is_known() => of.push(facts),
            _ => return Some(Facts::UNKNOWN),
        }
    }
    let ranges: Vec<Range> = of.iter().map(|facts| facts.range).collect();
    let ty = wrapped.unwrap_or(IntType::signed(MAX_WIDTH));
    let range = op.def().and_then(|def| (def.range)(&op, &ranges, ty));
    Some(match range {
        Some(range) => {
            let facts = Facts::new(range, low_bits(&op, &of, range, wrapped));
            match wrapped {
                Some(ty) if facts.low.bits >= ty.width => Facts::number(ty.wrap(facts.low.value)),
                _ => facts,
            }
        }
        None => Facts::UNKNOWN,
    })
}

fn low_bits(op: &Op, of: &[Facts], range: Range, wrapped: Option<IntType>) -> LowBits {
    let low = |index: usize| of[index].low;
    match op {
        Op::Constant { value } => LowBits::of(*value),
        Op::Add { .. } => {
            let bits = low(0).bits.min(low(1).bits);
            LowBits::new(bits, low(0).value + low(1).value)
        }
        Op::Sub { .. } => {
            let bits = low(0).bits.min(low(1).bits);
            LowBits::new(bits, low(0).value - low(1).value)
        }
        Op::Neg { .. } => LowBits::new(low(0).bits, -low(0).value),
        Op::Mul { .. } => low(0).times(low(1)),
        Op::Shl { amount, .. } => low(0).times(LowBits::of(1 << amount)),
        Op::Shr { amount, .. } => {
            LowBits::new(low(0).bits.saturating_sub(*amount), low(0).value >> amount)
        }
        Op::Round { amount, .. } if low(0).zeros() >= *amount => {
            LowBits::new(low(0).bits - amount, low(0).value >> amount)
        }
        Op::Clamp { min, max, .. } => {
            let mut low = low(0);
            if range.lo == *min && range.lo > of[0].range.lo {
                low = low.meet(LowBits::of(*min));
            }
            if range.hi == *max && range.hi < of[0].range.hi {
                low = low.meet(LowBits::of(*max));
            }
            low
        }
        Op::Wrap { .. } => {
            let width = wrapped.map_or(0, |ty| ty.width);
            match range == of[0].range {
                true => low(0),
                false => LowBits::new(low(0).bits.min(width), low(0).value),
            }
        }
        Op::Select { .. } => low(1).meet(low(2)),
        Op::Lookup { table, .. } if of[0].range.hi - of[0].range.lo < SEARCHED_TABLE => {
            let inputs = of[0].range.lo..=of[0].range.hi;
            let entries = inputs.filter_map(|input| table.get(input));
            let entries = entries.map(|entry| LowBits::of(entry.into()));
            entries.reduce(LowBits::meet).unwrap_or(LowBits::NONE)
        }
        Op::Register { .. } => low(0),
        _ => LowBits::NONE,
    }
}

/// The analysis, and the classes it saw change.
///
/// A number has readers everywhere: when a value turns out to be one, its own readers are
/// noted here, and the number is not.
#[derive(Debug, Default)]
pub struct Watch {
    changed: RefCell<Vec<Id>>,
}

impl Watch {
    /// The classes noted so far, which are then forgotten here.
    pub fn take_changed(&self) -> Vec<Id> {
        self.changed.take()
    }
}

fn is_number(egraph: &EGraph, id: Id) -> bool {
    let nodes = &egraph[id].nodes;
    nodes.iter().any(|leaf| matches!(leaf, Expr::Number(_)))
}

impl Analysis<Expr> for Watch {
    type Data = Option<Facts>;

    fn make(egraph: &mut EGraph, expr: &Expr, _: Id) -> Option<Facts> {
        facts_of(expr, egraph)
    }

    fn merge(&mut self, a: &mut Option<Facts>, b: Option<Facts>) -> DidMerge {
        let (Some(a), Some(b)) = (a, b) else {
            return DidMerge(false, false);
        };
        let first = a.meet(&b);
        DidMerge(first, (a.range, a.low) != (b.range, b.low))
    }

    fn pre_union(egraph: &EGraph, a: Id, b: Id, _: &Option<Justification>) {
        let (a_number, b_number) = (is_number(egraph, a), is_number(egraph, b));
        if a_number != b_number {
            let other = if a_number { b } else { a };
            let mut changed = egraph.analysis.changed.borrow_mut();
            changed.extend(egraph[other].parents());
        }
    }

    fn modify(egraph: &mut EGraph, id: Id) {
        let Some(value) = egraph[id].data.and_then(|facts| facts.range.single()) else {
            egraph.analysis.changed.borrow_mut().push(id);
            return;
        };
        if is_number(egraph, id) {
            egraph[id].nodes.retain(Expr::is_leaf);
            return;
        }
        let number = egraph.add_uncanonical(Expr::Number(value));
        egraph.union_trusted(id, number, RANGE);
        let id = egraph.find(id);
        egraph[id].nodes.retain(Expr::is_leaf);
    }
}

impl Attributes for EGraph {
    fn number(&self, id: Id) -> Option<i128> {
        self[id].data?.range.single()
    }

    fn word(&self, id: Id) -> Option<&Expr> {
        self[id].nodes.iter().find(|leaf| leaf.is_word())
    }
}
