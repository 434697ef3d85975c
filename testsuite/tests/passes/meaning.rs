//! Whether what came out computes what went in.

use std::sync::Arc;

use compiler::module::Module;
use compiler::options::Scores;
use compiler::precision::InputPrecision;
use dialects::nn::{self, Curve, Function, Op, Quantizer, Reduction, ValueId};
use dialects::{Number, Overflow, Rounding, flow, fx};
use kaon_testsuite::random_fx::{self, Random};
use libtest_mimic::Failed;

use crate::Subject;
use crate::case::Case;

/// Every pass keeps the numbers, but for those that choose a precision: they keep what the
/// case states.
pub fn compare(
    subject: Subject,
    case: &Case,
    before: &Module,
    after: &Module,
) -> Result<(), Failed> {
    match (subject.name(), before, after) {
        ("nn-assign-precision", Module::Nn(before), Module::Nn(after)) => {
            let untyped = |op: &Op| matches!(op, Op::Function { output: None, .. });
            none_left(after, untyped)?;
            near(case, before, after)
        }
        ("nn-choose-scores", Module::Nn(before), Module::Nn(after)) => near(case, before, after),
        ("nn-expand-softmax", Module::Nn(before), Module::Nn(after)) => {
            none_left(after, |op| matches!(op, Op::Softmax { .. }))?;
            near(case, before, after)
        }
        (_, Module::Fx(before), Module::Fx(after)) => same_integers(before, after),
        (_, Module::Nn(before), Module::Nn(after)) => same_reals(before, after),
        (_, Module::Nn(before), Module::Fx(after)) => {
            let samples = all_or_some(after);
            let ports = (&after.inputs[..], &after.outputs[..]);
            same_across(before, ports, samples, |sample| fx::eval(after, sample))
        }
        (_, Module::Nn(before), Module::Flow(after)) => {
            let ports = |borders: &[flow::Border]| -> Vec<fx::Port> {
                borders.iter().map(|border| border.port.clone()).collect()
            };
            let (inputs, outputs) = (ports(&after.inputs), ports(&after.outputs));
            let samples = all_or_some(&fx::Builder::new("", inputs.clone()).finish(vec![], vec![]));
            let samples = samples.into_iter().take(500).collect();
            let ports = (&inputs[..], &outputs[..]);
            same_across(before, ports, samples, |sample| flow::eval(after, sample))
        }
        _ => Err("no step goes up".into()),
    }
}

fn none_left(graph: &nn::Graph, unwanted: impl Fn(&Op) -> bool) -> Result<(), Failed> {
    match graph.nodes.iter().find(|node| unwanted(&node.op)) {
        Some(node) => Err(format!("nn.{} is left in {}", node.op.name(), node.layer).into()),
        None => Ok(()),
    }
}

fn same_integers(before: &fx::Graph, after: &fx::Graph) -> Result<(), Failed> {
    if (&before.inputs, &before.outputs) != (&after.inputs, &after.outputs) {
        return Err("the ports changed".into());
    }
    for sample in all_or_some(before) {
        let (old, new) = (fx::eval(before, &sample)?, fx::eval(after, &sample)?);
        if old != new {
            return Err(format!("{sample:?} gave {old:?}, now {new:?}").into());
        }
    }
    Ok(())
}

/// Both give the same numbers, or both refuse, on a grid of eighths.
fn same_reals(before: &nn::Graph, after: &nn::Graph) -> Result<(), Failed> {
    for sample in reals(before, None)? {
        let (old, new) = (nn::eval(before, &sample), nn::eval(after, &sample));
        match (old, new) {
            (Ok(old), Ok(new)) if old == new => {}
            (Err(_), Err(_)) => {}
            (old, new) => return Err(format!("{sample:?} gave {old:?}, now {new:?}").into()),
        }
    }
    Ok(())
}

/// The integers of `after`, scaled, are the numbers of `before`.
fn same_across(
    before: &nn::Graph,
    (inputs, outputs): (&[fx::Port], &[fx::Port]),
    samples: Vec<Vec<i128>>,
    eval: impl Fn(&[i128]) -> dialects::Result<Vec<i128>>,
) -> Result<(), Failed> {
    for integers in samples {
        let mut left = scaled(inputs, &integers).into_iter();
        let tensor = |port: &nn::Port| {
            let values = left.by_ref().take(port.shape.iter().product()).collect();
            nn::Tensor::new(port.shape.clone(), values)
        };
        let sample: Vec<nn::Tensor> = before.inputs.iter().map(tensor).collect();
        let wanted = nn::eval(before, &sample)?.into_iter();
        let wanted: Vec<Number> = wanted.flat_map(|tensor| tensor.values).collect();
        let found = scaled(outputs, &eval(&integers)?);
        if wanted != found {
            return Err(format!("{integers:?} means {wanted:?}, gave {found:?}").into());
        }
    }
    Ok(())
}

/// The real numbers on some ports.
fn scaled(ports: &[fx::Port], integers: &[i128]) -> Vec<Number> {
    let elements = ports
        .iter()
        .flat_map(|port| port.elements.iter().map(move |element| (port, element)));
    let real = |((port, element), &integer): ((&fx::Port, &fx::PortElement), &i128)| match port
        .conversion
        .float32
    {
        true => float(f32::from_bits(integer as u32)),
        false => &(&Number::from(integer) * &element.scale) + &element.offset,
    };
    elements.zip(integers).map(real).collect()
}

