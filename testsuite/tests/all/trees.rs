//! Passes on trees, at sizes that no case in a file has.

use compiler::context::PassContext;
use compiler::options::Options;
use compiler::passes::{self, Run};
use compiler::target::Target;
use dialects::nn::{self, Graph, Op, Port, ValueId};

/// The trees of a module as text.
const TREES: &str = r#"module attributes {kaon.level = "nn"} {
  func.func @top(%x0: tensor<4xf32>) -> (tensor<1xf32>) attributes {kaon.inputs = [{name = "x", shape = array<i64: 4>}], kaon.outputs = [{name = "y", shape = array<i64: 1>}]} {
    %0 = "nn.tree_ensemble"(%x0) {answer = "scores", aggregate = "sum", base = array<f64: 0.5>, missing = array<f64>, tree_splits = array<i64: 2>, tree_targets = array<i64: 0>, features = array<i64: 1, 0>, tests = "lt le", thresholds = array<f64: 0.0, 0.25>, member_counts = array<i64>, members = array<f64>, missing_to = "true false", true_children = array<i64: 1, -1>, false_children = array<i64: -3, -2>, leaf_ids = array<i64: 3, 4, 2>, leaf_values = array<f64: -0.5, 1.25, 0.75>} : (tensor<4xf32>) -> tensor<1xf32> loc("trees")
    return %0 : tensor<1xf32>
  }
}
"#;

/// Trees behind so many ops that only move their features.
fn behind(moves: impl IntoIterator<Item = fn(ValueId) -> Op>) -> Graph {
    let trees = nn::read(TREES).unwrap_or_else(|error| panic!("{error}"));
    let port = Port::clone(&trees.inputs[0]);
    let mut graph = Graph::new("top".to_string(), vec![port]);
    graph.outputs = trees.outputs.clone();
    let mut value = ValueId(0);
    for op in moves {
        value = graph.push(op(value), "moves").unwrap();
    }
    let op = trees.nodes[1].op.clone().map_operands(|_| value);
    let result = graph.push(op, "trees").unwrap();
    graph.results = vec![result];
    graph
}

fn has_keys(mut graph: Graph) -> bool {
    let (options, target) = (Options::default(), Target::default());
    let cx = PassContext::new(&options, &target);
    let Run::Nn(run) = passes::find("nn-assign-precision").unwrap().run else {
        panic!("nn-assign-precision works on nn");
    };
    run(&mut graph, &cx).unwrap_or_else(|error| panic!("{error}"));
    let Some(Op::TreeEnsemble { ensemble, .. }) = graph.nodes.last().map(|node| &node.op) else {
        panic!("trees stay last");
    };
    ensemble.missing == Some(f64::from(nn::NAN_KEY))
}

#[test]
fn keys_are_followed_through_any_number_of_moves() {
    let square: fn(ValueId) -> Op = |input| Op::Reshape {
        input,
        shape: vec![2, 2],
    };
    let flat: fn(ValueId) -> Op = |input| Op::Reshape {
        input,
        shape: vec![4],
    };
    assert!(has_keys(behind(
        [square, flat].into_iter().cycle().take(200_000)
    )));
    // Every second value has two ways to the input, all of them together 2^100.
    let twice: fn(ValueId) -> Op = |input| Op::Concat {
        inputs: vec![input, input],
        axis: 0,
    };
    let half: fn(ValueId) -> Op = |input| Op::Gather {
        input,
        axis: 0,
        indices: vec![0, 5, 2, 7],
    };
    assert!(has_keys(behind(
        [twice, half].into_iter().cycle().take(200)
    )));
}
