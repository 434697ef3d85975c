//! One module under construction: equal vectors are shared, wiring is folded.

use std::collections::HashMap;

use super::{Binary, Cell, Comparison, Driver, Instance, Net};
use crate::names::Names;

/// One module. The clock and the reset are flags: they are wired wherever they are needed.
#[derive(Debug, Default)]
pub struct Module {
    pub name: String,
    /// What the module came from, for the reader of the output.
    pub comment: String,
    /// The top; the others are private to it.
    pub public: bool,
    /// A synthesis shall not dissolve it.
    pub keep: bool,
    pub clocked: bool,
    pub reset: bool,
    pub inputs: Vec<(String, u32)>,
    pub outputs: Vec<(String, Net)>,
    pub cells: Vec<Cell>,
    pub instances: Vec<Instance>,
    /// Some named bit has no reader: low bits that only feed a carry, dead inputs.
    pub has_unread_bits: bool,
    /// How many printed vectors, ports and pins read each vector.
    pub(super) readers: Vec<u32>,
    /// Which instances have a reader.
    pub(super) live: Vec<bool>,
    pub(super) names: Names,
    known: HashMap<(Driver, u32), Net>,
}

impl Module {
    pub fn new(name: &str, comment: String) -> Self {
        let mut names = Names::default();
        for pin in crate::interface::CONTROL_PINS {
            names.fresh(pin);
        }
        Module {
            name: name.to_string(),
            comment,
            names,
            ..Module::default()
        }
    }

    pub fn cell(&self, net: Net) -> &Cell {
        &self.cells[net.index()]
    }

    pub fn width(&self, net: Net) -> u32 {
        self.cell(net).width
    }

    pub fn constant_value(&self, net: Net) -> Option<u128> {
        match self.cell(net).driver {
            Driver::Constant(value) => Some(value),
            _ => None,
        }
    }

    fn push(&mut self, driver: Driver, width: u32) -> Net {
        debug_assert!(width > 0, "a vector without bits");
        let next = Net(self.cells.len() as u32);
        let net = *self.known.entry((driver.clone(), width)).or_insert(next);
        if net == next {
            self.cells.push(Cell {
                driver,
                width,
                hint: None,
                name: None,
            });
        }
        net
    }

    pub fn input(&mut self, name: &str, width: u32) -> Net {
        let name = self.names.fresh(name);
        self.pin(name, width)
    }

    /// An input whose name is reserved already.
    pub fn pin(&mut self, name: String, width: u32) -> Net {
        let net = self.push(Driver::Input(self.inputs.len()), width);
        self.cells[net.index()].name = Some(name.clone());
        self.inputs.push((name, width));
        net
    }

    /// An output; the vector behind it keeps its own name.
    pub fn output(&mut self, name: &str, net: Net) {
        let name = self.names.fresh(name);
        self.outputs.push((name, net));
    }

    /// A name of its own for the vector, unless it has one or is a constant.
    pub fn name(&mut self, net: Net, wanted: &str) {
        if self.cell(net).name.is_none() && self.constant_value(net).is_none() {
            let name = self.names.fresh(wanted);
            self.cells[net.index()].name = Some(name);
        }
    }

    /// The name the vector shall get if it needs one.
    pub fn hint(&mut self, net: Net, wanted: &str) {
        let cell = &mut self.cells[net.index()];
        cell.hint.get_or_insert_with(|| wanted.to_string());
    }

    /// The low `width` bits of the value.
    pub fn constant(&mut self, value: i128, width: u32) -> Net {
        let value = value as u128;
        let value = match width {
            0..128 => value & ((1 << width) - 1),
            _ => value,
        };
        self.push(Driver::Constant(value), width)
    }

    pub fn extract(&mut self, of: Net, low: u32, width: u32) -> Net {
        let cell = self.cell(of);
        debug_assert!(low + width <= cell.width, "bits that are not there");
        if width == cell.width {
            return of;
        }
        match &cell.driver {
            Driver::Constant(value) => self.constant((value >> low) as i128, width),
            _ if cell.name.is_some() => self.push(Driver::Extract { of, low }, width),
            Driver::Extract {
                of: inner,
                low: more,
            } => {
                let (inner, low) = (*inner, low + more);
                self.extract(inner, low, width)
            }
            Driver::Replicate(bit) => {
                let bit = *bit;
                self.replicate(bit, width)
            }
            Driver::Concat(parts) => {
                let parts = parts.clone();
                let mut kept = Vec::new();
                let mut below = cell.width;
                for part in parts {
                    let size = self.width(part);
                    below -= size;
                    let from = low.max(below);
                    let to = (low + width).min(below + size);
                    if from < to {
                        kept.push(self.extract(part, from - below, to - from));
                    }
                }
                self.concat(kept)
            }
            _ => self.push(Driver::Extract { of, low }, width),
        }
    }

    pub fn replicate(&mut self, bit: Net, width: u32) -> Net {
        debug_assert_eq!(self.width(bit), 1);
        match self.constant_value(bit) {
            Some(value) => self.constant(-(value as i128), width),
            None if width == 1 => bit,
            None => self.push(Driver::Replicate(bit), width),
        }
    }

