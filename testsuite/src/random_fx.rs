//! Random `fx` graphs with every op, and inputs for them, from a seed.

use std::sync::Arc;

use dialects::fx::{
    Builder, Conversion, Graph, IntType, Op, Port, PortElement, Predicate, Range, Table, Term,
    Terms, ValueId,
};
use dialects::{Number, Rounding};

/// SplitMix64: the same numbers on every machine.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `count`, which is not 0.
    pub fn below(&mut self, count: usize) -> usize {
        (self.bits() % count as u64) as usize
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Any value of a range, often one at its ends or near zero.
    pub fn within(&mut self, range: Range) -> i128 {
        let any = (u128::from(self.bits()) << 64 | u128::from(self.bits())) as i128;
        let value = match self.below(6) {
            0 => range.lo,
            1 => range.hi,
            2 => i128::from(self.below(5) as i64 - 2),
            _ => range
                .lo
                .wrapping_add(any.rem_euclid((range.hi - range.lo).saturating_add(1))),
        };
        value.clamp(range.lo, range.hi)
    }
}

/// A port of elements of some types, with scale 1.
pub fn port(name: &str, types: &[IntType]) -> Port {
    let element = |ty: &IntType| PortElement {
        ty: *ty,
        scale: Number::one(),
        offset: Number::zero(),
    };
    Port {
        name: name.to_string(),
        shape: vec![types.len()],
        elements: types.iter().map(element).collect(),
        conversion: Conversion::default(),
    }
}

/// A valid graph of about `size` nodes: every op occurs sooner or later, values have 1 to
/// `width` bits, and some sums of products are long.
///
/// Seeds from 1000 on know no `fx.sum`: tests name those whose graphs once found a fault.
pub fn graph(seed: u64, size: usize, width: u32) -> Graph {
    let mut random = Random::new(seed);
    let types: Vec<IntType> = (0..1 + random.below(6))
        .map(|_| any_type(&mut random, width))
        .collect();
    let mut builder = Builder::new("random", vec![port("x", &types)]);
    let layer = builder.layer("random");
    let mut values: Vec<ValueId> = (0..types.len()).map(|index| builder.input(index)).collect();
    let mut bits = vec![builder.constant(1, layer).expect("1 fits")];
    while values.len() < size {
        let drawn = any_op(&mut random, &builder, &values, &bits, width, seed < 1000);
        let Some((op, ty)) = drawn else {
            continue;
        };
        let pushed = match ty {
            Some(ty) => builder.push_typed(op, ty, layer),
            None => builder.push(op, layer),
        };
        // Too wide, or a table too short: something else is tried.
        let Ok(mut value) = pushed else { continue };
        if builder.node(value).ty.width > width {
            value = builder
                .wrap(value, any_type(&mut random, width), layer)
                .expect("a wrap fits its type");
        }
        if builder.node(value).ty == IntType::BIT {
            bits.push(value);
        }
        values.push(value);
        if random.below(40) == 0 {
            values.extend(sum_of_products(&mut random, &mut builder, &values, layer));
        }
    }
    let mut results: Vec<ValueId> = (0..1 + random.below(5))
        .map(|_| random.pick(&values))
        .collect();
    results.extend(values.last());
    let types: Vec<IntType> = results
        .iter()
        .map(|value| builder.node(*value).ty)
        .collect();
    builder.finish(results, vec![port("y", &types)])
}

fn any_type(random: &mut Random, width: u32) -> IntType {
    IntType {
        signed: random.below(2) == 0,
        width: 1 + random.below(width as usize) as u32,
    }
}

