//! Smaller graphs of `fx`: fewer results, ops cut to inputs, passed by or made constant,
//! narrower inputs, smaller numbers.

use std::sync::Arc;

use dialects::fx::{
    Builder, Conversion, Graph, IntType, Node, Op, Port, PortElement, Table, ValueId,
};
use dialects::{Number, Result};

use super::Search;
use super::sets::{fewest, live};
use crate::module::Module;

/// What becomes of a node.
#[derive(Clone)]
enum Fate {
    /// It is made again, perhaps as another op.
    Op(Op),
    /// An input of that type takes its place.
    Input(IntType),
    /// One of its operands does, which stands before it.
    Other(ValueId),
}

pub fn reduce(graph: &Graph, search: &Search) -> Graph {
    let live = tried(graph, &graph.results, same, search);
    let mut found = live.unwrap_or_else(|| graph.clone());
    loop {
        let before = found.clone();
        for step in [results, cut, forward, bypass, inputs, numbers] {
            found = step(found, search);
        }
        if found == before {
            return found;
        }
    }
}

/// The graph with other results and fates, if it shows the fault: with the types it had,
/// or else with the smallest.
fn tried(
    graph: &Graph,
    results: &[ValueId],
    fate: impl Fn(usize, &Node) -> Fate,
    search: &Search,
) -> Option<Graph> {
    for exact in [true, false] {
        let Ok(candidate) = rebuilt(graph, results, &fate, exact) else {
            continue;
        };
        if candidate != *graph && search.shows(&Module::Fx(candidate.clone())) {
            return Some(candidate);
        }
    }
    None
}

fn same(_: usize, node: &Node) -> Fate {
    match node.op {
        Op::Input { .. } => Fate::Input(node.ty),
        _ => Fate::Op(node.op.clone()),
    }
}

fn rebuilt(
    graph: &Graph,
    results: &[ValueId],
    fate: &impl Fn(usize, &Node) -> Fate,
    exact: bool,
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
        Fate::Input(_) => vec![],
    };
    let live = live(fates.len(), results.iter().map(|v| v.index()), reads);
    let input = |(at, fate): (usize, &Fate)| match fate {
        Fate::Input(ty) if live[at] => Some(*ty),
        _ => None,
    };
    let types: Vec<IntType> = fates.iter().enumerate().filter_map(input).collect();
    let mut builder = Builder::new(graph.name.clone(), vec![port("x", &types)]);
    builder.set_source(graph.source.clone());
    let mut map = vec![ValueId(0); fates.len()];
    let mut inputs = 0;
    for (at, fate) in fates.into_iter().enumerate().filter(|(at, _)| live[*at]) {
        let node = &graph.nodes[at];
        map[at] = match fate {
            Fate::Input(_) => {
                inputs += 1;
                builder.input(inputs - 1)
            }
            Fate::Other(value) => map[value.index()],
            Fate::Op(op) => {
                let layer = builder.layer(graph.layer_name(node.layer));
                let node = Node { op, layer, ..*node };
                match exact {
                    true => {
                        let op = node.op.map_operands(|v| map[v.index()]);
                        builder.push_typed(op, node.ty, layer)?
                    }
                    false => {
                        let node = within_reach(node, &builder, &map);
                        builder.copy(&node, |v| map[v.index()])?
                    }
                }
            }
        };
    }
    let results: Vec<ValueId> = results.iter().map(|v| map[v.index()]).collect();
    let types: Vec<IntType> = results.iter().map(|v| builder.node(*v).ty).collect();
    let mut found = builder.finish(results, vec![port("y", &types)]);
    found.latency = graph.latency;
    found.clock_ps = graph.clock_ps;
    Ok(found)
}

/// The node; a table without the entries that its new operand cannot reach.
fn within_reach(mut node: Node, builder: &Builder, map: &[ValueId]) -> Node {
    if let Op::Lookup { input, table } = &mut node.op {
        let reached = builder.range(map[input.index()]);
        let inputs = reached.lo..=reached.hi;
        let few = reached.hi - reached.lo < table.values.len() as i128;
        let values = || inputs.map(|input| table.get(input));
        if few && let Some(values) = values().collect::<Option<Vec<i64>>>() {
            let first = reached.lo;
            *table = Arc::new(Table { first, values });
        }
    }
    node
}

/// The graph of one value, some of the values before it as inputs; an input of the result
/// for each value that `is_input` names and for each input.
pub fn cone(graph: &Graph, value: ValueId, is_input: impl Fn(usize) -> bool) -> Result<Graph> {
    let fate = |at: usize, node: &Node| match is_input(at) {
        true => Fate::Input(node.ty),
        false => same(at, node),
    };
    rebuilt(graph, &[value], &fate, false)
}

fn port(name: &str, types: &[IntType]) -> Port {
    let element = |ty: &IntType| PortElement {
        ty: *ty,
        scale: Number::one(),
        offset: Number::zero(),
    };
    Port {
        name: name.to_string(),
        shape: vec![types.len()],
        elements: types.iter().map(element).collect(),
        conversion: Conversion::default(),
    }
}

/// Fewer results.
fn results(graph: Graph, search: &Search) -> Graph {
    let mut found = graph.clone();
    fewest(&graph.results, |results| {
        let smaller = match results.is_empty() {
            true => None,
            false => tried(&graph, results, same, search),
        };
        smaller.map(|smaller| found = smaller).is_some()
    });
    found
}

