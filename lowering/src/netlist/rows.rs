//! A planned sum as instances of the library: the bits of each place side by side.

use dialects::fx::IntType;
use smallvec::SmallVec;

use super::adders::Term;
use super::operand::Operand;
use super::ops::Site;
use super::{Instance, Module, Net};
use crate::adder::{Addend, Placed, Plan, Rates, Row, SMALL, Source, places, plan};
use crate::primitives::{CarryCell, Primitives};

/// The sum in the bits of `ty`; `None` where LUTs alone are as good.
pub fn emit(
    module: &mut Module,
    primitives: Primitives,
    site: &Site,
    terms: &[Term],
    constant: i128,
    ty: IntType,
) -> Option<Operand> {
    let Primitives::Amd {
        cell,
        passed,
        routed,
    } = primitives
    else {
        return None;
    };
    let addends: SmallVec<[Addend; 3]> = terms.iter().map(|term| addend(module, term)).collect();
    let rates = Rates::new(passed, routed, site.readers);
    let Plan { before, row } = plan(&addends, constant, ty.width, rates);
    let wires = before.is_none() && row.low == row.width;
    if !wires && addends.iter().map(Addend::bits).sum::<u32>() <= SMALL {
        return None;
    }
    let zeros = addends.iter().map(Addend::low);
    let zeros = zeros.fold(constant.trailing_zeros(), u32::min);
    let zeros = zeros.min(ty.width - 1);
    let mut build = Build {
        module,
        terms,
        cell,
        name: site.name,
        before: None,
    };
    if let Some((first, of)) = &before {
        let net = build.row(first, 0);
        build.before = Some(Operand::whole(net, of.ty));
    }
    let net = build.row(&row, zeros);
    Some(Operand { net, zeros, ty })
}

fn addend(module: &Module, term: &Term) -> Addend {
    let Operand { net, zeros, ty } = term.value;
    let width = (zeros + module.width(net)).min(ty.width);
    Addend {
        ty: IntType { width, ..ty },
        zeros,
        shift: term.shift,
        negative: term.negative,
    }
}

struct Build<'a> {
    module: &'a mut Module,
    terms: &'a [Term],
    cell: CarryCell,
    name: &'a str,
    before: Option<Operand>,
}

/// The bits that stand in one of the operands of a row.
#[derive(Default)]
struct Slot {
    used: u128,
    inverted: u128,
    /// Which addend has the bit of each place.
    addends: Vec<Option<usize>>,
}

impl Build<'_> {
    /// The bits of a row from place `zeros` up, which nothing stands below.
    fn row(&mut self, row: &Row, zeros: u32) -> Net {
        let slots = slots(row);
        let mut parts = Vec::new();
        if row.low < row.width {
            parts.push(self.chain(row, &slots));
        }
        if zeros < row.low {
            parts.push(self.wires(row, &slots[0], zeros..row.low));
        }
        self.module.concat(parts)
    }

    /// Places below the chain: a bit, its complement or a constant.
    fn wires(&mut self, row: &Row, slot: &Slot, range: std::ops::Range<u32>) -> Net {
        let bits = self.operand(row, slot, range.clone());
        let width = range.end - range.start;
        let inverted = slot.inverted >> range.start & places(width);
        let constant = row.constant >> range.start & places(width);
        let flip = inverted ^ constant;
        let mut parts = Vec::new();
        let mut at = width;
        while at > 0 {
            let flipped = flip >> (at - 1) & 1 == 1;
            let mut from = at;
            while from > 0 && (flip >> (from - 1) & 1 == 1) == flipped {
                from -= 1;
            }
            let part = self.module.extract(bits, from, at - from);
            parts.push(if flipped { self.module.not(part) } else { part });
            at = from;
        }
        self.module.concat(parts)
    }

    /// The bits of one operand, zero where it has none.
    fn operand(&mut self, row: &Row, slot: &Slot, range: std::ops::Range<u32>) -> Net {
        let mut parts = Vec::new();
        let mut end = range.end;
        while end > range.start {
            let addend = slot.addends[end as usize - 1];
            let mut from = end;
            while from > range.start && slot.addends[from as usize - 1] == addend {
                from -= 1;
            }
            let width = end - from;
            parts.push(match addend {
                None => self.module.constant(0, width),
                Some(at) => {
                    let placed = &row.addends[at];
                    let value = self.value(placed);
                    value.slice(self.module, from - placed.shift, width)
                }
            });
            end = from;
        }
        self.module.concat(parts)
    }

    fn value(&self, placed: &Placed) -> Operand {
        match (placed.source, self.before) {
            (Source::Addend(at), _) => self.terms[at].value,
            (Source::Before, Some(value)) => value,
            (Source::Before, None) => unreachable!("the first row reads addends only"),
        }
    }

    fn chain(&mut self, row: &Row, slots: &[Slot; 3]) -> Net {
        let width = row.width - row.low;
        let three = slots[2].used >> row.low != 0;
        let mask = |mask: u128| {
            let bits = mask >> row.low & places(width);
            format!("{width}'h{bits:x}")
        };
        let mut parameters = vec![
            ("WIDTH", width.to_string()),
            ("CARRY", self.cell.bits().to_string()),
        ];
        let names = [
            ("a", "A_USED", "A_INVERT"),
            ("b", "B_USED", "B_INVERT"),
            ("c", "C_USED", "C_INVERT"),
        ];
        let count = if three { 3 } else { 2 };
        let mut inputs = Vec::new();
        let mut input_ports = Vec::new();
        for ((port, used, inverted), slot) in names.into_iter().zip(slots).take(count) {
            inputs.push(self.operand(row, slot, row.low..row.width));
            input_ports.push((port.to_string(), width));
            parameters.push((used, mask(slot.used)));
            parameters.push((inverted, mask(slot.inverted)));
        }
        parameters.push(("CONSTANT", mask(row.constant)));
        parameters.push(("CARRY_IN", u32::from(row.carry_in).to_string()));
        parameters.push(("SAVE_IN", u32::from(row.save_in).to_string()));
        parameters.push(("SHARED", mask(row.shared)));
        parameters.push(("SAVE", mask(row.save)));
        if three {
            parameters.push(("ROUTED", mask(row.save & !row.local)));
        }
        let module = if three { "kaon_add3" } else { "kaon_add" };
        let name = format!("{}_row", self.name);
        let instance = Instance {
            name: self.module.names.fresh(&name),
            module: module.to_string(),
            inputs,
            input_ports,
            output_ports: vec![("sum".to_string(), width)],
            clocked: false,
            parameters,
        };
        self.module.instance(instance)[0]
    }
}

/// The bits of each place: the first in the first slot, one that is added as it is before one
/// that is inverted, because the first may go onto the chain as it is.
fn slots(row: &Row) -> [Slot; 3] {
    let mut slots: [Slot; 3] = Default::default();
    for at in 0..row.width {
        let bit = |mask: u128| mask >> at & 1 == 1;
        let mut here: SmallVec<[(bool, usize); 3]> = SmallVec::new();
        for (number, placed) in row.addends.iter().enumerate() {
            if bit(placed.mask) {
                here.push((bit(placed.inverted), number));
            }
        }
        here.sort_unstable();
        for (slot, position) in slots.iter_mut().zip(0..) {
            let found = here.get::<usize>(position).copied();
            slot.addends.push(found.map(|(_, number)| number));
            slot.used |= u128::from(found.is_some()) << at;
            slot.inverted |= u128::from(found.is_some_and(|(inverted, _)| inverted)) << at;
        }
    }
    slots
}