/// An op on values so far, and its type when that is a choice; `None` when what was drawn
/// has no meaning.
fn any_op(
    random: &mut Random,
    builder: &Builder,
    values: &[ValueId],
    bits: &[ValueId],
    width: u32,
    sums: bool,
) -> Option<(Op, Option<IntType>)> {
    // Mostly recent values, so that graphs are deep.
    let recent = values.len().saturating_sub(12);
    let mut value = || match random.below(3) {
        0 => values[random.below(values.len())],
        _ => values[recent + random.below(values.len() - recent)],
    };
    let (lhs, rhs, input) = (value(), value(), value());
    let (bit, other) = (random.pick(bits), random.pick(bits));
    let range = builder.range(input);
    let amount = random.below(1 + builder.node(input).ty.width as usize) as u32;
    Some(match random.below(if sums { 22 } else { 19 }) {
        0 => (Op::Add { lhs, rhs }, None),
        1 => (Op::Sub { lhs, rhs }, None),
        2 => (Op::Neg { input }, None),
        3 => (Op::Mul { lhs, rhs }, None),
        4 => (
            Op::Shl {
                input,
                amount: random.below(9) as u32,
            },
            None,
        ),
        5 => (Op::Shr { input, amount }, None),
        6 | 7 => (
            Op::Round {
                input,
                amount: amount + random.below(3) as u32,
                mode: random.pick(&Rounding::ALL),
            },
            None,
        ),
        8 | 9 => {
            let wide = any_type(random, width).range();
            let (a, b) = match random.below(2) {
                0 => (random.within(range), random.within(range)),
                _ => (random.within(wide), random.within(wide)),
            };
            let (min, max) = (a.min(b), a.max(b));
            (Op::Clamp { input, min, max }, None)
        }
        10 => (Op::Wrap { input }, Some(any_type(random, width))),
        11 => {
            let predicate = random.pick(&Predicate::ALL);
            (
                Op::Compare {
                    predicate,
                    lhs,
                    rhs,
                },
                None,
            )
        }
        12 => (
            Op::Select {
                condition: bit,
                on_true: lhs,
                on_false: rhs,
            },
            None,
        ),
        13 => (
            Op::And {
                lhs: bit,
                rhs: other,
            },
            None,
        ),
        14 => (
            Op::Or {
                lhs: bit,
                rhs: other,
            },
            None,
        ),
        15 => (
            Op::Xor {
                lhs: bit,
                rhs: other,
            },
            None,
        ),
        16 => match random.below(3) {
            0 => (Op::Not { input: bit }, None),
            1 => (Op::Register { input }, None),
            _ => {
                let range = any_type(random, width.min(40)).range();
                let value = random.within(range);
                (Op::Constant { value }, None)
            }
        },
        19.. => {
            let mut terms = Terms::new();
            for value in [lhs, rhs, input].into_iter().take(1 + random.below(3)) {
                let shift = random.pick(&[0, 0, 0, 1, 2, 5]);
                terms.push(Term::new(value, shift, random.below(3) == 0));
            }
            let range = any_type(random, 1 + width / 2).range();
            let constant = random.within(range) * (random.below(2) as i128);
            (Op::Sum { terms, constant }, None)
        }
        _ => {
            let size = usize::try_from(range.hi - range.lo)
                .ok()
                .filter(|size| *size < 1024)?;
            let entries = any_type(random, width.min(63)).range();
            let values = (0..=size).map(|_| random.within(entries) as i64).collect();
            let first = range.lo;
            let table = Arc::new(Table { first, values });
            (Op::Lookup { input, table }, None)
        }
    })
}

/// A few sums over the same values, as a layer has them.
fn sum_of_products(
    random: &mut Random,
    builder: &mut Builder,
    values: &[ValueId],
    layer: dialects::fx::LayerId,
) -> Vec<ValueId> {
    let terms: Vec<ValueId> = (0..2 + random.below(12))
        .map(|_| random.pick(values))
        .collect();
    let weights = any_type(random, 12).range();
    let mut sums = Vec::new();
    'sums: for _ in 0..1 + random.below(6) {
        let start = random.within(weights);
        let Ok(mut sum) = builder.constant(start, layer) else {
            continue;
        };
        for term in &terms {
            let weight = random.within(weights);
            let product = builder
                .constant(weight, layer)
                .and_then(|weight| builder.mul(*term, weight, layer));
            match product.and_then(|product| builder.add(sum, product, layer)) {
                Ok(next) => sum = next,
                Err(_) => continue 'sums,
            }
        }
        sums.push(sum);
    }
    sums
}

/// Inputs for a graph, of those that its ports give: all lowest, all highest, zeros, then seeded ones.
pub fn samples(graph: &Graph, seed: u64, count: usize) -> Vec<Vec<i128>> {
    let mut random = Random::new(seed);
    let ports = graph.inputs.iter();
    let reached = ports.flat_map(|port| port.elements.iter().map(|element| port.reached(element)));
    let ranges: Vec<Range> = reached.collect();
    let mut row = |at: usize| {
        let value = |range: &Range| match at {
            0 => range.lo,
            1 => range.hi,
            2 => 0,
            _ => random.within(*range),
        };
        ranges.iter().map(value).collect()
    };
    (0..count).map(&mut row).collect()
}
