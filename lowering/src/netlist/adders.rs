//! Every adder of a design, in the form that was asked for.
//!
//! | form    | an adder is                                                              |
//! | plain   | `+` or `-`, formed only where both operands have bits                    |
//! | modules | the same inside a module that a synthesis keeps, one for each kind       |
//! | amd     | a row of the library, see [`crate::adder`]; a sum of few bits is plain   |
//!
//! An adder with a constant is plain in the second form: the constant would be hidden from
//! the synthesis.

use std::collections::BTreeMap;

use dialects::fx::{IntType, Op, Range};

use super::gates::Gates;
use super::operand::Operand;
use super::ops::{self, Site};
use super::{Binary, Instance, Module, Net, rows};
use crate::primitives::Primitives;

/// `±(value << shift)`.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    pub value: Operand,
    pub shift: u32,
    pub negative: bool,
    pub range: Range,
}

impl Term {
    fn shifted(&self) -> Operand {
        let IntType { signed, width } = self.value.ty;
        let width = width + self.shift;
        Operand {
            net: self.value.net,
            zeros: self.value.zeros + self.shift,
            ty: IntType { signed, width },
        }
    }
}

/// A kind of adder: the operation, width and sign of both operands, width of the result.
type Kind = (bool, IntType, IntType, u32);

/// The adders so far.
pub struct Adders {
    primitives: Primitives,
    top: String,
    kinds: BTreeMap<Kind, Module>,
}

impl Adders {
    pub fn new(primitives: Primitives, top: &str) -> Self {
        Adders {
            primitives,
            top: top.to_string(),
            kinds: BTreeMap::new(),
        }
    }

