//! Graphs that contradict themselves or use what kaon does not have.

use crate::onnx_reader::{read, refusal};
use kaon_testsuite::wire::{Message, floats, graph, int, int_list, model, node, tensor, value};

fn add(name: &str, a: &str, b: &str, out: &str) -> Message {
    node("Add", name, &[a, b], &[out])
}

#[test]
fn an_undefined_value() {
    let m = model(graph([add("sum", "x", "bias", "y")]));
    insta::assert_snapshot!(refusal(m), @r#"
    error: nothing defines the value "bias", an input of Add
      --> model.onnx, layer "sum"
       = note: it is no input, no initialiser and no layer's output
       = help: the file is incomplete: export the model again, with its weights
    "#);
}

#[test]
fn an_undefined_output() {
    insta::assert_snapshot!(refusal(model(graph([]))), @r#"
    error: nothing defines the value "y", the model's output
      --> model.onnx
       = note: it is no input, no initialiser and no layer's output
       = help: the file is incomplete: export the model again, with its weights
    "#);
}

#[test]
fn no_output_and_no_graph() {
    insta::assert_snapshot!(refusal(model(Message::new())), @r#"
    error: the model's graph is empty
      --> model.onnx
       = help: the file is damaged or holds no network: export the model again
    "#);
    let m = model(
        Message::new()
            .put(1, add("sum", "x", "x", "y"))
            .put(11, value("x", &[1])),
    );
    insta::assert_snapshot!(refusal(m), @r#"
    error: the model declares no output
      --> model.onnx
       = help: the file is damaged: export the model again
    "#);
}

#[test]
fn a_cycle() {
    let m = model(graph([
        add("first", "x", "c", "a"),
        add("second", "a", "x", "b"),
        add("third", "b", "x", "c"),
        add("last", "c", "x", "y"),
    ]));
    insta::assert_snapshot!(refusal(m), @r#"
    error: the model's graph has a cycle
      --> model.onnx, layer "second"
       = note: 3 layers feed each other: "second" → "third" → "first" → "second"
       = help: kaon reads graphs without cycles: export the network unrolled, without feedback
    "#);
}

#[test]
fn a_layer_that_feeds_itself() {
    insta::assert_snapshot!(refusal(model(graph([add("loop", "y", "x", "y")]))), @r#"
    error: the model's graph has a cycle
      --> model.onnx, layer "loop"
       = note: 1 layers feed each other: "loop" → "loop"
       = help: kaon reads graphs without cycles: export the network unrolled, without feedback
    "#);
}

#[test]
fn two_definitions() {
    let twice = [add("one", "x", "x", "y"), add("two", "x", "x", "y")];
    insta::assert_snapshot!(refusal(model(graph(twice))), @r#"
    error: the value "y" is defined twice, here and by layer "one"
      --> model.onnx, layer "two"
       = help: export the model again, or rename one of them
    "#);
    let w = || tensor("w", 1, &[2], floats(&[1.0, 2.0]));
    let g = graph([add("sum", "x", "w", "y")]).put(5, w()).put(5, w());
    insta::assert_snapshot!(refusal(model(g)), @r#"
    error: the initialiser "w" is defined twice
      --> model.onnx
       = help: export the model again, or rename one of them
    "#);
    let g = graph([add("sum", "x", "x", "y")]).put(5, tensor("y", 1, &[], floats(&[1.0])));
    insta::assert_snapshot!(refusal(model(g)), @r#"
    error: the value "y" is defined twice, here and as an initialiser
      --> model.onnx, layer "sum"
       = help: export the model again, or rename one of them
    "#);
}

#[test]
fn a_subgraph() {
    let body = Message::new()
        .bytes(1, "then_branch")
        .int(20, 5)
        .put(6, Message::new());
    let m = model(graph([node("If", "choice", &["x"], &["y"]).put(5, body)]));
    insta::assert_snapshot!(refusal(m), @r#"
    error: If carries a subgraph ("then_branch"), and kaon compiles straight graphs
      --> model.onnx, layer "choice"
       = help: export the model without If, Loop and Scan: fix the shapes and trace it with one path
    "#);
}

#[test]
fn a_function_of_the_model() {
    let function = Message::new().bytes(1, "MyLayer").bytes(10, "mine");
    let g = graph([node("MyLayer", "call", &["x"], &["y"]).bytes(7, "mine")]);
    insta::assert_snapshot!(refusal(model(g).put(25, function)), @r#"
    error: MyLayer is a function that the model defines itself
      --> model.onnx, layer "call"
       = help: inline it first: onnx.inliner.inline_local_functions(model)
    "#);
}

#[test]
fn training_information() {
    let m = model(graph([add("sum", "x", "x", "y")])).put(20, Message::new());
    insta::assert_snapshot!(refusal(m), @r#"
    error: the model carries training information, and kaon compiles inference
      --> model.onnx
       = help: re-export it for inference: torch.onnx.export(model.eval(), …)
    "#);
}

#[test]
fn a_sparse_initialiser() {
    let sparse = Message::new().put(1, tensor("w", 1, &[1], floats(&[1.0])));
    let m = model(graph([add("sum", "x", "w", "y")]).put(15, sparse));
    insta::assert_snapshot!(refusal(m), @r#"
    error: the initialiser "w" is sparse, which kaon does not read
      --> model.onnx
       = help: store it as a dense tensor: zero weights cost nothing here
    "#);
}

#[test]
fn operator_sets_outside_the_range() {
    let with = |version: i64| {
        let g = graph([add("sum", "x", "x", "y")]);
        Message::new()
            .int(1, 8)
            .put(8, Message::new().int(2, version))
            .put(7, g)
    };
    insta::assert_snapshot!(refusal(with(5)), @r#"
    error: the model uses ONNX operator set 5, and kaon reads 6 to 27
      --> model.onnx, layer "sum"
       = help: convert it: onnx.version_converter.convert_version(model, 13)
    "#);
    insta::assert_snapshot!(refusal(with(99)).lines().next().unwrap(), @"error: the model uses ONNX operator set 99, and kaon reads 6 to 27");
    let none = Message::new()
        .int(1, 8)
        .put(7, graph([add("sum", "x", "x", "y")]));
    insta::assert_snapshot!(refusal(none), @r#"
    error: the model does not say which ONNX operator set it uses
      --> model.onnx, layer "sum"
       = help: re-export it with opset_version=13 or newer
    "#);
}

#[test]
fn an_absurd_input() {
    let g = Message::new()
        .put(1, add("sum", "x", "x", "y"))
        .put(11, value("x", &[1, 1_000_000_000_000]))
        .put(12, value("y", &[1, 2]));
    insta::assert_snapshot!(refusal(model(g)), @r#"
    error: the input "x" has the shape [1, 1000000000000], more than the 16777216 elements kaon reads
      --> model.onnx
       = help: export the model with the shape that one event has
    "#);
}

#[test]
fn an_attribute_of_another_kind() {
    let g = graph([node("Flatten", "flat", &["x"], &["y"]).put(5, int_list("axis", &[1]))]);
    let graph = read(model(g)).unwrap();
    insta::assert_snapshot!(graph.nodes[0].int("axis").unwrap_err(), @r#"
    error: attribute "axis" of Flatten is a list of integers, expected an integer
      --> model.onnx, layer "flat"
       = help: the file is damaged: export the model again
    "#);
}

#[test]
fn an_attribute_given_twice() {
    let flat = node("Flatten", "flat", &["x"], &["y"])
        .put(5, int("axis", 1))
        .put(5, int("axis", 0));
    insta::assert_snapshot!(refusal(model(graph([flat]))), @r#"
    error: attribute "axis" of Flatten is given twice
      --> model.onnx, layer "flat"
       = help: the file is damaged: export the model again
    "#);
}

/// All findings are told, up to a limit.
#[test]
fn many_findings() {
    let layer = |i: usize| {
        let from = if i == 0 {
            "x".to_string()
        } else {
            format!("v{i}")
        };
        let to = if i == 11 {
            "y".to_string()
        } else {
            format!("v{}", i + 1)
        };
        add(&format!("layer{i}"), &from, &format!("w{i}"), &to)
    };
    let text = refusal(model(graph((0..12).map(layer))));
    let sentences: Vec<&str> = text
        .lines()
        .filter(|l| l.starts_with("error") || l.contains("not listed"))
        .collect();
    insta::assert_snapshot!(sentences.join("\n"), @r#"
    error: nothing defines the value "w0", an input of Add
       = note: 4 more findings are not listed
    error: nothing defines the value "w1", an input of Add
    error: nothing defines the value "w2", an input of Add
    error: nothing defines the value "w3", an input of Add
    error: nothing defines the value "w4", an input of Add
    error: nothing defines the value "w5", an input of Add
    error: nothing defines the value "w6", an input of Add
    error: nothing defines the value "w7", an input of Add
    "#);
}

/// A quarter of a million layers in one chain, the last first in the file: nothing recurses.
#[test]
fn a_long_chain() {
    let count = 250_000;
    let name = |i: usize| match i {
        0 => "x".to_string(),
        i if i == count => "y".to_string(),
        i => format!("v{i}"),
    };
    let layers = (0..count)
        .rev()
        .map(|i| node("Relu", "", &[&name(i)], &[&name(i + 1)]));
    let graph = read(model(graph(layers))).unwrap();
    assert_eq!(graph.nodes.len(), count);
    assert_eq!(graph.nodes[0].name, format!("Relu_{}", count - 1));
}

/// What reaches no output is gone: nodes, their constants, and what is wrong with them.
#[test]
fn dead_nodes() {
    let g = graph([
        add("live", "x", "x", "y"),
        add("dead", "x", "missing", "z"),
        node("Loop", "dead loop", &["z"], &["q"])
            .put(5, Message::new().bytes(1, "body").int(20, 5).bytes(6, "")),
    ])
    .put(5, tensor("unread", 8, &[1_000_000_000_000], ""));
    let graph = read(model(g)).unwrap();
    assert_eq!(graph.nodes.len(), 1);
    assert_eq!(graph.dead_nodes, 2);
    assert!(graph.initializers.is_empty());
}

#[test]
fn layer_names_are_unique_and_not_empty() {
    let g = graph([
        node("Relu", "", &["x"], &["a"]),
        node("Relu", "relu", &["a"], &["b"]),
        node("Relu", "relu", &["b"], &["c"]),
        node("Relu", "Relu_0", &["c"], &["d"]),
        node("Relu", "relu_2", &["d"], &["y"]),
    ]);
    let graph = read(model(g)).unwrap();
    let names: Vec<&str> = graph.nodes.iter().map(|n| n.name.as_str()).collect();
    assert_eq!(names, ["Relu_0_2", "relu", "relu_3", "Relu_0", "relu_2"]);
}
