//! LUTs of planned sums beside those a synthesis by yosys finds in them.

use std::fmt::Write as _;

use dialects::fx::{Builder, Graph, IntType, Term, ValueId};
use kaon_testsuite::random_fx::port;
use lowering::adder::{Addend, Rates, plan};
use lowering::circt::Circt;
use lowering::fx_to_hw;
use lowering::primitives::{CarryCell, Primitives};

use crate::hw::tools::{need, ok, succeed, tool};

/// Types, shifts and signs of the terms, and the constant.
type Shape = (&'static str, &'static [(&'static str, u32, bool)], i128);

const P: bool = false;
const N: bool = true;

#[rustfmt::skip]
const SHAPES: &[Shape] = &[
    ("a + b",                       &[("ui8", 0, P), ("ui8", 0, P)], 0),
    ("a + b, signed",               &[("si8", 0, P), ("si8", 0, P)], 0),
    ("a + b, mixed",                &[("si8", 0, P), ("ui8", 0, P)], 0),
    ("a + b, long and short",       &[("ui12", 0, P), ("ui5", 0, P)], 0),
    ("a + b, long and short signed", &[("si12", 0, P), ("si5", 0, P)], 0),
    ("a + (b << 3)",                &[("ui8", 0, P), ("ui8", 3, P)], 0),
    ("a + (b << 3), signed",        &[("si8", 0, P), ("si8", 3, P)], 0),
    ("a - b",                       &[("ui8", 0, P), ("ui8", 0, N)], 0),
    ("a - b, signed",               &[("si8", 0, P), ("si8", 0, N)], 0),
    ("a - b, long and short",       &[("ui12", 0, P), ("ui5", 0, N)], 0),
    ("a - (b << 3)",                &[("ui8", 0, P), ("ui8", 3, N)], 0),
    ("(a << 3) - b",                &[("ui8", 3, P), ("ui8", 0, N)], 0),
    ("-a",                          &[("si8", 0, N)], 0),
    ("-a - b",                      &[("ui8", 0, N), ("ui8", 0, N)], 0),
    ("-a - b, signed",              &[("si8", 0, N), ("si8", 0, N)], 0),
    ("a + 21",                      &[("ui8", 0, P)], 21),
    ("a + b + 1",                   &[("ui8", 0, P), ("ui8", 0, P)], 1),
    ("a + b + 2",                   &[("ui8", 0, P), ("ui8", 0, P)], 2),
    ("a + b + 20",                  &[("ui8", 0, P), ("ui8", 0, P)], 20),
    ("a + b - 100, signed",         &[("si8", 0, P), ("si8", 0, P)], -100),
    ("a - b + 37",                  &[("ui8", 0, P), ("ui8", 0, N)], 37),
    ("a + (b << 4) + 3",            &[("ui8", 0, P), ("ui8", 4, P)], 3),
    ("a + (b << 8) + 4096",         &[("ui8", 0, P), ("ui8", 8, P)], 4096),
    ("a + b + c",                   &[("ui8", 0, P), ("ui8", 0, P), ("ui8", 0, P)], 0),
    ("a + b + c, signed",           &[("si8", 0, P), ("si8", 0, P), ("si8", 0, P)], 0),
    ("a + b + c, signed, long",     &[("si16", 0, P), ("si16", 0, P), ("si16", 0, P)], 0),
    ("a + b - c",                   &[("ui8", 0, P), ("ui8", 0, P), ("ui8", 0, N)], 0),
    ("a - b - c",                   &[("ui8", 0, P), ("ui8", 0, N), ("ui8", 0, N)], 0),
    ("a - b - c, signed",           &[("si8", 0, P), ("si8", 0, N), ("si8", 0, N)], 0),
    ("a + (b << 2) + (c << 5)",     &[("ui8", 0, P), ("ui8", 2, P), ("ui8", 5, P)], 0),
    ("a + (b << 4) + (c << 8)",     &[("si6", 0, P), ("si6", 4, P), ("si6", 8, P)], 0),
    ("a + b + c + 1",               &[("ui8", 0, P), ("ui8", 0, P), ("ui8", 0, P)], 1),
    ("a + b + c + 20",              &[("ui8", 0, P), ("ui8", 0, P), ("ui8", 0, P)], 20),
];

fn graph(number: usize, registered: bool, (_, terms, constant): &Shape) -> Graph {
    let types: Vec<IntType> = terms
        .iter()
        .map(|(ty, ..)| ok(IntType::parse(ty)))
        .collect();
    let mut builder = Builder::new(format!("shape_{number}"), vec![port("x", &types)]);
    let layer = builder.layer("sum");
    let terms = terms.iter().zip(0..);
    let terms = terms.map(|((_, shift, negative), at)| Term::new(ValueId(at), *shift, *negative));
    let mut sum = ok(builder.sum(terms, *constant, layer));
    if registered {
        sum = ok(builder.push(dialects::fx::Op::Register { input: sum }, layer));
    }
    let ty = builder.node(sum).ty;
    let mut graph = builder.finish(vec![sum], vec![port("y", &[ty])]);
    graph.latency = Some(u32::from(registered));
    graph
}

/// The LUTs of each module `shape_<n>`.
fn synthesised(verilog: &str, count: usize) -> Vec<u32> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("design.sv"), verilog).expect("a file");
    let mut top = String::from("module all;\n");
    for number in 0..count {
        writeln!(top, "  shape_{number} s{number}();").expect("writing to a string");
    }
    std::fs::write(folder.path().join("all.v"), top + "endmodule\n").expect("a file");
    let script = "read_verilog -sv design.sv all.v; setattr -mod -set keep_hierarchy 1 -set keep 1 shape_*; \
                  synth_xilinx -family xcup -noiopad -flatten -top all; tee -o stat.txt stat";
    let mut yosys = std::process::Command::new("yosys");
    succeed(yosys.current_dir(folder.path()).args(["-q", "-p", script]));
    let stat = std::fs::read_to_string(folder.path().join("stat.txt")).expect("a file");
    let mut luts = vec![0; count];
    let mut current = None;
    for line in stat.lines() {
        if let Some(module) = line.strip_prefix("=== ") {
            let number = module.trim_end_matches(" ===").strip_prefix("shape_");
            // The module of its one layer counts with it.
            let number = number.and_then(|number| number.split('_').next());
            current = number.and_then(|number| number.parse::<usize>().ok());
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if let (Some(number), [cell, count]) = (current, &words[..])
            && cell.starts_with("LUT")
        {
            luts[number] += count.parse::<u32>().unwrap_or(0);
        }
    }
    luts
}

#[test]
fn the_model_counts_what_a_synthesis_finds() {
    need!(tool("yosys"));
    let circt = need!(Circt::get());
    let cell = CarryCell::Carry8;
    let primitives = Primitives::Amd {
        cell,
        passed: 50,
        routed: 100,
    };
    let mut verilog = String::from(primitives.library().expect("there is a library"));
    let mut rows = Vec::new();
    for (number, shape) in SHAPES
        .iter()
        .flat_map(|shape| [(false, shape), (true, shape)])
        .enumerate()
    {
        let (registered, shape) = shape;
        let graph = graph(number, registered, shape);
        let hw = ok(fx_to_hw::lower_with(&graph, primitives));
        verilog.push_str(&ok(circt.export_verilog(&hw)));
        let addends: Vec<Addend> = shape
            .1
            .iter()
            .map(|(ty, shift, negative)| Addend {
                ty: ok(IntType::parse(ty)),
                zeros: 0,
                shift: *shift,
                negative: *negative,
            })
            .collect();
        let width = graph.node(graph.results[0]).ty.width;
        let routed = if registered { 0 } else { 100 };
        let plan = plan(&addends, shape.2, width, Rates { passed: 50, routed });
        rows.push((
            shape.0,
            registered,
            width,
            plan.count(),
            plan.before.is_some(),
        ));
    }
    let found = synthesised(&verilog, rows.len());
    let mut table = String::from(
        "sum                            registered  bits  LUTs  yosys  passed  routed  rows\n",
    );
    for ((name, registered, width, count, two), found) in rows.iter().zip(&found) {
        let registered = if *registered { "yes" } else { "no" };
        let rows = 1 + u32::from(*two);
        writeln!(
            table,
            "{name:30} {registered:>10} {width:>5} {:>5} {found:>6} {:>7} {:>7} {rows:>5}",
            count.luts, count.passed, count.routed
        )
        .expect("writing to a string");
    }
    insta::assert_snapshot!(table);
    for ((name, .., count, _), found) in rows.iter().zip(&found) {
        assert_eq!(count.luts, *found, "{name}");
    }
}
