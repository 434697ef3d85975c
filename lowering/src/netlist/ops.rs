//! Each op of `fx` as vectors; sums are in `adders`.

use dialects::fx::{IntType, Node, Op, Predicate, Range, Table};
use dialects::{Diagnostic, Result};
use smallvec::SmallVec;

use super::adders::Adders;
use super::gates::Gates;
use super::operand::Operand;
use super::{Binary, Driver, Module, Net, compare};
use crate::adder::Readers;

/// The widest index of a table.
const MAX_INDEX_WIDTH: u32 = 20;

/// A node and what is known around it.
pub struct Site<'a> {
    pub node: &'a Node,
    pub of: &'a [Operand],
    /// The range of each operand.
    pub ranges: SmallVec<[Range; 3]>,
    pub readers: Readers,
    pub name: &'a str,
}

/// One node, on operands that are in the module.
pub fn emit(module: &mut Module, site: &Site, adders: &mut Adders) -> Result<Operand> {
    let (node, of, ranges) = (site.node, site.of, &site.ranges);
    let ty = node.ty;
    // The bits that somebody reads.
    let read = IntType {
        width: site.readers.bits,
        ..ty
    };
    let whole = |net| Operand::whole(net, ty);
    if let Some(sum) = adders.emit(module, site, read) {
        return Ok(sum);
    }
    Ok(match &node.op {
        Op::Input { .. } => unreachable!("inputs are ports"),
        Op::Constant { value } => constant(module, *value, ty),
        Op::Add { .. } | Op::Sub { .. } | Op::Neg { .. } | Op::Sum { .. } => {
            unreachable!("sums are made above")
        }
        Op::Mul { .. } => product(module, of[0], of[1], ty),
        Op::Shl { amount, .. } => {
            let zeros = (of[0].zeros + amount).min(ty.width - 1);
            let width = ty.width - zeros;
            // Exact: what a narrower result leaves out is sign.
            let net = of[0].slice(module, zeros.saturating_sub(*amount), width);
            Operand { net, zeros, ty }
        }
        Op::Shr { amount, .. } => {
            let zeros = of[0].zeros.saturating_sub(*amount).min(ty.width - 1);
            let net = of[0].slice(module, amount + zeros, ty.width - zeros);
            Operand { net, zeros, ty }
        }
        Op::Round { .. } => {
            return Err(Diagnostic::new("fx.round has no hardware of its own")
                .help("run fx-expand-rounding first: it makes the additions and shifts visible"));
        }
        Op::Clamp { min, max, .. } => {
            let nothing_cut = ranges[0].lo >= *min && ranges[0].hi <= *max;
            match nothing_cut {
                true => resized(module, of[0], ty),
                false => {
                    let gates = adders.gates(site.name);
                    let bounds = (*min, *max);
                    whole(compare::clamp(module, of[0], ranges[0], bounds, ty, &gates))
                }
            }
        }
        Op::Wrap { .. } => resized(module, of[0], read),
        Op::Compare { predicate, .. } => {
            let bit = bit_of_compare(module, *predicate, of, ranges);
            whole(Operand::whole(bit, IntType::BIT).resize(module, ty.width))
        }
        Op::Select { .. } => {
            let zeros = of[1].zeros.min(of[2].zeros).min(ty.width - 1);
            let on_true = of[1].slice(module, zeros, ty.width - zeros);
            let on_false = of[2].slice(module, zeros, ty.width - zeros);
            let net = module.mux(of[0].net, on_true, on_false);
            Operand { net, zeros, ty }
        }
        Op::And { .. } => whole(logic(module, Binary::And, of, ty)),
        Op::Or { .. } => whole(logic(module, Binary::Or, of, ty)),
        Op::Xor { .. } => whole(logic(module, Binary::Xor, of, ty)),
        Op::Not { .. } => {
            let bit = module.not(of[0].net);
            whole(Operand::whole(bit, IntType::BIT).resize(module, ty.width))
        }
        Op::Lookup { table, .. } => {
            let gates = adders.gates(site.name);
            // A synthesis takes a table at a register for a ROM, and moves the register behind it.
            let clocked = site.readers.registered || from_registers(module, of[0].net);
            let gates = (ty.width == 1 || clocked).then_some(&gates);
            whole(lookup(module, of[0], ranges[0], table, ty, gates)?)
        }
        Op::Register { .. } => {
            let net = module.register(of[0].net, false);
            resized(module, Operand { net, ..of[0] }, read)
        }
    })
}

