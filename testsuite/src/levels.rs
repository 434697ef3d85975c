//! The levels of one function against each other, bit for bit.

use compiler::engine::native::Emulator;
use dialects::{Number, fx, nn};

use crate::random_fx;

/// The real number that an integer of a port's element stands for.
pub fn real(integer: i128, element: &fx::PortElement) -> Number {
    &(&Number::from(integer) * &element.scale) + &element.offset
}

/// The real tensors of one row of integers, a tensor for each port.
pub fn tensors(ports: &[fx::Port], row: &[i128]) -> Vec<nn::Tensor> {
    let mut row = row.iter();
    let tensor = |port: &fx::Port| {
        let pairs = port.elements.iter().zip(row.by_ref());
        let values = pairs.map(|(element, &integer)| real(integer, element));
        nn::Tensor::new(port.shape.clone(), values.collect())
    };
    ports.iter().map(tensor).collect()
}

/// Compares the exact evaluators of `nn` and `fx`; how many vectors were compared.
///
/// Panics at the first difference. A sample that the evaluator of `nn` refuses (a division
/// by zero) is left out.
pub fn compare(layers: &nn::Graph, design: &fx::Graph, seed: u64, count: usize) -> usize {
    let mut compared = 0;
    for row in random_fx::samples(design, seed, count) {
        let Ok(wanted) = nn::eval(layers, &tensors(&design.inputs, &row)) else {
            continue;
        };
        let found = fx::eval(design, &row).unwrap_or_else(|finding| panic!("fx: {finding}"));
        let found = tensors(&design.outputs, &found);
        let pairs = wanted.iter().zip(&found);
        let same = pairs.clone().all(|(a, b)| a.values == b.values) && wanted.len() == found.len();
        assert!(
            same,
            "seed {seed}: nn and fx differ on {row:?}: {wanted:?} and {found:?}\n{}",
            nn::print(layers)
        );
        compared += 1;
    }
    compared
}

/// Compares the evaluator of `fx` and the emulator; how many vectors were compared.
///
/// Panics at the first difference.
pub fn compare_emulator(graph: &fx::Graph, seed: u64, count: usize) -> usize {
    let rows = random_fx::samples(graph, seed, count);
    let emulator = Emulator::new(graph).unwrap_or_else(|finding| panic!("emulator: {finding}"));
    let inputs: Vec<i128> = rows.iter().flatten().copied().collect();
    let found = emulator.run_wide(&inputs, rows.len());
    let found = found.unwrap_or_else(|finding| panic!("emulator: {finding}"));
    let width = graph.results.len();
    for (at, row) in rows.iter().enumerate() {
        let wanted = fx::eval(graph, row).unwrap_or_else(|finding| panic!("fx: {finding}"));
        let found = &found[at * width..][..width];
        assert_eq!(found, wanted, "fx and the emulator differ on {row:?}");
    }
    rows.len()
}
