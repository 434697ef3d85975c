//! Inputs and right answers for the testbench: corners first, then seeded values.

use dialects::Result;
use dialects::fx::{self, Graph, IntType};

/// How many samples a testbench gets.
pub const SAMPLES: usize = 64;

/// Input and output elements of all ports, sample after sample; the answers are those of
/// [`fx::eval`].
pub fn vectors(graph: &Graph) -> Result<(Vec<i128>, Vec<i128>)> {
    let ports = graph.inputs.iter().flat_map(|port| &port.elements);
    let types = ports.map(|element| element.ty).collect::<Vec<_>>();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
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

/// SplitMix64: the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Any value of the type, all alike; an end of it one time in eight.
    fn value(&mut self, ty: IntType) -> i128 {
        match self.next() % 16 {
            0 => ty.range().lo,
            1 => ty.range().hi,
            _ => ty.wrap(i128::from(self.next()) | i128::from(self.next()) << 63),
        }
    }
}
