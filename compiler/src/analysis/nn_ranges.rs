//! Exact ranges of real numbers, element by element, through the layers.

use dialects::nn::tensor::broadcast_indices;
use dialects::nn::{
    Aggregate, Answer, ElementQuantizer, Ensemble, Function, Graph, Node, Op, Reduction, Tensor,
    ValueId, concatenated_indices, gathered_indices, reduced_indices, rows_and_columns,
    sliced_indices, transposed_indices, windowed_indices,
};
use dialects::{Number, Overflow, Result};

/// All numbers from `lo` to `hi`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    pub lo: Number,
    pub hi: Number,
}

impl Interval {
    pub fn point(value: Number) -> Self {
        Interval {
            lo: value.clone(),
            hi: value,
        }
    }

    fn hull(values: &[Number]) -> Self {
        Interval {
            lo: values.iter().min().cloned().unwrap_or_else(Number::zero),
            hi: values.iter().max().cloned().unwrap_or_else(Number::zero),
        }
    }

    fn add(&self, other: &Interval) -> Interval {
        Interval {
            lo: &self.lo + &other.lo,
            hi: &self.hi + &other.hi,
        }
    }

    fn scaled(&self, factor: &Number) -> Interval {
        Interval::hull(&[&self.lo * factor, &self.hi * factor])
    }

    fn mul(&self, other: &Interval) -> Interval {
        Interval::hull(&[
            &self.lo * &other.lo,
            &self.lo * &other.hi,
            &self.hi * &other.lo,
            &self.hi * &other.hi,
        ])
    }

    fn map(&self, f: impl Fn(&Number) -> Number) -> Interval {
        Interval::hull(&[f(&self.lo), f(&self.hi)])
    }
}

