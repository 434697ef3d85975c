//! What the readers of a value need of it.

use dialects::fx::{Graph, Op};

/// How a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readers {
    /// How many low bits somebody needs; never more than the type has, and never none.
    pub bits: u32,
    /// Registers read it, and nothing else.
    pub registered: bool,
}

impl Readers {
    /// All bits, by something other than a register.
    pub fn whole(width: u32) -> Self {
        Readers {
            bits: width,
            registered: false,
        }
    }
}

/// What is needed of every value, in node order.
///
/// A wrap cuts high bits; through sums, products and left shifts low bits come from low bits.
pub fn readers(graph: &Graph) -> Vec<Readers> {
    let mut bits = vec![0u32; graph.nodes.len()];
    let mut registers = vec![(false, false); graph.nodes.len()];
    for result in &graph.results {
        bits[result.index()] = u32::MAX;
        registers[result.index()].1 = true;
    }
    for (index, node) in graph.nodes.iter().enumerate().rev() {
        let width = node.ty.width;
        bits[index] = bits[index].clamp(1, width);
        // The highest bit of all stands for those above it as well.
        let own = match bits[index] {
            all if all == width => u32::MAX,
            some => some,
        };
        for (at, operand) in node.op.operands().into_iter().enumerate() {
            let read = match &node.op {
                Op::Add { .. } | Op::Sub { .. } | Op::Neg { .. } | Op::Mul { .. } => width.min(own),
                Op::Sum { terms, .. } => width.min(own).saturating_sub(terms[at].shift),
                Op::Shl { amount, .. } => width.min(own).saturating_sub(*amount),
                Op::Shr { amount, .. } => own.saturating_add(*amount),
                Op::Wrap { .. } => width.min(own),
                Op::Select { .. } if at > 0 => own,
                Op::Register { .. } => own,
                _ => u32::MAX,
            };
            let needed = &mut bits[operand.index()];
            *needed = (*needed).max(read);
            let seen = &mut registers[operand.index()];
            match node.op {
                Op::Register { .. } => seen.0 = true,
                _ => seen.1 = true,
            }
        }
    }
    let both = bits.into_iter().zip(registers);
    both.map(|(bits, (by_registers, by_others))| Readers {
        bits,
        registered: by_registers && !by_others,
    })
    .collect()
}
