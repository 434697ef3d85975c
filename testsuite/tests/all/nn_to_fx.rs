//! lower-nn-to-fx: the integers stand for the same real numbers, on every input.

use dialects::nn::{self, FloatTensor, Op, Quantizer, ValueId};
use dialects::{Number, Overflow, Rounding, fx};
use lowering::nn_to_fx;
use std::sync::Arc;

/// A small deterministic generator (xorshift64*).
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 33) % bound
    }

    fn float(&mut self, size: f32) -> f32 {
        (self.below(1 << 24) as f32 / (1 << 23) as f32 - 1.0) * size
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// A value that is doubled by adding it to itself has 2^50 ways to its one term.
#[test]
fn a_long_chain_of_doublings_is_lowered() {
    let quantizer = |scale: f32| {
        let overflow = Overflow::Saturate;
        let mut quantizer = Quantizer::fixed(true, 8, 0, Rounding::HalfEven, overflow);
        quantizer.scale = FloatTensor::scalar(scale);
        Arc::new(quantizer)
    };
    let mut graph = graph(1);
    let op = Op::Quantize {
        input: ValueId(0),
        quantizer: quantizer(0.1),
    };
    let mut value = graph.push(op, "in").unwrap();
    for _ in 0..50 {
        let (lhs, rhs) = (value, value);
        value = graph.push(Op::Add { lhs, rhs }, "twice").unwrap();
    }
    let op = Op::Quantize {
        input: value,
        quantizer: quantizer(0.13 * 2f32.powi(50)),
    };
    let result = graph.push(op, "out").unwrap();
    graph.outputs.push(graph.inputs[0].clone());
    graph.results.push(result);
    let lowered = nn_to_fx::lower(&graph).unwrap();
    let real = |port: &fx::Port, integer: i128| {
        let element = &port.elements[0];
        &(&element.scale * &Number::from(integer)) + &element.offset
    };
    for x in -128..128 {
        let input = real(&lowered.inputs[0], x);
        let means = nn::eval(&graph, &[nn::Tensor::new(vec![1], vec![input])]).unwrap();
        let gives = fx::eval(&lowered, &[x]).unwrap();
        let gives = real(&lowered.outputs[0], gives[0]);
        assert_eq!(gives, means[0].values[0], "{x}");
    }
}

fn graph(inputs: usize) -> nn::Graph {
    nn::Graph::new(
        "top",
        vec![nn::Port {
            name: "x".to_string(),
            shape: vec![inputs],
        }],
    )
}

fn finish(mut graph: nn::Graph, results: Vec<ValueId>) -> nn::Graph {
    graph.outputs = results
        .iter()
        .enumerate()
        .map(|(at, value)| nn::Port {
            name: format!("y{at}"),
            shape: graph.shape(*value).to_vec(),
        })
        .collect();
    graph.results = results;
    nn::verify(&graph).unwrap_or_else(|error| panic!("{error}"));
    graph
}

fn random_quantizer(seeded: &mut Seeded, bits: u64) -> Quantizer {
    let signed = seeded.below(2) == 0;
    let overflow = seeded.pick(&Overflow::ALL);
    let scale = match seeded.below(2) {
        0 => 2f32.powi(seeded.below(8) as i32 - 5),
        _ => seeded.float(1.0).abs() + 0.01,
    };
    let zero_point = if seeded.below(3) == 0 {
        seeded.below(5) as f32
    } else {
        0.0
    };
    Quantizer {
        scale: FloatTensor::scalar(scale),
        zero_point: FloatTensor::scalar(zero_point),
        bits: FloatTensor::scalar((1 + seeded.below(bits)) as f32),
        signed,
        narrow: false,
        rounding: seeded.pick(&Rounding::ALL),
        overflow,
    }
}

/// Every combination of two inputs of `bits` bits, or seeded ones where there are many.
///
/// False when the lowering refuses a wrap of so many values that no product can be verified.
fn check(graph: &nn::Graph, what: &str) -> bool {
    let lowered = match nn_to_fx::lower(graph) {
        Err(error) if error.sentence.contains("more than 65536 values") => return false,
        lowered => lowered.unwrap_or_else(|error| panic!("{what}: {error}")),
    };
    fx::verify(&lowered).unwrap_or_else(|error| panic!("{what}: {error}"));
    let elements = lowered
        .inputs
        .iter()
        .flat_map(|port| &port.elements)
        .collect::<Vec<_>>();
    let outputs = lowered
        .outputs
        .iter()
        .flat_map(|port| &port.elements)
        .collect::<Vec<_>>();
    let bits: u32 = elements.iter().map(|element| element.ty.width).sum();
    let mut seeded = Seeded(99);
    let samples = if bits <= 8 { 1u64 << bits } else { 256 };
    for sample in 0..samples {
        let mut left = if bits <= 8 { sample } else { seeded.next() };
        let mut integers = Vec::new();
        for element in &elements {
            let low = i128::from(left & ((1 << element.ty.width) - 1));
            left >>= element.ty.width;
            integers.push(element.ty.wrap(low));
        }
        let reals = elements.iter().zip(&integers);
        let reals = reals.map(|(e, &n)| &(&Number::from(n) * &e.scale) + &e.offset);
        let input = nn::Tensor::new(vec![elements.len()], reals.collect());
        let wanted = nn::eval(graph, &[input]).unwrap_or_else(|error| panic!("{what}: {error}"));
        let wanted = wanted.into_iter().flat_map(|tensor| tensor.values);
        let found = fx::eval(&lowered, &integers).unwrap();
        let found = found.iter().zip(&outputs);
        let found = found.map(|(&n, e)| &(&Number::from(n) * &e.scale) + &e.offset);
        let (wanted, found) = (wanted.collect::<Vec<_>>(), found.collect::<Vec<_>>());
        assert_eq!(
            wanted,
            found,
            "{what}: inputs {integers:?}\n{}\n{}",
            nn::print(graph),
            fx::print(&lowered)
        );
    }
    true
}

#[test]
fn requantisation_is_exact_for_every_mode_and_scale() {
    let mut seeded = Seeded(7);
    let mut refused = 0;
    for case in 0..1500 {
        let mut graph = graph(1);
        let first = Quantizer {
            overflow: Overflow::Saturate,
            ..random_quantizer(&mut seeded, 7)
        };
        let x = graph.push(
            Op::Quantize {
                input: ValueId(0),
                quantizer: Arc::new(first),
            },
            "in",
        );
        let mut value = x.unwrap();
        let constant = |graph: &mut nn::Graph, number: f32| {
            let value = Arc::new(nn::Constant::float(vec![1], vec![number]));
            graph.push(Op::Constant { value }, "c").unwrap()
        };
        if seeded.below(3) > 0 {
            let factor = if seeded.below(2) == 0 {
                seeded.float(3.0)
            } else {
                seeded.pick(&[0.5, -2.0, 1.0, 3.0])
            };
            let rhs = constant(&mut graph, factor);
            value = graph.push(Op::Mul { lhs: value, rhs }, "mul").unwrap();
        }
        if seeded.below(3) > 0 {
            let shift = if seeded.below(2) == 0 {
                seeded.float(1.0)
            } else {
                seeded.pick(&[0.5, -0.25, 1.0, 0.125])
            };
            let rhs = constant(&mut graph, shift);
            value = graph.push(Op::Add { lhs: value, rhs }, "add").unwrap();
        }
        match seeded.below(6) {
            0 => value = graph.push(Op::Relu { input: value }, "relu").unwrap(),
            1 => value = graph.push(Op::Abs { input: value }, "abs").unwrap(),
            2 => {
                let rhs = constant(&mut graph, 0.3);
                value = graph.push(Op::Min { lhs: value, rhs }, "min").unwrap();
            }
            3 => {
                let slope = constant(&mut graph, 0.125);
                value = graph
                    .push(
                        Op::Prelu {
                            input: value,
                            slope,
                        },
                        "prelu",
                    )
                    .unwrap();
            }
            _ => {}
        }
        let last = random_quantizer(&mut seeded, 6);
        let y = graph.push(
            Op::Quantize {
                input: value,
                quantizer: Arc::new(last),
            },
            "out",
        );
        let graph = finish(graph, vec![y.unwrap()]);
        refused += usize::from(!check(&graph, &format!("case {case}")));
    }
    assert!(refused < 30, "{refused} of 1500 cases were refused");
}

#[test]
fn layers_keep_their_numbers() {
    let mut seeded = Seeded(11);
    for case in 0..150 {
        let mut graph = graph(4);
        let first = Quantizer {
            overflow: Overflow::Saturate,
            ..random_quantizer(&mut seeded, 4)
        };
        let x = graph
            .push(
                Op::Quantize {
                    input: ValueId(0),
                    quantizer: Arc::new(first),
                },
                "in",
            )
            .unwrap();
        let weights = (0..12).map(|_| match seeded.below(3) {
            0 => 0,
            _ => seeded.below(31) as i64 - 15,
        });
        let weights = nn::Constant {
            shape: vec![3, 4],
            values: nn::Values::Scaled {
                integers: weights.collect(),
                scale: FloatTensor::scalar(if case % 2 == 0 {
                    0.125
                } else {
                    seeded.float(0.5)
                }),
            },
        };
        let weight = graph
            .push(
                Op::Constant {
                    value: Arc::new(weights),
                },
                "w",
            )
            .unwrap();
        let product = (case % 5 == 0).then(|| {
            Arc::new(Quantizer::fixed(
                true,
                6,
                3,
                Rounding::Floor,
                Overflow::Wrap,
            ))
        });
        let dense = graph
            .push(
                Op::Dense {
                    input: x,
                    weight,
                    product,
                },
                "dense",
            )
            .unwrap();
        let bias = nn::Constant::float(vec![3], vec![seeded.float(1.0), 0.0, 0.5]);
        let bias = graph
            .push(
                Op::Constant {
                    value: Arc::new(bias),
                },
                "b",
            )
            .unwrap();
        let sum = graph
            .push(
                Op::Add {
                    lhs: dense,
                    rhs: bias,
                },
                "dense",
            )
            .unwrap();
        let relu = graph.push(Op::Relu { input: sum }, "relu").unwrap();
        let quantizer = Arc::new(random_quantizer(&mut seeded, 5));
        let hidden = graph
            .push(
                Op::Quantize {
                    input: relu,
                    quantizer,
                },
                "q",
            )
            .unwrap();
        let both = graph
            .push(
                Op::Concat {
                    inputs: vec![hidden, hidden],
                    axis: 0,
                },
                "cat",
            )
            .unwrap();
        let thresholds = Arc::new(FloatTensor {
            shape: vec![1, 2],
            values: vec![0.25, 1.0],
        });
        let steps = graph
            .push(
                Op::Threshold {
                    input: both,
                    thresholds,
                    scale: 0.5,
                    bias: -0.5,
                },
                "t",
            )
            .unwrap();
        let signs = graph.push(Op::Sign { input: steps }, "sign").unwrap();
        let bipolar = graph
            .push(
                Op::Bipolar {
                    input: sum,
                    scale: Arc::new(FloatTensor::scalar(0.5)),
                },
                "bi",
            )
            .unwrap();
        let largest = graph
            .push(
                Op::Reduce {
                    input: hidden,
                    kind: nn::Reduction::Max,
                    axes: vec![0],
                },
                "max",
            )
            .unwrap();
        let mean = graph
            .push(
                Op::Reduce {
                    input: hidden,
                    kind: nn::Reduction::Mean,
                    axes: vec![0],
                },
                "mean",
            )
            .unwrap();
        let square = graph
            .push(
                Op::Mul {
                    lhs: hidden,
                    rhs: bipolar,
                },
                "square",
            )
            .unwrap();
        let winner = graph
            .push(
                Op::Argmax {
                    input: hidden,
                    axis: 0,
                    select_last: case % 2 == 0,
                },
                "argmax",
            )
            .unwrap();
        let narrow = Arc::new(Quantizer::fixed(
            true,
            5,
            2,
            Rounding::HalfEven,
            Overflow::Saturate,
        ));
        let small = graph
            .push(
                Op::Quantize {
                    input: sum,
                    quantizer: narrow,
                },
                "small",
            )
            .unwrap();
        let curve = nn::Curve {
            function: nn::Function::Tanh,
            alpha: 1.0,
            gamma: 1.0,
        };
        let output = Some(Arc::new(Quantizer::fixed(
            true,
            8,
            6,
            Rounding::HalfEven,
            Overflow::Saturate,
        )));
        let tanh = graph
            .push(
                Op::Function {
                    input: small,
                    curve,
                    output,
                },
                "tanh",
            )
            .unwrap();
        let results = vec![
            sum, relu, signs, bipolar, largest, mean, square, winner, tanh,
        ];
        let graph = finish(graph, results);
        assert!(check(&graph, &format!("case {case}")));
    }
}

#[test]
fn an_input_without_a_type_is_refused() {
    let mut graph = graph(1);
    let y = graph
        .push(Op::Relu { input: ValueId(0) }, "relu_1")
        .unwrap();
    let graph = finish(graph, vec![y]);
    let error = nn_to_fx::lower(&graph).unwrap_err();
    insta::assert_snapshot!(error, @"
    error: input `x` has no type: it is read as a real number
      --> layer \"relu_1\"
       = help: give it one with --input-precision 'fixed<W,I>', or sample data with --input-data x.npy
    ");
}
