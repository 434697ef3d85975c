//! Smaller graphs of `nn`: fewer results, layers cut to inputs or passed by, smaller shapes,
//! constants of zeros.

use std::sync::Arc;

use dialects::nn::{
    Constant, FloatTensor, Graph, Node, Op, Port, Quantizer, ValueId, Values, tensor,
};
use dialects::{Diagnostic, Result};

use super::Search;
use super::sets::{fewest, live};
use crate::module::Module;

/// What becomes of a node.
#[derive(Clone)]
enum Fate {
    Op(Op),
    Input,
    Other(ValueId),
}

/// Every axis of one size gets another; 0 stands for no change.
#[derive(Clone, Copy, Default)]
struct Resize {
    from: usize,
    to: usize,
}

pub fn reduce(graph: &Graph, search: &Search) -> Graph {
    let live = tried(graph, &graph.results, same, Resize::default(), search);
    let mut found = live.unwrap_or_else(|| graph.clone());
    loop {
        let before = found.clone();
        for step in [results, cut, forward, bypass, shapes, zeros] {
            found = step(found, search);
        }
        if found == before {
            return found;
        }
    }
}

fn same(_: usize, node: &Node) -> Fate {
    match node.op {
        Op::Input { .. } => Fate::Input,
        _ => Fate::Op(node.op.clone()),
    }
}

fn tried(
    graph: &Graph,
    results: &[ValueId],
    fate: impl Fn(usize, &Node) -> Fate,
    resize: Resize,
    search: &Search,
) -> Option<Graph> {
    let candidate = rebuilt(graph, results, &fate, resize).ok()?;
    let differs = candidate != *graph;
    (differs && search.shows(&Module::Nn(candidate.clone()))).then_some(candidate)
}

fn rebuilt(
    graph: &Graph,
    results: &[ValueId],
    fate: &impl Fn(usize, &Node) -> Fate,
    resize: Resize,
) -> Result<Graph> {
    let fates: Vec<Fate> = graph
        .nodes
        .iter()
        .enumerate()
        .map(|(at, n)| fate(at, n))
        .collect();
    let reads = |at: usize| match &fates[at] {
        Fate::Op(op) => op.operands().iter().map(|v| v.index()).collect(),
        Fate::Other(value) => vec![value.index()],
        Fate::Input => vec![],
    };
    let live = live(fates.len(), results.iter().map(|v| v.index()), reads);
    let is_input = |at: &usize| live[*at] && matches!(fates[*at], Fate::Input);
    let inputs: Vec<usize> = (0..fates.len()).filter(is_input).collect();
    let port = |(number, &at): (usize, &usize)| Port {
        name: format!("x{number}"),
        shape: resize.shape(&graph.nodes[at].shape),
    };
    let ports = inputs.iter().enumerate().map(port).collect();
    let mut new = Graph::new(graph.name.clone(), ports);
    new.source.clone_from(&graph.source);
    let mut map = vec![ValueId(0); fates.len()];
    for (at, fate) in fates.into_iter().enumerate().filter(|(at, _)| live[*at]) {
        map[at] = match fate {
            Fate::Input => {
                let number = inputs.iter().position(|input| *input == at);
                ValueId(number.expect("every live input has a port") as u32)
            }
            Fate::Other(value) => map[value.index()],
            Fate::Op(op) => {
                let op = resize.op(op)?.map_operands(|v| map[v.index()]);
                new.push(op, &graph.nodes[at].layer)?
            }
        };
    }
    new.results = results.iter().map(|v| map[v.index()]).collect();
    let shapes: Vec<Vec<usize>> = new.results.iter().map(|v| new.shape(*v).to_vec()).collect();
    let outputs = shapes.into_iter().enumerate();
    new.outputs = outputs
        .map(|(at, shape)| Port {
            name: format!("y{at}"),
            shape,
        })
        .collect();
    Ok(new)
}

impl Resize {
    fn shape(self, shape: &[usize]) -> Vec<usize> {
        let size = |&size: &usize| if size == self.from { self.to } else { size };
        match self.from {
            0 => shape.to_vec(),
            _ => shape.iter().map(size).collect(),
        }
    }

    /// The elements of the smaller shape: the first ones along each axis.
    fn cut<T: Clone>(self, shape: &[usize], values: &[T]) -> Vec<T> {
        let kept = tensor::strided(&self.shape(shape), &tensor::strides(shape), 0);
        kept.into_iter().map(|at| values[at].clone()).collect()
    }

    fn floats(self, from: &FloatTensor) -> FloatTensor {
        FloatTensor {
            shape: self.shape(&from.shape),
            values: self.cut(&from.shape, &from.values),
        }
    }

    fn quantizer(self, from: &Quantizer) -> Arc<Quantizer> {
        Arc::new(Quantizer {
            scale: self.floats(&from.scale),
            zero_point: self.floats(&from.zero_point),
            bits: self.floats(&from.bits),
            ..from.clone()
        })
    }

