//! Device families: cost and delay of each op by width, and what a device holds.
//!
//! Tables only: extraction, schedule and report read them, nothing here decides.
//! One file per family holds its numbers and where they come from; `cost` turns the
//! numbers into the cost of an op, `table` into that of a lookup.
//!
//! A LUT is counted where the fabric needs one for logic.
//! On AMD's fabrics a bit that a carry chain only passes on (a constant's bit, a bit beyond
//! a shorter unsigned operand) is none that synthesis reports; in the area that decisions
//! weigh it is one half: a placer spends a route-through on it unless the LUT that makes the
//! bit sits there already.
//! `tools/calibrate-target.sh` prints every formula beside a synthesis by yosys.

mod adder;
mod asic;
mod cost;
mod ecp5;
mod family;
pub mod file;
mod gates;
mod generic;
mod ice40;
mod memory;
mod passage;
mod series7;
mod table;
mod timing;
mod ultrascale;
mod ultrascale_plus;

pub use family::{Capacity, Chain, Delays, Device, Dsp, Family, Gates, Memory};
pub use passage::{Arrival, Passage};
pub use timing::Timing;

use dialects::fx::{Graph, IntType, Op};
use dialects::{Diagnostic, Result};
use lowering::adder::{Readers, readers};
use smallvec::SmallVec;

/// Every family, in the order of the documents; the first is the default.
pub static FAMILIES: &[&Family] = &[
    &ultrascale_plus::FAMILY,
    &ultrascale::FAMILY,
    &series7::FAMILY,
    &ecp5::FAMILY,
    &ice40::FAMILY,
    &generic::FAMILY,
    &asic::FAMILY,
];

/// One device of one family with a speed grade.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The device's name as `find` takes it.
    pub name: &'static str,
    pub family: &'static Family,
    pub device: &'static Device,
}

/// What one op takes on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// What a synthesis reports: LUTs, or NAND2 equivalents of standard cells ([`Family::area_unit`]).
    pub lut: u32,
    /// LUTs as decisions weigh them: with those that a placer spends besides.
    pub area: u32,
    pub ff: u32,
    pub dsp: u32,
    pub bram: u32,
    /// Picoseconds from the last operand's arrival to the result, routing to the op included.
    pub delay_ps: u32,
}

/// An operand as far as costs depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operand {
    pub ty: IntType,
    pub constant: Option<i128>,
    /// How many low bits are always zero: an adder has nothing to do there.
    pub trailing_zeros: u32,
}

impl Operand {
    /// A value of which only the type is known.
    pub fn of(ty: IntType) -> Self {
        Operand {
            ty,
            constant: None,
            trailing_zeros: 0,
        }
    }

    pub fn constant(value: i128, ty: IntType) -> Self {
        Operand {
            ty,
            constant: Some(value),
            trailing_zeros: trailing_zeros_of(value),
        }
    }

    /// The same operand, its low bits known to be zero.
    #[must_use]
    pub fn with_trailing_zeros(self, trailing_zeros: u32) -> Self {
        Operand {
            trailing_zeros,
            ..self
        }
    }

    /// The bits a register of this value keeps: those that are not always zero.
    pub fn register_bits(&self) -> u32 {
        match self.constant {
            Some(_) => 0,
            None => self.ty.width.saturating_sub(self.trailing_zeros),
        }
    }
}

/// Zero has more trailing zeros than any width.
fn trailing_zeros_of(value: i128) -> u32 {
    value.trailing_zeros()
}

impl Default for Target {
    /// The first device of the first family.
    fn default() -> Self {
        Target::new(FAMILIES[0], &FAMILIES[0].devices[0])
    }
}

impl Target {
    fn new(family: &'static Family, device: &'static Device) -> Self {
        Target {
            name: device.name,
            family,
            device,
        }
    }

    /// What `op` with a result of type `ty` takes on this target; `operands` are those of
    /// `op`, in its order.
    ///
    /// Every bit is taken to be read, by something other than a register.
    pub fn cost(&self, op: &Op, ty: IntType, operands: &[Operand]) -> Cost {
        self.cost_read(op, ty, operands, Readers::whole(ty.width))
    }

    /// The same where it is known how the result is read: registers take both outputs of a
    /// LUT, and bits that nobody reads are not computed.
    pub fn cost_read(&self, op: &Op, ty: IntType, operands: &[Operand], readers: Readers) -> Cost {
        let mut cost = cost::of(self.family, op, ty, operands, readers);
        cost.delay_ps = self.scaled(cost.delay_ps);
        cost
    }

