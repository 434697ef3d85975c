//! The dialects: text and graph are two forms of one thing, and stock MLIR reads ours.

use dialects::{Number, fx, nn};

const SMALL: &str = r#"module attributes {kaon.level = "fx", kaon.source = "small.onnx"} {
  func.func @top(%x0: si8, %x1: ui4) -> (si12, ui3) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>, scale = "2^-4"}], kaon.outputs = [{name = "y", shape = array<i64: 2>, scale = ["2^-4", "1/3"]}]} {
    %0 = "fx.constant"() {value = -3 : si3} : () -> si3 loc("dense_1")
    %1 = "fx.mul"(%x0, %0) : (si8, si3) -> si10 loc("dense_1")
    %2 = "fx.add"(%1, %x1) : (si10, ui4) -> si12 loc("dense_1")
    %3 = "fx.lookup"(%x1) {first = 0 : ui1, table = array<i64: 0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7>} : (ui4) -> ui3 loc("table \"t\"")
    return %2, %3 : si12, ui3
  }
}
"#;

#[test]
fn fx_text_is_read_back_as_it_was_printed() {
    let graph = fx::read(SMALL).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(fx::print(&graph), SMALL);
    assert_eq!(fx::eval(&graph, &[-128, 15]).unwrap(), vec![399, 7]);
}

#[test]
fn a_type_too_small_for_its_range_is_refused() {
    let text = SMALL.replace("si10", "si9");
    let error = fx::read(&text).unwrap_err();
    insta::assert_snapshot!(error, @r#"
    error: fx.mul has type si9, its values can be in [-381, 384]
      --> layer "dense_1"
    "#);
}

const LAYERS: &str = r#"module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<2xf32>) -> (tensor<2xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 2>}], kaon.outputs = [{name = "y", shape = array<i64: 2>}]} {
    %0 = "nn.quantize"(%x0) {quantizer = {bits = dense<8.0> : tensor<f32>, overflow = "saturate", rounding = "half_even", scale = dense<0.0625> : tensor<f32>, signed = true}} : (tensor<2xf32>) -> tensor<2xf32> loc("in")
    %1 = "nn.constant"() {value = {integers = dense<[[1, -2], [3, 0]]> : tensor<2x2xi64>, scale = dense<0.5> : tensor<f32>}} : () -> tensor<2x2xf32> loc("w")
    %2 = "nn.dense"(%0, %1) {product = "exact"} : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2xf32> loc("dense_1")
    %3 = "nn.constant"() {value = dense<[0.1, 1.0e-7]> : tensor<2xf32>} : () -> tensor<2xf32> loc("b")
    %4 = "nn.add"(%2, %3) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("dense_1")
    %5 = "nn.concat2"(%4, %4) {axis = 0 : i64} : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32> loc("c")
    %6 = "nn.slice"(%5) {starts = array<i64: 3>, sizes = array<i64: 2>, steps = array<i64: -2>} : (tensor<4xf32>) -> tensor<2xf32> loc("s")
    return %6 : tensor<2xf32>
  }
}
"#;

#[test]
fn nn_text_is_read_back_as_it_was_printed() {
    let graph = nn::read(LAYERS).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(nn::print(&graph), LAYERS);
    let input = nn::Tensor::from_f32(vec![2], &[0.03, -100.0]).unwrap();
    let result = nn::eval(&graph, &[input]).unwrap().remove(0);
    let floats = result.values.iter().map(Number::to_f32).collect::<Vec<_>>();
    // 0.03 is half a step below 0.0625 and a bit: it rounds to 0; -100 saturates at -8.
    assert_eq!(floats, [1.0e-7, 1.0e-7]);
}

/// A node of a model may have no name.
#[test]
fn a_layer_without_a_name() {
    let port = nn::Port {
        name: "x".to_string(),
        shape: vec![1],
    };
    let mut graph = nn::Graph::new("top", vec![port.clone()]);
    let input = nn::ValueId(0);
    let result = graph.push(nn::Op::Relu { input }, "").unwrap();
    graph.outputs.push(port);
    graph.results.push(result);
    assert_eq!(nn::read(&nn::print(&graph)).unwrap(), graph);
}

#[test]
fn functions_round_the_real_value() {
    let quantizer = nn::Quantizer::fixed(
        true,
        16,
        10,
        dialects::Rounding::HalfEven,
        dialects::Overflow::Saturate,
    );
    let element = quantizer.elements(&[]).unwrap().remove(0);
    for function in nn::Function::ALL {
        let curve = nn::Curve {
            function,
            alpha: 1.5,
            gamma: 1.25,
        };
        for n in -300i64..300 {
            let x = Number::dyadic(n, -5);
            let float = function.approximate(x.to_f64(), 1.5, 1.25);
            match curve.round_to(&x, &element) {
                Ok(integer) => {
                    let wanted = (float * 1024.0).clamp(-32768.0, 32767.0);
                    let near = (wanted - integer as f64).abs();
                    assert!(
                        near < 0.5 + 1e-9,
                        "{function:?}({x}) = {float}, got {integer}"
                    );
                }
                Err(_) => assert!(!float.is_finite(), "{function:?}({x})"),
            }
        }
    }
}

#[test]
fn numbers_print_and_round_as_they_should() {
    for text in ["0", "3", "-5*2^-4", "2^-7", "1/3", "-7/5*2^9", "2^100"] {
        let number: Number = text.parse().unwrap();
        assert_eq!(number.to_string(), text);
    }
    for bits in (0..u32::MAX).step_by(65_521) {
        let float = f32::from_bits(bits);
        if let Some(number) = Number::from_f32(float) {
            assert_eq!(number.to_f32(), float);
        }
    }
    let third: Number = "1/3".parse().unwrap();
    assert_eq!(third.to_f32(), 1.0 / 3.0);
    assert_eq!(third.to_f64(), 1.0 / 3.0);
    let tie = &Number::dyadic(1, 0) + &Number::pow2(-24);
    assert_eq!(tie.to_f32(), 1.0);
    let above = &tie + &Number::pow2(-80);
    assert_eq!(above.to_f32(), 1.0 + f32::EPSILON);
    assert_eq!(Number::dyadic(3, -151).to_f32(), f32::from_bits(1));
}

#[test]
fn rounding_modes_agree_with_their_definition() {
    use dialects::Rounding;
    for mode in Rounding::ALL {
        for amount in 0..4u32 {
            for value in -40i128..40 {
                let exact = value as f64 / f64::from(1 << amount);
                let wanted = match mode {
                    Rounding::Floor => exact.floor(),
                    Rounding::Ceil => exact.ceil(),
                    Rounding::TowardZero => exact.trunc(),
                    Rounding::AwayFromZero => exact.signum() * exact.abs().ceil(),
                    Rounding::HalfEven => exact.round_ties_even(),
                    Rounding::HalfUp => (exact + 0.5).floor(),
                    Rounding::HalfDown => (exact - 0.5).ceil(),
                    Rounding::HalfAway => exact.round(),
                    Rounding::HalfToZero => exact.signum() * (exact.abs() - 0.5).ceil(),
                };
                assert_eq!(
                    mode.shift_right(value, amount),
                    wanted as i128,
                    "{mode} {value} {amount}"
                );
                let number = Number::dyadic(value, -i64::from(amount));
                assert_eq!(
                    number.round(mode),
                    num_bigint(wanted),
                    "{mode} {value} {amount}"
                );
            }
        }
    }
}

fn num_bigint(value: f64) -> num_bigint::BigInt {
    (value as i64).into()
}
