//! When the bits of a result are there, from when the bits of its operands are.
//!
//! The low bits of a sum are there before its high ones, and the next sum begins on them. So
//! an arrival is two numbers, for the bits that a short piece of carry chain reaches and for
//! all bits, and an op passes each on with a delay of its own:
//!
//! | op        | low to low        | low to high        | high to high               |
//! | sum       | LUT, near end     | LUT, whole chain   | LUT, the chain above it    |
//! | wires     | 0                 |                    | 0                          |
//! | any other |                   |                    | its delay, to low and high |
//!
//! A net belongs to what it leads from and grows with the LUT inputs on it: an operand's own
//! readers, and for its highest bit those of its extension too. A register's input is no load.
//! Delays only add and the later of two wins, so the arrival of a value is that of the worst
//! path to it: a schedule may ask for paths one by one.

use dialects::fx::{Graph, Op, ValueId};

use super::{Cost, Delays, Family, Operand, Target, cost, operands};

/// Picoseconds from the stage's begin to the low bits of a value, and to all its bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arrival {
    pub low: u32,
    pub high: u32,
}

/// How much later a result is there than one operand; `None` where it does not wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passage {
    pub low_low: Option<u32>,
    pub low_high: Option<u32>,
    pub high_low: Option<u32>,
    pub high_high: Option<u32>,
}

impl Arrival {
    #[must_use]
    pub fn later(self, other: Arrival) -> Arrival {
        Arrival {
            low: self.low.max(other.low),
            high: self.high.max(other.high),
        }
    }

    /// The longest way when each of two bits has so far to go.
    pub fn with(self, rest: Arrival) -> u32 {
        (self.low.saturating_add(rest.low)).max(self.high.saturating_add(rest.high))
    }
}

/// A way and what comes before or after it.
fn along(way: Option<u32>, other: u32) -> u32 {
    way.map_or(0, |way| way.saturating_add(other))
}

impl Passage {
    /// Every bit waits for every bit.
    pub fn flat(delay: u32) -> Self {
        Passage {
            high_low: Some(delay),
            high_high: Some(delay),
            ..Passage::default()
        }
    }

    fn wire() -> Self {
        Passage {
            low_low: Some(0),
            high_high: Some(0),
            ..Passage::default()
        }
    }

    /// When the result is there, if the operand is there at `from`.
    pub fn after(&self, from: Arrival) -> Arrival {
        Arrival {
            low: along(self.low_low, from.low).max(along(self.high_low, from.high)),
            high: along(self.low_high, from.low).max(along(self.high_high, from.high)),
        }
    }

    /// How far the operand's bits have to go, if the result's have `rest`.
    pub fn before(&self, rest: Arrival) -> Arrival {
        Arrival {
            low: along(self.low_low, rest.low).max(along(self.low_high, rest.high)),
            high: along(self.high_low, rest.low).max(along(self.high_high, rest.high)),
        }
    }

    /// The slower of both in each way.
    #[must_use]
    pub fn later(self, other: Passage) -> Passage {
        Passage {
            low_low: self.low_low.max(other.low_low),
            low_high: self.low_high.max(other.low_high),
            high_low: self.high_low.max(other.high_low),
            high_high: self.high_high.max(other.high_high),
        }
    }

    fn map(self, change: impl Fn(bool, u32) -> u32) -> Passage {
        Passage {
            low_low: self.low_low.map(|way| change(false, way)),
            low_high: self.low_high.map(|way| change(false, way)),
            high_low: self.high_low.map(|way| change(true, way)),
            high_high: self.high_high.map(|way| change(true, way)),
        }
    }
}

/// LUT inputs on each bit of a value, and on its highest bit.
#[derive(Debug, Clone, Copy, Default)]
struct Load {
    bits: u32,
    top: u32,
}

/// The delays of a graph on a target.
pub struct Timing<'a> {
    graph: &'a Graph,
    target: &'a Target,
    known: Vec<Operand>,
    loads: Vec<Load>,
}

impl<'a> Timing<'a> {
    pub fn new(graph: &'a Graph, target: &'a Target) -> Self {
        let mut timing = Timing {
            graph,
            target,
            known: operands(graph),
            loads: vec![Load::default(); graph.nodes.len()],
        };
        timing.count_loads();
        timing
    }

    /// Each node as its readers see it, in node order.
    pub fn known(&self) -> &[Operand] {
        &self.known
    }