    /// LUTs of a sum whose second output a better offset or sign of an operand might spare.
    pub fn avoidable(&self, op: &Op, operands: &[Operand], readers: Readers) -> u32 {
        adder::avoidable(self.family, op, operands, readers)
    }

    /// The part of a clock period in picoseconds that no logic can use: clock to output,
    /// set-up, clock uncertainty; the route from a register into the logic is part of the first op.
    pub fn overhead_ps(&self) -> u32 {
        self.scaled(self.family.delays.register)
    }

    /// The shortest clock period that the device's clock network takes.
    pub fn shortest_clock_ps(&self) -> u32 {
        self.family.delays.shortest_clock
    }

    fn scaled(&self, delay_ps: u32) -> u32 {
        delay_ps * self.device.delay_percent / 100
    }

    /// The cost of every node of a graph, in node order.
    pub fn costs(&self, graph: &Graph) -> Vec<Cost> {
        let mut known = operands(graph);
        let readers = readers(graph);
        for (operand, readers) in known.iter_mut().zip(&readers) {
            operand.ty.width = readers.bits;
        }
        let cost = |(node, readers): (&dialects::fx::Node, &Readers)| {
            let of = node.op.operands();
            let of: SmallVec<[Operand; 3]> = of.iter().map(|value| known[value.index()]).collect();
            self.cost_read(&node.op, node.ty, &of, *readers)
        };
        graph.nodes.iter().zip(&readers).map(cost).collect()
    }
}

/// Every node of a graph as its readers see it, in node order.
pub fn operands(graph: &Graph) -> Vec<Operand> {
    let mut known: Vec<Operand> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let zeros = |value: &dialects::fx::ValueId| known[value.index()].trailing_zeros;
        let operand = match &node.op {
            Op::Constant { value } => Operand::constant(*value, node.ty),
            Op::Shl { input, amount } => {
                Operand::of(node.ty).with_trailing_zeros(zeros(input).saturating_add(*amount))
            }
            Op::Shr { input, amount } => {
                Operand::of(node.ty).with_trailing_zeros(zeros(input).saturating_sub(*amount))
            }
            Op::Add { lhs, rhs } | Op::Sub { lhs, rhs } => {
                Operand::of(node.ty).with_trailing_zeros(zeros(lhs).min(zeros(rhs)))
            }
            Op::Sum { terms, constant } => {
                let zeros = terms.iter().map(|term| zeros(&term.value) + term.shift);
                let zeros = zeros.fold(constant.trailing_zeros(), u32::min);
                Operand::of(node.ty).with_trailing_zeros(zeros)
            }
            Op::Mul { lhs, rhs } => {
                Operand::of(node.ty).with_trailing_zeros(zeros(lhs).saturating_add(zeros(rhs)))
            }
            Op::Neg { input } | Op::Wrap { input } | Op::Register { input } => {
                Operand::of(node.ty).with_trailing_zeros(zeros(input))
            }
            Op::Select {
                on_true, on_false, ..
            } => Operand::of(node.ty).with_trailing_zeros(zeros(on_true).min(zeros(on_false))),
            _ => Operand::of(node.ty),
        };
        known.push(operand);
    }
    known
}

/// Every name that `find` takes: families first, then devices.
pub fn names() -> Vec<&'static str> {
    let families = FAMILIES.iter().map(|family| family.name);
    families
        .chain(devices().map(|target| target.name))
        .fold(Vec::new(), |mut names, name| {
            if !names.contains(&name) {
                names.push(name);
            }
            names
        })
}

/// Every device, in the order of the families.
pub fn devices() -> impl Iterator<Item = Target> {
    FAMILIES.iter().flat_map(|family| {
        let devices = family.devices.iter();
        devices.map(|device| Target::new(family, device))
    })
}

/// The device of that name, or the first of the family of that name; case and the
/// difference between `-` and `_` do not matter.
pub fn find(name: &str) -> Result<Target> {
    let plain = |name: &str| name.to_ascii_lowercase().replace('-', "_");
    let wanted = plain(name);
    let by_family = FAMILIES.iter().find(|family| plain(family.name) == wanted);
    let by_family = by_family.map(|family| Target::new(family, &family.devices[0]));
    by_family
        .or_else(|| devices().find(|target| plain(target.name) == wanted))
        .ok_or_else(|| {
            Diagnostic::new(format!("`{name}` is no target kaon has a table for"))
                .help(format!("the targets are {}", names().join(", ")))
        })
}
