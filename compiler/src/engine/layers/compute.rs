//! One op on integers of a unit.

use std::collections::HashMap;

use dialects::nn::{Graph, Node, Op, Reduction, Tensor, ValueId, rows_and_columns};
use dialects::{Number, Result};

use super::plan::{Prepared, Row};
use super::scaled::{Rescale, Scaled, ratio};

/// A value of one sample.
#[derive(Debug, Clone)]
pub enum Value {
    Scaled(Scaled),
    /// Numbers without a unit that 128 bits allow.
    Numbers(Vec<Number>),
}

impl Value {
    pub fn of(numbers: Vec<Number>) -> Value {
        match Scaled::of(&numbers) {
            Some(scaled) => Value::Scaled(scaled),
            None => Value::Numbers(numbers),
        }
    }

    /// The smallest and the largest number, as floats.
    pub fn ends(&self) -> (f64, f64) {
        let (lo, hi) = match self {
            Value::Scaled(Scaled { unit, integers }) => {
                let end = |n: Option<&i128>| n.map(|&n| &Number::from(n) * unit);
                (end(integers.iter().min()), end(integers.iter().max()))
            }
            Value::Numbers(numbers) => {
                (numbers.iter().min().cloned(), numbers.iter().max().cloned())
            }
        };
        let float = |end: Option<Number>| end.map_or(0.0, |end| end.to_f64());
        (float(lo), float(hi))
    }

    pub fn numbers(&self) -> Vec<Number> {
        match self {
            Value::Scaled(scaled) => scaled.numbers(),
            Value::Numbers(numbers) => numbers.clone(),
        }
    }
}

/// What one thread keeps from sample to sample, and counts.
#[derive(Default)]
pub struct Memory {
    /// Values of functions: of a node and an argument, with the argument's unit.
    pub functions: HashMap<(usize, u32, i128), (Number, i128)>,
    pub rounded: usize,
    pub overflowed: usize,
    /// The ends of every value of the sample, where someone wants them.
    pub reach: Option<Vec<(f64, f64)>>,
}

/// A node to evaluate.
pub struct Site<'a> {
    pub graph: &'a Graph,
    pub node: &'a Node,
    pub at: usize,
    pub prepared: &'a [Prepared],
    pub values: &'a [Option<Value>],
    /// Whether to count what the quantiser changes.
    pub counts: bool,
}

impl Site<'_> {
    fn value(&self, value: ValueId) -> &Value {
        self.values[value.index()]
            .as_ref()
            .expect("a value is kept until its last reader")
    }

    fn scaled(&self, value: ValueId) -> Option<&Scaled> {
        match self.value(value) {
            Value::Scaled(scaled) => Some(scaled),
            Value::Numbers(_) => None,
        }
    }
}

/// The value of a node; by its definition where integers do not do.
pub fn value(site: &Site, memory: &mut Memory) -> Result<Value> {
    if let Prepared::Constant(value) = &site.prepared[site.at] {
        return Ok(Value::Scaled(value.clone()));
    }
    if site.counts {
        count(site, memory);
    }
    if let Some(found) = on_integers(site, memory)? {
        return Ok(Value::Scaled(found));
    }
    let operands = site.node.op.operands();
    let tensor = |value: &ValueId| {
        let shape = site.graph.shape(*value).to_vec();
        Tensor::new(shape, site.value(*value).numbers())
    };
    let tensors = operands.iter().map(tensor).collect::<Vec<_>>();
    let def = site.node.op.def().expect("inputs are no ops");
    let result = (def.eval)(&site.node.op, &tensors.iter().collect::<Vec<_>>())?;
    Ok(Value::of(result.values))
}

/// Counts the numbers of an input that its quantiser changes.
fn count(site: &Site, memory: &mut Memory) {
    let (Op::Quantize { input, .. }, Prepared::Quantize(kinds, of)) =
        (&site.node.op, &site.prepared[site.at])
    else {
        return;
    };
    for (at, number) in site.value(*input).numbers().iter().enumerate() {
        let kind = &kinds[of.as_ref().map_or(0, |of| of[at] as usize)];
        let steps = number.checked_div(&kind.scale);
        memory.overflowed += usize::from(kind.overflows(number));
        memory.rounded += usize::from(!steps.is_some_and(|steps| steps.is_integer()));
    }
}

