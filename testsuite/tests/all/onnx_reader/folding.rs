//! Constant folding: arithmetic op by op in float32, shapes with a batch, limits.

use compiler::frontend::onnx::{Dim, Tensor, TensorData, fold};

use crate::onnx_reader::read;
use kaon_testsuite::wire::{Message, floats, graph, int, int_list, ints, model, node, tensor};

/// The value of `y` after folding; `x` has the shape [batch, 3, 4].
fn folded(nodes: &[Message], constants: &[Message]) -> dialects::Result<Option<Tensor>> {
    let g = graph(nodes.iter().cloned()).each(5, constants.iter().cloned());
    let mut graph = read(model(g)).unwrap();
    let x = vec![Dim::Batch, Dim::Known(3), Dim::Known(4)];
    fold::fold_constants(&mut graph, |name| (name == "x").then(|| x.clone()))?;
    Ok(graph.initializers.get("y").cloned())
}

fn refusal(nodes: &[Message], constants: &[Message]) -> String {
    folded(nodes, constants).unwrap_err().to_string()
}

fn vector(name: &str, values: &[f32]) -> Message {
    tensor(name, 1, &[values.len() as i64], floats(values))
}

fn indices(name: &str, values: &[i64]) -> Message {
    tensor(name, 7, &[values.len() as i64], ints(values))
}

/// Float32 at every step: (1 + 2⁻²⁴) − 1 is 0, where a wider type would keep the small part.
#[test]
fn float32_at_every_step() {
    let y = folded(
        &[
            node("Add", "a", &["one", "small"], &["s"]),
            node("Sub", "b", &["s", "one"], &["y"]),
        ],
        &[vector("one", &[1.0]), vector("small", &[2f32.powi(-24)])],
    );
    assert_eq!(y.unwrap().unwrap().data, TensorData::F32(vec![0.0]));
}

#[test]
fn broadcasting() {
    let y = folded(
        &[node("Mul", "m", &["a", "b"], &["y"])],
        &[
            tensor("a", 1, &[2, 1], floats(&[1.0, 2.0])),
            vector("b", &[3.0, 4.0, 5.0]),
        ],
    );
    let expected = TensorData::F32(vec![3.0, 4.0, 5.0, 6.0, 8.0, 10.0]);
    assert_eq!(y.unwrap().unwrap(), Tensor::new(vec![2, 3], expected));
}

#[test]
fn integers_wrap_and_divide_towards_zero() {
    let y = folded(
        &[
            node("Add", "a", &["big", "big"], &["s"]),
            node("Div", "d", &["s", "two"], &["y"]),
        ],
        &[
            tensor(
                "big",
                6,
                &[2],
                [0xff, 0xff, 0xff, 0x7f, 0xfb, 0xff, 0xff, 0xff],
            ),
            tensor("two", 6, &[], [4, 0, 0, 0]),
        ],
    );
    assert_eq!(y.unwrap().unwrap().data, TensorData::I32(vec![0, -2]));
}

#[test]
fn shapes_keep_the_batch_apart() {
    let shape = node("Shape", "shape", &["x"], &["s"]);
    let y = folded(
        &[shape.clone(), node("Gather", "g", &["s", "i"], &["y"])],
        &[indices("i", &[2, 0])],
    );
    assert_eq!(
        y.unwrap().unwrap().to_dims(),
        Some(vec![Dim::Known(4), Dim::Batch])
    );
    // Picked without the batch, the entries are plain numbers and can be computed with.
    let y = folded(
        &[
            shape.clone(),
            node("Slice", "cut", &["s", "one", "three"], &["t"]),
            node("ReduceProd", "size", &["t"], &["y"]),
        ],
        &[indices("one", &[1]), indices("three", &[3])],
    );
    assert_eq!(y.unwrap().unwrap().data, TensorData::I64(vec![12]));
    // Arithmetic with the batch stays a node.
    let y = folded(&[shape, node("Mul", "twice", &["s", "s"], &["y"])], &[]);
    assert_eq!(y.unwrap(), None);
}

