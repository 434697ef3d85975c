//! Graphs of `nn` on the same exact numbers; and one of `fx` on the integers that stand for
//! them.

use dialects::nn::{self, ElementQuantizer, Graph, Op, Quantizer, Tensor, ValueId};
use dialects::{Number, Overflow, Rounding, fx};

use super::fx::{element, integers as integers_text, types};
use super::{Difference, Effort, Sample, Verdict, listed, vectors};

/// How many ops of `fx` one op on exact numbers counts as.
pub const EXACT: u64 = 20;

/// Both give the same numbers, or neither has any.
pub fn compare(before: &Graph, after: &Graph, effort: Effort) -> Result<Verdict, Difference> {
    let names = |graph: &Graph| {
        let ports = graph.inputs.iter().chain(&graph.outputs);
        ports.map(|port| port.name.clone()).collect::<Vec<_>>()
    };
    if names(before) != names(after) || before.inputs != after.inputs {
        return Err(Difference::new("the ports are other ones"));
    }
    let count = effort.count(EXACT * (work(before) + work(after)));
    if count == 0 {
        return Ok(Verdict::NotCompared("it is too large for a quick check"));
    }
    let elements = elements(before);
    // Twice the range: what saturates is part of the function.
    let types: Vec<fx::IntType> = elements.iter().map(|e| wider(e.ty)).collect();
    let (rows, _) = vectors::rows(&types, count);
    let mut compared = 0;
    for row in &rows {
        let numbers = elements
            .iter()
            .zip(row)
            .map(|(e, &integer)| e.real(integer));
        let sample = tensors(&before.inputs, numbers);
        if let Some(difference) = difference(before, after, &sample) {
            return Err(difference);
        }
        compared += usize::from(nn::eval(before, &sample).is_ok());
        if compared == 0 {
            return Ok(Verdict::NotCompared("its values have no types yet"));
        }
    }
    Ok(Verdict::Sampled(compared))
}

fn wider(ty: fx::IntType) -> fx::IntType {
    fx::IntType::signed((ty.width + 2).min(fx::MAX_WIDTH))
}

/// The first result that differs on a sample.
pub fn difference(before: &Graph, after: &Graph, sample: &[Tensor]) -> Option<Difference> {
    let flat = |tensors: Vec<Tensor>| -> Vec<Number> {
        tensors
            .into_iter()
            .flat_map(|tensor| tensor.values)
            .collect()
    };
    let (old, new) = match (nn::eval(before, sample), nn::eval(after, sample)) {
        (Ok(old), Ok(new)) => (flat(old), flat(new)),
        (Err(_), Err(_)) => return None,
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => {
            return Some(Difference {
                layer: error.layer.clone(),
                ..Difference::new(format!("only one of both has a value: {}", error.sentence))
            });
        }
    };
    let at = match old.len() == new.len() {
        true => old.iter().zip(&new).position(|(old, new)| old != new)?,
        false => return Some(Difference::new("the results have other shapes")),
    };
    let ports = before.outputs.iter();
    let sizes = ports.map(|port| (port.name.as_str(), port.shape.iter().product()));
    let (port, name) = name(sizes, at);
    Some(Difference {
        sentence: format!("{name} is {} before and {} after", old[at], new[at]),
        layer: layer_of(before, port),
        inputs: Some((
            numbers(&before.inputs, sample),
            Sample::Reals(sample.to_vec()),
        )),
    })
}

/// The integers of a lowered graph, scaled, are the numbers of the layers.
pub fn lowered(before: &Graph, after: &fx::Graph, effort: Effort) -> Result<Verdict, Difference> {
    let count = effort.count(EXACT * work(before) + after.nodes.len() as u64);
    if count == 0 {
        return Ok(Verdict::NotCompared("it is too large for a quick check"));
    }
    let (mut rows, all) = vectors::rows(&types(after), count);
    // A port has more integers than its quantiser gives, where that is a narrow one.
    let ports = after.inputs.iter();
    let reached = ports.flat_map(|port| port.elements.iter().map(|element| port.reached(element)));
    let reached: Vec<fx::Range> = reached.collect();
    for row in &mut rows {
        for (value, reached) in row.iter_mut().zip(&reached) {
            *value = (*value).clamp(reached.lo, reached.hi);
        }
    }
    match rows.iter().find_map(|row| across(before, after, row)) {
        Some(difference) => Err(difference),
        None if all => Ok(Verdict::Exhausted(rows.len())),
        None => Ok(Verdict::Sampled(rows.len())),
    }
}

/// The first result whose integer is not its number.
pub fn across(before: &Graph, after: &fx::Graph, row: &[i128]) -> Option<Difference> {
    let of_result = |at: usize| {
        let layer = after.node(after.results[at]).layer;
        after.layer_name(layer).to_string()
    };
    let ports = (&after.inputs[..], &after.outputs[..]);
    meets(before, ports, row, fx::eval(after, row), of_result)
}