fn on_integers(site: &Site, memory: &mut Memory) -> Result<Option<Scaled>> {
    let prepared = &site.prepared[site.at];
    Ok(match (&site.node.op, prepared) {
        (_, Prepared::Move(sources)) => moved(site, sources),
        (Op::Quantize { input, .. } | Op::State { input, .. }, Prepared::Quantize(kinds, of)) => {
            let of = of.as_deref();
            site.scaled(*input).and_then(|x| quantized(x, kinds, of))
        }
        (Op::Dense { input, weight, .. }, Prepared::Rows(rows)) => {
            let (count, columns) = rows_and_columns(site.graph.shape(*weight))?;
            let x = site.scaled(*input);
            x.and_then(|x| dense(x, rows, count, columns))
        }
        (op, Prepared::Pairs(left, right)) => {
            let [lhs, rhs] = op.operands()[..] else {
                return Ok(None);
            };
            let both = site.scaled(lhs).zip(site.scaled(rhs));
            both.and_then(|(a, b)| pairs(op, a, b, left, right))
        }
        (Op::Reduce { input, kind, .. }, Prepared::Groups(groups)) => {
            site.scaled(*input).and_then(|x| reduced(x, groups, *kind))
        }
        (Op::Relu { input }, _) => site.scaled(*input).map(|x| each(x, |n| n.max(0))),
        (Op::Abs { input }, _) => site.scaled(*input).map(|x| each(x, i128::abs)),
        (Op::Function { input, curve, .. }, Prepared::Quantize(kinds, of)) => {
            let Some(x) = site.scaled(*input) else {
                return Ok(None);
            };
            let mut numbers = Vec::with_capacity(x.integers.len());
            for (at, &integer) in x.integers.iter().enumerate() {
                let kind = of.as_ref().map_or(0, |of| of[at]);
                let element = &kinds[kind as usize];
                let key = (site.at, kind, integer);
                let known = memory
                    .functions
                    .get(&key)
                    .filter(|(unit, _)| *unit == x.unit);
                let y = match known {
                    Some((_, y)) => *y,
                    None => {
                        let argument = &Number::from(integer) * &x.unit;
                        let y = curve.round_to(&argument, element)?;
                        memory.functions.insert(key, (x.unit.clone(), y));
                        y
                    }
                };
                numbers.push(element.real(y));
            }
            Scaled::of(&numbers)
        }
        _ => None,
    })
}

fn each(x: &Scaled, f: impl Fn(i128) -> i128) -> Scaled {
    Scaled {
        unit: x.unit.clone(),
        integers: x.integers.iter().map(|&n| f(n)).collect(),
    }
}

fn moved(site: &Site, sources: &[Option<(ValueId, usize)>]) -> Option<Scaled> {
    let operands = site.node.op.operands();
    if let [only] = operands[..] {
        let x = site.scaled(only)?;
        let pick = |source: &Option<(ValueId, usize)>| source.map_or(0, |(_, at)| x.integers[at]);
        return Some(Scaled {
            unit: x.unit.clone(),
            integers: sources.iter().map(pick).collect(),
        });
    }
    let parts = operands.iter().map(|v| site.scaled(*v));
    let parts = parts.collect::<Option<Vec<_>>>()?;
    let (unit, integers) = Scaled::common(&parts)?;
    let of: HashMap<ValueId, &Vec<i128>> = operands.iter().copied().zip(&integers).collect();
    let pick = |source: &Option<(ValueId, usize)>| source.map_or(0, |(value, at)| of[&value][at]);
    Some(Scaled {
        integers: sources.iter().map(pick).collect(),
        unit,
    })
}

fn quantized(
    x: &Scaled,
    kinds: &[dialects::nn::ElementQuantizer],
    of: Option<&[u32]>,
) -> Option<Scaled> {
    let mut unit = Number::zero();
    for kind in kinds {
        unit = unit.gcd(&kind.scale);
    }
    let rescale = |kind| Some((Rescale::new(&x.unit, kind)?, ratio(&kind.scale, &unit)?));
    let all = kinds.iter().map(rescale).collect::<Option<Vec<_>>>()?;
    let mut integers = Vec::with_capacity(x.integers.len());
    for (at, &integer) in x.integers.iter().enumerate() {
        let (rescale, factor) = &all[of.map_or(0, |of| of[at] as usize)];
        integers.push(rescale.apply(integer)?.checked_mul(*factor)?);
    }
    Some(Scaled { unit, integers })
}

