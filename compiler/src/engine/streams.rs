//! The emulator of a circuit of streams: its kernels compiled for this machine, token by token.

use dialects::flow::{self, Graph, Machine};
use dialects::{Result, fx};
use rayon::prelude::*;

use super::native::Emulator;

/// Samples whose tokens are worked out together, as long as that is not more values than so
/// many: beyond it memory costs more time than kernels do.
const BLOCK: usize = 64;
const VALUES: usize = 1 << 20;

/// A function of streams, compiled. Its results are those of [`flow::eval`].
pub struct Streams {
    graph: Graph,
    kernels: Vec<Emulator>,
}

impl Machine for Streams {
    fn run(&self, kernel: usize, rows: &[i128], count: usize) -> Result<Vec<i128>> {
        self.kernels[kernel].run_wide(rows, count)
    }
}

impl Streams {
    /// Errors: see [`Emulator::new`].
    pub fn new(graph: Graph) -> Result<Streams> {
        let kernels = graph.kernels.iter().map(Emulator::new);
        Ok(Streams {
            kernels: kernels.collect::<Result<_>>()?,
            graph,
        })
    }

    pub fn inputs(&self) -> Vec<fx::Port> {
        ports(&self.graph.inputs)
    }

    pub fn outputs(&self) -> Vec<fx::Port> {
        ports(&self.graph.outputs)
    }

    /// The results of `samples` rows of inputs; a row holds the elements of all ports.
    ///
    /// Errors: see [`flow::run`].
    pub fn predict(&self, inputs: &[i128], samples: usize) -> Result<Vec<i128>> {
        let width = inputs.len() / samples.max(1);
        let nodes = self.graph.nodes.iter().map(|node| &node.stream);
        let values: usize = nodes.map(|of| of.tokens * of.lanes.len()).sum();
        let block = (VALUES / values.max(1)).clamp(1, BLOCK);
        let blocks = inputs.par_chunks((width * block).max(1));
        let run = |rows: &[i128]| flow::run(&self.graph, self, rows, rows.len() / width.max(1));
        let results = blocks.map(run).collect::<Result<Vec<_>>>()?;
        Ok(results.concat())
    }
}

/// The ports behind the streams at a border.
pub fn ports(borders: &[flow::Border]) -> Vec<fx::Port> {
    borders.iter().map(|border| border.port.clone()).collect()
}
