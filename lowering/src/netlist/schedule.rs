//! Whether a graph is ready for a clock: every path to an output has as many registers as the
//! latency says.

use dialects::fx::{Graph, Op};
use dialects::{Diagnostic, Result};

/// Checks the registers of a graph against its latency. Constants arrive whenever wanted.
pub fn check(graph: &Graph) -> Result<()> {
    let way_out = "run fx-schedule: it balances every path";
    let mut depth: Vec<Option<u32>> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let operands = node.op.operands();
        let mut known = operands.iter().filter_map(|of| depth[of.index()]);
        let found = match node.op {
            Op::Input { .. } => Some(0),
            _ => known.next(),
        };
        if known.any(|other| Some(other) != found) {
            let sentence = format!(
                "fx.{} reads values of different clock cycles",
                node.op.name()
            );
            return Err(Diagnostic::new(sentence)
                .in_layer(graph.layer_name(node.layer))
                .help(way_out));
        }
        depth.push(match node.op {
            Op::Register { .. } => found.map(|depth| depth + 1),
            _ => found,
        });
    }
    let latency = graph.latency.unwrap_or(0);
    for (index, result) in graph.results.iter().enumerate() {
        match depth[result.index()] {
            Some(found) if found != latency => {
                return Err(Diagnostic::new(format!(
                    "output {index} comes after {found} clock cycles, the graph says {latency}"
                ))
                .in_layer(graph.layer_name(graph.node(*result).layer))
                .help(way_out));
            }
            _ => {}
        }
    }
    Ok(())
}
