//! fx-drop-unused-bits: compute no bit that nobody reads.
//!
//! Before   %1 = fx.shl(%x1) {amount = 4}   %2 = fx.add(%x0, %1)   %3 = fx.shr(%2) {amount = 4}
//! After    %0 = fx.shr(%x0) {amount = 4}   %1 = fx.add(%0, %x1)
//!
//! What readers need goes backward. High bits that a wrap cuts are not needed by the sums
//! and products below it. Low bits that a shift drops are not needed by a sum where its
//! other operand is zero there, because no carry comes out of them.
//!
//! Needs      nothing; better after `fx-rewrite`, which does the same for single ops.
//! Leaves     nothing it could do again, no dead ops.
//! Never      changes a value that is read as a whole, a port, or a stage boundary.

use dialects::fx::{Builder, Graph, IntType, LayerId, Node, Op, ValueId};
use dialects::{Result, Rounding};

use super::{Changed, Pass, Run, fx_drop_dead};
use crate::context::PassContext;
use crate::target;

const NAME: &str = "fx-drop-unused-bits";

pub const PASS: Pass = Pass {
    name: NAME,
    summary: "compute no bit that nobody reads",
    source: include_str!("fx_drop_unused_bits.rs"),
    run: Run::Fx(run),
};

/// What is left out at one op can free the next; more rounds than this were never needed.
const ROUNDS: usize = 4;

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    for round in 0..ROUNDS {
        let Some(smaller) = smaller(graph, cx) else {
            return Ok((round > 0).into());
        };
        *graph = smaller;
    }
    Ok(Changed::Yes)
}

/// The graph without the bits nobody needs; `None` when that is no smaller.
fn smaller(graph: &Graph, cx: &PassContext) -> Option<Graph> {
    let operands = target::operands(graph);
    let zeros: Vec<u32> = operands.iter().map(|o| o.trailing_zeros).collect();
    let needs = needs(graph, &zeros);
    match trimmed(graph, &zeros, &needs) {
        Ok(mut trimmed) => {
            fx_drop_dead::drop_dead(&mut trimmed);
            (size(&trimmed, cx) < size(graph, cx)).then_some(trimmed)
        }
        Err(error) => {
            let why = format!("left all as it was: {}", error.sentence);
            cx.remark(NAME, error.layer.as_deref(), why);
            None
        }
    }
}

/// LUTs, then the bits that ops other than wires compute.
fn size(graph: &Graph, cx: &PassContext) -> (u64, u64) {
    let wires = |op: &Op| matches!(op, Op::Shl { .. } | Op::Shr { .. } | Op::Wrap { .. });
    let computed = graph.nodes.iter().filter(|node| !wires(&node.op));
    let lut = cx
        .target
        .costs(graph)
        .iter()
        .map(|c| u64::from(c.area))
        .sum();
    (lut, computed.map(|node| u64::from(node.ty.width)).sum())
}

/// What the readers of a value need: none of its lowest `low` bits, and only the lowest
/// `high`, or with `None` all there are and the sign.
///
/// A value may be given as one that agrees in the bits between and is zero below `low`.
#[derive(Debug, Clone, Copy)]
struct Need {
    low: u32,
    high: Option<u32>,
}

impl Need {
    const NOTHING: Need = Need {
        low: u32::MAX,
        high: Some(0),
    };
    const ALL: Need = Need { low: 0, high: None };

    fn and(self, other: Need) -> Need {
        Need {
            low: self.low.min(other.low),
            high: self.high.zip(other.high).map(|(a, b)| a.max(b)),
        }
    }

    fn low(self, low: u32) -> Need {
        Need { low, ..self }
    }

    /// As read through a right shift.
    fn above(self, amount: u32) -> Need {
        Need {
            low: self.low.saturating_add(amount),
            high: self.high.map(|high| high + amount),
        }
    }

    /// As read through a left shift.
    fn below(self, amount: u32) -> Need {
        Need {
            low: self.low.saturating_sub(amount),
            high: self.high.map(|high| high.saturating_sub(amount)),
        }
    }
}

