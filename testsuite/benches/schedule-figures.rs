//! Register bits and time of the schedule on random dense networks.
//!
//! `cargo bench -p kaon-testsuite --bench schedule-figures`
//!
//! 6-bit weights, half of them zero, each product by its signed digits, balanced sums,
//! clamps between the layers.

use std::time::Instant;

use compiler::schedule::{self, Request};
use compiler::target::Target;
use dialects::fx::{Builder, Graph, IntType, LayerId, Port, PortElement, ValueId};
use dialects::number::Number;

struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) % end
    }
}

fn port(name: &str, types: Vec<IntType>) -> Port {
    let elements = types.into_iter().map(|ty| PortElement {
        ty,
        scale: Number::one(),
        offset: Number::zero(),
    });
    let elements: Vec<PortElement> = elements.collect();
    Port {
        name: name.to_string(),
        shape: vec![elements.len()],
        elements,
        conversion: Default::default(),
    }
}

/// The signed terms of value * weight.
fn product(
    builder: &mut Builder,
    value: ValueId,
    weight: i64,
    layer: LayerId,
    terms: &mut Vec<(ValueId, bool)>,
) {
    let (mut left, mut shift) = (weight, 0);
    while left != 0 {
        if left & 1 == 1 {
            let digit = 2 - (left & 3);
            left -= digit;
            let term = builder.shl(value, shift, layer).expect("a shift fits");
            terms.push((term, digit < 0));
        }
        left >>= 1;
        shift += 1;
    }
}

/// A balanced sum; the first term of a pair carries the sign.
fn sum(builder: &mut Builder, mut terms: Vec<(ValueId, bool)>, layer: LayerId) -> ValueId {
    while terms.len() > 1 {
        let pairs = terms.chunks(2).map(|pair| match *pair {
            [(a, false), (b, true)] => (builder.sub(a, b, layer), false),
            [(a, true), (b, false)] => (builder.sub(b, a, layer), false),
            [(a, minus), (b, _)] => (builder.add(a, b, layer), minus),
            [(a, minus), ..] => (Ok(a), minus),
            [] => unreachable!("chunks are not empty"),
        });
        let sums = pairs.map(|(sum, minus)| (sum.expect("a sum fits"), minus));
        terms = sums.collect();
    }
    match terms[..] {
        [(value, false)] => value,
        [(value, _)] => builder.neg(value, layer).expect("a negation fits"),
        _ => builder.constant(0, layer).expect("zero fits"),
    }
}

fn network(sizes: &[usize]) -> Graph {
    let mut random = Random(1);
    let inputs = port("x", vec![IntType::signed(8); sizes[0]]);
    let mut builder = Builder::new("top", vec![inputs]);
    let mut values: Vec<ValueId> = (0..sizes[0]).map(|at| builder.input(at)).collect();
    for (at, &size) in sizes.iter().enumerate().skip(1) {
        let layer = builder.layer(&format!("dense_{at}"));
        let mut next = Vec::new();
        for _ in 0..size {
            let mut terms = Vec::new();
            for &value in &values {
                if random.below(2) == 0 {
                    let weight = random.below(64) as i64 - 32;
                    product(&mut builder, value, weight, layer, &mut terms);
                }
            }
            let total = sum(&mut builder, terms, layer);
            let cut = builder.shr(total, 6, layer).expect("a shift fits");
            next.push(builder.clamp(cut, 0, 255, layer).expect("a clamp fits"));
        }
        values = next;
    }
    let types = values.iter().map(|value| builder.node(*value).ty).collect();
    builder.finish(values, vec![port("y", types)])
}

fn plan(graph: &Graph, request: Request) -> schedule::Plan {
    let plan = schedule::plan(graph, &Target::default(), request);
    plan.unwrap_or_else(|error| panic!("{error}"))
}

fn main() {
    println!(
        "network                nodes  clock ns  stages  earliest bits  fewest bits  saved       time"
    );
    for (name, sizes, clocks) in [
        (
            "16-64-32-32-5",
            &[16, 64, 32, 32, 5][..],
            &[1500, 2500, 5000][..],
        ),
        (
            "64-256-96-48-10",
            &[64, 256, 96, 48, 10],
            &[1500, 2500, 5000],
        ),
        ("64-64-32-10", &[64, 64, 32, 10], &[2500]),
        ("128-192-96-64-10", &[128, 192, 96, 64, 10], &[2500]),
        ("256-320-256-128-10", &[256, 320, 256, 128, 10], &[2500]),
        (
            "512-700-512-256-10",
            &[512, 700, 512, 256, 10],
            &[2500, 5000],
        ),
        ("640-900-720-320-10", &[640, 900, 720, 320, 10], &[2500]),
    ] {
        let graph = schedule::remove_registers(&network(sizes));
        for &clock_ps in clocks {
            let request = Request {
                clock_ps: Some(clock_ps),
                ..Request::default()
            };
            let fewest = measure(name, &graph, request);
            if graph.nodes.len() < 100_000 {
                let stages = Some(fewest.latency + 1);
                measure(name, &graph, Request { stages, ..request });
            }
        }
    }
}

/// One plan, printed with its time.
fn measure(name: &str, graph: &Graph, request: Request) -> schedule::Plan {
    let start = Instant::now();
    let plan = plan(graph, request);
    let time = start.elapsed();
    let saved = 1.0 - plan.register_bits as f64 / plan.earliest_register_bits as f64;
    let clock_ps = plan.clock_ps.unwrap_or(0);
    println!(
        "{name:20} {:>7}  {:>8.1}  {:>6}  {:>13}  {:>11}  {:>4.0} %  {:>7} ms",
        graph.nodes.len(),
        f64::from(clock_ps) / 1e3,
        plan.latency,
        plan.earliest_register_bits,
        plan.register_bits,
        100.0 * saved,
        time.as_millis()
    );
    let target = Target::default();
    let scheduled = schedule::insert_registers(graph, &plan);
    let longest = schedule::longest_path_ps(&scheduled, &target);
    assert!(longest + target.overhead_ps() <= clock_ps);
    plan
}