    fn family(&self) -> &'static Family {
        self.target.family
    }

    fn cost(&self, value: ValueId) -> Cost {
        let node = self.graph.node(value);
        let of = node.op.operands();
        let of: Vec<Operand> = of.iter().map(|of| self.known[of.index()]).collect();
        cost::of(self.family(), &node.op, node.ty, &of)
    }

    /// From the readers to what they read, then from a wire's source to the wire.
    fn count_loads(&mut self) {
        for value in (0..self.graph.nodes.len() as u32).rev().map(ValueId) {
            let op = &self.graph.node(value).op;
            let on = self.loads[value.index()];
            let wire = is_wire(op) || self.cost(value).delay_ps == 0;
            for (at, operand) in op.operands().into_iter().enumerate() {
                let more = match op {
                    Op::Register { .. } => Load::default(),
                    _ if wire => on,
                    _ => self.load(value, at),
                };
                let load = &mut self.loads[operand.index()];
                load.bits = load.bits.saturating_add(more.bits);
                load.top = load.top.saturating_add(more.top);
            }
        }
        for (index, node) in self.graph.nodes.iter().enumerate() {
            if is_wire(&node.op) {
                let source = node.op.operands()[0];
                self.loads[index] = self.loads[source.index()];
            }
        }
    }

    /// The LUT inputs that an op hangs on its operand number `at`.
    fn load(&self, value: ValueId, at: usize) -> Load {
        let node = self.graph.node(value);
        let of = node.op.operands();
        let known = self.known[of[at].index()];
        let even = |load| Load {
            bits: load,
            top: load,
        };
        let width = node.ty.width;
        match &node.op {
            Op::Select { .. } if at == 0 => even(width),
            Op::Clamp { .. } => Load {
                bits: 1,
                top: width,
            },
            Op::Lookup { .. } => even(self.cost(value).lut.max(1)),
            Op::Mul { .. } => {
                let other = self.known[of[1 - at].index()];
                match (other.constant, self.cost(value).dsp) {
                    (Some(_), _) => even(2),
                    (None, 0) => even(other.ty.width),
                    (None, _) => even(1),
                }
            }
            op if is_sum(op) => {
                let tops = (0..of.len()).map(|at| self.top_of(value, at));
                let widest = tops.max().unwrap_or(0);
                let extended = match known.ty.signed {
                    true => widest.saturating_sub(self.top_of(value, at)),
                    false => 0,
                };
                // The first operand goes onto the chain beside the LUTs too.
                let own = 1 + u32::from(at == 0);
                Load {
                    bits: own,
                    top: own + extended,
                }
            }
            _ => even(1),
        }
    }

    /// What the op of a value waits for: the operands that vary, with the nets to the op.
    pub fn passages(&self, value: ValueId) -> Vec<(ValueId, Passage)> {
        let op = &self.graph.node(value).op;
        let operands = op.operands();
        let varying = operands.iter().enumerate();
        let varying = varying.filter(|(_, of)| self.known[of.index()].constant.is_none());
        if matches!(op, Op::Register { .. }) {
            return Vec::new();
        }
        let cost = self.cost(value);
        let delays = &self.family().delays;
        if is_wire(op) || cost.delay_ps == 0 {
            let flat = matches!(op, Op::Shr { amount, .. } if *amount > 0);
            let through = match flat {
                true => Passage::flat(0),
                false => Passage::wire(),
            };
            return varying.map(|(_, of)| (*of, through)).collect();
        }
        let after_net = cost.delay_ps.saturating_sub(delays.net);
        let passage = |at: usize, of: ValueId| {
            let inside = match is_sum(op) && after_net > delays.lut {
                true => self.sum(value, at, after_net),
                false => Passage::flat(after_net + self.gate_net(value, &cost)),
            };
            let load = self.loads[of.index()];
            inside.map(|top, way| {
                let load = if top { load.top } else { load.bits };
                self.target.scaled(way + delays.net_of(load))
            })
        };
        varying.map(|(at, of)| (*of, passage(at, *of))).collect()
    }

    /// The bits of a sum's result up to its operand number `at`; a constant has none.
    fn top_of(&self, value: ValueId, at: usize) -> u32 {
        let op = &self.graph.node(value).op;
        let known = self.known[op.operands()[at].index()];
        let shift = match op {
            Op::Sum { terms, .. } => terms[at].shift,
            _ => 0,
        };
        match known.constant {
            Some(_) => 0,
            None => known.ty.width + shift,
        }
    }

    /// A sum, of which the whole chain with what stands before it takes `whole`.
    fn sum(&self, value: ValueId, at: usize, whole: u32) -> Passage {
        let delays = &self.family().delays;
        let node = self.graph.node(value);
        let width = node.ty.width;
        let known = self.known[value.index()];
        let low = known.trailing_zeros.min(width);
        let chain = |bits: u32| delays.carry_in + delays.carry_8 * bits / 8 + delays.carry_out;
        let saved = chain(width - low).saturating_sub(delays.carry_near);
        let near = whole.saturating_sub(saved);
        // Bits of the result above the operand's highest.
        let above = width.saturating_sub(self.top_of(value, at) + 1);
        let top = match above {
            0 => near,
            above => (near.saturating_sub(delays.carry_near) + chain(above)).max(near),
        };
        Passage {
            low_low: Some(near),
            low_high: Some(whole.max(near)),
            high_low: None,
            high_high: Some(top),
        }
    }

    /// What the one signal that opens or shuts all bits of a clamp's result adds.
    fn gate_net(&self, value: ValueId, cost: &Cost) -> u32 {
        let delays = &self.family().delays;
        let node = self.graph.node(value);
        let one_level = cost.delay_ps <= delays.net + delays.lut;
        match node.op {
            Op::Clamp { .. } if !one_level => delays.net_of(node.ty.width) - delays.net_of(1),
            _ => 0,
        }
    }
}

fn is_wire(op: &Op) -> bool {
    matches!(
        op,
        Op::Shl { .. } | Op::Shr { .. } | Op::Wrap { .. } | Op::Not { .. }
    )
}

fn is_sum(op: &Op) -> bool {
    matches!(
        op,
        Op::Add { .. } | Op::Sub { .. } | Op::Neg { .. } | Op::Sum { .. }
    )
}

impl Delays {
    /// A net to so many LUT inputs: between two entries of the table by proportion, beyond
    /// it as from the last but one to the last for each doubling.
    pub fn net_of(&self, load: u32) -> u32 {
        let load = load.max(1);
        let at = load.ilog2() as usize;
        let last = self.nets.len() - 1;
        if at >= last {
            let step = self.nets[last].saturating_sub(self.nets[last - 1]);
            return self.nets[last] + (at - last) as u32 * step;
        }
        let (from, to) = (self.nets[at], self.nets[at + 1]);
        let below = 1 << at;
        from + to.saturating_sub(from) * (load - below) / below
    }
}