/// The first of some integers that is not the number that the layers give for a row.
pub fn meets(
    before: &Graph,
    (inputs, outputs): (&[fx::Port], &[fx::Port]),
    row: &[i128],
    found: dialects::Result<Vec<i128>>,
    layer_of: impl Fn(usize) -> String,
) -> Option<Difference> {
    let sample = reals(inputs, &before.inputs, row);
    let failed = |error: dialects::Diagnostic| {
        Some(Difference {
            layer: error.layer.clone(),
            ..Difference::new(error.sentence)
        })
    };
    let wanted = match nn::eval(before, &sample) {
        Ok(tensors) => tensors.into_iter().flat_map(|tensor| tensor.values),
        Err(error) => return failed(error),
    };
    let wanted: Vec<Number> = wanted.collect();
    let found = match found {
        Ok(integers) => scaled(outputs, &integers),
        Err(error) => return failed(error),
    };
    if wanted.len() != found.len() {
        return Some(Difference::new("the results have other shapes"));
    }
    let at = wanted.iter().zip(&found).position(|(w, f)| w != f)?;
    Some(Difference {
        sentence: format!(
            "{} is {} before and {} after",
            element(outputs, at),
            wanted[at],
            found[at]
        ),
        layer: Some(layer_of(at)),
        inputs: Some((
            format!("the integers {}", integers_text(inputs, row)),
            Sample::Integers(row.to_vec()),
        )),
    })
}

/// The real numbers that some integers stand for, as layers take them.
pub fn reals(ports: &[fx::Port], inputs: &[nn::Port], row: &[i128]) -> Vec<Tensor> {
    tensors(inputs, scaled(ports, row).into_iter())
}

/// The real numbers on some ports.
fn scaled(ports: &[fx::Port], integers: &[i128]) -> Vec<Number> {
    let element = |port: &fx::Port| {
        let float32 = port.conversion.float32;
        let elements = port.elements.clone().into_iter();
        elements.map(move |element| (float32, element))
    };
    let real = |((float32, element), &integer): ((bool, fx::PortElement), &i128)| match float32 {
        true => of_pattern(integer),
        false => &(&Number::from(integer) * &element.scale) + &element.offset,
    };
    let elements = ports.iter().flat_map(element);
    elements.zip(integers).map(real).collect()
}

/// The number that stands for the float32 of a pattern: beyond all of them for an infinity,
/// beyond these for NaN.
fn of_pattern(pattern: i128) -> Number {
    let value = f32::from_bits(pattern as u32);
    let far = Number::pow2(128);
    match Number::from_f32(value) {
        Some(number) => number,
        None if value.is_nan() => Number::pow2(129),
        None if value > 0.0 => far,
        None => &Number::zero() - &far,
    }
}

/// The integers that stand for a sample; `None` where a number has none.
pub fn integers(ports: &[fx::Port], sample: &[Tensor]) -> Option<Vec<i128>> {
    if ports.iter().any(|port| port.conversion.float32) {
        return None;
    }
    let elements = ports.iter().flat_map(|port| &port.elements);
    let numbers = sample.iter().flat_map(|tensor| &tensor.values);
    let integer = |(element, number): (&fx::PortElement, &Number)| {
        let integer = (number - &element.offset)
            .checked_div(&element.scale)?
            .to_i128()?;
        element.ty.range().holds(integer).then_some(integer)
    };
    elements.zip(numbers).map(integer).collect()
}

fn tensors(ports: &[nn::Port], mut numbers: impl Iterator<Item = Number>) -> Vec<Tensor> {
    let tensor = |port: &nn::Port| {
        let size = port.shape.iter().product();
        Tensor::new(port.shape.clone(), numbers.by_ref().take(size).collect())
    };
    ports.iter().map(tensor).collect()
}

fn numbers(ports: &[nn::Port], sample: &[Tensor]) -> String {
    let port = |(port, tensor): (&nn::Port, &Tensor)| {
        let values = tensor.values.iter().map(Number::to_string);
        (port.name.clone(), values.collect())
    };
    listed(ports.iter().zip(sample).map(port))
}

/// The port, by number, and the name of an element, all ports counted together.
fn name<'a>(ports: impl Iterator<Item = (&'a str, usize)>, mut at: usize) -> (usize, String) {
    for (port, (name, size)) in ports.enumerate() {
        if at < size {
            return (port, format!("{name}[{at}]"));
        }
        at -= size;
    }
    (0, format!("result {at}"))
}

fn layer_of(graph: &Graph, port: usize) -> Option<String> {
    let result = graph.results.get(port)?;
    Some(graph.node(*result).layer.clone())
}

/// Numbers that one evaluation computes, products counted.
pub fn work(graph: &Graph) -> u64 {
    let node = |node: &nn::Node| {
        let elements = node.shape.iter().product::<usize>() as u64;
        match &node.op {
            Op::Constant { .. } => 0,
            Op::Dense { weight, .. } => {
                let columns = graph.shape(*weight).last().copied().unwrap_or(1);
                elements * columns as u64
            }
            op => {
                elements
                    + op.operands()
                        .iter()
                        .map(|v| size(graph, *v))
                        .max()
                        .unwrap_or(0)
            }
        }
    };
    graph.nodes.iter().map(node).sum()
}

fn size(graph: &Graph, value: ValueId) -> u64 {
    graph.shape(value).iter().product::<usize>() as u64
}

/// The grid of each input element: of the quantiser that reads it first, else eighths
/// from -8 to 8.
fn elements(graph: &Graph) -> Vec<ElementQuantizer> {
    let eighths = Quantizer::fixed(true, 7, 3, Rounding::HalfEven, Overflow::Saturate);
    let mut found = Vec::new();
    for (index, port) in graph.inputs.iter().enumerate() {
        let reads = |node: &&nn::Node| matches!(&node.op, Op::Quantize { input, .. } if input.index() == index);
        let reader = graph.nodes.iter().find(reads);
        let own = reader.and_then(|node| match &node.op {
            Op::Quantize { quantizer, .. } => quantizer.elements(&port.shape).ok(),
            _ => None,
        });
        let plain = || {
            eighths
                .elements(&port.shape)
                .expect("a fixed-point type is one")
        };
        found.extend(own.unwrap_or_else(plain));
    }
    found
}
