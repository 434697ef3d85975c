//! fx-expand-rounding: make rounding of shifts, an adder and the bits that decide.
//!
//! Before   %1 = fx.round(%0) {amount = 4, mode = "half_up"}
//! After    %1 = fx.shr(%0) {amount = 4}
//!          %2 = fx.shr(%0) {amount = 3}   %3 = fx.wrap(%2) : ui1
//!          %4 = fx.add(%1, %3)
//!
//! A sum that only the rounding reads takes a constant for free, and rounds by it:
//!
//! | mode        | ⌊x / 2ᵏ⌋ of                                                   |
//! | `ceil`      | x + 2ᵏ - 1                                                    |
//! | `half_up`   | x + 2ᵏ⁻¹                                                      |
//! | `half_down` | x + 2ᵏ⁻¹ - 1                                                  |
//! | `half_even` | x + 2ᵏ⁻¹, its lowest bit cleared when nothing is left below it |
//!
//! Otherwise every mode is the floor plus one bit:
//!
//! | mode             | one up when                                     |
//! | `floor`          | never                                           |
//! | `ceil`           | the rest is not 0                               |
//! | `toward_zero`    | the rest is not 0, and x < 0                    |
//! | `away_from_zero` | the rest is not 0, and not x < 0                |
//! | `half_up`        | the half bit                                    |
//! | `half_down`      | the half bit, and something below it            |
//! | `half_even`      | the half bit, and something below it or an odd floor |
//! | `half_away`      | the half bit, and something below it or not x < 0 |
//! | `half_to_zero`   | the half bit, and something below it or x < 0   |
//!
//! Needs      nothing; better after `fx-rewrite`, which finds cheaper modes.
//! Leaves     no fx.round, no dead ops.
//! Never      changes a value, a port, or a stage boundary.

use dialects::fx::{Builder, Graph, IntType, LayerId, Op, Predicate, ValueId};
use dialects::{Result, Rounding};

use super::{Changed, Pass, Run, fx_drop_dead};
use crate::context::PassContext;

pub const PASS: Pass = Pass {
    name: "fx-expand-rounding",
    summary: "make rounding of shifts, an adder and the bits that decide",
    source: include_str!("fx_expand_rounding.rs"),
    run: Run::Fx(run),
};

fn run(graph: &mut Graph, _: &PassContext) -> Result<Changed> {
    let rounds = |op: &Op| matches!(op, Op::Round { .. });
    if !graph.nodes.iter().any(|node| rounds(&node.op)) {
        return Ok(Changed::No);
    }
    let uses = graph.use_counts();
    let mut builder = Builder::like(graph);
    let mut moved: Vec<ValueId> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let value = match node.op {
            Op::Round {
                input,
                amount,
                mode,
            } => {
                let mut expansion = Expansion {
                    builder: &mut builder,
                    input: moved[input.index()],
                    amount,
                    layer: node.layer,
                };
                let own_sum = uses[input.index()] == 1 && is_sum(graph, input);
                let rounded = match own_sum {
                    true => expansion.rounded_by_constant(mode)?,
                    false => expansion.rounded(mode)?,
                };
                match node.ty.contains(builder.node(rounded).ty.range()) {
                    true => rounded,
                    false => builder.wrap(rounded, node.ty, node.layer)?,
                }
            }
            _ => builder.copy_as(node, |value| moved[value.index()])?,
        };
        moved.push(value);
    }
    let results = graph.results.iter().map(|value| moved[value.index()]);
    *graph = builder.finish_like(results.collect());
    fx_drop_dead::drop_dead(graph);
    Ok(Changed::Yes)
}

/// Whether a value is added up, so that a constant more costs nothing.
fn is_sum(graph: &Graph, value: ValueId) -> bool {
    match graph.node(value).op {
        Op::Add { .. } | Op::Sub { .. } | Op::Sum { .. } => true,
        Op::Mul { lhs, rhs } => {
            let constant = |value| matches!(graph.node(value).op, Op::Constant { .. });
            constant(lhs) || constant(rhs)
        }
        _ => false,
    }
}

/// One rounding being written out.
struct Expansion<'a> {
    builder: &'a mut Builder,
    input: ValueId,
    amount: u32,
    layer: LayerId,
}

/// A bit, or its value where that is known.
#[derive(Clone, Copy)]
enum Bit {
    Known(bool),
    Value(ValueId),
}

