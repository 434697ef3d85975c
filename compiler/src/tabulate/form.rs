//! An equal form of a value under construction: ops on values of a graph, with their cost.
//!
//! Invariant: every step has a range, so every table covers what can reach it.

use std::sync::Arc;

use dialects::fx::{IntType, MAX_WIDTH, Op, Range, Table, Term, ValueId};

use crate::egraph::{Offer, Step};
use crate::target::{Operand, Target};

/// A value a form can read: a leaf, or one of its own steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub id: ValueId,
    pub range: Range,
    /// How many low bits are always zero.
    pub zeros: u32,
}

impl Part {
    /// How many bits tell the values of the part apart.
    pub fn bits(&self) -> u32 {
        let (first, last) = (self.range.lo >> self.zeros, self.range.hi >> self.zeros);
        128 - (last - first).leading_zeros()
    }

    /// The value whose [`Form::code`] is `code`; `None` where that is none of the part's.
    pub fn value(&self, code: i128) -> Option<i128> {
        let first = self.range.lo >> self.zeros;
        let patterns = 1i128 << self.bits();
        let value = (first + (code - first).rem_euclid(patterns)) << self.zeros;
        self.range.holds(value).then_some(value)
    }
}

/// A form, step by step.
#[derive(Clone)]
pub struct Form<'a> {
    target: &'a Target,
    /// Steps are numbered from here.
    first: u32,
    steps: Vec<Step>,
    parts: Vec<Part>,
    /// LUTs of all steps.
    pub luts: u32,
}

impl<'a> Form<'a> {
    /// An empty form beside a graph of `nodes` nodes.
    pub fn new(target: &'a Target, nodes: usize) -> Self {
        Form {
            target,
            first: nodes as u32,
            steps: Vec::new(),
            parts: Vec::new(),
            luts: 0,
        }
    }

    pub fn target(&self) -> &'a Target {
        self.target
    }

    /// The form as an offer for a value, whose `result` is its last step.
    pub fn offer(self, of: ValueId, result: Part) -> Option<Offer> {
        let steps = self.steps;
        let last = (self.first as usize + steps.len()).checked_sub(1)?;
        (result.id.index() == last).then_some(Offer {
            of,
            steps,
            plain: false,
        })
    }

    fn push(&mut self, op: Op, ty: Option<IntType>, of: &[Part], zeros: u32) -> Option<Part> {
        let known = self
            .steps
            .iter()
            .position(|step| step.op == op && ty.is_none_or(|ty| ty == step.ty));
        if let Some(at) = known {
            return Some(self.parts[at]);
        }
        let ranges: Vec<Range> = of.iter().map(|part| part.range).collect();
        let widest = ty.unwrap_or(IntType::signed(MAX_WIDTH));
        let range = (op.def()?.range)(&op, &ranges, widest)?;
        let ty = ty.or_else(|| range.int_type())?;
        let operand = |part: &Part| {
            let ty = part.range.int_type()?;
            Some(Operand::of(ty).with_trailing_zeros(part.zeros))
        };
        let operands = of.iter().map(operand).collect::<Option<Vec<_>>>()?;
        self.luts += self.target.cost(&op, ty, &operands).area;
        let id = ValueId(self.first + self.steps.len() as u32);
        self.steps.push(Step { op, ty, zeros });
        let part = Part { id, range, zeros };
        self.parts.push(part);
        Some(part)
    }

    /// An op on values of the graph.
    pub fn op(&mut self, op: Op, parts: &[Part]) -> Option<Part> {
        let of = op.operands().into_iter().map(|value| parts[value.index()]);
        let of: Vec<Part> = of.collect();
        self.push(op, None, &of, 0)
    }

    /// `⌊x/2^k⌋`.
    pub fn shr(&mut self, x: Part, amount: u32) -> Option<Part> {
        if amount == 0 {
            return Some(x);
        }
        let op = Op::Shr {
            input: x.id,
            amount,
        };
        self.push(op, None, &[x], x.zeros.saturating_sub(amount))
    }

    pub fn shl(&mut self, x: Part, amount: u32) -> Option<Part> {
        if amount == 0 {
            return Some(x);
        }
        let op = Op::Shl {
            input: x.id,
            amount,
        };
        self.push(op, None, &[x], x.zeros + amount)
    }

    /// The low bits of x as an unsigned number.
    pub fn low(&mut self, x: Part, width: u32) -> Option<Part> {
        let ty = IntType::unsigned(width);
        if ty.contains(x.range) {
            return Some(x);
        }
        self.push(Op::Wrap { input: x.id }, Some(ty), &[x], x.zeros.min(width))
    }

    /// `high + low` of codes that do not overlap: wires, and no sum that others could share.
    fn beside(&mut self, high: Part, low: Part) -> Option<Part> {
        let op = Op::Add {
            lhs: high.id,
            rhs: low.id,
        };
        self.push(op, None, &[high, low], high.zeros.min(low.zeros))
    }

    /// Two terms, each of them perhaps shifted or subtracted, as one adder.
    pub fn sum(&mut self, terms: [(Part, u32, bool); 2]) -> Option<Part> {
        let of = terms.map(|(part, _, _)| part);
        let zeros = terms.map(|(part, shift, _)| part.zeros + shift);
        let term = |(part, shift, negative): (Part, u32, bool)| Term::new(part.id, shift, negative);
        let op = Op::Sum {
            terms: terms.into_iter().map(term).collect(),
            constant: 0,
        };
        self.push(op, None, &of, zeros[0].min(zeros[1]))
    }

    pub fn lookup(&mut self, x: Part, table: Table) -> Option<Part> {
        let table = Arc::new(table);
        self.push(Op::Lookup { input: x.id, table }, None, &[x], 0)
    }

    /// `high·2^width + low`, where `low` is unsigned and no wider: wires.
    pub fn index(&mut self, high: Part, low: Part, width: u32) -> Option<Part> {
        let high = self.shl(high, width)?;
        self.beside(high, low)
    }

    /// The bits of x that vary, as an unsigned number of [`Part::bits`] bits: wires.
    pub fn code(&mut self, x: Part) -> Option<Part> {
        let bits = x.bits();
        let x = self.shr(x, x.zeros)?;
        self.low(x, bits)
    }

    /// The codes of parts side by side, the first one lowest: wires.
    pub fn concat(&mut self, parts: &[Part]) -> Option<Part> {
        let mut joined: Option<Part> = None;
        let mut width = 0;
        for part in parts.iter().filter(|part| part.bits() > 0) {
            let code = self.code(*part)?;
            let placed = self.shl(code, width)?;
            joined = Some(match joined {
                None => placed,
                Some(below) => self.beside(placed, below)?,
            });
            width += part.bits();
        }
        joined
    }
}