fn dense(x: &Scaled, rows: &[Row], count: usize, columns: usize) -> Option<Scaled> {
    let narrow = x.integers.iter().map(|&n| i64::try_from(n).ok());
    let narrow = narrow.collect::<Option<Vec<_>>>()?;
    let mut unit = Number::zero();
    for row in rows {
        unit = unit.gcd(&row.unit);
    }
    let factors = rows.iter().map(|row| ratio(&row.unit, &unit));
    let factors = factors.collect::<Option<Vec<_>>>()?;
    let reach = x.reach();
    let mut integers = Vec::with_capacity(narrow.len() / columns * count);
    let stack = rows.len() / count;
    for (at, token) in narrow.chunks(columns).enumerate() {
        let first = at % stack * count;
        for (row, factor) in rows[first..][..count].iter().zip(&factors[first..]) {
            let reach = reach.checked_mul(row.reach)?;
            reach.checked_mul(columns as i128)?;
            let sum = dialects::nn::dot(token, &row.weights, reach);
            integers.push(sum.checked_mul(*factor)?);
        }
    }
    let unit = &unit * &x.unit;
    Some(Scaled { unit, integers })
}

fn pairs(op: &Op, a: &Scaled, b: &Scaled, left: &[usize], right: &[usize]) -> Option<Scaled> {
    let places = || left.iter().zip(right);
    match op {
        Op::Mul { .. } => {
            let product = |(&l, &r): (&usize, &usize)| a.integers[l].checked_mul(b.integers[r]);
            Some(Scaled {
                unit: &a.unit * &b.unit,
                integers: places().map(product).collect::<Option<_>>()?,
            })
        }
        Op::Div { .. } => {
            let divisors = b.numbers();
            let inverse = divisors.iter().map(Number::reciprocal);
            let inverse = Scaled::of(&inverse.collect::<Option<Vec<_>>>()?)?;
            let product =
                |(&l, &r): (&usize, &usize)| a.integers[l].checked_mul(inverse.integers[r]);
            Some(Scaled {
                unit: &a.unit * &inverse.unit,
                integers: places().map(product).collect::<Option<_>>()?,
            })
        }
        Op::Prelu { .. } => {
            // Units of 1 and of the slopes at once.
            let slopes = b.numbers();
            let one = [slopes, vec![Number::one()]].concat();
            let both = Scaled::of(&one)?;
            let steps = *both.integers.last()?;
            let bend = |(&l, &r): (&usize, &usize)| {
                let x = a.integers[l];
                let factor = if x < 0 { both.integers[r] } else { steps };
                x.checked_mul(factor)
            };
            Some(Scaled {
                unit: &a.unit * &both.unit,
                integers: places().map(bend).collect::<Option<_>>()?,
            })
        }
        _ => {
            let (unit, parts) = Scaled::common(&[a, b])?;
            let (a, b) = (&parts[0], &parts[1]);
            let f: fn(i128, i128) -> Option<i128> = match op {
                Op::Add { .. } => i128::checked_add,
                Op::Sub { .. } => i128::checked_sub,
                Op::Max { .. } => |a, b| Some(a.max(b)),
                Op::Min { .. } => |a, b| Some(a.min(b)),
                _ => return None,
            };
            let integers = places().map(|(&l, &r)| f(a[l], b[r]));
            Some(Scaled {
                integers: integers.collect::<Option<_>>()?,
                unit,
            })
        }
    }
}

fn reduced(x: &Scaled, groups: &[Vec<usize>], kind: Reduction) -> Option<Scaled> {
    let members = |group: &Vec<usize>| group.iter().map(|&at| x.integers[at]).collect::<Vec<_>>();
    let sum = |of: Vec<i128>| of.into_iter().try_fold(0i128, i128::checked_add);
    let all = groups.iter().map(members);
    let integers = match kind {
        Reduction::Sum | Reduction::Mean => all.map(sum).collect::<Option<Vec<_>>>()?,
        Reduction::Max => all.map(|of| of.into_iter().max()).collect::<Option<_>>()?,
        Reduction::Min => all.map(|of| of.into_iter().min()).collect::<Option<_>>()?,
    };
    let unit = match (kind, groups.first()) {
        (Reduction::Mean, Some(group)) => &x.unit * &Number::ratio(1, group.len())?,
        _ => x.unit.clone(),
    };
    Some(Scaled { unit, integers })
}
