//! Graphs that are no hardware are refused with a way out.

use dialects::Rounding;
use dialects::fx::{Builder, IntType, Op};
use kaon_testsuite::random_fx::port;
use lowering::fx_to_hw;

use crate::hw::tools::ok;

fn inputs() -> Vec<dialects::fx::Port> {
    vec![port("x", &[IntType::signed(8), IntType::signed(8)])]
}

#[test]
fn rounding_is_expanded_first() {
    let mut b = Builder::new("rounds", inputs());
    let layer = b.layer("dense_1");
    let (input, amount) = (b.input(0), 2);
    let mode = Rounding::HalfEven;
    let rounded = ok(b.push(
        Op::Round {
            input,
            amount,
            mode,
        },
        layer,
    ));
    let ty = b.node(rounded).ty;
    let mut graph = b.finish(vec![rounded], vec![port("y", &[ty])]);
    graph.source = Some("model.onnx".to_string());
    insta::assert_snapshot!(fx_to_hw::lower(&graph).unwrap_err());
}

#[test]
fn paths_have_equal_registers() {
    let mut b = Builder::new("uneven", inputs());
    let layer = b.layer("dense_1");
    let late = ok(b.push(Op::Register { input: b.input(0) }, layer));
    let sum = ok(b.add(late, b.input(1), layer));
    let ty = b.node(sum).ty;
    let mut graph = b.finish(vec![sum], vec![port("y", &[ty])]);
    graph.latency = Some(1);
    insta::assert_snapshot!(fx_to_hw::lower(&graph).unwrap_err());
}

#[test]
fn the_latency_is_the_graphs() {
    let mut b = Builder::new("late", inputs());
    let layer = b.layer("dense_1");
    let late = ok(b.push(Op::Register { input: b.input(0) }, layer));
    let ty = b.node(late).ty;
    let graph = b.finish(vec![late], vec![port("y", &[ty])]);
    insta::assert_snapshot!(fx_to_hw::lower(&graph).unwrap_err());
}