/// The ranges of a node's elements, from those of the values before it; `None` where an
/// input without a type, or a function without one, takes part.
pub fn range_of(
    graph: &Graph,
    node: &Node,
    known: &[Option<Vec<Interval>>],
) -> Result<Option<Vec<Interval>>> {
    let of = |value: ValueId| known[value.index()].as_deref();
    let shape = |value: ValueId| graph.shape(value);
    let each = |input: ValueId, f: &dyn Fn(&Interval) -> Interval| {
        of(input).map(|ranges| ranges.iter().map(f).collect::<Vec<_>>())
    };
    let pick = |input: ValueId, from: Vec<usize>| {
        of(input).map(|ranges| from.into_iter().map(|at| ranges[at].clone()).collect())
    };
    let pairs = |lhs: ValueId, rhs: ValueId, f: &dyn Fn(&Interval, &Interval) -> Interval| {
        let left = broadcast_indices(shape(lhs), &node.shape)?;
        let right = broadcast_indices(shape(rhs), &node.shape)?;
        let both = of(lhs).zip(of(rhs));
        let pairs = left.into_iter().zip(right);
        Ok(both.map(|(a, b)| pairs.map(|(l, r)| f(&a[l], &b[r])).collect()))
    };
    let max = |a: &Number, b: &Number| a.max(b).clone();
    let min = |a: &Number, b: &Number| a.min(b).clone();
    let zero = Number::zero();
    Ok(match &node.op {
        Op::Input { .. } => None,
        Op::Constant { value } => Some(
            value
                .tensor()?
                .values
                .into_iter()
                .map(Interval::point)
                .collect(),
        ),
        Op::Quantize { input, quantizer } => {
            let elements = quantizer.elements(&node.shape)?;
            Some(match of(*input) {
                Some(ranges) => {
                    let pairs = ranges.iter().zip(&elements);
                    pairs
                        .map(|(range, element)| quantized(range, element))
                        .collect()
                }
                None => elements.iter().map(full).collect(),
            })
        }
        // Whatever the step: all values of the type.
        Op::State {
            quantizer: Some(quantizer),
            ..
        } => Some(quantizer.elements(&node.shape)?.iter().map(full).collect()),
        Op::State { input, .. } => of(*input).map(<[Interval]>::to_vec),
        Op::Function {
            input,
            curve,
            output: Some(output),
        } => {
            let elements = output.elements(&node.shape)?;
            let monotone =
                curve.function.is_increasing() && curve.alpha >= 0.0 && curve.gamma >= 0.0;
            let bounded = |(range, element): (&Interval, &ElementQuantizer)| {
                let ends = [&range.lo, &range.hi].map(|x| curve.round_to(x, element));
                match ends {
                    [Ok(lo), Ok(hi)] if monotone => {
                        Interval::hull(&[element.real(lo), element.real(hi)])
                    }
                    _ => full(element),
                }
            };
            let domain_is_safe = !matches!(curve.function, Function::Log | Function::Sqrt);
            Some(match of(*input) {
                Some(ranges) if domain_is_safe => {
                    ranges.iter().zip(&elements).map(bounded).collect()
                }
                _ => elements.iter().map(full).collect(),
            })
        }
        Op::Function { output: None, .. } | Op::Softmax { .. } | Op::BatchNorm { .. } => None,
        Op::Bipolar { scale, .. } => {
            let scales = scale.broadcast(&node.shape)?;
            let number = |scale: f32| Number::from_f32(scale).unwrap_or_else(Number::zero);
            let both = |scale: f32| Interval::hull(&[number(scale), -&number(scale)]);
            Some(scales.into_iter().map(both).collect())
        }
        Op::Threshold {
            thresholds,
            scale,
            bias,
            ..
        } => {
            let steps = thresholds.shape.last().copied().unwrap_or(0) as i64;
            let number = |value: f32| Number::from_f32(value).unwrap_or_else(Number::zero);
            let top = &(&number(*scale) * &Number::from(steps)) + &number(*bias);
            let range = Interval::hull(&[number(*bias), top]);
            Some(vec![range; node.shape.iter().product()])
        }
        Op::Dense {
            input,
            weight,
            product,
        } => match (product, of(*input), graph.constant(*weight)) {
            (Some(product), _, _) => {
                let element = product.elements(&[])?.remove(0);
                Some(vec![full(&element); node.shape.iter().product()])
            }
            (None, Some(ranges), Some(weight)) => Some(dense(ranges, &weight.tensor()?)?),
            _ => None,
        },
        Op::Add { lhs, rhs } => pairs(*lhs, *rhs, &Interval::add)?,
        Op::Sub { lhs, rhs } => pairs(*lhs, *rhs, &|a, b| a.add(&b.map(|x| -x)))?,
        Op::Mul { lhs, rhs } => pairs(*lhs, *rhs, &Interval::mul)?,
        Op::Div { lhs, rhs } => {
            let divided = |a: &Interval, b: &Interval| match b.lo.reciprocal() {
                Some(factor) if b.lo == b.hi => a.scaled(&factor),
                _ => a.clone(),
            };
            match graph.constant(*rhs) {
                Some(_) => pairs(*lhs, *rhs, &divided)?,
                None => None,
            }
        }
        Op::Max { lhs, rhs } => pairs(*lhs, *rhs, &|a, b| Interval {
            lo: max(&a.lo, &b.lo),
            hi: max(&a.hi, &b.hi),
        })?,
        Op::Min { lhs, rhs } => pairs(*lhs, *rhs, &|a, b| Interval {
            lo: min(&a.lo, &b.lo),
            hi: min(&a.hi, &b.hi),
        })?,
        Op::Abs { input } => each(*input, &|range| {
            let ends = [range.lo.abs(), range.hi.abs()];
            let straddles = range.lo.is_negative() && !range.hi.is_negative();
            let low = if straddles {
                zero.clone()
            } else {
                min(&ends[0], &ends[1])
            };
            Interval {
                lo: low,
                hi: max(&ends[0], &ends[1]),
            }
        }),
        Op::Sign { input } => each(*input, &|range| {
            let sign = |x: &Number| {
                let positive = i64::from(!x.is_negative() && !x.is_zero());
                Number::from(positive - i64::from(x.is_negative()))
            };
            range.map(sign)
        }),
        Op::Relu { input } => each(*input, &|range| Interval {
            lo: max(&range.lo, &zero),
            hi: max(&range.hi, &zero),
        }),
        Op::Prelu { input, slope } => pairs(*input, *slope, &|range, slope| {
            let bend = |x: &Number| match x.is_negative() {
                true => [x * &slope.lo, x * &slope.hi].to_vec(),
                false => vec![x.clone()],
            };
            let mut ends = [bend(&range.lo), bend(&range.hi)].concat();
            if range.lo.is_negative() && !range.hi.is_negative() {
                ends.push(zero.clone());
            }
            Interval::hull(&ends)
        })?,
        Op::Argmax { input, axis, .. } => {
            let last = Number::from(shape(*input)[*axis] as i64 - 1);
            let range = Interval { lo: zero, hi: last };
            Some(vec![range; node.shape.iter().product()])
        }
        Op::Reduce { input, kind, axes } => {
            let groups = reduced_indices(shape(*input), axes);
            of(*input).map(|ranges| {
                groups
                    .iter()
                    .map(|group| reduced(ranges, group, *kind))
                    .collect()
            })
        }
        Op::FloatKey { .. } => {
            let key = |value| Number::from(i64::from(value));
            let range = Interval {
                lo: key(i32::MIN),
                hi: key(i32::MAX),
            };
            Some(vec![range; node.shape.iter().product()])
        }
        Op::TreeEnsemble { ensemble, .. } => {
            let sample = ensemble_ranges(ensemble);
            let samples = node.shape.iter().product::<usize>() / sample.len();
            Some(std::iter::repeat_n(sample, samples).flatten().collect())
        }
        Op::Reshape { input, .. } => of(*input).map(<[Interval]>::to_vec),
        Op::Transpose { input, permutation } => {
            pick(*input, transposed_indices(shape(*input), permutation))
        }
        Op::Slice {
            input,
            starts,
            sizes,
            steps,
        } => pick(*input, sliced_indices(shape(*input), starts, sizes, steps)),
        Op::Gather {
            input,
            indices,
            axis,
        } => pick(*input, gathered_indices(shape(*input), indices, *axis)),
        Op::Window { input, window } => of(*input).map(|ranges| {
            let from = windowed_indices(shape(*input), window).into_iter();
            let zero = Interval::point(Number::zero());
            from.map(|at| at.map_or(&zero, |at| &ranges[at]).clone())
                .collect()
        }),
        Op::Concat { inputs, axis } => {
            let shapes = inputs.iter().map(|v| shape(*v)).collect::<Vec<_>>();
            let parts = inputs.iter().map(|v| of(*v)).collect::<Option<Vec<_>>>();
            parts.map(|parts| {
                let from = concatenated_indices(&shapes, *axis).into_iter();
                from.map(|(input, at)| parts[input][at].clone()).collect()
            })
        }
    })
}

