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
use smallvec::SmallVec;

use super::{Cost, Delays, Operand, Passage, Target, adder, operands};

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
    costs: Vec<Cost>,
    loads: Vec<Load>,
}

impl<'a> Timing<'a> {
    pub fn new(graph: &'a Graph, target: &'a Target) -> Self {
        let mut timing = Timing {
            graph,
            target,
            known: operands(graph),
            costs: target.costs(graph),
            loads: vec![Load::default(); graph.nodes.len()],
        };
        timing.count_loads();
        timing
    }

    /// Each node as its readers see it, in node order.
    pub fn known(&self) -> &[Operand] {
        &self.known
    }

    /// What each node takes, in node order.
    pub fn costs(&self) -> &[Cost] {
        &self.costs
    }

    fn cost(&self, value: ValueId) -> &Cost {
        &self.costs[value.index()]
    }

    fn delays(&self) -> &'static Delays {
        &self.target.family.delays
    }

    /// A net to so many LUT inputs.
    fn net(&self, load: u32) -> u32 {
        self.target.scaled(self.delays().net_of(load))
    }

    /// What a chain takes from the LUT of its first place to the sum's bit at its last.
    fn chain(&self, bits: u32) -> u32 {
        let delays = self.delays();
        let chain = delays.carry_in + delays.carry_8 * bits / 8 + delays.carry_out;
        self.target.scaled(chain)
    }

    /// The net before an op, as its cost has it, and one LUT.
    fn one_level(&self) -> u32 {
        self.target.scaled(self.delays().net + self.delays().lut)
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
                let operands = of.iter().map(|of| self.known[of.index()]);
                let operands: SmallVec<[Operand; 3]> = operands.collect();
                let extended = match operands.iter().any(|operand| operand.ty.signed) {
                    true => adder::extensions(self.target.family, op, &operands, width),
                    false => None,
                };
                let extended = match (known.ty.signed, &extended) {
                    (true, Some(extended)) => extended[at],
                    (true, None) => widest.saturating_sub(self.top_of(value, at)),
                    (false, _) => 0,
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
        if is_wire(op) || cost.delay_ps == 0 {
            let flat = matches!(op, Op::Shr { amount, .. } if *amount > 0);
            let through = match flat {
                true => Passage::flat(0),
                false => Passage::wire(),
            };
            return varying.map(|(_, of)| (*of, through)).collect();
        }
        let mut inside = cost.delay_ps - self.target.scaled(self.delays().net).min(cost.delay_ps);
        if is_sum(op) && cost.delay_ps > self.one_level() {
            let of: Vec<Operand> = operands.iter().map(|of| self.known[of.index()]).collect();
            let width = self.graph.node(value).ty.width;
            if adder::carries_beside(self.target.family, op, &of, width) {
                inside += self.net(1);
            }
        }
        let passage = |at: usize, of: ValueId| {
            let way = match is_sum(op) && cost.delay_ps > self.one_level() {
                true => self.sum(value, at, inside),
                false => Passage::flat(inside + self.gate_net(value)),
            };
            let load = self.loads[of.index()];
            way.map(|top, way| way + self.net(if top { load.top } else { load.bits }))
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
        let width = self.graph.node(value).ty.width;
        let low = self.known[value.index()].trailing_zeros.min(width);
        let next = self.target.scaled(self.delays().carry_near);
        let near = whole - self.chain(width - low).saturating_sub(next).min(whole);
        // Bits of the result above the operand's highest.
        let top = match width.saturating_sub(self.top_of(value, at) + 1) {
            0 => near,
            above => near.max((near + self.chain(above)).saturating_sub(next)),
        };
        Passage {
            low_low: Some(near),
            low_high: Some(whole),
            high_low: None,
            high_high: Some(top),
        }
    }

    /// What the one signal that opens or shuts all bits of a clamp's result adds.
    fn gate_net(&self, value: ValueId) -> u32 {
        let node = self.graph.node(value);
        match node.op {
            Op::Clamp { .. } if self.cost(value).delay_ps > self.one_level() => {
                self.net(node.ty.width) - self.net(1)
            }
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
    /// it as steeply as between the last two.
    pub fn net_of(&self, load: u32) -> u32 {
        let load = load.max(1);
        let at = load.ilog2() as usize;
        let last = self.nets.len() - 1;
        if at >= last {
            let step = self.nets[last].saturating_sub(self.nets[last - 1]);
            return self.nets[last]
                + ((load - (1 << last)).saturating_mul(step)) / (1 << (last - 1));
        }
        let (from, to) = (self.nets[at], self.nets[at + 1]);
        let below = 1 << at;
        from + to.saturating_sub(from) * (load - below) / below
    }
}
