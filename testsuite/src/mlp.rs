//! Random multilayer perceptrons as `fx` graphs: the size and shape of real ones.

use dialects::Rounding;
use dialects::fx::{Builder, Graph, IntType, Op, ValueId};

use crate::random_fx::{Random, port};

/// Dense layers with signed weights and inputs of `bits` bits; between them a bias, a
/// round half-even, and a clamp to unsigned `bits` bits. The last layer keeps all bits.
pub fn dense(seed: u64, widths: &[usize], bits: u32) -> Graph {
    let mut random = Random::new(seed);
    let ty = IntType::signed(bits);
    let mut builder = Builder::new("mlp", vec![port("x", &vec![ty; widths[0]])]);
    let mut values: Vec<ValueId> = (0..widths[0]).map(|index| builder.input(index)).collect();
    for (number, count) in widths.iter().enumerate().skip(1) {
        let layer = builder.layer(&format!("dense_{number}"));
        let last = number + 1 == widths.len();
        let neuron = |_| -> dialects::Result<ValueId> {
            let bias = i128::from(random.below(1 << (2 * bits)) as i64 - (1 << (2 * bits - 1)));
            let mut sum = builder.constant(bias, layer)?;
            for value in &values {
                let weight = i128::from(random.below(1 << bits) as i64 - (1 << (bits - 1)));
                let weight = builder.constant(weight, layer)?;
                let product = builder.mul(*value, weight, layer)?;
                sum = builder.add(sum, product, layer)?;
            }
            if last {
                return Ok(sum);
            }
            let (input, amount, mode) = (sum, bits + 1, Rounding::HalfEven);
            let rounded = builder.push(
                Op::Round {
                    input,
                    amount,
                    mode,
                },
                layer,
            )?;
            builder.clamp(rounded, 0, (1 << bits) - 1, layer)
        };
        let layer: dialects::Result<Vec<ValueId>> = (0..*count).map(neuron).collect();
        values = layer.expect("such sums fit in 126 bits");
    }
    let types: Vec<IntType> = values.iter().map(|value| builder.node(*value).ty).collect();
    builder.finish(values, vec![port("y", &types)])
}
