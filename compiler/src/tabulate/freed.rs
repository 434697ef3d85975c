//! What a table on a cut frees for certain: what only the cone reads.

use dialects::fx::{Graph, ValueId};

use super::truth::cone;

/// How often each value is read, by nodes and as a result.
pub fn uses(graph: &Graph) -> Vec<u32> {
    let mut uses = vec![0; graph.nodes.len()];
    let operands = graph.nodes.iter().flat_map(|node| node.op.operands());
    for value in operands.chain(graph.results.iter().copied()) {
        uses[value.index()] += 1;
    }
    uses
}

/// What the nodes between `leaves` and `root` cost that nothing else reads, the root included;
/// `own` is what each node costs.
pub fn freed(graph: &Graph, uses: &[u32], own: &[u64], root: ValueId, leaves: &[ValueId]) -> u64 {
    let Some(cone) = cone(graph, root, leaves) else {
        return 0;
    };
    let mut read = vec![0; cone.len()];
    let mut freed = 0;
    // Readers stand behind what they read.
    for (at, &value) in cone.iter().enumerate().rev() {
        if value != root && read[at] < uses[value.index()] {
            continue;
        }
        freed += own[value.index()];
        for operand in graph.node(value).op.operands() {
            if let Ok(at) = cone.binary_search(&operand) {
                read[at] += 1;
            }
        }
    }
    freed
}