#[test]
fn quantisers_and_what_follows_them_stay() {
    let q = |op: &str| node(op, "q", &["w", "s"], &["a"]);
    for op in [
        "Quant",
        "BipolarQuant",
        "Trunc",
        "QuantizeLinear",
        "DequantizeLinear",
    ] {
        let nodes = [q(op), node("Transpose", "t", &["a"], &["y"])];
        let constants = [
            tensor("w", 1, &[1, 2], floats(&[1.0, 2.0])),
            tensor("s", 1, &[], floats(&[1.0])),
        ];
        assert_eq!(folded(&nodes, &constants).unwrap(), None, "{op}");
    }
}

#[test]
fn slices_as_in_python() {
    let cut = |start: i64, end: i64, step: i64| {
        let y = folded(
            &[node(
                "Slice",
                "cut",
                &["v", "a", "b", "axis", "step"],
                &["y"],
            )],
            &[
                indices("v", &[0, 1, 2, 3, 4]),
                indices("a", &[start]),
                indices("b", &[end]),
                indices("axis", &[0]),
                indices("step", &[step]),
            ],
        );
        y.unwrap().unwrap().to_i64s().unwrap()
    };
    assert_eq!(cut(1, 4, 1), [1, 2, 3]);
    assert_eq!(cut(-2, i64::MAX, 1), [3, 4]);
    assert_eq!(cut(0, 5, 2), [0, 2, 4]);
    assert_eq!(cut(-1, i64::MIN, -1), [4, 3, 2, 1, 0]);
    assert_eq!(cut(3, 0, -2), [3, 1]);
    assert_eq!(cut(9, 12, 1), [0i64; 0]);
    assert_eq!(cut(4, 0, i64::MIN), [4]);
}

