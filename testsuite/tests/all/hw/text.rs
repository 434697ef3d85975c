//! What is written, whole, for a design small enough to read.

use std::sync::Arc;

use dialects::fx::{Builder, Graph, IntType, Op, Predicate, Table};
use kaon_testsuite::hardware_fx::schedule;
use kaon_testsuite::random_fx::port;
use lowering::circt::Circt;
use lowering::{fx_to_firrtl, fx_to_hw};

use crate::hw::tools::{need, ok, verilog_of};

/// Two neurons, a ReLU, a table and a choice; a residual layer that reads both.
fn network() -> Graph {
    let inputs = vec![port("x", &[IntType::signed(6), IntType::unsigned(4)])];
    let mut b = Builder::new("tiny", inputs);
    let (dense, act, head) = (b.layer("dense 1"), b.layer("act"), b.layer("table"));
    let (x0, x1) = (b.input(0), b.input(1));
    // 5*x0 - 4*x1 + 3, rounded to even quarters by a shift.
    let x0_4 = ok(b.shl(x0, 2, dense));
    let five = ok(b.add(x0, x0_4, dense));
    let x1_4 = ok(b.shl(x1, 2, dense));
    let three = ok(b.constant(3, dense));
    let n0 = ok(b.sub(five, x1_4, dense));
    let n0 = ok(b.add(n0, three, dense));
    let n1 = ok(b.add(five, x1, dense));
    let r0 = ok(b.shr(n0, 2, act));
    let r0 = ok(b.clamp(r0, 0, 15, act));
    let r1 = ok(b.clamp(n1, -32, 31, act));
    let two = ok(b.wrap(r0, IntType::unsigned(2), head));
    let table = Arc::new(Table {
        first: 0,
        values: vec![-7, 1, 0, 5],
    });
    let entry = ok(b.push(Op::Lookup { input: two, table }, head));
    let (lhs, rhs) = (r1, ok(b.constant(8, head)));
    let predicate = Predicate::Less;
    let less = Op::Compare {
        predicate,
        lhs,
        rhs,
    };
    let condition = ok(b.push(less, head));
    let choice = Op::Select {
        condition,
        on_true: entry,
        on_false: r1,
    };
    let choice = ok(b.push(choice, head));
    let types = [r0, choice].map(|value| b.node(value).ty);
    let graph = b.finish(vec![r0, choice], vec![port("y", &types)]);
    schedule(&graph, 2)
}

#[test]
fn hw_text() {
    insta::assert_snapshot!(ok(fx_to_hw::lower(&network())));
}

#[test]
fn verilog() {
    let circt = need!(Circt::get());
    insta::assert_snapshot!(verilog_of(circt, &network()));
}

#[test]
fn firrtl() {
    insta::assert_snapshot!(ok(fx_to_firrtl::print(&network())));
}

/// Several ports, names that Verilog reserves, outputs that are inputs and constants.
#[test]
fn ports_and_names() {
    let circt = need!(Circt::get());
    let inputs = vec![
        port("begin", &[IntType::unsigned(3)]),
        port("a/b:0", &[IntType::signed(70), IntType::BIT]),
    ];
    let mut b = Builder::new("table", inputs);
    let layer = b.layer("module");
    let constant = ok(b.constant(-6, layer));
    let sum = ok(b.add(b.input(0), constant, layer));
    let results = vec![b.input(1), constant, sum];
    let types = [0, 1, 2].map(|at: usize| b.node(results[at]).ty);
    let outputs = vec![port("class", &types[..1]), port("", &types[1..])];
    let mut graph = b.finish(results, outputs);
    graph.source = Some("model.onnx".to_string());
    insta::assert_snapshot!(verilog_of(circt, &graph));
}
