//! Writes values as shapes: the one place that says how each op is computed.

use std::collections::HashMap;

use dialects::Rounding;
use dialects::fx::{Graph, IntType, Op, Range, Term, ValueId};

use super::dataflow::{Dataflow, Storage};
use super::shape::{At, Binary, Instance, Leaf, Micro, Shape};

/// Writes one value as a shape, down to the values that have a row.
pub struct Writer<'a> {
    pub(super) graph: &'a Graph,
    pub(super) flow: &'a Dataflow,
    pub(super) has_row: &'a [bool],
    pub(super) shape: Shape,
    leaves: Vec<Leaf>,
    params: Vec<(Storage, i128)>,
    known_leaves: HashMap<Leaf, At>,
    known_params: HashMap<(Storage, i128), At>,
}

impl<'a> Writer<'a> {
    pub fn new(graph: &'a Graph, flow: &'a Dataflow, has_row: &'a [bool]) -> Self {
        Writer {
            graph,
            flow,
            has_row,
            shape: Shape::new(),
            leaves: Vec::new(),
            params: Vec::new(),
            known_leaves: HashMap::new(),
            known_params: HashMap::new(),
        }
    }

    /// The value from its operands, in its own storage.
    pub fn instance(mut self, value: ValueId) -> Instance {
        let storage = self.flow.storage(value);
        let at = self.compute(value);
        self.finish(at, storage)
    }

    /// A value that has a row, in another storage.
    pub fn conversion(mut self, value: ValueId, storage: Storage) -> Instance {
        let at = self.leaf(value);
        self.finish(at, storage)
    }

    pub(super) fn finish(mut self, at: At, storage: Storage) -> Instance {
        let at = self.cast(at, storage);
        if usize::from(at) + 1 != self.shape.len() {
            // The result is an operand that was there before: an identity makes it last.
            self.shape.push(Micro::Cast(storage, at));
        }
        Instance {
            shape: self.shape,
            leaves: self.leaves,
            params: self.params,
        }
    }

    pub(super) fn push(&mut self, micro: Micro) -> At {
        self.shape.push(micro);
        (self.shape.len() - 1) as At
    }

    pub(super) fn leaf(&mut self, value: ValueId) -> At {
        let value = self.flow.source(value);
        self.read(Leaf::Value(value), self.flow.storage(value))
    }

    pub(super) fn read(&mut self, leaf: Leaf, storage: Storage) -> At {
        if let Some(at) = self.known_leaves.get(&leaf) {
            return *at;
        }
        self.leaves.push(leaf);
        let at = self.push(Micro::Leaf(storage));
        self.known_leaves.insert(leaf, at);
        at
    }

    /// Numbers from here on are parameters of their own, equal ones or not: whether two
    /// numbers are equal is no reason for another shape.
    pub(super) fn separate(&mut self) {
        self.known_params.clear();
    }

    pub(super) fn param(&mut self, storage: Storage, value: i128) -> At {
        if let Some(at) = self.known_params.get(&(storage, value)) {
            return *at;
        }
        self.params.push((storage, value));
        let at = self.push(Micro::Param(storage));
        self.known_params.insert((storage, value), at);
        at
    }

    pub(super) fn cast(&mut self, at: At, storage: Storage) -> At {
        match self.shape[usize::from(at)].storage() == storage {
            true => at,
            false => self.push(Micro::Cast(storage, at)),
        }
    }

    pub(super) fn binary(&mut self, op: Binary, storage: Storage, lhs: At, rhs: At) -> At {
        self.push(Micro::Binary(op, storage, lhs, rhs))
    }

    /// An operand, in the storage its user works in.
    pub(super) fn value(&mut self, value: ValueId, storage: Storage) -> At {
        let value = self.flow.source(value);
        if let Some(constant) = self.flow.constant(self.graph, value) {
            return self.param(storage, constant);
        }
        let at = match self.has_row[value.index()] {
            true => self.leaf(value),
            false => self.compute(value),
        };
        self.cast(at, storage)
    }

    pub(super) fn compute(&mut self, value: ValueId) -> At {
        let flow = self.flow;
        let own = flow.storage(value);
        let node = self.graph.node(value);
        let mut of_two = |op: Binary, lhs: ValueId, rhs: ValueId| {
            let (lhs, rhs) = (self.value(lhs, own), self.value(rhs, own));
            self.binary(op, own, lhs, rhs)
        };
        match &node.op {
            Op::Constant { value } => self.param(own, *value),
            Op::Add { lhs, rhs } => of_two(Binary::Add, *lhs, *rhs),
            Op::Sub { lhs, rhs } => of_two(Binary::Sub, *lhs, *rhs),
            Op::Mul { lhs, rhs } => of_two(Binary::Mul, *lhs, *rhs),
            Op::And { lhs, rhs } => of_two(Binary::And, *lhs, *rhs),
            Op::Or { lhs, rhs } => of_two(Binary::Or, *lhs, *rhs),
            Op::Xor { lhs, rhs } => of_two(Binary::Xor, *lhs, *rhs),
            Op::Neg { input } => {
                let (zero, input) = (self.param(own, 0), self.value(*input, own));
                self.binary(Binary::Sub, own, zero, input)
            }
            Op::Not { input } => {
                let (one, input) = (self.param(own, 1), self.value(*input, own));
                self.binary(Binary::Xor, own, input, one)
            }
            Op::Sum { terms, constant } => self.sum(terms, *constant, own),
            // A shift that leaves the storage can only have shifted zero.
            Op::Shl { amount, .. } if *amount >= own.bits() => self.param(own, 0),
            Op::Shl { input, amount } => {
                let (input, amount) = (self.value(*input, own), self.param(own, (*amount).into()));
                self.binary(Binary::Shl, own, input, amount)
            }
            Op::Shr { input, amount } => {
                let work = flow.storage(*input);
                let input = self.value(*input, work);
                let shifted = self.shift_right(input, *amount, work);
                self.cast(shifted, own)
            }
            Op::Round {
                input,
                amount,
                mode,
            } => self.round(*input, *amount, *mode, own),
            Op::Clamp { input, min, max } => self.clamp(*input, *min, *max, own),
            Op::Wrap { input } => self.wrap(*input, node.ty, own),
            Op::Compare {
                predicate,
                lhs,
                rhs,
            } => {
                let work = flow.storage(*lhs).max(flow.storage(*rhs));
                let (lhs, rhs) = (self.value(*lhs, work), self.value(*rhs, work));
                self.push(Micro::Compare(*predicate, work, lhs, rhs))
            }
            Op::Select {
                condition,
                on_true,
                on_false,
            } => {
                let condition = self.value(*condition, Storage::W32);
                let (yes, no) = (self.value(*on_true, own), self.value(*on_false, own));
                self.push(Micro::Select(own, condition, yes, no))
            }
            Op::Input { .. } | Op::Lookup { .. } | Op::Register { .. } => {
                unreachable!("inputs and lookups have rows, registers are seen through")
            }
        }
    }

