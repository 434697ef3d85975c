//! Adder graphs as `fx.sum`.
//!
//! Inside a region every value stands for itself less an offset that is known here, chosen
//! so that the adder gets no constant: an operand that is signed has its sign bit inverted,
//! one that is subtracted all its bits, and both cost nothing in the adder's own logic.
//! Sums are then unsigned, and only bits in which both operands vary take a LUT. At a root
//! the offsets of the whole tree meet the bias in one constant; `constants` looks for
//! vacant places to put it.

use dialects::Result;
use dialects::fx::{Builder, IntType, LayerId, Op, Term, Terms, ValueId};

use super::plan::{Part, Plan};
use super::{Region, Root, constants};
use crate::adder_graph::{Output, Solution, Source};

/// A value of the new graph and what has to be added to it.
#[derive(Debug, Clone, Copy)]
struct Shifted {
    value: ValueId,
    offset: i128,
}

/// One region being built.
pub struct Rebuild<'a> {
    pub region: &'a Region,
    pub solution: &'a Solution,
    /// The leaves as values of the new graph.
    pub leaves: &'a [ValueId],
    /// Which roots are results of the graph, and so go into registers.
    pub registered: &'a [bool],
}

impl Rebuild<'_> {
    /// The new values of the region's roots, in their order.
    ///
    /// Errors: a value beyond 126 bits.
    pub fn build(&self, builder: &mut Builder, layers: &[LayerId]) -> Result<Vec<ValueId>> {
        let types: Vec<IntType> = self.leaves.iter().map(|v| builder.node(*v).ty).collect();
        let mut plan = Plan::new(self.solution, &types);
        for (root, output) in self.region.roots.iter().zip(&self.solution.outputs) {
            constants::place(&mut plan, root, output);
        }
        let owner = self.owners(&plan, layers);
        let mut built: Vec<Option<Shifted>> = Vec::with_capacity(self.solution.adders.len());
        for (at, owner) in owner.iter().enumerate() {
            let value = match (plan.known[at].root, owner) {
                (false, Some(layer)) => Some(self.adder(builder, &plan, at, &built, *layer)?),
                _ => None,
            };
            built.push(value);
        }
        let roots = self
            .region
            .roots
            .iter()
            .zip(&self.solution.outputs)
            .zip(layers);
        roots
            .zip(self.registered)
            .map(|(((root, output), layer), registered)| {
                self.root(builder, &plan, root, output, &built, (*layer, *registered))
            })
            .collect()
    }

    /// The layer of the first root that needs each adder; `None` for those nobody needs.
    fn owners(&self, plan: &Plan, layers: &[LayerId]) -> Vec<Option<LayerId>> {
        let mut owner = vec![None; self.solution.adders.len()];
        for (output, layer) in self.solution.outputs.iter().zip(layers) {
            let mut open: Vec<Source> = output.source.into_iter().collect();
            while let Some(source) = open.pop() {
                if let Source::Adder(at) = source
                    && owner[at as usize].is_none()
                {
                    owner[at as usize] = Some(*layer);
                    open.extend(plan.parts(at as usize).map(|part| part.source));
                }
            }
        }
        owner
    }

    fn shifted(&self, source: Source, built: &[Option<Shifted>]) -> Shifted {
        match source {
            Source::Input(at) => Shifted {
                value: self.leaves[at as usize],
                offset: 0,
            },
            Source::Adder(at) => built[at as usize].expect("adders stand before their readers"),
        }
    }

    /// An adder without a constant of its own but what `constants` put in vacant places.
    fn adder(
        &self,
        builder: &mut Builder,
        plan: &Plan,
        at: usize,
        built: &[Option<Shifted>],
        layer: LayerId,
    ) -> Result<Shifted> {
        let constant = plan.known[at].natural + plan.known[at].extra;
        let mut offset = -constant;
        let mut terms = Terms::new();
        for part in plan.parts(at) {
            let operand = self.shifted(part.source, built);
            let moved = operand.offset << part.shift;
            offset += if part.negative { -moved } else { moved };
            terms.push(Term {
                value: operand.value,
                shift: part.shift,
                negative: part.negative,
            });
        }
        let value = builder.push(Op::Sum { terms, constant }, layer)?;
        Ok(Shifted { value, offset })
    }

    /// The true value of a root.
    fn root(
        &self,
        builder: &mut Builder,
        plan: &Plan,
        root: &Root,
        output: &Output,
        built: &[Option<Shifted>],
        (layer, registered): (LayerId, bool),
    ) -> Result<ValueId> {
        let Some(source) = output.source else {
            return builder.constant(root.constant, layer);
        };
        let whole = Part {
            source,
            shift: 0,
            negative: false,
        };
        let own = match source {
            Source::Adder(at) if plan.known[at as usize].root => plan.parts(at as usize).to_vec(),
            _ => vec![whole],
        };
        let (mut constant, mut natural) = (root.constant, 0i128);
        let mut terms = Terms::new();
        for part in &own {
            let operand = self.shifted(part.source, built);
            let (shift, negative) = (part.shift + output.shift, part.negative != output.negative);
            let moved = operand.offset << shift;
            constant += if negative { -moved } else { moved };
            natural += plan.natural_of(&Part { negative, ..*part }) << shift;
            terms.push(Term {
                value: operand.value,
                shift,
                negative,
            });
        }
        if let (Source::Adder(top), [a, b], false) = (source, &own[..], registered) {
            let early = usize::from(plan.level_of(a.source) > plan.level_of(b.source));
            let part = Part {
                negative: terms[early].negative,
                ..own[early]
            };
            let rest = constant - natural;
            let bits = plan.all_in_the_way(top as usize, output.shift, rest, &part);
            if bits != 0 {
                let term = &mut terms[early];
                let own = plan.natural_of(&part) + (bits >> term.shift);
                let alone = Term { shift: 0, ..*term };
                let op = Op::Sum {
                    terms: Terms::from_slice(&[alone]),
                    constant: own,
                };
                constant -= own << term.shift;
                term.value = builder.push(op, layer)?;
                term.negative = false;
            }
        }
        if let [
            Term {
                value,
                shift,
                negative: false,
            },
        ] = terms[..]
            && constant == 0
        {
            return builder.shl(value, shift, layer);
        }
        builder.push(Op::Sum { terms, constant }, layer)
    }
}