    /// Errors: an op whose attributes count elements in a way of their own.
    fn op(self, op: Op) -> Result<Op> {
        if self.from == 0 {
            return Ok(op);
        }
        Ok(match op {
            Op::Constant { value } => Op::Constant {
                value: Arc::new(Constant {
                    shape: self.shape(&value.shape),
                    values: match &value.values {
                        Values::Float(values) => Values::Float(self.cut(&value.shape, values)),
                        Values::Scaled { integers, scale } => Values::Scaled {
                            integers: self.cut(&value.shape, integers),
                            scale: self.floats(scale),
                        },
                    },
                }),
            },
            Op::Quantize { input, quantizer } => Op::Quantize {
                input,
                quantizer: self.quantizer(&quantizer),
            },
            Op::State {
                input,
                state,
                quantizer,
            } => Op::State {
                input,
                state,
                quantizer: quantizer.map(|quantizer| self.quantizer(&quantizer)),
            },
            Op::Dense {
                input,
                weight,
                product,
            } => Op::Dense {
                input,
                weight,
                product: product.map(|product| self.quantizer(&product)),
            },
            Op::Bipolar { input, scale } => Op::Bipolar {
                input,
                scale: Arc::new(self.floats(&scale)),
            },
            Op::Reshape { input, shape } => Op::Reshape {
                input,
                shape: self.shape(&shape),
            },
            Op::Slice { .. }
            | Op::Gather { .. }
            | Op::Threshold { .. }
            | Op::Window { .. }
            | Op::TreeEnsemble { .. } => {
                return Err(Diagnostic::new("its elements are counted"));
            }
            op => op,
        })
    }
}

fn results(graph: Graph, search: &Search) -> Graph {
    let mut found = graph.clone();
    fewest(&graph.results, |results| {
        let smaller = match results.is_empty() {
            true => None,
            false => tried(&graph, results, same, Resize::default(), search),
        };
        smaller.map(|smaller| found = smaller).is_some()
    });
    found
}

/// Layers become inputs, the last that can first.
fn cut(graph: Graph, search: &Search) -> Graph {
    each(graph, search, |graph, at| match &graph.nodes[at].op {
        Op::Input { .. } | Op::Constant { .. } => vec![],
        _ => vec![Fate::Input],
    })
}

/// Operands of a result in its place.
fn forward(mut graph: Graph, search: &Search) -> Graph {
    'again: loop {
        for (at, result) in graph.results.clone().into_iter().enumerate() {
            for operand in graph.node(result).op.operands() {
                let mut results = graph.results.clone();
                results[at] = operand;
                if let Some(smaller) = tried(&graph, &results, same, Resize::default(), search) {
                    graph = smaller;
                    continue 'again;
                }
            }
        }
        return graph;
    }
}

/// Layers passed by: an operand of the same shape takes their place.
fn bypass(graph: Graph, search: &Search) -> Graph {
    each(graph, search, |graph, at| {
        let node = &graph.nodes[at];
        let operands = node.op.operands().into_iter();
        let alike = operands.filter(|v| graph.shape(*v) == node.shape);
        alike.map(Fate::Other).collect()
    })
}

/// Smaller shapes: every axis of one size at a time.
fn shapes(mut graph: Graph, search: &Search) -> Graph {
    'again: loop {
        let mut sizes: Vec<usize> = graph.nodes.iter().flat_map(|n| n.shape.clone()).collect();
        sizes.sort_unstable();
        sizes.dedup();
        for from in sizes.into_iter().rev().filter(|size| *size > 1) {
            for to in [1, 2, from / 2, from - 1] {
                let resize = Resize { from, to };
                let fits = (1..from).contains(&to);
                let smaller = fits.then(|| tried(&graph, &graph.results, same, resize, search));
                if let Some(smaller) = smaller.flatten() {
                    graph = smaller;
                    continue 'again;
                }
            }
        }
        return graph;
    }
}

/// Constants of fewer numbers that are not zero.
fn zeros(mut graph: Graph, search: &Search) -> Graph {
    for at in 0..graph.nodes.len() {
        let Op::Constant { value } = &graph.nodes[at].op else {
            continue;
        };
        let constant = value.clone();
        let filled = |kept: &[usize]| {
            let keep = |at: usize| kept.binary_search(&at).is_ok();
            let values = match &constant.values {
                Values::Float(values) => {
                    let values = values.iter().enumerate();
                    Values::Float(
                        values
                            .map(|(at, v)| if keep(at) { *v } else { 0.0 })
                            .collect(),
                    )
                }
                Values::Scaled { integers, scale } => {
                    let values = integers.iter().enumerate();
                    Values::Scaled {
                        integers: values
                            .map(|(at, v)| if keep(at) { *v } else { 0 })
                            .collect(),
                        scale: scale.clone(),
                    }
                }
            };
            let shape = constant.shape.clone();
            Op::Constant {
                value: Arc::new(Constant { shape, values }),
            }
        };
        let elements: Vec<usize> = (0..tensor::elements(&constant.shape)).collect();
        fewest(&elements, |kept| {
            let op = filled(kept);
            let fate = |index: usize, node: &Node| match index == at {
                true => Fate::Op(op.clone()),
                false => same(index, node),
            };
            match tried(&graph, &graph.results, fate, Resize::default(), search) {
                Some(smaller) => {
                    graph = smaller;
                    true
                }
                None => false,
            }
        });
    }
    graph
}

/// Tries other fates for one node after the other, the last first.
fn each(mut graph: Graph, search: &Search, fates: impl Fn(&Graph, usize) -> Vec<Fate>) -> Graph {
    let mut left = graph.nodes.len();
    while left > 0 {
        left = left.min(graph.nodes.len()) - 1;
        for other in fates(&graph, left) {
            let fate = |at: usize, node: &Node| match at == left {
                true => other.clone(),
                false => same(at, node),
            };
            if let Some(smaller) = tried(&graph, &graph.results, fate, Resize::default(), search) {
                graph = smaller;
                break;
            }
        }
    }
    graph
}