    /// Highest part first. At least one part.
    pub fn concat(&mut self, parts: Vec<Net>) -> Net {
        let mut joined: Vec<Net> = Vec::new();
        for part in parts {
            let last = joined.last().copied();
            let both = last.and_then(|last| self.join(last, part));
            match both {
                Some(net) => *joined.last_mut().expect("there is a last part") = net,
                None => joined.push(part),
            }
        }
        if let [single] = joined[..] {
            return single;
        }
        let width = joined.iter().map(|part| self.width(*part)).sum();
        self.push(Driver::Concat(joined), width)
    }

    /// Two neighbours as one vector where that is simpler than both.
    fn join(&mut self, high: Net, low: Net) -> Option<Net> {
        let (high_width, low_width) = (self.width(high), self.width(low));
        let width = high_width + low_width;
        match (&self.cell(high).driver, &self.cell(low).driver) {
            (Driver::Constant(a), Driver::Constant(b)) if width <= 128 => {
                let value = (a << low_width) | b;
                Some(self.constant(value as i128, width))
            }
            (
                Driver::Extract { of: a, low: upper },
                Driver::Extract {
                    of: b,
                    low: lower_from,
                },
            ) if a == b && *upper == lower_from + low_width => {
                let (of, low) = (*b, *lower_from);
                Some(self.extract(of, low, width))
            }
            _ => None,
        }
    }

    pub fn not(&mut self, net: Net) -> Net {
        match self.cell(net).driver {
            Driver::Constant(value) => self.constant(!value as i128, self.width(net)),
            Driver::Not(inner) => inner,
            _ => self.push(Driver::Not(net), self.width(net)),
        }
    }

    pub fn binary(&mut self, op: Binary, lhs: Net, rhs: Net) -> Net {
        debug_assert_eq!(self.width(lhs), self.width(rhs));
        let ones = u128::MAX >> (128 - self.width(lhs).min(128));
        let (a, b) = (self.constant_value(lhs), self.constant_value(rhs));
        match (op, a, b) {
            (Binary::Add | Binary::Or | Binary::Xor, Some(0), _) => rhs,
            (Binary::Add | Binary::Or | Binary::Xor | Binary::Sub, _, Some(0)) => lhs,
            (Binary::And | Binary::Mul, Some(0), _) => lhs,
            (Binary::And | Binary::Mul, _, Some(0)) => rhs,
            (Binary::And, Some(value), _) if value == ones => rhs,
            (Binary::And, _, Some(value)) if value == ones => lhs,
            (Binary::Or, Some(value), _) if value == ones => lhs,
            (Binary::Or, _, Some(value)) if value == ones => rhs,
            _ => self.push(Driver::Binary(op, lhs, rhs), self.width(lhs)),
        }
    }

    pub fn compare(&mut self, op: Comparison, lhs: Net, rhs: Net) -> Net {
        debug_assert_eq!(self.width(lhs), self.width(rhs));
        if self.width(lhs) == 1 {
            match (op, self.constant_value(rhs)) {
                (Comparison::Equal, Some(1)) | (Comparison::NotEqual, Some(0)) => return lhs,
                (Comparison::Equal, Some(0)) | (Comparison::NotEqual, Some(1)) => {
                    return self.not(lhs);
                }
                _ => {}
            }
        }
        self.push(Driver::Compare(op, lhs, rhs), 1)
    }

    pub fn mux(&mut self, condition: Net, on_true: Net, on_false: Net) -> Net {
        debug_assert_eq!(self.width(on_true), self.width(on_false));
        match self.constant_value(condition) {
            Some(0) => on_false,
            Some(_) => on_true,
            None if on_true == on_false => on_true,
            None => {
                let driver = Driver::Mux {
                    condition,
                    on_true,
                    on_false,
                };
                self.push(driver, self.width(on_true))
            }
        }
    }

    pub fn table(&mut self, index: Net, entries: Vec<u128>, width: u32) -> Net {
        debug_assert_eq!(entries.len(), 1 << self.width(index));
        let entries = entries.into();
        self.push(Driver::Table { index, entries }, width)
    }

    pub fn register(&mut self, next: Net, reset: bool) -> Net {
        self.clocked = true;
        self.reset |= reset;
        self.push(Driver::Register { next, reset }, self.width(next))
    }

    /// Adds an instance; the nets of its outputs, in their order.
    pub fn instance(&mut self, instance: Instance) -> Vec<Net> {
        self.clocked |= instance.clocked;
        let at = self.instances.len();
        let nets = instance.output_ports.iter().enumerate();
        let nets = nets.map(|(output, (_, width))| {
            let driver = Driver::Instance {
                instance: at,
                output,
            };
            (driver, *width)
        });
        let nets: Vec<_> = nets.collect();
        self.instances.push(instance);
        let push = |(driver, width)| self.push(driver, width);
        nets.into_iter().map(push).collect()
    }
}