/// Everything before some op becomes inputs, as late as can be.
fn cut(mut graph: Graph, search: &Search) -> Graph {
    let mut run = graph.nodes.len() / 2;
    let mut from = 0;
    while run > 0 {
        let to = (from + run).min(graph.nodes.len());
        let fate = |at: usize, node: &Node| match at < to {
            true if !matches!(node.op, Op::Constant { .. }) => Fate::Input(node.ty),
            _ => same(at, node),
        };
        match tried(&graph, &graph.results, fate, search) {
            Some(smaller) => {
                // What was cut is gone: the rest stands behind its inputs.
                graph = smaller;
                from = graph.input_count();
                run = run.min(graph.nodes.len().saturating_sub(from));
            }
            None => run /= 2,
        }
    }
    each(graph, search, |_, node| match node.op {
        Op::Input { .. } | Op::Constant { .. } => vec![],
        _ => vec![Fate::Input(node.ty)],
    })
}

/// Operands of a result in its place.
fn forward(mut graph: Graph, search: &Search) -> Graph {
    'again: loop {
        for (at, result) in graph.results.clone().into_iter().enumerate() {
            for operand in graph.node(result).op.operands() {
                let mut results = graph.results.clone();
                results[at] = operand;
                if let Some(smaller) = tried(&graph, &results, same, search) {
                    graph = smaller;
                    continue 'again;
                }
            }
        }
        return graph;
    }
}

/// Ops passed by.
fn bypass(graph: Graph, search: &Search) -> Graph {
    each(graph, search, |_, node| match node.op {
        Op::Input { .. } | Op::Constant { .. } => vec![],
        _ => {
            let mut fates = vec![Fate::Op(Op::Constant { value: 0 })];
            fates.extend(node.op.operands().into_iter().map(Fate::Other));
            fates
        }
    })
}

/// Narrower inputs, or none.
fn inputs(graph: Graph, search: &Search) -> Graph {
    each(graph, search, |_, node| match node.op {
        Op::Input { .. } => {
            let IntType { signed, width } = node.ty;
            let narrower = [1, 2, width / 2, width - 1].into_iter();
            let narrower = narrower.filter(|narrow| (1..width).contains(narrow));
            let mut fates = vec![Fate::Op(Op::Constant { value: 0 })];
            fates.extend(narrower.map(|width| Fate::Input(IntType { signed, width })));
            if signed {
                fates.push(Fate::Input(IntType::unsigned(width)));
            }
            fates
        }
        _ => vec![],
    })
}

/// Smaller numbers in ops.
fn numbers(graph: Graph, search: &Search) -> Graph {
    each(graph, search, |_, node| {
        smaller(&node.op).into_iter().map(Fate::Op).collect()
    })
}

fn smaller(op: &Op) -> Vec<Op> {
    let less = |value: i128| {
        let values = [0, 1, value / 2, value - value.signum()];
        values.into_iter().filter(move |v| v.abs() < value.abs())
    };
    let fewer = |amount: u32| less(amount.into()).map(|amount| amount as u32);
    match op.clone() {
        Op::Constant { value } => less(value).map(|value| Op::Constant { value }).collect(),
        Op::Shl { input, amount } => fewer(amount)
            .map(|amount| Op::Shl { input, amount })
            .collect(),
        Op::Shr { input, amount } => fewer(amount)
            .map(|amount| Op::Shr { input, amount })
            .collect(),
        Op::Round {
            input,
            amount,
            mode,
        } => fewer(amount)
            .map(|amount| Op::Round {
                input,
                amount,
                mode,
            })
            .collect(),
        Op::Clamp { input, min, max } => {
            let low = less(min).map(|min| Op::Clamp { input, min, max });
            let high = less(max).map(|max| Op::Clamp { input, min, max });
            let ordered = |op: &Op| matches!(op, Op::Clamp { min, max, .. } if min <= max);
            low.chain(high).filter(ordered).collect()
        }
        Op::Sum { terms, constant } => {
            let mut all = Vec::new();
            for at in (0..terms.len()).filter(|_| terms.len() > 1) {
                let mut terms = terms.clone();
                terms.remove(at);
                all.push(Op::Sum { terms, constant });
            }
            for at in (0..terms.len()).filter(|at| terms[*at].shift > 0) {
                let mut terms = terms.clone();
                terms[at].shift = 0;
                all.push(Op::Sum { terms, constant });
            }
            let constants = less(constant);
            all.extend(constants.map(|constant| Op::Sum {
                terms: terms.clone(),
                constant,
            }));
            all
        }
        Op::Lookup { input, table } => {
            let plain = table.values.iter().map(|value| i64::from(*value != 0));
            let plain = Table {
                first: table.first,
                values: plain.collect(),
            };
            let trimmed = Table {
                first: 0,
                values: table.values[..table.values.len().div_ceil(2)].to_vec(),
            };
            [plain, trimmed]
                .into_iter()
                .filter(|smaller| *smaller != *table)
                .map(|table| Op::Lookup {
                    input,
                    table: Arc::new(table),
                })
                .collect()
        }
        _ => vec![],
    }
}

/// Tries other fates for one node after the other, the last first.
fn each(mut graph: Graph, search: &Search, fates: impl Fn(usize, &Node) -> Vec<Fate>) -> Graph {
    let mut left = graph.nodes.len();
    while left > 0 {
        left -= 1;
        if left >= graph.nodes.len() {
            continue;
        }
        for other in fates(left, &graph.nodes[left]) {
            let fate = |at: usize, node: &Node| match at == left {
                true => other.clone(),
                false => same(at, node),
            };
            if let Some(smaller) = tried(&graph, &graph.results, fate, search) {
                // Nodes behind may have moved up: the rest is looked at again.
                graph = smaller;
                left = graph.nodes.len().min(left + 2);
                break;
            }
        }
    }
    graph
}
