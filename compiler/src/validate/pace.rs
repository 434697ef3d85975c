//! Registers in step: whatever meets at an op left the inputs in the same clock cycle.
//!
//! Where that holds a stream of samples gives the results of each sample by itself, as many
//! cycles later as the graph says: evaluation may then take registers for the identity.

use dialects::fx::{Graph, Op};

use super::Difference;

/// Errors: an op whose operands are a cycle apart, a result that is early or late.
pub fn check(graph: &Graph) -> Result<(), Difference> {
    let Some(latency) = graph.latency else {
        return Ok(());
    };
    let mut cycles: Vec<Option<u32>> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let operands = node.op.operands();
        let mut of = operands.iter().filter_map(|value| cycles[value.index()]);
        let first = of.next();
        if let Some(other) = of.find(|cycle| Some(*cycle) != first) {
            return Err(Difference {
                layer: Some(graph.layer_name(node.layer).to_string()),
                ..Difference::new(format!(
                    "fx.{} reads values of cycles {} and {other} together",
                    node.op.name(),
                    first.unwrap_or_default(),
                ))
            });
        }
        cycles.push(match node.op {
            Op::Input { .. } => Some(0),
            Op::Register { .. } => first.map(|cycle| cycle + 1),
            _ => first,
        });
    }
    for result in &graph.results {
        if let Some(cycle) = cycles[result.index()].filter(|cycle| *cycle != latency) {
            let layer = graph.node(*result).layer;
            return Err(Difference {
                layer: Some(graph.layer_name(layer).to_string()),
                ..Difference::new(format!(
                    "a result is there after {cycle} cycles, the latency is {latency}"
                ))
            });
        }
    }
    Ok(())
}