/// All values of a quantiser.
fn full(element: &ElementQuantizer) -> Interval {
    Interval {
        lo: element.real(element.min),
        hi: element.real(element.max),
    }
}

fn quantized(range: &Interval, element: &ElementQuantizer) -> Interval {
    let saturates = matches!(
        element.overflow,
        Overflow::Saturate | Overflow::SaturateSymmetric
    );
    let spills = element.overflows(&range.lo) || element.overflows(&range.hi);
    match spills && !saturates {
        true => full(element),
        false => range.map(|x| element.quantize(x)),
    }
}

fn dense(ranges: &[Interval], weight: &Tensor) -> Result<Vec<Interval>> {
    let (rows, columns) = rows_and_columns(&weight.shape)?;
    let mut found = Vec::new();
    let matrices = weight.values.chunks(rows * columns).cycle();
    for (token, matrix) in ranges.chunks(columns).zip(matrices) {
        for row in matrix.chunks(columns) {
            let mut sum = Interval::point(Number::zero());
            for (range, weight) in token.iter().zip(row).filter(|(_, w)| !w.is_zero()) {
                sum = sum.add(&range.scaled(weight));
            }
            found.push(sum);
        }
    }
    Ok(found)
}

/// The ranges of the answers to one sample, whichever leaves it reaches.
pub fn ensemble_ranges(ensemble: &Ensemble) -> Vec<Interval> {
    let number = |value: f64| Number::from_f64(value).unwrap_or_else(Number::zero);
    if ensemble.answer == Answer::Leaves {
        let ids = ensemble.trees.iter().map(|tree| {
            let ids = tree.ids.iter().map(|&id| Number::from(id));
            Interval::hull(&ids.collect::<Vec<_>>())
        });
        return ids.collect();
    }
    let mut totals: Vec<Option<Interval>> = vec![None; ensemble.targets()];
    for tree in &ensemble.trees {
        let width = tree.values.len() / tree.leaves();
        for at in 0..width {
            let values = tree.values.iter().skip(at).step_by(width);
            let values = values.map(|&value| number(value)).collect::<Vec<_>>();
            let range = Interval::hull(&values);
            let total = &mut totals[tree.target.map_or(at, |target| target as usize)];
            *total = Some(match total.take() {
                None => range,
                Some(total) => match ensemble.aggregate {
                    Aggregate::Sum | Aggregate::Average => total.add(&range),
                    Aggregate::Min => Interval {
                        lo: total.lo.min(range.lo),
                        hi: total.hi.min(range.hi),
                    },
                    Aggregate::Max => Interval {
                        lo: total.lo.max(range.lo),
                        hi: total.hi.max(range.hi),
                    },
                },
            });
        }
    }
    let finish = |(total, &base): (Option<Interval>, &f64)| {
        let total = total.unwrap_or_else(|| Interval::point(Number::zero()));
        let total = match (ensemble.aggregate, Number::ratio(1, ensemble.trees.len())) {
            (Aggregate::Average, Some(share)) => total.scaled(&share),
            _ => total,
        };
        total.add(&Interval::point(number(base)))
    };
    totals.into_iter().zip(&ensemble.base).map(finish).collect()
}

fn reduced(ranges: &[Interval], group: &[usize], kind: Reduction) -> Interval {
    let members = || group.iter().map(|&at| &ranges[at]);
    let sum = || {
        let start = Interval::point(Number::zero());
        members().fold(start, |sum, range| sum.add(range))
    };
    let ends = |largest: bool| {
        let pick = |values: Vec<&Number>| {
            let best = if largest {
                values.iter().max()
            } else {
                values.iter().min()
            };
            best.map(|&value| value.clone())
                .unwrap_or_else(Number::zero)
        };
        Interval {
            lo: pick(members().map(|range| &range.lo).collect()),
            hi: pick(members().map(|range| &range.hi).collect()),
        }
    };
    match kind {
        Reduction::Sum => sum(),
        Reduction::Mean => {
            let share = Number::ratio(1, group.len()).unwrap_or_else(Number::one);
            sum().scaled(&share)
        }
        Reduction::Max => ends(true),
        Reduction::Min => ends(false),
    }
}
