//! Two graphs as expressions: the same polynomials of the same leaves, at any size, in
//! linear time.
//!
//! Every value is a polynomial in the inputs and in what no polynomial says: roundings,
//! clamps, comparisons, tables, wraps. Each of those is a leaf of its own, named by what it
//! does to which operand, so that equal ones are one leaf. Polynomials are compared at random
//! points modulo two primes: unequal ones agree there by chance once in 2^100 and less
//! (Schwartz-Zippel). What cannot act, by range analysis, is not there: a wrap or a clamp of
//! values that fit, table entries that no input reaches. Registers are the identity.
//!
//! Equal means equal for every input. Unequal means nothing: two different expressions can
//! compute the same.

use std::hash::{DefaultHasher, Hash, Hasher};

use dialects::fx::{Graph, Op, Range, ValueId, ranges};

const PRIMES: [i128; 2] = [(1 << 61) - 1, (1 << 62) - 57];

/// A value modulo both primes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Residues([i128; 2]);

impl Residues {
    fn of(value: i128) -> Self {
        Residues(PRIMES.map(|prime| value.rem_euclid(prime)))
    }

    fn zip(self, other: Self, f: impl Fn(i128, i128) -> i128) -> Self {
        let at = |at: usize| f(self.0[at], other.0[at]).rem_euclid(PRIMES[at]);
        Residues([at(0), at(1)])
    }

    fn plus(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    fn minus(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    fn times(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    fn shifted(self, amount: u32) -> Self {
        (0..amount.div_ceil(60)).fold(self, |value, at| {
            value.times(Residues::of(1 << (amount - at * 60).min(60)))
        })
    }

    /// A leaf by its name.
    fn leaf(name: impl Hash) -> Self {
        let word = |seed: u64| {
            let mut hasher = DefaultHasher::new();
            (seed, &name).hash(&mut hasher);
            i128::from(hasher.finish())
        };
        Residues([word(1).rem_euclid(PRIMES[0]), word(2).rem_euclid(PRIMES[1])])
    }
}

/// Whether all results are the same expressions of the inputs.
pub fn same(before: &Graph, after: &Graph) -> bool {
    match (values(before), values(after)) {
        (Some(before_values), Some(after_values)) => {
            let pairs = before.results.iter().zip(&after.results);
            before.results.len() == after.results.len()
                && pairs
                    .into_iter()
                    .all(|(old, new)| before_values[old.index()] == after_values[new.index()])
        }
        _ => false,
    }
}

fn values(graph: &Graph) -> Option<Vec<Residues>> {
    let ranges = ranges(graph).ok()?;
    let mut values: Vec<Residues> = Vec::with_capacity(graph.nodes.len());
    for (node, range) in graph.nodes.iter().zip(&ranges) {
        let value = match range.single() {
            Some(number) => Residues::of(number),
            None => {
                let of = |value: &ValueId| (values[value.index()], ranges[value.index()]);
                value_of(node, *range, of)
            }
        };
        values.push(value);
    }
    Some(values)
}

fn value_of(
    node: &dialects::fx::Node,
    range: Range,
    known: impl Fn(&ValueId) -> (Residues, Range),
) -> Residues {
    let of = |value: &ValueId| known(value).0;
    let one = Residues::of(1);
    match &node.op {
        Op::Input { index } => Residues::leaf(("input", index)),
        Op::Constant { value } => Residues::of(*value),
        Op::Add { lhs, rhs } => of(lhs).plus(of(rhs)),
        Op::Sub { lhs, rhs } => of(lhs).minus(of(rhs)),
        Op::Sum { terms, constant } => terms.iter().fold(Residues::of(*constant), |sum, term| {
            let part = of(&term.value).shifted(term.shift);
            match term.negative {
                true => sum.minus(part),
                false => sum.plus(part),
            }
        }),
        Op::Neg { input } => Residues::of(0).minus(of(input)),
        Op::Mul { lhs, rhs } => of(lhs).times(of(rhs)),
        Op::Shl { input, amount } => of(input).shifted(*amount),
        Op::Shr { input, amount: 0 } => of(input),
        Op::Round {
            input, amount: 0, ..
        } => of(input),
        Op::Shr { input, amount } => Residues::leaf(("floor", of(input), amount)),
        Op::Round {
            input,
            amount,
            mode,
        } => match mode {
            dialects::Rounding::Floor => Residues::leaf(("floor", of(input), amount)),
            mode => Residues::leaf(("round", mode, of(input), amount)),
        },
        Op::Clamp { input, min, max } => {
            let (value, given) = known(input);
            match given == range {
                true => value,
                false => Residues::leaf(("clamp", value, min.max(&given.lo), max.min(&given.hi))),
            }
        }
        Op::Wrap { input } => {
            let (value, given) = known(input);
            match node.ty.contains(given) {
                true => value,
                false => Residues::leaf(("wrap", node.ty, value)),
            }
        }
        Op::Compare {
            predicate,
            lhs,
            rhs,
        } => Residues::leaf(("compare", predicate, of(lhs).minus(of(rhs)))),
        Op::Select {
            condition,
            on_true,
            on_false,
        } => {
            let apart = of(on_true).minus(of(on_false));
            of(on_false).plus(of(condition).times(apart))
        }
        Op::And { lhs, rhs } => of(lhs).times(of(rhs)),
        Op::Or { lhs, rhs } => {
            let (a, b) = (of(lhs), of(rhs));
            a.plus(b).minus(a.times(b))
        }
        Op::Xor { lhs, rhs } => {
            let (a, b) = (of(lhs), of(rhs));
            a.plus(b).minus(a.times(b).shifted(1))
        }
        Op::Not { input } => one.minus(of(input)),
        Op::Lookup { input, table } => {
            let (value, given) = known(input);
            let entries = table.values.iter().enumerate();
            let reached = entries.filter(|(at, _)| given.holds(table.first + *at as i128));
            let entries = reached.map(|(_, entry)| entry).collect::<Vec<_>>();
            Residues::leaf(("lookup", value, given.lo, entries))
        }
        Op::Register { input } => of(input),
    }
}
