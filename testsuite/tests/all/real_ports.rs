//! Real numbers at the ports: the quick conversions are the exact ones, and bad data is named.

use compiler::engine::native::Emulator;
use compiler::engine::real;
use compiler::tensor_file::{TensorFile, Values};
use dialects::fx::{Builder, Conversion, IntType, Port, PortElement};
use dialects::nn::ElementQuantizer;
use dialects::{Number, Overflow, Rounding};
use kaon_testsuite::mlp;
use kaon_testsuite::random_fx::{self, Random};

fn port(ty: IntType, scale: Number, offset: Number, conversion: Conversion) -> Port {
    Port {
        name: "x".to_string(),
        shape: vec![1],
        elements: vec![PortElement { ty, scale, offset }],
        conversion,
    }
}

fn column(values: Vec<f64>) -> TensorFile {
    TensorFile {
        shape: vec![values.len(), 1],
        values: Values::Float(values),
    }
}

/// Grid points, halves, their neighbours in float64, and anything.
fn numbers(random: &mut Random, scale: f64, offset: f64) -> Vec<f64> {
    let mut numbers = Vec::new();
    for _ in 0..60 {
        let quarter = (random.below(80) as f64 - 40.0) / 4.0;
        let number = quarter * scale + offset;
        numbers.extend([number, number.next_up(), number.next_down()]);
        numbers.push((random.below(2_000_001) as f64 / 1e5 - 10.0) * scale);
    }
    numbers.extend([0.0, -0.0, 1e-300, -1e-300, 1e300, -1e300]);
    numbers
}

#[test]
fn every_number_becomes_the_integer_the_quantiser_says() {
    let mut random = Random::new(1);
    let scales = [
        Number::pow2(-3),
        Number::pow2(2),
        Number::from_f64(0.1).unwrap(),
        Number::ratio(1, 3).unwrap(),
    ];
    for rounding in Rounding::ALL {
        for overflow in Overflow::ALL {
            for scale in &scales {
                let ty = IntType {
                    signed: random.below(2) == 0,
                    width: 3,
                };
                let zero = random.below(5) as i64 - 2;
                let offset = scale * &Number::from(zero);
                let conversion = Conversion {
                    rounding,
                    overflow,
                    narrow: false,
                    float32: false,
                };
                let range = ty.range();
                let symmetric = ty.signed && overflow == Overflow::SaturateSymmetric;
                let exact = ElementQuantizer {
                    scale: scale.clone(),
                    zero_point: Number::from(-zero),
                    ty,
                    min: range.lo + i128::from(symmetric),
                    max: range.hi,
                    rounding,
                    overflow,
                };
                let values = numbers(&mut random, scale.to_f64(), offset.to_f64());
                let port = port(ty, scale.clone(), offset, conversion);
                let got = real::to_integers(&[port], &[column(values.clone())]).unwrap();
                let mut rounded = 0;
                let mut overflowed = 0;
                for (value, got) in values.iter().zip(got.integers) {
                    let number = Number::from_f64(*value).unwrap();
                    assert_eq!(
                        i128::from(got),
                        exact.integer(&number),
                        "{value:?} under {exact:?}"
                    );
                    overflowed += usize::from(exact.overflows(&number));
                    let on_grid = &number.checked_div(scale).unwrap() - &Number::from(zero);
                    rounded += usize::from(!on_grid.is_integer());
                }
                assert_eq!((rounded, overflowed), (got.rounded, got.overflowed));
            }
        }
    }
}

#[test]
fn results_are_rounded_once() {
    let mut random = Random::new(2);
    let scales = [
        Number::pow2(-9),
        Number::ratio(1, 3).unwrap(),
        Number::from_f64(0.1).unwrap(),
        Number::pow2(-150),
    ];
    for width in [8, 30, 60, 100] {
        for scale in &scales {
            for offset in [
                Number::zero(),
                Number::dyadic(3, -40),
                Number::ratio(2, 7).unwrap(),
            ] {
                let ty = IntType::signed(width);
                let port = port(ty, scale.clone(), offset.clone(), Conversion::default());
                let integers: Vec<i128> = (0..40).map(|_| random.within(ty.range())).collect();
                let got = &real::to_real(&[port], &integers, 40)[0];
                assert_eq!(got.0, vec![40, 1]);
                for (integer, got) in integers.iter().zip(&got.1) {
                    let exact = &(&Number::from(*integer) * scale) + &offset;
                    assert_eq!(
                        exact.to_f32().to_bits(),
                        got.to_bits(),
                        "{integer} * {scale} + {offset}"
                    );
                }
            }
        }
    }
}

