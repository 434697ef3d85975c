//! Graphs ready for hardware: random ones without rounding, with layers and a schedule.

use std::collections::HashMap;

use dialects::fx::{Builder, Graph, IntType, Op, ValueId};

use crate::random_fx::{self, Random};

/// A random graph with `latency` clock cycles (0: combinational) and up to `layers` layers.
/// Layers need not stand in the order of the data.
pub fn graph(seed: u64, size: usize, width: u32, latency: u32, layers: usize) -> Graph {
    let graph = random_fx::graph(seed, size, width);
    schedule(&without_rounding(&graph, seed, layers), latency)
}

/// The same nodes; a rounding becomes the shift below it, a register its input.
fn without_rounding(graph: &Graph, seed: u64, layers: usize) -> Graph {
    let mut random = Random::new(seed ^ 0x6c61_7965_7273);
    let mut builder = Builder::new(graph.name.clone(), graph.inputs.clone());
    let layers: Vec<_> = (1..=layers)
        .map(|n| builder.layer(&format!("layer {n}")))
        .collect();
    let inputs = graph.input_count();
    let mut map: Vec<ValueId> = (0..inputs).map(|index| builder.input(index)).collect();
    let per_layer = (graph.nodes.len() - inputs).div_ceil(layers.len());
    for (index, node) in graph.nodes.iter().enumerate().skip(inputs) {
        let own = (index - inputs) / per_layer;
        let layer = match random.below(12) {
            0 => random.pick(&layers),
            _ => layers[own],
        };
        let operands = node.op.operands();
        let first = operands.first().map(|id| map[id.index()]);
        let value = match (&node.op, first) {
            (Op::Register { .. }, Some(input)) => Ok(input),
            (Op::Round { amount, .. }, Some(input)) => builder.shr(input, *amount, layer),
            (Op::Lookup { table, .. }, Some(input)) => {
                let domain = table.domain();
                let table = table.clone();
                builder
                    .clamp(input, domain.lo, domain.hi, layer)
                    .and_then(|input| builder.push(Op::Lookup { input, table }, layer))
            }
            (Op::Wrap { .. }, Some(input)) => builder.wrap(input, node.ty, layer),
            (op, _) => {
                let op = op.clone().map_operands(|id| map[id.index()]);
                builder.push(op, layer)
            }
        };
        let mut value = value.unwrap_or_else(|error| panic!("{error}"));
        // A floor can be smaller than the rounding was: the types stay as they were.
        let is_bit = node.ty == IntType::BIT && builder.node(value).ty != IntType::BIT;
        if is_bit || !node.ty.contains(builder.range(value)) {
            value = builder
                .wrap(value, node.ty, layer)
                .expect("a wrap fits its type");
        }
        map.push(value);
    }
    let results = graph.results.iter().map(|id| map[id.index()]).collect();
    builder.finish(results, graph.outputs.clone())
}

/// Registers so that every path to an output has `latency` of them.
pub fn schedule(graph: &Graph, latency: u32) -> Graph {
    let mut builder = Builder::like(graph);
    let inputs = graph.input_count();
    let mut map: Vec<ValueId> = (0..inputs).map(|index| builder.input(index)).collect();
    let mut stage: Vec<u32> = vec![0; inputs];
    let mut delays: HashMap<(ValueId, u32), ValueId> = HashMap::new();
    let mut delayed = |builder: &mut Builder, value: ValueId, from: u32, to: u32| {
        let layer = builder.node(value).layer;
        let mut at = value;
        if matches!(builder.node(value).op, Op::Constant { .. }) {
            return at;
        }
        for cycle in from..to {
            at = *delays.entry((at, cycle)).or_insert_with(|| {
                let op = Op::Register { input: at };
                let ty = builder.node(at).ty;
                builder.push_typed(op, ty, layer).expect("a register fits")
            });
        }
        at
    };
    for (index, node) in graph.nodes.iter().enumerate().skip(inputs) {
        let operands = node.op.operands();
        let even = (index * latency as usize / graph.nodes.len()) as u32;
        let own = operands
            .iter()
            .map(|id| stage[id.index()])
            .fold(even, u32::max);
        let op = node.op.clone().map_operands(|id| {
            let value = map[id.index()];
            delayed(&mut builder, value, stage[id.index()], own)
        });
        let value = builder.push_typed(op, node.ty, node.layer);
        map.push(value.unwrap_or_else(|error| panic!("{error}")));
        stage.push(own);
    }
    let results = graph.results.iter().map(|id| {
        let value = map[id.index()];
        delayed(&mut builder, value, stage[id.index()], latency)
    });
    let results = results.collect();
    let mut graph = builder.finish_like(results);
    graph.latency = Some(latency);
    graph
}
