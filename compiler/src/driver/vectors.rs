//! Inputs and right answers for the testbench: corners first, then seeded values.

use dialects::Result;
use dialects::fx::{self, Graph};

use crate::random::Random;

/// How many samples a testbench gets.
pub const SAMPLES: usize = 64;

/// Input and output elements of all ports, sample after sample; the answers are those of
/// [`fx::eval`].
pub fn vectors(graph: &Graph) -> Result<(Vec<i128>, Vec<i128>)> {
    let ports = graph.inputs.iter().flat_map(|port| &port.elements);
    let types = ports.map(|element| element.ty).collect::<Vec<_>>();
    let mut random = Random::new(0x9e37_79b9_7f4a_7c15);
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    for sample in 0..SAMPLES {
        let row = types.iter().map(|ty| match sample {
            0 => 0,
            1 => ty.range().lo,
            2 => ty.range().hi,
            _ => random.value(*ty),
        });
        let row = row.collect::<Vec<_>>();
        outputs.extend(fx::eval(graph, &row)?);
        inputs.extend(row);
    }
    Ok((inputs, outputs))
}
