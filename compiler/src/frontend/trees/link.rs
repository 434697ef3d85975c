//! The graph of a forest that is a whole model: input, ensemble, link function.

use std::sync::Arc;

use dialects::Result;
use dialects::nn::{Constant, Curve, Ensemble, Function, Graph, Op, Port, ValueId};

/// What a library does to the sums of leaves when it predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    Identity,
    /// 1 / (1 + e^-x) of each score.
    Sigmoid,
    /// e^x of each score.
    Exp,
    /// ln(1 + e^x) of each score.
    Softplus,
    /// Over all scores.
    Softmax,
    /// 1 where the score is positive, else 0.
    Positive,
    /// x |x| of each score.
    SignedSquare,
}

/// What each score is multiplied by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Factor {
    One,
    By(f32),
    /// A division, which no float holds exactly.
    Over(usize),
}

/// A link function and the factor in front of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    pub kind: LinkKind,
    pub factor: Factor,
}

impl From<LinkKind> for Link {
    fn from(kind: LinkKind) -> Self {
        Link {
            kind,
            factor: Factor::One,
        }
    }
}

/// A model of one input `x`, one ensemble and one output `y`. `factor` belongs to the scores,
/// the link's to its argument.
pub fn forest(
    name: &str,
    features: usize,
    ensemble: Ensemble,
    factor: Factor,
    link: Link,
) -> Result<Graph> {
    let input = Port {
        name: "x".to_string(),
        shape: vec![features],
    };
    let mut graph = Graph::new(name, vec![input]);
    let ensemble = Arc::new(ensemble);
    let trees = Op::TreeEnsemble {
        input: ValueId(0),
        ensemble,
    };
    let trees = graph.push(trees, "trees")?;
    let scores = scaled(&mut graph, trees, factor)?;
    let result = match link.kind {
        LinkKind::Identity => scores,
        LinkKind::Sigmoid => function(&mut graph, scores, link, Function::Sigmoid)?,
        LinkKind::Exp => function(&mut graph, scores, link, Function::Exp)?,
        LinkKind::Softplus => function(&mut graph, scores, link, Function::Softplus)?,
        LinkKind::Softmax => {
            let (input, axis) = (scores, 0);
            graph.push(Op::Softmax { input, axis }, "softmax")?
        }
        LinkKind::Positive => {
            let input = graph.push(Op::Relu { input: scores }, "positive")?;
            graph.push(Op::Sign { input }, "positive")?
        }
        LinkKind::SignedSquare => {
            let rhs = graph.push(Op::Abs { input: scores }, "square")?;
            graph.push(Op::Mul { lhs: scores, rhs }, "square")?
        }
    };
    graph.outputs = vec![Port {
        name: "y".to_string(),
        shape: graph.shape(result).to_vec(),
    }];
    graph.results = vec![result];
    Ok(graph)
}

fn function(graph: &mut Graph, scores: ValueId, link: Link, function: Function) -> Result<ValueId> {
    let input = scaled(graph, scores, link.factor)?;
    let function = Op::Function {
        input,
        curve: Curve {
            function,
            alpha: 1.0,
            gamma: 1.0,
        },
        output: None,
    };
    graph.push(function, "link")
}

fn scaled(graph: &mut Graph, scores: ValueId, factor: Factor) -> Result<ValueId> {
    let number = match factor {
        Factor::One => return Ok(scores),
        Factor::By(factor) => factor,
        Factor::Over(divisor) => divisor as f32,
    };
    let value = Arc::new(Constant::float(vec![1], vec![number]));
    let rhs = graph.push(Op::Constant { value }, "scale")?;
    let lhs = scores;
    let op = match factor {
        Factor::Over(_) => Op::Div { lhs, rhs },
        _ => Op::Mul { lhs, rhs },
    };
    graph.push(op, "scale")
}
