//! Registers into a graph, and out of it again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dialects::fx::{Graph, IntType, Node, Op, ValueId};

use super::Plan;

/// The graph without registers, unread nodes and repeated left shifts, and without the
/// facts of a schedule.
pub fn remove_registers(graph: &Graph) -> Graph {
    let live = graph.live();
    let mut found = remove_nodes(graph);
    let mut shifts: HashMap<(ValueId, u32, IntType), ValueId> = HashMap::new();
    let mut map: Vec<ValueId> = Vec::with_capacity(graph.nodes.len());
    for (index, node) in graph.nodes.iter().enumerate() {
        let next = ValueId(found.nodes.len() as u32);
        if !live[index] {
            map.push(next);
            continue;
        }
        let op = node.op.clone().map_operands(|value| map[value.index()]);
        let value = match &op {
            // A register that keeps fewer bits than it is given stays as a wrap.
            Op::Register { input } => match found.node(*input).ty == node.ty {
                true => *input,
                false => next,
            },
            Op::Shl { input, amount } => *shifts.entry((*input, *amount, node.ty)).or_insert(next),
            _ => next,
        };
        map.push(value);
        if value == next {
            let op = match op {
                Op::Register { input } => Op::Wrap { input },
                op => op,
            };
            found.nodes.push(Node { op, ..*node });
        }
    }
    let results = graph.results.iter().map(|value| map[value.index()]);
    found.results = results.collect();
    found
}

/// Where a value is to be had.
enum Held {
    /// A constant: always.
    Always(ValueId),
    /// From its stage on: itself, then its registers.
    Since(u32, Vec<ValueId>),
    /// A left shift: repeated in the stages that read it.
    Repeated(BTreeMap<u32, ValueId>),
}

/// What readers ask of a value.
#[derive(Default, Clone)]
struct Wanted {
    last: u32,
    /// Filled for left shifts only.
    stages: BTreeSet<u32>,
}

/// The graph with the plan's registers: one chain for each value, behind it. The graph is
/// as `remove_registers` leaves it.
pub fn insert_registers(graph: &Graph, plan: &Plan) -> Graph {
    let wanted = wanted(graph, plan);
    let mut found = Graph {
        latency: Some(plan.latency),
        clock_ps: plan.clock_ps,
        ..remove_nodes(graph)
    };
    let inputs = graph.input_count();
    let mut held: Vec<Held> = Vec::with_capacity(graph.nodes.len());
    // Inputs stand first, then the registers behind them.
    for (index, node) in graph.nodes.iter().take(inputs).enumerate() {
        found.nodes.push(node.clone());
        held.push(Held::Since(0, vec![ValueId(index as u32)]));
    }
    for (index, held) in held.iter_mut().enumerate() {
        extend(&mut found, held, wanted[index].last);
    }
    for (index, node) in graph.nodes.iter().enumerate().skip(inputs) {
        let place = |found: &mut Graph, stage| {
            let op = at_stage(&node.op, &held, stage);
            found.nodes.push(Node { op, ..*node });
            ValueId(found.nodes.len() as u32 - 1)
        };
        let always = match &node.op {
            Op::Constant { .. } => true,
            Op::Shl { input, .. } => matches!(held[input.index()], Held::Always(_)),
            _ => false,
        };
        let next = match plan.stages[index] {
            _ if always => Held::Always(place(&mut found, 0)),
            None => {
                let stages = wanted[index].stages.iter();
                Held::Repeated(stages.map(|&at| (at, place(&mut found, at))).collect())
            }
            Some(stage) => {
                let mut next = Held::Since(stage, vec![place(&mut found, stage)]);
                extend(&mut found, &mut next, wanted[index].last);
                next
            }
        };
        held.push(next);
    }
    let results = graph.results.iter();
    found.results = results
        .map(|value| at(&held[value.index()], plan.latency))
        .collect();
    found
}

/// All of a graph but its nodes, its results and the facts of a schedule.
fn remove_nodes(graph: &Graph) -> Graph {
    Graph {
        name: graph.name.clone(),
        source: graph.source.clone(),
        inputs: graph.inputs.clone(),
        outputs: graph.outputs.clone(),
        layers: graph.layers.clone(),
        ..Graph::default()
    }
}

fn wanted(graph: &Graph, plan: &Plan) -> Vec<Wanted> {
    let mut wanted = vec![Wanted::default(); graph.nodes.len()];
    let want = |wanted: &mut Vec<Wanted>, value: ValueId, stage: u32| {
        let of = &mut wanted[value.index()];
        of.last = of.last.max(stage);
        if matches!(graph.node(value).op, Op::Shl { .. }) {
            of.stages.insert(stage);
        }
    };
    for result in &graph.results {
        want(&mut wanted, *result, plan.latency);
    }
    for (index, node) in graph.nodes.iter().enumerate().rev() {
        for operand in node.op.operands() {
            match plan.stages[index] {
                Some(stage) => want(&mut wanted, operand, stage),
                None => {
                    for stage in wanted[index].stages.clone() {
                        want(&mut wanted, operand, stage);
                    }
                }
            }
        }
    }
    wanted
}

/// The op on its operands as they are in a stage.
fn at_stage(op: &Op, held: &[Held], stage: u32) -> Op {
    op.clone()
        .map_operands(|value| at(&held[value.index()], stage))
}

/// The value in a stage that was asked for.
fn at(held: &Held, stage: u32) -> ValueId {
    match held {
        Held::Always(value) => *value,
        Held::Since(first, chain) => chain[(stage - first) as usize],
        Held::Repeated(copies) => copies[&stage],
    }
}

/// Registers behind a value up to its last reader's stage.
fn extend(graph: &mut Graph, held: &mut Held, last: u32) {
    let Held::Since(first, chain) = held else {
        return;
    };
    while *first + (chain.len() as u32) <= last {
        let input = chain[chain.len() - 1];
        let node = graph.node(input);
        let (ty, layer) = (node.ty, node.layer);
        let op = Op::Register { input };
        graph.nodes.push(Node { op, ty, layer });
        chain.push(ValueId(graph.nodes.len() as u32 - 1));
    }
}
