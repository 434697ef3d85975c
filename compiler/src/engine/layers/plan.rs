//! What of a graph does not depend on the sample: constants, sources, quantisers.

use std::collections::HashMap;

use dialects::Result;
use dialects::nn::tensor::broadcast_indices;
use dialects::nn::{self, ElementQuantizer, Graph, Node, Op, ValueId, reduced_indices};

use super::scaled::Scaled;

/// A node with what its evaluation needs besides its operands.
pub enum Prepared {
    /// It is computed already.
    Constant(Scaled),
    /// The elements it moves: an operand and a place, or zero.
    Move(Vec<Option<(ValueId, usize)>>),
    /// One quantiser for every element, or a few and the one of each.
    Quantize(Vec<ElementQuantizer>, Option<Vec<u32>>),
    /// For each element, those of the two operands.
    Pairs(Vec<usize>, Vec<usize>),
    Groups(Vec<Vec<usize>>),
    /// Weights as integers, row by row.
    Rows(Vec<Row>),
    Plain,
}

pub struct Row {
    pub unit: dialects::Number,
    pub weights: Vec<i64>,
    pub reach: i128,
}

pub fn prepare(graph: &Graph, node: &Node, known: &[Prepared]) -> Result<Prepared> {
    let constant = |value: ValueId| match &known[value.index()] {
        Prepared::Constant(value) => Some(value),
        _ => None,
    };
    let pairs = |lhs: ValueId, rhs: ValueId| {
        let left = broadcast_indices(graph.shape(lhs), &node.shape)?;
        let right = broadcast_indices(graph.shape(rhs), &node.shape)?;
        Ok(Prepared::Pairs(left, right))
    };
    if let Some(sources) = nn::sources(graph, &node.op) {
        return Ok(Prepared::Move(sources));
    }
    Ok(match &node.op {
        Op::Constant { value } => match Scaled::of(&value.tensor()?.values) {
            Some(value) => Prepared::Constant(value),
            None => Prepared::Plain,
        },
        Op::Quantize { quantizer, .. }
        | Op::State {
            quantizer: Some(quantizer),
            ..
        }
        | Op::Function {
            output: Some(quantizer),
            ..
        } => {
            let elements = quantizer.elements(&node.shape)?;
            if elements.windows(2).all(|pair| pair[0] == pair[1]) {
                return Ok(Prepared::Quantize(elements[..1].to_vec(), None));
            }
            let mut kinds: Vec<ElementQuantizer> = vec![];
            let mut places: HashMap<String, u32> = HashMap::new();
            let kind = |element: ElementQuantizer| {
                let key = format!("{} {} {:?}", element.scale, element.zero_point, element.ty);
                *places.entry(key).or_insert_with(|| {
                    kinds.push(element);
                    kinds.len() as u32 - 1
                })
            };
            let of = elements.into_iter().map(kind).collect();
            Prepared::Quantize(kinds, Some(of))
        }
        Op::Add { lhs, rhs }
        | Op::Sub { lhs, rhs }
        | Op::Mul { lhs, rhs }
        | Op::Div { lhs, rhs }
        | Op::Max { lhs, rhs }
        | Op::Min { lhs, rhs } => pairs(*lhs, *rhs)?,
        Op::Prelu { input, slope } => pairs(*input, *slope)?,
        Op::Reduce { input, axes, .. } => {
            Prepared::Groups(reduced_indices(graph.shape(*input), axes))
        }
        Op::Dense {
            weight,
            product: None,
            ..
        } => match constant(*weight).and_then(|of| rows(of, graph.shape(*weight))) {
            Some(rows) => Prepared::Rows(rows),
            None => Prepared::Plain,
        },
        _ => Prepared::Plain,
    })
}

fn rows(weight: &Scaled, shape: &[usize]) -> Option<Vec<Row>> {
    let columns = shape.last().copied()?;
    let row = |integers: &[i128]| {
        let common = integers.iter().fold(0i128, |a, &b| gcd(a, b)).max(1);
        let weights = integers.iter().map(|n| i64::try_from(n / common).ok());
        let weights = weights.collect::<Option<Vec<_>>>()?;
        let reach = weights.iter().map(|&w| i128::from(w).abs()).max();
        Some(Row {
            unit: &weight.unit * &dialects::Number::from(common),
            reach: reach.unwrap_or(0),
            weights,
        })
    };
    weight.integers.chunks(columns).map(row).collect()
}

fn gcd(a: i128, b: i128) -> i128 {
    num_integer::gcd(a, b)
}
