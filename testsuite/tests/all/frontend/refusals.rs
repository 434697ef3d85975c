//! What the conversion refuses, in whole messages.

use compiler::frontend::onnx::{self, Batch};

use kaon_testsuite::wire::{self, Message, floats, graph, int, int_list, ints, node, tensor};

fn refusal(message: Message) -> String {
    let read = onnx::parse("model.onnx", message.0, None);
    match read.and_then(|model| onnx::convert(model, Batch::Remove)) {
        Ok(graph) => panic!("accepted: {}", dialects::nn::print(&graph)),
        Err(diagnostic) => diagnostic.to_string(),
    }
}

/// A model of operator set 13 with the input `x` [1, 2], the output `y` and constants.
fn model(nodes: Vec<Message>, constants: Vec<Message>) -> Message {
    wire::model(graph(nodes).each(5, constants))
}

fn one(node: Message, constants: Vec<Message>) -> String {
    refusal(model(vec![node], constants))
}

#[test]
fn unsupported_operators_come_together() {
    let pick = |name: &str, x: &str, y: &str| node("RoiAlign", name, &[x, "w"], &[y]);
    let w = tensor("w", 1, &[2, 2], floats(&[1.0; 4]));
    let nodes = vec![
        pick("first", "x", "a"),
        node("Relu", "between", &["a"], &["b"]),
        pick("second", "b", "c"),
        node("Gelu", "smooth", &["x"], &["d"]),
        node("Nonsense", "odd", &["d"], &["e"]),
        node("Add", "sum", &["c", "e"], &["y"]),
    ];
    insta::assert_snapshot!(refusal(model(nodes, vec![w])));
}

#[test]
fn recurrent_trees_and_choices() {
    let tree = node("TreeEnsembleRegressor", "forest", &["x"], &["a"]).bytes(7, "ai.onnx.ml");
    let nodes = vec![
        tree,
        node("LSTM", "memory", &["a"], &["b"]),
        node("Greater", "choice", &["x", "x"], &["c"]),
        node("Where", "pick", &["c", "b", "x"], &["y"]),
    ];
    insta::assert_snapshot!(refusal(model(nodes, vec![])));
}

/// A model with the image `x` [1, 2, 5].
fn on_an_image(node: Message, constants: Vec<Message>) -> String {
    let graph = Message::new()
        .put(1, node)
        .each(5, constants)
        .put(11, wire::value("x", &[1, 2, 5]))
        .put(12, wire::value("y", &[1, 2, 5]));
    refusal(wire::model(graph))
}

#[test]
fn convolutions_and_poolings_that_do_not_fit() {
    let w = |shape: &[i64]| {
        let count = shape.iter().product::<i64>() as usize;
        vec![tensor("w", 1, shape, floats(&vec![1.0; count]))]
    };
    let conv = |inputs: &[&str]| node("Conv", "conv", inputs, &["y"]);
    insta::assert_snapshot!(on_an_image(conv(&["x", "w"]), w(&[4, 3, 2])));
    insta::assert_snapshot!(on_an_image(conv(&["x", "w"]), w(&[4, 2, 7])));
    insta::assert_snapshot!(on_an_image(conv(&["x", "x"]), vec![]));
    let pads = conv(&["x", "w"]).put(5, int_list("pads", &[1]));
    insta::assert_snapshot!(on_an_image(pads, w(&[4, 2, 2])));
    let norm = node("LpPool", "norm", &["x"], &["y"]).put(5, int("p", 3));
    insta::assert_snapshot!(on_an_image(norm, vec![]));
    let pool = node("MaxPool", "pool", &["x"], &["y", "places"]);
    let pool = pool.put(5, int_list("kernel_shape", &[2]));
    insta::assert_snapshot!(on_an_image(pool, vec![]));
    let pad = node("Pad", "pad", &["x"], &["y"]);
    let pad = pad.put(5, int_list("pads", &[1, 0, 0, 0, 0, 0]));
    insta::assert_snapshot!(on_an_image(pad, vec![]));
}

#[test]
fn weights_that_are_no_numbers() {
    let gemm = || node("Gemm", "dense", &["x", "w"], &["y"]);
    let w = |bad| tensor("w", 1, &[2, 2], floats(&[1.0, bad, 0.0, 1.0]));
    insta::assert_snapshot!(one(gemm(), vec![w(f32::NAN)]));
    insta::assert_snapshot!(one(gemm(), vec![w(f32::INFINITY)]));
    let double = tensor("w", 11, &[2, 2], [0.1f64; 4].map(f64::to_le_bytes).concat());
    insta::assert_snapshot!(one(gemm(), vec![double]));
}

