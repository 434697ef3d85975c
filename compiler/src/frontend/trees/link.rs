//! The graph of a forest that is a whole model: input, ensemble, link function.

use std::sync::Arc;

use dialects::Result;
use dialects::nn::{Curve, Ensemble, Function, Graph, Op, Port, ValueId};

/// What a library does to the sums of leaves when it predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    Identity,
    /// 1 / (1 + e^-x) of each score.
    Sigmoid,
    /// e^x of each score.
    Exp,
    /// Over all scores.
    Softmax,
    /// 1 where the score is positive, else 0.
    Positive,
}

/// A model of one input `x`, one ensemble and one output `y`; every op is of layer `name`.
pub fn forest(name: &str, features: usize, ensemble: Ensemble, link: Link) -> Result<Graph> {
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
    let scores = graph.push(trees, "trees")?;
    let function = |function| Op::Function {
        input: scores,
        curve: Curve {
            function,
            alpha: 1.0,
            gamma: 1.0,
        },
        output: None,
    };
    let result = match link {
        Link::Identity => scores,
        Link::Sigmoid => graph.push(function(Function::Sigmoid), "sigmoid")?,
        Link::Exp => graph.push(function(Function::Exp), "exp")?,
        Link::Softmax => {
            let (input, axis) = (scores, 0);
            graph.push(Op::Softmax { input, axis }, "softmax")?
        }
        Link::Positive => {
            let input = graph.push(Op::Relu { input: scores }, "positive")?;
            graph.push(Op::Sign { input }, "positive")?
        }
    };
    graph.outputs = vec![Port {
        name: "y".to_string(),
        shape: graph.shape(result).to_vec(),
    }];
    graph.results = vec![result];
    Ok(graph)
}