/// What is needed of every value.
fn needs(graph: &Graph, zeros: &[u32]) -> Vec<Need> {
    let mut needs = vec![Need::NOTHING; graph.nodes.len()];
    for result in &graph.results {
        needs[result.index()] = Need::ALL;
    }
    for index in (0..graph.nodes.len()).rev() {
        let need = needs[index];
        if need.low == u32::MAX {
            continue;
        }
        let node = &graph.nodes[index];
        for (at, operand) in node.op.operands().into_iter().enumerate() {
            let read = need_of_operand(node, at, need, zeros);
            needs[operand.index()] = needs[operand.index()].and(read);
        }
    }
    needs
}

/// What a node reads of its operand number `at` when this is needed of the node.
fn need_of_operand(node: &Node, at: usize, need: Need, zeros: &[u32]) -> Need {
    let below = |other: ValueId| need.low(need.low.min(zeros[other.index()]));
    match node.op {
        Op::Add { lhs, rhs } => below(if at == 0 { rhs } else { lhs }),
        // What the subtrahend has below is borrowed.
        Op::Sub { rhs, .. } if at == 0 => below(rhs),
        Op::Sub { .. } | Op::Neg { .. } | Op::Mul { .. } => need.low(0),
        Op::Sum { ref terms, .. } => need.low(0).below(terms[at].shift),
        Op::Shl { amount, .. } => need.below(amount),
        Op::Shr { amount, .. } => need.above(amount),
        Op::Round { amount, mode, .. } if amount > 0 => match mode {
            Rounding::Floor => need.above(amount),
            Rounding::HalfUp => need.low(0).above(amount).low(amount - 1),
            Rounding::HalfDown | Rounding::Ceil => need.above(amount).low(0),
            // A tie looks at the lowest bit of the result.
            Rounding::HalfEven => need
                .and(Need {
                    low: 0,
                    high: Some(1),
                })
                .above(amount)
                .low(0),
            _ => Need::ALL,
        },
        Op::Clamp { .. } => Need::ALL.low(need.low),
        Op::Wrap { .. } => {
            let width = node.ty.width;
            let high = need.high.map_or(width, |high| high.min(width));
            // Above the width stands the sign, which is the highest bit that is kept.
            Need {
                low: need.low.min(width - 1),
                high: Some(high),
            }
        }
        Op::Select { .. } if at > 0 => need,
        Op::Register { .. } => need,
        _ => Need::ALL,
    }
}

/// The graph without the bits nobody needs.
fn trimmed(graph: &Graph, zeros: &[u32], needs: &[Need]) -> Result<Graph> {
    let mut trim = Trim {
        builder: Builder::like(graph),
        layer: LayerId(0),
    };
    let mut moved: Vec<ValueId> = Vec::with_capacity(graph.nodes.len());
    for (index, node) in graph.nodes.iter().enumerate() {
        let need = needs[index];
        trim.layer = node.layer;
        let value = match node.op {
            Op::Input { index } => trim.builder.input(index as usize),
            _ if need.low == u32::MAX => ValueId(u32::MAX),
            _ => {
                let tail = |value: ValueId| zeros[value.index()];
                let dropped = droppable(&node.op, need.low, tail);
                let op = node.op.clone().map_operands(|value| moved[value.index()]);
                let node = Node { op, ..node.clone() };
                let value = trim.node(&node, dropped, need.high)?;
                let shown = trim.builder.node(value).ty.range();
                match need.high.is_none() && need.low == 0 && !node.ty.contains(shown) {
                    true => trim.builder.wrap(value, node.ty, node.layer)?,
                    false => value,
                }
            }
        };
        moved.push(value);
    }
    let results = graph.results.iter().map(|value| moved[value.index()]);
    Ok(trim.builder.finish_like(results.collect()))
}

/// How many low bits an op can leave out when `low` of them are not needed.
fn droppable(op: &Op, low: u32, zeros: impl Fn(ValueId) -> u32) -> u32 {
    let (dropped, already) = match *op {
        Op::Add { lhs, rhs } => {
            let (lhs, rhs) = (zeros(lhs), zeros(rhs));
            (low.min(lhs.max(rhs)), lhs.min(rhs))
        }
        Op::Sub { lhs, rhs } => (low.min(zeros(rhs)), zeros(lhs)),
        Op::Select {
            on_true, on_false, ..
        } => (low, zeros(on_true).min(zeros(on_false))),
        Op::Clamp { input, .. } => (low, zeros(input)),
        _ => (0, 0),
    };
    if dropped > already { dropped } else { 0 }
}

struct Trim {
    builder: Builder,
    layer: LayerId,
}

