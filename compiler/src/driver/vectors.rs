//! Inputs and right answers for the testbench: corners first, then seeded values.

use dialects::Result;
use dialects::fx::{self, Graph, IntType};

use crate::random::Random;

/// How many samples a testbench gets.
pub const SAMPLES: usize = 64;

/// Input and output elements of all ports, sample after sample; the answers are those of
/// [`fx::eval`].
pub fn vectors(graph: &Graph) -> Result<(Vec<i128>, Vec<i128>)> {
    let ports = graph.inputs.iter().flat_map(|port| &port.elements);
    let types = ports.map(|element| element.ty).collect::<Vec<_>>();
    let inputs = rows(&types, SAMPLES);
    let mut outputs = Vec::new();
    for row in inputs.chunks(types.len().max(1)) {
        outputs.extend(fx::eval(graph, row)?);
    }
    Ok((inputs, outputs))
}

/// Zeros, the least, the greatest, and then seeded values of some types, sample after sample.
pub fn rows(types: &[IntType], samples: usize) -> Vec<i128> {
    let mut random = Random::new(0x9e37_79b9_7f4a_7c15);
    let all = (0..samples).flat_map(|sample| types.iter().map(move |ty| (sample, ty)));
    let value = all.map(|(sample, ty)| match sample {
        0 => 0,
        1 => ty.range().lo,
        2 => ty.range().hi,
        _ => random.value(*ty),
    });
    value.collect()
}