#[test]
fn shapes_that_do_not_fit() {
    let w = |shape: &[i64]| {
        let count = shape.iter().product::<i64>() as usize;
        tensor("w", 1, shape, floats(&vec![1.0; count]))
    };
    let gemm = || node("Gemm", "dense", &["x", "w"], &["y"]);
    insta::assert_snapshot!(one(gemm(), vec![w(&[3, 2])]));
    insta::assert_snapshot!(one(gemm(), vec![w(&[2])]));
    let add = node("Add", "sum", &["x", "w"], &["y"]);
    insta::assert_snapshot!(one(add, vec![w(&[3])]));
    let shape = tensor("shape", 7, &[2], ints(&[1, 3]));
    let reshape = node("Reshape", "shaped", &["x", "shape"], &["y"]);
    insta::assert_snapshot!(one(reshape, vec![shape]));
}

#[test]
fn the_batch_is_left_alone() {
    let mean = node("ReduceMean", "mean", &["x"], &["y"]).put(5, int_list("axes", &[0]));
    insta::assert_snapshot!(one(mean, vec![]));
    let w = tensor("w", 1, &[4, 2], floats(&[1.0; 8]));
    let add = node("Add", "sum", &["x", "w"], &["y"]);
    insta::assert_snapshot!(one(add, vec![w]));
    let concat = node("Concat", "stack", &["x", "x"], &["y"]).put(5, int("axis", 0));
    insta::assert_snapshot!(one(concat, vec![]));
}

#[test]
fn both_factors_depend_on_the_input() {
    let nodes = vec![
        node("Transpose", "turned", &["x"], &["t"]),
        node("MatMul", "gram", &["t", "x"], &["y"]),
    ];
    insta::assert_snapshot!(refusal(model(nodes, vec![])));
    let nodes = vec![
        node("Transpose", "turned", &["x"], &["t"]),
        node("MatMul", "norm", &["x", "t"], &["y"]),
    ];
    insta::assert_snapshot!(refusal(model(nodes, vec![])));
}

#[test]
fn quantisers_that_make_no_sense() {
    let scalar = |name: &str, value| tensor(name, 1, &[], floats(&[value]));
    let quant = |mode: &str| {
        let rounding = Message::new().bytes(1, "rounding_mode").int(20, 3);
        node("Quant", "act", &["x", "s", "z", "b"], &["y"]).put(5, rounding.bytes(4, mode))
    };
    let with = |s, z, b, mode| {
        let constants = vec![scalar("s", s), scalar("z", z), scalar("b", b)];
        one(quant(mode), constants)
    };
    insta::assert_snapshot!(with(0.5, 0.0, 4.0, "SIDEWAYS"));
    insta::assert_snapshot!(with(-0.5, 0.0, 4.0, "ROUND"));
    insta::assert_snapshot!(with(0.5, 0.5, 4.0, "ROUND"));
    insta::assert_snapshot!(with(0.5, 0.0, 3.5, "ROUND"));
    insta::assert_snapshot!(with(0.5, 0.0, 400.0, "ROUND"));
    insta::assert_snapshot!(with(f32::NAN, 0.0, 4.0, "ROUND"));
}

#[test]
fn training_and_types() {
    let batch_norm = node(
        "BatchNormalization",
        "bn",
        &["x", "c", "c", "c", "c"],
        &["y"],
    );
    let c = tensor("c", 1, &[2], floats(&[1.0; 2]));
    let trained = batch_norm.put(5, int("training_mode", 1));
    insta::assert_snapshot!(one(trained, vec![c]));
    let cast = node("Cast", "whole", &["x"], &["y"]).put(5, int("to", 7));
    insta::assert_snapshot!(one(cast, vec![]));
    let pow = node("Pow", "power", &["x", "e"], &["y"]);
    let e = tensor("e", 1, &[], floats(&[2.5]));
    insta::assert_snapshot!(one(pow, vec![e]));
}

#[test]
fn an_input_without_a_shape() {
    let open = Message::new().bytes(1, "x").put(
        2,
        Message::new().put(
            1,
            Message::new().int(1, 1).put(
                2,
                Message::new()
                    .put(1, Message::new().bytes(2, "N"))
                    .put(1, Message::new().bytes(2, "steps")),
            ),
        ),
    );
    let graph = Message::new()
        .put(1, node("Relu", "relu", &["x"], &["y"]))
        .put(11, open)
        .put(12, wire::value("y", &[1, 2]));
    insta::assert_snapshot!(refusal(wire::model(graph)));
}
