//! Input ports: the quantiser that first reads an input is its type.

use dialects::fx::{Conversion, IntType, Port, PortElement, ValueId as FxValue};
use dialects::nn::{ElementQuantizer, FloatTensor, Graph, Op, ValueId, sources};
use dialects::{Diagnostic, Number, Overflow, Result, Rounding};

use super::element::Element;

/// What an element is, where values only move.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Origin {
    /// An element of an input port.
    Input(usize, usize),
    Constant,
    Computed,
}

impl Origin {
    fn input(&self) -> Option<(usize, usize)> {
        match *self {
            Origin::Input(port, at) => Some((port, at)),
            _ => None,
        }
    }
}

/// The ports of a function and the elements they carry.
pub struct Inputs {
    pub ports: Vec<Port>,
}

impl Inputs {
    /// The elements of one port: integers that the port's quantiser has already made.
    pub fn elements(&self, port: usize) -> Vec<Element> {
        let before: usize = self.ports[..port]
            .iter()
            .map(|port| port.elements.len())
            .sum();
        let elements = self.ports[port].elements.iter().enumerate();
        let element = |(at, element): (usize, &PortElement)| {
            let value = FxValue((before + at) as u32);
            Element::scaled(value, element.scale.clone(), element.offset.clone())
        };
        elements.map(element).collect()
    }
}

/// Finds the quantiser of every input element.
///
/// Errors: an input that is read as a real number, or by two different quantisers.
pub fn trace(graph: &Graph) -> Result<Inputs> {
    let mut known: Vec<Vec<Option<ElementQuantizer>>> = Vec::new();
    let mut narrow = vec![false; graph.inputs.len()];
    let mut float32 = vec![false; graph.inputs.len()];
    for port in &graph.inputs {
        known.push(vec![None; port.shape.iter().product()]);
    }
    // What each element of a value is, for values that only move inputs and constants.
    let mut origins: Vec<Vec<Origin>> = Vec::with_capacity(graph.nodes.len());
    let live = graph.live();
    for (index, node) in graph.nodes.iter().enumerate() {
        let count = node.shape.iter().product();
        let origin = match &node.op {
            Op::Input { index } => {
                let element = |at| Origin::Input(*index as usize, at);
                (0..count).map(element).collect()
            }
            Op::Constant { .. } => vec![Origin::Constant; count],
            op => match sources(graph, op) {
                Some(sources) => {
                    let origin = |source: Option<(ValueId, usize)>| match source {
                        Some((value, at)) => origins[value.index()][at],
                        None => Origin::Constant,
                    };
                    sources.into_iter().map(origin).collect()
                }
                None => vec![Origin::Computed; count],
            },
        };
        let moves_input = origin.iter().any(|origin| origin.input().is_some());
        origins.push(origin);
        if !live[index] || moves_input {
            continue;
        }
        let quantizers = match &node.op {
            Op::Quantize { quantizer, .. } => quantizer.elements(&node.shape).ok(),
            Op::Bipolar { scale, .. } => bits(scale, &node.shape),
            Op::FloatKey { .. } => Some(vec![pattern(); count]),
            _ => None,
        };
        let is_narrow = matches!(&node.op, Op::Quantize { quantizer, .. } if quantizer.narrow);
        for operand in node.op.operands() {
            let read = &origins[operand.index()];
            if read.iter().all(|origin| origin.input().is_none()) {
                continue;
            }
            assign(&mut known, read, quantizers.as_deref()).map_err(|port| {
                let name = &graph.inputs[port].name;
                unquantised(name, quantizers.is_some()).in_layer(node.layer.clone())
            })?;
            for (port, _) in read.iter().filter_map(Origin::input) {
                narrow[port] = is_narrow;
                float32[port] = matches!(node.op, Op::FloatKey { .. });
            }
        }
    }
    for result in &graph.results {
        let mut read = origins[result.index()].iter().filter_map(Origin::input);
        if let Some((port, _)) = read.next() {
            return Err(unquantised(&graph.inputs[port].name, false));
        }
    }
    let flags = narrow.into_iter().zip(float32);
    let ports = graph.inputs.iter().zip(known).zip(flags);
    let ports = ports.map(|((port, quantizers), (narrow, float32))| {
        // An element nobody reads takes the type of its neighbours.
        let typical = quantizers.iter().flatten().next().cloned();
        let conversion = typical
            .as_ref()
            .map_or(Conversion::default(), |q| Conversion {
                rounding: q.rounding,
                overflow: q.overflow,
                narrow,
                float32,
            });
        let elements =
            quantizers
                .into_iter()
                .map(|quantizer| match quantizer.or_else(|| typical.clone()) {
                    Some(quantizer) => PortElement {
                        ty: quantizer.ty,
                        offset: -&(&quantizer.zero_point * &quantizer.scale),
                        scale: quantizer.scale,
                    },
                    None => PortElement {
                        ty: IntType::BIT,
                        scale: Number::one(),
                        offset: Number::zero(),
                    },
                });
        Port {
            name: port.name.clone(),
            shape: port.shape.clone(),
            elements: elements.collect(),
            conversion,
        }
    });
    Ok(Inputs {
        ports: ports.collect(),
    })
}

/// A pattern of a float32 as the quantiser of its 32 bits.
fn pattern() -> ElementQuantizer {
    let ty = IntType::unsigned(32);
    let range = ty.range();
    ElementQuantizer {
        scale: Number::one(),
        zero_point: Number::zero(),
        ty,
        min: range.lo,
        max: range.hi,
        rounding: Rounding::HalfEven,
        overflow: Overflow::Saturate,
    }
}

/// A sign as a quantiser of one bit: x reaches zero where x / 2s + 1/2 rounds up to 1.
pub fn bits(scale: &FloatTensor, shape: &[usize]) -> Option<Vec<ElementQuantizer>> {
    let scales = scale.broadcast(shape).ok()?.into_iter();
    let bit = |scale: f32| {
        let scale = Number::from_f32(scale).filter(|s| !s.is_zero() && !s.is_negative())?;
        Some(ElementQuantizer {
            scale: scale.shifted(1),
            zero_point: Number::pow2(-1),
            ty: IntType::BIT,
            min: 0,
            max: 1,
            rounding: Rounding::HalfUp,
            overflow: Overflow::Saturate,
        })
    };
    scales.map(bit).collect()
}

/// Notes the quantiser of the elements read; the port's number when that is impossible.
fn assign(
    known: &mut [Vec<Option<ElementQuantizer>>],
    read: &[Origin],
    quantizers: Option<&[ElementQuantizer]>,
) -> Result<(), usize> {
    let mut inputs = read.iter().filter_map(Origin::input);
    let first = inputs.next().map_or(0, |(port, _)| port);
    let quantizers = quantizers.ok_or(first)?;
    for (origin, element) in read.iter().zip(quantizers) {
        let (port, at) = match *origin {
            Origin::Input(port, at) => (port, at),
            Origin::Constant => continue,
            Origin::Computed => return Err(first),
        };
        match &known[port][at] {
            Some(other) if other != element => return Err(port),
            _ => known[port][at] = Some(element.clone()),
        }
    }
    Ok(())
}

fn unquantised(port: &str, twice: bool) -> Diagnostic {
    let sentence = match twice {
        true => format!("input `{port}` is read through two different quantisers"),
        false => format!("input `{port}` has no type: it is read as a real number"),
    };
    Diagnostic::new(sentence).help(
        "give it one with --input-precision 'fixed<W,I>', or sample data with --input-data x.npy",
    )
}
