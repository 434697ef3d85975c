//! The library of cells, simulated: every sum of small operands on all of their values, and
//! wide ones on many.

use compiler::engine::{arc, verilator};
use dialects::fx::{self, Builder, Graph, IntType, Op, Range, Term, ValueId};
use kaon_testsuite::random_fx::{Random, port, samples};
use lowering::circt::Circt;
use lowering::fx_to_hw;
use lowering::interface::Interface;
use lowering::primitives::{CarryCell, Primitives};

use crate::hw::tools::{need, ok};

/// Sums of some inputs; some are cut to their low bits or clamped.
fn sums(types: &[IntType], shifts: &[u32], count: usize, seed: u64, clocked: bool) -> Graph {
    let mut random = Random::new(seed);
    let mut builder = Builder::new("sums", vec![port("x", types)]);
    let layer = builder.layer("sums");
    let widest = types.iter().map(|ty| ty.width).max().unwrap_or(1) + 2;
    let mut results = Vec::new();
    while results.len() < count {
        let mut inputs: Vec<ValueId> = (0..types.len() as u32).map(ValueId).collect();
        let terms: Vec<Term> = (0..1 + random.below(3))
            .map(|_| {
                let value = inputs.remove(random.below(inputs.len()));
                Term::new(value, random.pick(shifts), random.below(2) == 0)
            })
            .collect();
        let limit = 1i128 << widest;
        let constant = match random.below(3) {
            0 => 0,
            _ => random.within(Range::new(-limit, limit)),
        };
        let mut sum = ok(builder.sum(terms, constant, layer));
        let ty = builder.node(sum).ty;
        if random.below(4) == 0 && ty.width > 3 {
            // Readers of some low bits only.
            let ty = IntType::unsigned(ty.width - 1 - random.below(2) as u32);
            sum = ok(builder.wrap(sum, ty, layer));
        }
        if random.below(5) == 0 {
            // A ReLU, with and without saturation.
            let max = (1 << (1 + random.below(ty.width as usize))) - 1;
            sum = ok(builder.clamp(sum, 0, max, layer));
        }
        if clocked {
            sum = ok(builder.push(Op::Register { input: sum }, layer));
        }
        results.push(sum);
    }
    let types: Vec<IntType> = results.iter().map(|of| builder.node(*of).ty).collect();
    let mut graph = builder.finish(results, vec![port("y", &types)]);
    graph.latency = Some(u32::from(clocked));
    graph
}

/// The outputs of a design of which this is the hardware text.
type Run = fn(&Graph, &str, Primitives, &[Vec<i128>]) -> Vec<i128>;

fn by_verilator(
    graph: &Graph,
    hw: &str,
    primitives: Primitives,
    samples: &[Vec<i128>],
) -> Vec<i128> {
    let mut verilog = ok(ok(Circt::get()).export_verilog(hw));
    for text in [primitives.library(), primitives.cell_models()] {
        verilog.push_str(text.expect("there are cells"));
    }
    let simulator = ok(verilator::Simulator::build(&verilog, &Interface::of(graph)));
    ok(simulator.run(&samples.concat(), samples.len())).outputs
}

fn by_arc(graph: &Graph, hw: &str, _: Primitives, samples: &[Vec<i128>]) -> Vec<i128> {
    let simulator = ok(arc::Simulator::build(hw, &Interface::of(graph), arc::LANES));
    ok(simulator.run(&samples.concat(), samples.len())).outputs
}

fn check(run: Run, graph: &Graph, cell: CarryCell, samples: &[Vec<i128>]) {
    let primitives = Primitives::Amd {
        cell,
        passed: 50,
        routed: 100,
    };
    let hw = ok(fx_to_hw::lower_with(graph, primitives));
    let outputs = run(graph, &hw, primitives, samples);
    let width = graph.results.len();
    for (sample, got) in samples.iter().zip(outputs.chunks(width)) {
        let wanted = ok(fx::eval(graph, sample));
        for (at, (got, wanted)) in got.iter().zip(&wanted).enumerate() {
            let node = graph.node(graph.results[at]);
            assert_eq!(
                got,
                wanted,
                "result {at} of {sample:?}: {node:?}\n{}",
                fx::print(graph)
            );
        }
    }
}

/// All values of all inputs.
fn every(types: &[IntType]) -> Vec<Vec<i128>> {
    types.iter().fold(vec![vec![]], |rows, ty| {
        let range = ty.range();
        let longer = |row: &Vec<i128>| {
            let row = row.clone();
            (range.lo..=range.hi).map(move |value| [&row[..], &[value]].concat())
        };
        rows.iter().flat_map(longer).collect()
    })
}

fn small_operands(run: Run) {
    let (u, s) = (IntType::unsigned, IntType::signed);
    let types = [u(4), s(4), u(3), s(3)];
    let cases = [(CarryCell::Carry8, 1, true), (CarryCell::Carry4, 2, false)];
    for (cell, seed, clocked) in cases {
        let graph = sums(&types, &[0, 0, 1, 2, 3], 400, seed, clocked);
        check(run, &graph, cell, &every(&types));
    }
}

fn wide_operands(run: Run) {
    let (u, s) = (IntType::unsigned, IntType::signed);
    let types = [u(8), s(16), u(23), s(9), s(31), u(1)];
    for (cell, seed, clocked) in [(CarryCell::Carry8, 3, true), (CarryCell::Carry4, 4, false)] {
        let graph = sums(&types, &[0, 0, 1, 3, 7], 120, seed, clocked);
        check(run, &graph, cell, &samples(&graph, seed, 4000));
    }
}

/// A signed value saturated to every narrower signed type.
fn saturations(width: u32) -> Graph {
    let mut builder = Builder::new("saturations", vec![port("x", &[IntType::signed(width)])]);
    let layer = builder.layer("saturations");
    let results: Vec<ValueId> = (1..width)
        .map(|narrow| {
            let range = IntType::signed(narrow).range();
            ok(builder.clamp(ValueId(0), range.lo, range.hi, layer))
        })
        .collect();
    let types: Vec<IntType> = results.iter().map(|of| builder.node(*of).ty).collect();
    let mut graph = builder.finish(results, vec![port("y", &types)]);
    graph.latency = Some(0);
    graph
}

fn saturated(run: Run) {
    let graph = saturations(12);
    check(
        run,
        &graph,
        CarryCell::Carry8,
        &every(&[IntType::signed(12)]),
    );
    let graph = saturations(40);
    check(run, &graph, CarryCell::Carry8, &samples(&graph, 5, 4000));
}

#[test]
fn cells_add_all_values_of_small_operands() {
    need!(verilator::available());
    need!(Circt::get());
    small_operands(by_verilator);
}

#[test]
fn cells_add_wide_operands() {
    need!(verilator::available());
    need!(Circt::get());
    wide_operands(by_verilator);
    saturated(by_verilator);
}

#[test]
fn arc_adds_as_the_cells_do() {
    need!(Circt::get());
    small_operands(by_arc);
    wide_operands(by_arc);
    saturated(by_arc);
}