impl Expansion<'_> {
    /// The floor of the input plus a constant, where the mode is one.
    fn rounded_by_constant(&mut self, mode: Rounding) -> Result<ValueId> {
        let (amount, layer) = (self.amount, self.layer);
        let half = (1i128 << amount) >> 1;
        let constant = match mode {
            _ if amount == 0 => return self.rounded(mode),
            Rounding::Ceil => (1 << amount) - 1,
            Rounding::HalfUp | Rounding::HalfEven => half,
            Rounding::HalfDown => half - 1,
            _ => return self.rounded(mode),
        };
        let constant = self.builder.constant(constant, layer)?;
        self.input = self.builder.add(self.input, constant, layer)?;
        if mode != Rounding::HalfEven {
            return self.builder.shr(self.input, amount, layer);
        }
        let odd = self.bit(amount)?;
        let untied = self.any_below(amount)?;
        let even = self.builder.shr(self.input, amount + 1, layer)?;
        let even = self.builder.shl(even, 1, layer)?;
        match self.and(odd, untied)? {
            Bit::Known(false) => Ok(even),
            Bit::Known(true) => {
                let one = self.builder.constant(1, layer)?;
                self.builder.add(even, one, layer)
            }
            Bit::Value(odd) => self.builder.add(even, odd, layer),
        }
    }

    fn rounded(&mut self, mode: Rounding) -> Result<ValueId> {
        let range = self.builder.range(self.input);
        let floor = self.builder.shr(self.input, self.amount, self.layer)?;
        if self.amount == 0 {
            return Ok(floor);
        }
        let sum = match self.goes_up(mode)? {
            Bit::Known(false) => return Ok(floor),
            Bit::Known(true) => {
                let one = self.builder.constant(1, self.layer)?;
                self.builder.add(floor, one, self.layer)?
            }
            Bit::Value(bit) => self.builder.add(floor, bit, self.layer)?,
        };
        // The largest floor and the carry need not meet: the sum can be narrower than both.
        let lo = mode.shift_right(range.lo, self.amount);
        let hi = mode.shift_right(range.hi, self.amount);
        let exact = dialects::fx::Range::new(lo, hi).int_type();
        match exact {
            Some(ty) if !ty.contains(self.builder.range(sum)) => {
                self.builder.wrap(sum, ty, self.layer)
            }
            _ => Ok(sum),
        }
    }

    fn goes_up(&mut self, mode: Rounding) -> Result<Bit> {
        let never = Bit::Known(false);
        match mode {
            Rounding::Floor => Ok(never),
            Rounding::Ceil => self.any_below(self.amount),
            Rounding::TowardZero => {
                let (rest, negative) = (self.any_below(self.amount)?, self.negative()?);
                self.and(rest, negative)
            }
            Rounding::AwayFromZero => {
                let (rest, positive) = (self.any_below(self.amount)?, self.not_negative()?);
                self.and(rest, positive)
            }
            Rounding::HalfUp => self.bit(self.amount - 1),
            _ => {
                let half = self.bit(self.amount - 1)?;
                let below = self.any_below(self.amount - 1)?;
                let tie = match mode {
                    Rounding::HalfEven => self.bit(self.amount)?,
                    Rounding::HalfAway => self.not_negative()?,
                    Rounding::HalfToZero => self.negative()?,
                    _ => never,
                };
                let up = self.or(below, tie)?;
                self.and(half, up)
            }
        }
    }

    /// Bit number `place` of the input.
    fn bit(&mut self, place: u32) -> Result<Bit> {
        let rest = self.builder.shr(self.input, place, self.layer)?;
        let bit = self.low_bits(rest, 1)?;
        Ok(self.known(bit))
    }

    /// Whether any of the low bits is set.
    fn any_below(&mut self, bits: u32) -> Result<Bit> {
        if bits == 0 {
            return Ok(Bit::Known(false));
        }
        let low = self.low_bits(self.input, bits)?;
        if bits == 1 {
            return Ok(self.known(low));
        }
        self.compare(Predicate::NotEqual, low)
    }

    fn low_bits(&mut self, value: ValueId, bits: u32) -> Result<ValueId> {
        let ty = IntType::unsigned(bits);
        match self.builder.node(value).ty == ty {
            true => Ok(value),
            false => self.builder.wrap(value, ty, self.layer),
        }
    }

    fn negative(&mut self) -> Result<Bit> {
        self.compare(Predicate::Less, self.input)
    }

    fn not_negative(&mut self) -> Result<Bit> {
        let negative = self.negative()?;
        Ok(match negative {
            Bit::Known(answer) => Bit::Known(!answer),
            Bit::Value(input) => Bit::Value(self.builder.push(Op::Not { input }, self.layer)?),
        })
    }

    /// A value compared with 0.
    fn compare(&mut self, predicate: Predicate, lhs: ValueId) -> Result<Bit> {
        let zero = dialects::fx::Range::point(0);
        if let Some(answer) = predicate.decided(self.builder.range(lhs), zero) {
            return Ok(Bit::Known(answer));
        }
        let rhs = self.builder.constant(0, self.layer)?;
        let op = Op::Compare {
            predicate,
            lhs,
            rhs,
        };
        Ok(Bit::Value(self.builder.push(op, self.layer)?))
    }

    fn known(&self, value: ValueId) -> Bit {
        match self.builder.range(value).single() {
            Some(known) => Bit::Known(known == 1),
            None => Bit::Value(value),
        }
    }

    fn and(&mut self, lhs: Bit, rhs: Bit) -> Result<Bit> {
        Ok(match (lhs, rhs) {
            (Bit::Known(false), _) | (_, Bit::Known(false)) => Bit::Known(false),
            (Bit::Known(true), other) | (other, Bit::Known(true)) => other,
            (Bit::Value(lhs), Bit::Value(rhs)) => {
                Bit::Value(self.builder.push(Op::And { lhs, rhs }, self.layer)?)
            }
        })
    }

    fn or(&mut self, lhs: Bit, rhs: Bit) -> Result<Bit> {
        Ok(match (lhs, rhs) {
            (Bit::Known(true), _) | (_, Bit::Known(true)) => Bit::Known(true),
            (Bit::Known(false), other) | (other, Bit::Known(false)) => other,
            (Bit::Value(lhs), Bit::Value(rhs)) => {
                Bit::Value(self.builder.push(Op::Or { lhs, rhs }, self.layer)?)
            }
        })
    }
}
