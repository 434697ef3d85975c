//! What a processor multiplies at best: loops of products and nothing else, to hold the
//! emulator's speed against.

use inkwell::context::Context;
use inkwell::module::Linkage;
use inkwell::values::BasicValueEnum;

use dialects::{Diagnostic, Result};

use super::dataflow::Storage;
use super::emit::{Emitted, Emitter};
use super::machine::{Machine, Processor};
use super::plan::{Atoms, DotKind, Plan, Work};
use super::products::add_product;
use super::raw::{Jit, Scratch};

/// Products of a sample, or per second, by how they are computed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Products {
    /// Four bytes at a time.
    pub bytes: f64,
    /// Two words at a time.
    pub words: f64,
    /// In lanes of 32 bits.
    pub lanes: f64,
    /// In lanes of 64 bits.
    pub wide: f64,
}

impl Products {
    /// The products of one sample, zeros that fill lanes included.
    pub(super) fn of(plan: &Plan) -> Products {
        let mut products = Products::default();
        for unit in &plan.units {
            if let Work::Sums { kind, sums, .. } = &unit.work {
                let reads: usize = sums.iter().map(|sum| sum.reads.len()).sum();
                let (of, each) = match (kind.atoms, kind.sum) {
                    (Atoms::Fours, _) => (&mut products.bytes, 4),
                    (Atoms::Pairs, _) => (&mut products.words, 2),
                    (_, Storage::W32) => (&mut products.lanes, 1),
                    _ => (&mut products.wide, 1),
                };
                *of += (reads * each) as f64;
            }
        }
        products
    }

    /// The time that products take at some rates.
    pub fn seconds(&self, rates: &Products) -> f64 {
        let time = |count: f64, rate: f64| if count > 0.0 { count / rate } else { 0.0 };
        time(self.bytes, rates.bytes)
            + time(self.words, rates.words)
            + time(self.lanes, rates.lanes)
            + time(self.wide, rates.wide)
    }
}

/// Loops of products on this machine.
pub struct Peak {
    jit: Jit,
    lanes: usize,
}

const KINDS: [(&str, DotKind, usize); 4] = [
    ("bytes", kind(Atoms::Fours, Storage::W32), 4),
    ("words", kind(Atoms::Pairs, Storage::W32), 2),
    ("lanes", kind(Atoms::One(Storage::W32), Storage::W32), 1),
    ("wide", kind(Atoms::One(Storage::W64), Storage::W64), 1),
];

const fn kind(atoms: Atoms, sum: Storage) -> DotKind {
    DotKind { atoms, sum }
}

/// Sums that do not wait for each other.
const SUMS: usize = 12;

impl Peak {
    pub fn new() -> Result<Peak> {
        let machine = Machine::new(Processor::Host);
        let instructions = machine.instructions();
        let here = |kind: &DotKind| match kind.atoms {
            Atoms::Fours => instructions.fours.is_some(),
            Atoms::Pairs => instructions.pairs.is_some(),
            Atoms::One(_) => true,
        };
        let kinds = || KINDS.iter().filter(|(_, kind, _)| here(kind));
        let names: Vec<&str> = kinds().map(|(name, ..)| *name).collect();
        let jit = Jit::new(&names, |context: &Context| {
            let emitter = Emitter {
                context,
                module: context.create_module("peak"),
                builder: context.create_builder(),
                tables: context.ptr_type(Default::default()).const_null(),
                machine: &machine,
            };
            let written: Emitted<()> =
                kinds().try_for_each(|(name, kind, _)| turns(&emitter, name, *kind));
            written.map_err(|reason| {
                Diagnostic::new(format!("LLVM refuses an instruction: {reason}"))
            })?;
            Ok(emitter.module)
        })?;
        let lanes = machine.lanes() as usize;
        Ok(Peak { jit, lanes })
    }

    /// Computes products for some turns; how many of each kind in a turn, by the names of
    /// [`Products`], or nothing when the machine has no such instructions.
    pub fn run(&self, name: &str, turns: usize) -> Option<usize> {
        let (.., each) = KINDS.iter().find(|kind| kind.0 == name)?;
        let mut scratch = Scratch::new(SUMS * 8 * self.lanes);
        let (x, y): (&[u8], &mut [u8]) = (&[], &mut []);
        let ran = self.jit.run(name, x, y, turns, &mut scratch, [0; 3]);
        ran.then_some(each * SUMS * self.lanes)
    }
}

/// `void name(unused, unused, turns, memory)`.
fn turns(emitter: &Emitter, name: &str, kind: DotKind) -> Emitted<()> {
    let (ptr, i64) = (emitter.ptr().into(), emitter.i64_type().into());
    let function = emitter.function(name, &[ptr, ptr, i64, ptr], Linkage::External);
    let parameters = function.get_params();
    let (count, memory) = (
        parameters[2].into_int_value(),
        parameters[3].into_pointer_value(),
    );
    let ty = emitter.vector(kind.sum, emitter.machine.lanes());
    let size = kind.sum.bytes() * emitter.machine.lanes() as usize;
    let weight = emitter.load(ty, memory, 0, 64)?.into_vector_value();
    let mut start: Vec<BasicValueEnum> = Vec::new();
    for at in 0..SUMS {
        start.push(emitter.load(ty, memory, at * size, 64)?);
    }
    let end = emitter.repeat(count, 1, &start, |_, now| {
        // Values are other sums, so that no product can be computed before the loop.
        let next = (0..SUMS).map(|at| {
            let sum = now[at].into_vector_value();
            let value = now[(at + 1) % SUMS].into_vector_value();
            Ok(add_product(emitter, kind.atoms, sum, value, weight)?.into())
        });
        next.collect()
    })?;
    for (at, value) in end.into_iter().enumerate() {
        let place = emitter.offset(memory, emitter.i64((at * size) as u64))?;
        emitter.store(value, place, 64)?;
    }
    emitter.builder.build_return(None)?;
    Ok(())
}