impl Trim {
    /// Adds a node on operands that may lack bits, without its own low `dropped` bits and
    /// with operands cut to what its `high` low bits need.
    fn node(&mut self, node: &Node, dropped: u32, high: Option<u32>) -> Result<ValueId> {
        if dropped > 0 {
            let op = self.lowered(&node.op, dropped)?;
            let high = high.map(|high| high.saturating_sub(dropped));
            let op = self.cut(op, high, node.ty.width.saturating_sub(dropped))?;
            let value = self.builder.push(op, self.layer)?;
            return self.shl(value, dropped);
        }
        let op = self.cut(node.op.clone(), high, node.ty.width)?;
        match op {
            Op::Shr { input, amount } => self.shr(input, amount),
            Op::Shl { input, amount } => self.shl(input, amount),
            op => self
                .builder
                .copy(&Node { op, ..node.clone() }, |value| value),
        }
    }

    /// The op on operands without their low bits.
    fn lowered(&mut self, op: &Op, dropped: u32) -> Result<Op> {
        Ok(match *op {
            Op::Add { lhs, rhs } => Op::Add {
                lhs: self.shr(lhs, dropped)?,
                rhs: self.shr(rhs, dropped)?,
            },
            Op::Sub { lhs, rhs } => Op::Sub {
                lhs: self.shr(lhs, dropped)?,
                rhs: self.shr(rhs, dropped)?,
            },
            Op::Select {
                condition,
                on_true,
                on_false,
            } => Op::Select {
                condition,
                on_true: self.shr(on_true, dropped)?,
                on_false: self.shr(on_false, dropped)?,
            },
            Op::Clamp { input, min, max } => Op::Clamp {
                input: self.shr(input, dropped)?,
                min: min >> dropped,
                max: max >> dropped,
            },
            ref other => other.clone(),
        })
    }

    /// The op on operands without the high bits that its own `high` low bits do not need.
    fn cut(&mut self, op: Op, high: Option<u32>, width: u32) -> Result<Op> {
        let Some(high) = high.filter(|high| (1..width).contains(high)) else {
            return Ok(op);
        };
        Ok(match op {
            Op::Add { lhs, rhs } => Op::Add {
                lhs: self.wrap(lhs, high)?,
                rhs: self.wrap(rhs, high)?,
            },
            Op::Sub { lhs, rhs } => Op::Sub {
                lhs: self.wrap(lhs, high)?,
                rhs: self.wrap(rhs, high)?,
            },
            Op::Mul { lhs, rhs } => Op::Mul {
                lhs: self.wrap(lhs, high)?,
                rhs: self.wrap(rhs, high)?,
            },
            Op::Neg { input } => Op::Neg {
                input: self.wrap(input, high)?,
            },
            Op::Select {
                condition,
                on_true,
                on_false,
            } => Op::Select {
                condition,
                on_true: self.wrap(on_true, high)?,
                on_false: self.wrap(on_false, high)?,
            },
            other => other,
        })
    }

    fn wrap(&mut self, value: ValueId, width: u32) -> Result<ValueId> {
        let ty = self.builder.node(value).ty;
        if ty.width <= width {
            return Ok(value);
        }
        let signed = ty.signed;
        let ty = IntType { signed, width };
        match self.builder.constant_value(value) {
            Some(constant) => self.builder.constant(ty.wrap(constant), self.layer),
            None => self.builder.wrap(value, ty, self.layer),
        }
    }

    fn shl(&mut self, value: ValueId, amount: u32) -> Result<ValueId> {
        match self.builder.node(value).op {
            Op::Shl {
                input,
                amount: inner,
            } => self.builder.shl(input, inner + amount, self.layer),
            _ => self.builder.shl(value, amount, self.layer),
        }
    }

    fn shr(&mut self, value: ValueId, amount: u32) -> Result<ValueId> {
        match self.builder.node(value).op {
            Op::Constant { value } => self.builder.constant(value >> amount, self.layer),
            Op::Shl {
                input,
                amount: inner,
            } if inner >= amount => self.builder.shl(input, inner - amount, self.layer),
            Op::Shl {
                input,
                amount: inner,
            } => self.builder.shr(input, amount - inner, self.layer),
            Op::Shr {
                input,
                amount: inner,
            } => self.builder.shr(input, inner + amount, self.layer),
            _ => self.builder.shr(value, amount, self.layer),
        }
    }
}