    /// Term by term, modulo 2^bits: the sum itself fits.
    fn sum(&mut self, terms: &[Term], constant: i128, own: Storage) -> At {
        let unused = 128 - own.bits();
        let mut sum = self.param(own, constant << unused >> unused);
        for term in terms.iter().filter(|term| term.shift < own.bits()) {
            let mut value = self.value(term.value, own);
            if term.shift > 0 {
                let amount = self.param(own, term.shift.into());
                value = self.binary(Binary::Shl, own, value, amount);
            }
            let op = if term.negative {
                Binary::Sub
            } else {
                Binary::Add
            };
            sum = self.binary(op, own, sum, value);
        }
        sum
    }

    fn shift_right(&mut self, at: At, amount: u32, work: Storage) -> At {
        let amount = self.param(work, amount.min(work.bits() - 1).into());
        self.binary(Binary::Shr, work, at, amount)
    }

    /// Every mode is a sum with something between 0 and 2^amount - 1, then a floor.
    fn round(&mut self, input: ValueId, amount: u32, mode: Rounding, own: Storage) -> At {
        let range = self.flow.range(input);
        if amount == 0 {
            return self.value(input, own);
        }
        let (half, mask) = (1i128 << (amount - 1), (1i128 << amount) - 1);
        let widest = Range::new(range.lo.min(0), range.hi.max(0) + mask);
        let work = Storage::of(widest).max(self.flow.storage(input));
        let x = self.value(input, work);
        let sign = |writer: &mut Self| writer.shift_right(x, work.bits(), work);
        let add = match mode {
            Rounding::Floor => None,
            Rounding::Ceil => Some(self.param(work, mask)),
            Rounding::HalfUp => Some(self.param(work, half)),
            Rounding::HalfDown => Some(self.param(work, half - 1)),
            Rounding::TowardZero => {
                let (sign, mask) = (sign(self), self.param(work, mask));
                Some(self.binary(Binary::And, work, sign, mask))
            }
            Rounding::AwayFromZero => {
                let (sign, mask) = (sign(self), self.param(work, mask));
                let below = self.binary(Binary::And, work, sign, mask);
                Some(self.binary(Binary::Xor, work, below, mask))
            }
            Rounding::HalfAway => {
                let (sign, half) = (sign(self), self.param(work, half));
                Some(self.binary(Binary::Add, work, half, sign))
            }
            Rounding::HalfToZero => {
                let (sign, below) = (sign(self), self.param(work, half - 1));
                Some(self.binary(Binary::Sub, work, below, sign))
            }
            Rounding::HalfEven => {
                let floor = self.shift_right(x, amount, work);
                let one = self.param(work, 1);
                let odd = self.binary(Binary::And, work, floor, one);
                let below = self.param(work, half - 1);
                Some(self.binary(Binary::Add, work, below, odd))
            }
        };
        let sum = match add {
            Some(add) => self.binary(Binary::Add, work, x, add),
            None => x,
        };
        let rounded = self.shift_right(sum, amount, work);
        self.cast(rounded, own)
    }

    fn clamp(&mut self, input: ValueId, min: i128, max: i128, own: Storage) -> At {
        let range = self.flow.range(input);
        let work = self.flow.storage(input).max(own);
        let mut at = self.value(input, work);
        if range.lo < min {
            let min = self.param(work, min);
            at = self.binary(Binary::Max, work, at, min);
        }
        if range.hi > max {
            let max = self.param(work, max);
            at = self.binary(Binary::Min, work, at, max);
        }
        self.cast(at, own)
    }

    fn wrap(&mut self, input: ValueId, ty: IntType, own: Storage) -> At {
        let at = self.value(input, own);
        if ty.contains(self.flow.range(input)) {
            return at;
        }
        let spare = own.bits() - ty.width;
        match ty.signed {
            true if spare == 0 => at,
            true => {
                let spare = self.param(own, spare.into());
                let high = self.binary(Binary::Shl, own, at, spare);
                self.binary(Binary::Shr, own, high, spare)
            }
            false => {
                let mask = self.param(own, (1i128 << ty.width) - 1);
                self.binary(Binary::And, own, at, mask)
            }
        }
    }
}