#[test]
fn contradictions() {
    let c = [
        vector("a", &[1.0, 2.0]),
        vector("b", &[1.0, 2.0, 3.0]),
        indices("i", &[5]),
    ];
    let refused = |n: Message| refusal(&[n], &c);
    let first = |n: Message| refused(n).lines().next().unwrap().to_string();
    insta::assert_snapshot!(refused(node("Add", "sum", &["a", "b"], &["y"])), @r#"
    error: Add cannot broadcast the shapes [2] and [3]
      --> model.onnx, layer "sum"
       = help: the model contradicts itself: export it again
    "#);
    insta::assert_snapshot!(first(node("Add", "sum", &["a", "i"], &["y"])), @"error: Add takes two numbers of one type, and is given float32 and int64");
    insta::assert_snapshot!(first(node("Add", "sum", &["a"], &["y"])), @"error: Add has no input 1");
    insta::assert_snapshot!(first(node("Gather", "pick", &["a", "i"], &["y"])), @"error: Gather takes element 5 of 2");
    insta::assert_snapshot!(first(node("Reshape", "r", &["a", "i"], &["y"])), @"error: Reshape cannot turn the shape [2] into [5]");
    insta::assert_snapshot!(first(node("Squeeze", "s", &["a", "i"], &["y"])), @"error: axis 5 of Squeeze is outside a tensor of 1 dimensions");
    insta::assert_snapshot!(first(node("MatMul", "m", &["a", "b"], &["y"])), @"error: MatMul cannot multiply the shapes [2] and [3]");
    insta::assert_snapshot!(first(node("Concat", "c", &["a", "i"], &["y"]).put(5, int("axis", 0))), @"error: Concat takes operands of one type, and is given float32 and int64");
    insta::assert_snapshot!(first(node("Transpose", "t", &["a"], &["y"]).put(5, int_list("perm", &[0, 0]))), @"error: the permutation [0, 0] of Transpose does not fit the shape [2]");
}

#[test]
fn absurd_sizes_are_refused_before_they_are_made() {
    let c = [
        indices("huge", &[1_000_000, 1_000_000, 1_000_000]),
        indices("empty", &[0, i64::MAX, i64::MAX]),
        vector("one", &[1.0]),
    ];
    insta::assert_snapshot!(refusal(&[node("ConstantOfShape", "zeros", &["huge"], &["y"])], &c), @r#"
    error: ConstantOfShape makes a constant of shape [1000000, 1000000, 1000000], more than the 16777216 elements kaon folds
      --> model.onnx, layer "zeros"
       = help: a network this large does not fit a circuit: prune it or split it
    "#);
    let first = |n: Message| refusal(&[n], &c).lines().next().unwrap().to_string();
    insta::assert_snapshot!(first(node("ConstantOfShape", "zeros", &["empty"], &["y"])), @"error: ConstantOfShape makes a constant of shape [0, 9223372036854775807, 9223372036854775807], more than the 16777216 elements kaon folds");
    insta::assert_snapshot!(first(node("Expand", "spread", &["one", "huge"], &["y"])), @"error: Expand makes a constant of shape [1000000, 1000000, 1000000], more than the 16777216 elements kaon folds");
    let scalar = |name: &str, v: i64| tensor(name, 7, &[], ints(&[v]));
    let range = refusal(
        &[node("Range", "count", &["zero", "end", "step"], &["y"])],
        &[
            scalar("zero", 0),
            scalar("end", i64::MAX),
            scalar("step", 1),
        ],
    );
    insta::assert_snapshot!(range.lines().next().unwrap(), @"error: Range makes a constant of shape [9223372036854775808], more than the 16777216 elements kaon folds");
}

#[test]
fn half_precision_arithmetic_is_refused() {
    let half = |name: &str| tensor(name, 10, &[1], [0, 0x3c]);
    let text = refusal(
        &[node("Add", "sum", &["a", "b"], &["y"])],
        &[half("a"), half("b")],
    );
    insta::assert_snapshot!(text, @r#"
    error: Add computes in float16, whose roundings kaon does not reproduce
      --> model.onnx, layer "sum"
       = help: re-export the model in float32, with quantisers for the narrow types
    "#);
    let y = folded(
        &[node("Cast", "wide", &["a"], &["y"]).put(5, int("to", 1))],
        &[half("a")],
    );
    assert_eq!(y.unwrap().unwrap().data, TensorData::F32(vec![1.0]));
}

#[test]
fn casts() {
    let cast = |to: i64, v: &[f32]| {
        folded(
            &[node("Cast", "c", &["v"], &["y"]).put(5, int("to", to))],
            &[vector("v", v)],
        )
    };
    let data = |to, v: &[f32]| cast(to, v).unwrap().unwrap().data;
    assert_eq!(data(7, &[1.9, -1.9]), TensorData::I64(vec![1, -1]));
    assert_eq!(data(3, &[127.5, -128.5]), TensorData::I8(vec![127, -128]));
    assert_eq!(data(9, &[0.0, 0.1]), TensorData::Bool(vec![false, true]));
    insta::assert_snapshot!(cast(3, &[128.0]).unwrap_err(), @r#"
    error: Cast turns the constant 128 into int8, which it does not fit
      --> model.onnx, layer "c"
       = help: ONNX leaves the result open: clip the constant before the cast
    "#);
    insta::assert_snapshot!(cast(2, &[f32::NAN]).unwrap_err().sentence, @"Cast turns the constant NaN into uint8, which it does not fit");
    insta::assert_snapshot!(cast(10, &[1.0]).unwrap_err().sentence, @"Cast makes elements of type float16, which kaon does not read");
}

/// Operator set 6 aligns the second operand by an attribute.
#[test]
fn broadcasting_before_operator_set_7() {
    let add = node("Add", "a", &["m", "v"], &["y"])
        .put(5, int("broadcast", 1))
        .put(5, int("axis", 0));
    let g = graph([add])
        .put(5, tensor("m", 1, &[2, 2], floats(&[0.0; 4])))
        .put(5, vector("v", &[1.0, 2.0]));
    let m = Message::new()
        .int(1, 3)
        .put(8, Message::new().int(2, 6))
        .put(7, g);
    let mut graph = read(m).unwrap();
    fold::fold_constants(&mut graph, |_| None).unwrap();
    assert_eq!(
        graph.initializers["y"].data,
        TensorData::F32(vec![1.0, 1.0, 2.0, 2.0])
    );
}