/// A constant, with its low zeros apart.
pub fn constant(module: &mut Module, value: i128, ty: IntType) -> Operand {
    let zeros = match value {
        0 => ty.width - 1,
        _ => value.trailing_zeros().min(ty.width - 1),
    };
    let net = module.constant(value >> zeros, ty.width - zeros);
    Operand { net, zeros, ty }
}

pub fn resized(module: &mut Module, value: Operand, ty: IntType) -> Operand {
    let zeros = value.zeros.min(ty.width - 1);
    let net = value.slice(module, zeros, ty.width - zeros);
    Operand { net, zeros, ty }
}

fn logic(module: &mut Module, op: Binary, of: &[Operand], ty: IntType) -> Net {
    let bit = module.binary(op, of[0].net, of[1].net);
    Operand::whole(bit, IntType::BIT).resize(module, ty.width)
}

fn product(module: &mut Module, lhs: Operand, rhs: Operand, ty: IntType) -> Operand {
    let zeros = lhs.zeros + rhs.zeros;
    if zeros >= ty.width {
        return constant(module, 0, ty);
    }
    let width = ty.width - zeros;
    let a = lhs.slice(module, lhs.zeros, width);
    let b = rhs.slice(module, rhs.zeros, width);
    let net = module.binary(Binary::Mul, a, b);
    Operand { net, zeros, ty }
}

fn bit_of_compare(
    module: &mut Module,
    predicate: Predicate,
    of: &[Operand],
    ranges: &[Range],
) -> Net {
    if let Some(answer) = predicate.decided(ranges[0], ranges[1]) {
        return module.constant(i128::from(answer), 1);
    }
    let bound = |range: Range| range.single();
    match (predicate, bound(ranges[0]), bound(ranges[1])) {
        (Predicate::Less, _, Some(bound)) => compare::below(module, of[0], ranges[0], bound),
        (Predicate::LessEqual, _, Some(bound)) => {
            compare::below(module, of[0], ranges[0], bound + 1)
        }
        // c < x is not (x < c + 1).
        (Predicate::Less, Some(bound), _) => {
            let bit = compare::below(module, of[1], ranges[1], bound + 1);
            module.not(bit)
        }
        (Predicate::LessEqual, Some(bound), _) => {
            let bit = compare::below(module, of[1], ranges[1], bound);
            module.not(bit)
        }
        _ => compare::compare(module, predicate, of[0], of[1]),
    }
}

/// Whether all bits that vary come straight out of registers.
fn from_registers(module: &Module, net: Net) -> bool {
    match &module.cell(net).driver {
        Driver::Register { .. } | Driver::Constant(_) => true,
        Driver::Extract { of, .. } | Driver::Replicate(of) | Driver::Not(of) => {
            from_registers(module, *of)
        }
        Driver::Concat(parts) => parts.iter().all(|part| from_registers(module, *part)),
        _ => false,
    }
}

/// A table, indexed by the low bits of the input as they are: two values that can arrive differ
/// in the bits that are used, and the entries stand where those bits find them. Patterns that
/// cannot arrive get the entry of the nearest value that can.
fn lookup(
    module: &mut Module,
    input: Operand,
    range: Range,
    table: &Table,
    ty: IntType,
    gates: Option<&Gates>,
) -> Result<Net> {
    let zeros = input.zeros;
    let (first, last) = (range.lo >> zeros, range.hi >> zeros);
    let width = 128 - (last - first).leading_zeros();
    let entry = |step: i128| {
        let value = table.get(step << zeros).or_else(|| table.get(range.lo));
        i128::from(value.unwrap_or_default())
    };
    if width == 0 {
        return Ok(module.constant(entry(first), ty.width));
    }
    if width > MAX_INDEX_WIDTH {
        return Err(Diagnostic::new(format!(
            "a table for {} inputs is too large for hardware",
            last - first + 1
        ))
        .help(format!(
            "give its input fewer bits: {MAX_INDEX_WIDTH} at most"
        )));
    }
    let patterns = 1i128 << width;
    let missing = patterns - (last - first + 1);
    let mask = (1u128 << ty.width) - 1;
    let entries = (0..patterns).map(|pattern| {
        let step = first + (pattern - first).rem_euclid(patterns);
        let nearest = match step - last {
            past if past <= 0 => step,
            past if past * 2 <= missing => last,
            _ => first,
        };
        entry(nearest) as u128 & mask
    });
    let entries: Vec<u128> = entries.collect();
    let index = input.slice(module, zeros, width);
    let luts = gates.and_then(|gates| gates.table(module, index, &entries, ty.width));
    Ok(match luts {
        Some(luts) => luts,
        None => module.table(index, entries, ty.width),
    })
}
