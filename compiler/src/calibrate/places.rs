//! Where a typed model has types, and the ranges of what is there.

use std::fmt;

use dialects::nn::{Graph, Op, ValueId};
use dialects::{Number, Overflow, Result, Rounding};
use serde::Serialize;

use crate::options::Sampled;
use crate::precision::Precision;

/// Bits of the argument of a function, which is a table.
const WIDEST_ARGUMENT: i32 = 14;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Input,
    Result,
    Weight,
    Bias,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Kind::Input => "input",
            Kind::Result => "result",
            Kind::Weight => "weight",
            Kind::Bias => "bias",
        })
    }
}

/// A place for a type: of an input, or of a layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    pub layer: String,
    pub kind: Kind,
    pub lo: f64,
    pub hi: f64,
    /// The scalar operations that see its bits.
    pub operations: u64,
    /// Whether a function reads it.
    argument: bool,
}

impl Place {
    /// The type that holds the range, with so many bits behind the point.
    pub fn precision(&self, fraction: i32) -> Precision {
        let signed = self.lo < 0.0;
        let fits = |whole: i32, step: f64| {
            let end = f64::from(whole).exp2();
            self.hi <= end - step / 2.0 && self.lo >= -end - step / 2.0
        };
        let of = |fraction: i32| {
            let step = f64::from(-fraction).exp2();
            let mut whole = 1 - fraction;
            while !fits(whole, step) && whole < 64 {
                whole += 1;
            }
            whole
        };
        let mut fraction = fraction;
        while self.argument
            && of(fraction) + fraction + i32::from(signed) > WIDEST_ARGUMENT
            && fraction > 0
        {
            fraction -= 1;
        }
        let whole = of(fraction);
        Precision {
            signed,
            width: (whole + fraction) as u32 + u32::from(signed),
            integer: whole + i32::from(signed),
            rounding: Rounding::HalfEven,
            overflow: Overflow::Saturate,
        }
    }
}

/// The places of a model whose values all have types, with the ranges they were seen to have.
pub fn of(graph: &Graph, reach: &[(f64, f64)], inputs: &[Sampled]) -> Result<Vec<Place>> {
    let mut places: Vec<Place> = vec![];
    let mut add = |layer: &str, kind: Kind, (lo, hi): (f64, f64), operations: u64, argument| {
        let known = places
            .iter_mut()
            .find(|place| place.layer == layer && place.kind == kind);
        match known {
            Some(place) => {
                place.lo = place.lo.min(lo);
                place.hi = place.hi.max(hi);
                place.operations += operations;
                place.argument |= argument;
            }
            None => places.push(Place {
                layer: layer.to_string(),
                kind,
                lo,
                hi,
                operations,
                argument,
            }),
        }
    };
    let ends = inputs
        .iter()
        .fold((0f64, 0f64), |all, of| (all.0.min(of.lo), all.1.max(of.hi)));
    let names = graph.inputs.iter().map(|port| port.name.as_str());
    add(
        &names.collect::<Vec<_>>().join(", "),
        Kind::Input,
        ends,
        inputs.len() as u64,
        false,
    );
    let users = graph.users();
    let is_input = |value: ValueId| matches!(graph.node(value).op, Op::Input { .. });
    let is_argument = |at: usize| {
        let read = |user: &ValueId| matches!(graph.node(*user).op, Op::Function { .. });
        users[at].iter().any(read)
    };
    for (at, node) in graph.nodes.iter().enumerate() {
        let elements = node.shape.iter().product::<usize>() as u64;
        let layer = node.layer.as_str();
        match &node.op {
            Op::Quantize { input, .. } if is_input(*input) => {}
            Op::Quantize { input, .. } | Op::State { input, .. } => {
                let range = reach[input.index()];
                add(layer, Kind::Result, range, elements, is_argument(at));
            }
            Op::Function { .. } => add(layer, Kind::Result, reach[at], elements, is_argument(at)),
            Op::Dense { weight, .. } => {
                if let Some(range) = constant(graph, *weight)? {
                    let columns = graph.shape(*weight).last().copied().unwrap_or(1) as u64;
                    add(layer, Kind::Weight, range, elements * columns, false);
                }
            }
            Op::Add { lhs, rhs } => match (constant(graph, *lhs)?, constant(graph, *rhs)?) {
                (Some(range), None) | (None, Some(range)) => {
                    add(layer, Kind::Bias, range, elements, false);
                }
                _ => {}
            },
            _ => {}
        }
    }
    Ok(places)
}

fn constant(graph: &Graph, value: ValueId) -> Result<Option<(f64, f64)>> {
    let Some(constant) = graph.constant(value) else {
        return Ok(None);
    };
    let values = constant.tensor()?.values;
    let values = values.iter().map(Number::to_f64);
    Ok(Some(values.fold((0.0, 0.0), |(lo, hi): (f64, f64), x| {
        (lo.min(x), hi.max(x))
    })))
}