#[test]
fn arrays_are_read_as_numpy_writes_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    TensorFile::write_f32(&path, &[2, 3], vec![0.5, -1.0, 2.0, 3.0, 4.0, 1e30]).unwrap();
    let read = TensorFile::read(&path).unwrap();
    assert_eq!(read.shape, vec![2, 3]);
    assert_eq!(
        read.values,
        Values::Float(vec![0.5, -1.0, 2.0, 3.0, 4.0, 1e30f32.into()])
    );
    TensorFile::write_i64(&path, &[2], vec![-5, 1 << 60]).unwrap();
    assert_eq!(
        TensorFile::read(&path).unwrap().values,
        Values::Integer(vec![-5, 1 << 60])
    );
}

#[test]
fn bad_files_and_data_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let mut findings = Vec::new();
    let mut read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let error = TensorFile::read(&path).unwrap_err().to_string();
        findings.push(error.replace(&folder.path().display().to_string(), "DIR"));
    };
    TensorFile::write_f32(&path, &[4], vec![1.0; 4]).unwrap();
    let good = std::fs::read(&path).unwrap();
    read(b"");
    read(b"not an array at all");
    read(&good[..good.len() - 3]);
    let text = |from: &str, to: &str| {
        let at = good
            .windows(from.len())
            .position(|window| window == from.as_bytes())
            .unwrap();
        let longer = to.len() - from.len();
        let spaces = " ".repeat(longer);
        let padding = good
            .windows(longer + 1)
            .position(|window| window == format!("{spaces}\n").as_bytes());
        let padding = padding.expect("numpy headers end with spaces");
        [
            &good[..at],
            to.as_bytes(),
            &good[at + from.len()..padding],
            &good[padding + longer..],
        ]
        .concat()
    };
    read(&text("(4,)", "(8000000,)"));
    read(&text("<f4", "<c8"));

    let emulator = Emulator::new(&mlp::dense(1, &[2, 3], 4)).unwrap();
    let mut predict = |arrays: &[TensorFile]| {
        findings.push(emulator.predict(arrays).unwrap_err().to_string());
    };
    let array = |shape: &[usize], values: &[f64]| TensorFile {
        shape: shape.to_vec(),
        values: Values::Float(values.to_vec()),
    };
    predict(&[]);
    predict(&[array(&[1, 3], &[1.0, 2.0, 3.0])]);
    predict(&[array(&[2, 2], &[1.0, 2.0, 3.0, f64::NAN])]);
    insta::assert_snapshot!(findings.join("\n\n"));
}

#[test]
fn a_prediction_counts_what_it_changed() {
    let ty = IntType::signed(4);
    let mut builder = Builder::new("same", vec![random_fx::port("x", &[ty])]);
    let layer = builder.layer("same");
    let result = builder.neg(builder.input(0), layer).unwrap();
    let types = [builder.node(result).ty];
    let mut graph = builder.finish(vec![result], vec![random_fx::port("y", &types)]);
    graph.inputs[0].elements[0].scale = Number::pow2(-2);
    graph.outputs[0].elements[0].scale = Number::pow2(-2);
    let emulator = Emulator::new(&graph).unwrap();
    let given = column(vec![0.25, -1.0, 0.375, 1.75, 2.0, -9.0]);
    let prediction = emulator.predict(&[given]).unwrap();
    assert_eq!(
        prediction.outputs[0].1,
        [-0.25, 1.0, -0.5, -1.75, -1.75, 2.0]
    );
    assert_eq!(
        (
            prediction.rounded,
            prediction.overflowed,
            prediction.samples
        ),
        (1, 2, 6)
    );
}

#[test]
fn a_float32_port_takes_patterns() {
    let conversion = Conversion {
        float32: true,
        ..Conversion::default()
    };
    let port = port(
        IntType::unsigned(32),
        Number::one(),
        Number::zero(),
        conversion,
    );
    let values = vec![0.0, -0.0, 1.5, -1.5, 0.1, f64::INFINITY, f64::NAN, 1e300];
    let got = real::to_integers(&[port], &[column(values.clone())]).unwrap();
    let patterns = got.integers.iter().map(|&pattern| pattern as u32);
    let wanted = values.iter().map(|&value| (value as f32).to_bits());
    assert_eq!(patterns.collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
    // 0.1 is no float32, and 1e300 beyond them.
    assert_eq!((got.rounded, got.overflowed), (2, 1));
}