    /// How a clamp of that name is made.
    pub fn gates<'a>(&self, name: &'a str) -> Gates<'a> {
        Gates {
            primitives: self.primitives,
            name,
        }
    }

    /// The modules that instances name.
    pub fn into_modules(self) -> Vec<Module> {
        self.kinds.into_values().collect()
    }

    /// The sum that a node is, in the bits that are read; `None` for another op.
    pub fn emit(&mut self, module: &mut Module, site: &Site, ty: IntType) -> Option<Operand> {
        let mut terms = Vec::with_capacity(3);
        let mut constant = 0i128;
        let mut add = |at: usize, shift: u32, negative: bool| {
            let range = site.ranges[at];
            match range.single() {
                Some(value) if negative => constant -= value << shift,
                Some(value) => constant += value << shift,
                None => terms.push(Term {
                    value: site.of[at],
                    shift,
                    negative,
                    range,
                }),
            }
        };
        match &site.node.op {
            Op::Add { .. } => {
                add(0, 0, false);
                add(1, 0, false);
            }
            Op::Sub { .. } => {
                add(0, 0, false);
                add(1, 0, true);
            }
            Op::Neg { .. } => add(0, 0, true),
            Op::Sum { terms, .. } => {
                for (at, term) in terms.iter().enumerate() {
                    add(at, term.shift, term.negative);
                }
            }
            _ => return None,
        }
        if let Op::Sum { constant: own, .. } = &site.node.op {
            constant += own;
        }
        if let Primitives::Amd { .. } = self.primitives
            && let Some(sum) = rows::emit(module, self.primitives, site, &terms, constant, ty)
        {
            return Some(sum);
        }
        Some(self.chains(module, &terms, constant, ty, site.name))
    }

    /// One after the other, what is added before what is subtracted, the constant last.
    fn chains(
        &mut self,
        module: &mut Module,
        terms: &[Term],
        constant: i128,
        ty: IntType,
        name: &str,
    ) -> Operand {
        let mut terms = terms.to_vec();
        terms.sort_by_key(|term| term.negative);
        let mut terms = terms.into_iter().peekable();
        let point = |module: &mut Module, value: i128| {
            let own = Range::point(value).int_type();
            let own = own.filter(|own| own.width <= ty.width);
            let own = own.unwrap_or(IntType::signed(ty.width));
            ops::constant(module, own.wrap(value), own)
        };
        let scaled = |term: &Term| {
            let [lo, hi] = [term.range.lo, term.range.hi].map(|end| end << term.shift);
            Range::new(lo, hi)
        };
        let (mut sum, left) = match terms.next_if(|term| !term.negative) {
            Some(first) => {
                let value = first.shifted();
                let value = match value.ty.width > ty.width {
                    true => ops::resized(module, value, ty),
                    false => value,
                };
                ((value, scaled(&first)), constant)
            }
            None => ((point(module, constant), Range::point(constant)), 0),
        };
        let last = match left {
            0 => None,
            _ => Some((false, (point(module, left), Range::point(left)))),
        };
        let terms = terms.map(|term| (term.negative, (term.shifted(), scaled(&term))));
        let steps: Vec<_> = terms.chain(last).collect();
        for (at, (negative, (value, of))) in steps.iter().enumerate() {
            let (op, range) = match negative {
                false => (Binary::Add, Range::new(sum.1.lo + of.lo, sum.1.hi + of.hi)),
                true => (Binary::Sub, Range::new(sum.1.lo - of.hi, sum.1.hi - of.lo)),
            };
            let own = range.int_type().filter(|own| own.width <= ty.width);
            let own = match at + 1 == steps.len() {
                true => ty,
                false => own.unwrap_or(IntType::signed(ty.width)),
            };
            sum = (self.chain(module, op, sum.0, *value, own, name), range);
        }
        match sum.0.ty == ty {
            true => sum.0,
            false => ops::resized(module, sum.0, ty),
        }
    }

    /// `lhs + rhs` or `lhs - rhs`. Where one of them has low zeros the other's low bits are wires:
    /// no carry comes out of them. (In a difference, only where the subtrahend has the zeros.)
    fn chain(
        &mut self,
        module: &mut Module,
        op: Binary,
        lhs: Operand,
        rhs: Operand,
        ty: IntType,
        name: &str,
    ) -> Operand {
        let limit = ty.width - 1;
        let zeros = lhs.zeros.min(rhs.zeros).min(limit);
        let from = match op {
            Binary::Sub => rhs.zeros,
            _ => lhs.zeros.max(rhs.zeros),
        };
        let from = from.min(limit);
        let high = self.binary(module, op, [lhs, rhs], (from, ty.width - from), name);
        let net = match from > zeros {
            true => {
                let through = if lhs.zeros < rhs.zeros { lhs } else { rhs };
                let low = through.slice(module, zeros, from - zeros);
                module.concat(vec![high, low])
            }
            false => high,
        };
        Operand { net, zeros, ty }
    }

    /// So many bits of a sum, from `from` up.
    fn binary(
        &mut self,
        module: &mut Module,
        op: Binary,
        of: [Operand; 2],
        (from, width): (u32, u32),
        name: &str,
    ) -> Net {
        let constant = of.iter().any(|of| module.constant_value(of.net).is_some());
        if self.primitives != Primitives::Modules || constant {
            let [a, b] = of.map(|of| of.slice(module, from, width));
            return module.binary(op, a, b);
        }
        let own = of.map(|of| {
            let bits = (of.zeros + module.width(of.net)).saturating_sub(from);
            let signed = of.ty.signed;
            let width = bits.clamp(1, width);
            IntType { signed, width }
        });
        let kind = (op == Binary::Sub, own[0], own[1], width);
        let top = &self.top;
        let adder = self.kinds.entry(kind).or_insert_with(|| adder(top, kind));
        let instance = Instance {
            name: module.names.fresh(&format!("{name}_adder")),
            module: adder.name.clone(),
            inputs: vec![
                of[0].slice(module, from, own[0].width),
                of[1].slice(module, from, own[1].width),
            ],
            input_ports: adder.inputs.clone(),
            output_ports: vec![("sum".to_string(), width)],
            clocked: false,
            parameters: Vec::new(),
        };
        module.instance(instance)[0]
    }
}

/// The module of a kind of adder.
fn adder(top: &str, kind: Kind) -> Module {
    let (subtract, a, b, width) = kind;
    let (word, op) = match subtract {
        true => ("sub", Binary::Sub),
        false => ("add", Binary::Add),
    };
    let sign = |of: IntType| if of.signed { "s" } else { "u" };
    let (a_sign, b_sign) = (sign(a), sign(b));
    let name = format!(
        "{top}_{word}_{a_sign}{}_{b_sign}{}_{width}",
        a.width, b.width
    );
    let comment = format!("one adder of {width} bits, which a synthesis keeps apart");
    let mut module = Module::new(&name, comment);
    module.keep = true;
    let [a_net, b_net] = [("a", a), ("b", b)].map(|(name, ty)| {
        let net = module.input(name, ty.width);
        Operand::whole(net, ty).resize(&mut module, width)
    });
    let sum = module.binary(op, a_net, b_net);
    module.output("sum", sum);
    module.finish();
    module
}