/// What stands for a float32: beyond all of them for an infinity, beyond these for NaN.
fn float(value: f32) -> Number {
    match Number::from_f32(value) {
        Some(number) => number,
        None if value.is_nan() => Number::pow2(129),
        None if value > 0.0 => Number::pow2(128),
        None => -&Number::pow2(128),
    }
}

/// No result is further from the exact one than the case allows; inputs are those that the
/// chosen type holds.
fn near(case: &Case, before: &nn::Graph, after: &nn::Graph) -> Result<(), Failed> {
    let scores = case.options.scores;
    let (exact, typed) = (exact(before, scores)?, exact(after, scores)?);
    let input = case.options.input_precision.and_then(InputPrecision::fixed);
    for sample in reals(before, input.map(|p| p.quantizer()).as_ref())? {
        let (wanted, found) = (nn::eval(&exact, &sample)?, nn::eval(&typed, &sample)?);
        let all = |tensors: Vec<nn::Tensor>| tensors.into_iter().flat_map(|t| t.values);
        for (wanted, found) in all(wanted).zip(all(found)) {
            let off = (&found - &wanted).abs();
            if off > case.within {
                let [wanted, found, off] = [wanted, found, off].map(|number| number.to_f64());
                let within = &case.within;
                let text =
                    format!("{sample:?} means {wanted}, gave {found}: {off} is more than {within}");
                return Err(text.into());
            }
        }
    }
    Ok(())
}

/// The graph with real functions rounded so finely that nobody sees it, and softmax made
/// of them, or what the user wants in its place.
fn exact(graph: &nn::Graph, scores: Scores) -> Result<nn::Graph, Failed> {
    let fine = Quantizer::fixed(true, 124, 80, Rounding::HalfEven, Overflow::Saturate);
    let fine = Arc::new(fine);
    let real = |input: ValueId, curve: Curve| Op::Function {
        input,
        curve,
        output: Some(Arc::clone(&fine)),
    };
    let plain = |function| Curve {
        function,
        alpha: 1.0,
        gamma: 1.0,
    };
    let users = graph.users();
    let is_left = |at: ValueId| graph.results.contains(&at) && users[at.index()].is_empty();
    let ideal = graph.rebuilt(|new, at, node, op| {
        let layer = node.layer.as_str();
        let op = match op {
            Op::Function {
                input,
                output: None,
                ..
            } if scores == Scores::Logits && is_left(at) => return Ok(input),
            Op::Function {
                input,
                output: None,
                ..
            } if scores == Scores::Argmax && is_left(at) => {
                let input = new.push(Op::Relu { input }, layer)?;
                Op::Sign { input }
            }
            Op::Function {
                input,
                curve,
                output: None,
            } => real(input, curve),
            Op::Softmax { input, .. } if scores == Scores::Logits => return Ok(input),
            Op::Softmax { input, axis } if scores == Scores::Argmax => Op::Argmax {
                input,
                axis,
                select_last: false,
            },
            Op::Softmax { input, axis } => {
                let power = new.push(real(input, plain(Function::Exp)), layer)?;
                let (kind, axes) = (Reduction::Sum, vec![axis]);
                let input = power;
                let input = new.push(Op::Reduce { input, kind, axes }, layer)?;
                let mut shape = node.shape.clone();
                shape[axis] = 1;
                let sum = new.push(Op::Reshape { input, shape }, layer)?;
                let (lhs, rhs) = (
                    power,
                    new.push(real(sum, plain(Function::Reciprocal)), layer)?,
                );
                Op::Mul { lhs, rhs }
            }
            op => op,
        };
        new.push(op, layer)
    })?;
    Ok(ideal)
}

/// Zeros, corners, then seeded numbers: on a type's grid, or on eighths from -8 to 8.
fn reals(graph: &nn::Graph, ty: Option<&Quantizer>) -> Result<Vec<Vec<nn::Tensor>>, Failed> {
    let eighths = Quantizer::fixed(true, 8, 3, Rounding::HalfEven, Overflow::Saturate);
    let element = ty.unwrap_or(&eighths).elements(&[])?.remove(0);
    let range = match ty {
        Some(_) => fx::Range::new(element.min, element.max),
        None => fx::Range::new(-64, 64),
    };
    let mut random = Random::new(1);
    let mut sample = |round: usize| {
        let value = match round {
            0 => Some(0),
            1 => Some(range.lo),
            2 => Some(range.hi),
            _ => None,
        };
        let ports = graph.inputs.iter().map(|port| {
            let count: usize = port.shape.iter().product();
            let values = (0..count).map(|_| value.unwrap_or_else(|| random.within(range)));
            let values = values.map(|integer| element.real(integer)).collect();
            nn::Tensor::new(port.shape.clone(), values)
        });
        ports.collect()
    };
    Ok((0..200).map(&mut sample).collect())
}

/// All inputs when they have at most 14 bits, else corners and random ones.
fn all_or_some(graph: &fx::Graph) -> Vec<Vec<i128>> {
    let elements = graph.inputs.iter().flat_map(|port| &port.elements);
    let ranges: Vec<fx::Range> = elements.map(|element| element.ty.range()).collect();
    let bits: u32 = graph.inputs.iter().map(fx::Port::width).sum();
    if bits > 14 {
        return random_fx::samples(graph, 1, 4000);
    }
    let mut rows = vec![vec![]];
    for range in ranges {
        let grown = rows.iter().flat_map(|row: &Vec<i128>| {
            (range.lo..=range.hi).map(move |value| [row.as_slice(), &[value]].concat())
        });
        rows = grown.collect();
    }
    rows
}
