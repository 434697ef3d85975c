//! The schedule: meets the clock, changes no value, and has the fewest register bits.

use compiler::context::PassContext;
use compiler::options::Options;
use compiler::passes::{self, Changed, Run};
use compiler::schedule::{self, Dependences, Request};
use compiler::target::{self, Target};
use dialects::fx::{self, Builder, Graph, IntType, LayerId, Op, Port, PortElement, ValueId};
use dialects::number::Number;

/// A small generator of its own: the same graphs on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % end
    }
}

fn port(name: &str, widths: &[IntType]) -> Port {
    let element = |&ty| PortElement {
        ty,
        scale: Number::one(),
        offset: Number::zero(),
    };
    Port {
        name: name.to_string(),
        shape: vec![widths.len()],
        elements: widths.iter().map(element).collect(),
        conversion: Default::default(),
    }
}

/// Adders, shifts, clamps, constants; a few inputs and outputs.
fn random_graph(seed: u64, ops: usize) -> Graph {
    let mut random = Random(seed);
    let inputs = 1 + random.below(3);
    let types: Vec<IntType> = (0..inputs)
        .map(|_| match random.below(2) {
            0 => IntType::signed(2 + random.below(7) as u32),
            _ => IntType::unsigned(1 + random.below(7) as u32),
        })
        .collect();
    let mut builder = Builder::new("top", vec![port("x", &types)]);
    let layer = builder.layer("random");
    let mut values: Vec<ValueId> = (0..inputs).map(|at| builder.input(at)).collect();
    while values.len() < inputs + ops {
        let near = values.len().min(5);
        let pick = |random: &mut Random| values[values.len() - 1 - random.below(near)];
        let (a, b) = (pick(&mut random), pick(&mut random));
        let value = match random.below(8) {
            0..=2 => builder.add(a, b, layer),
            3 => builder.sub(a, b, layer),
            4 => builder.shl(a, 1 + random.below(3) as u32, layer),
            5 => builder.shr(a, 1, layer),
            6 => builder.clamp(a, -3, 9, layer),
            _ => {
                let constant = builder
                    .constant(random.below(40) as i128 - 20, layer)
                    .unwrap();
                builder.add(a, constant, layer)
            }
        };
        values.push(value.unwrap_or_else(|error| panic!("{error}")));
    }
    let mut results = vec![values[values.len() - 1]];
    for _ in 0..random.below(3) {
        results.push(values[random.below(values.len())]);
    }
    let types: Vec<IntType> = results
        .iter()
        .map(|value| builder.node(*value).ty)
        .collect();
    builder.finish(results, vec![port("y", &types)])
}

/// What must hold for every plan; returns the scheduled graph.
fn check(graph: &Graph, target: &Target, request: Request) -> Graph {
    let plain = schedule::remove_registers(graph);
    let plan = schedule::plan(&plain, target, request);
    let scheduled = schedule::insert_registers(&plain, &plan);
    fx::verify(&scheduled).unwrap_or_else(|error| panic!("{error}\n{}", fx::print(&scheduled)));
    // Operands of an op have passed the same number of registers, results all of them.
    let stages = schedule::stages_of(&scheduled);
    for node in &scheduled.nodes {
        let mut of: Vec<u32> = node
            .op
            .operands()
            .iter()
            .filter_map(|value| stages[value.index()])
            .collect();
        of.dedup();
        assert!(
            of.len() < 2,
            "an op reads two stages\n{}",
            fx::print(&scheduled)
        );
    }
    for result in &scheduled.results {
        let stage = stages[result.index()];
        assert!(stage.is_none() || stage == Some(plan.latency));
    }
    // The registers that were promised, one chain a value.
    let operands = target::operands(&scheduled);
    let mut bits = 0;
    let mut registered = std::collections::HashSet::new();
    for (node, operand) in scheduled.nodes.iter().zip(&operands) {
        if let Op::Register { input } = node.op {
            bits += u64::from(operand.register_bits());
            assert!(registered.insert(input), "a value is registered twice");
            assert!(!matches!(scheduled.node(input).op, Op::Constant { .. }));
        }
    }
    assert_eq!(bits, plan.register_bits);
    assert!(plan.register_bits <= plan.earliest_register_bits);
    if let Some(clock) = plan.clock_ps
        && plan.slow.is_empty()
    {
        let longest = schedule::longest_path_ps(&scheduled, target) + target.overhead_ps();
        assert!(
            longest <= clock.max(target.overhead_ps() + 1),
            "{longest} ps in a clock of {clock} ps"
        );
    }
    // The same values.
    for seed in 0..4 {
        let mut random = Random(seed);
        let inputs: Vec<i128> = plain.nodes[..plain.input_count()]
            .iter()
            .map(|node| {
                let range = node.ty.range();
                range.lo + random.below((range.hi - range.lo + 1) as usize) as i128
            })
            .collect();
        assert_eq!(
            fx::eval(graph, &inputs).unwrap(),
            fx::eval(&scheduled, &inputs).unwrap()
        );
    }
    // Made again it is the same text.
    let again = schedule::remove_registers(&scheduled);
    let again = schedule::insert_registers(&again, &schedule::plan(&again, target, request));
    assert_eq!(fx::print(&again), fx::print(&scheduled));
    scheduled
}

/// The fewest register bits over all assignments of stages, by trying them all.
fn fewest_by_trying(graph: &Graph, target: &Target, latency: u32, budget: u32) -> u64 {
    let dependences = Dependences::new(graph, target);
    let count = dependences.graph.node_count();
    let mut stages = vec![0u32; count];
    let mut arrivals = vec![0u32; count];
    let mut best = u64::MAX;
    try_from(
        &dependences,
        0,
        latency,
        budget,
        &mut stages,
        &mut arrivals,
        &mut best,
    );
    best
}

fn try_from(
    dependences: &Dependences,
    at: usize,
    latency: u32,
    budget: u32,
    stages: &mut Vec<u32>,
    arrivals: &mut Vec<u32>,
    best: &mut u64,
) {
    if at == stages.len() {
        *best = (*best).min(dependences.register_bits(stages, latency));
        return;
    }
    let node = dependences.graph.node_indices().nth(at).unwrap();
    let sources: Vec<usize> = dependences
        .sources(node)
        .map(|source| source.index())
        .collect();
    let first = sources
        .iter()
        .map(|&source| stages[source])
        .max()
        .unwrap_or(0);
    let last = if dependences.graph[node].input {
        0
    } else {
        latency - 1
    };
    for stage in first..=last {
        let ready = sources.iter().filter(|&&source| stages[source] == stage);
        let ready = ready.map(|&source| arrivals[source]).max().unwrap_or(0);
        let arrival = ready + dependences.delay(node).min(budget);
        if arrival <= budget {
            (stages[at], arrivals[at]) = (stage, arrival);
            try_from(dependences, at + 1, latency, budget, stages, arrivals, best);
        }
    }
}

#[test]
fn random_graphs_meet_the_clock_with_the_fewest_register_bits() {
    let target = Target::default();
    let (mut cases, mut saved) = (0, 0);
    for seed in 0..300 {
        let graph = random_graph(seed, 4 + (seed % 5) as usize);
        let plain = schedule::remove_registers(&graph);
        for clock_ps in [1100, 1900, 2800] {
            let request = Request {
                clock_ps,
                stages: None,
            };
            check(&graph, &target, request);
            let plan = schedule::plan(&plain, &target, request);
            let budget = clock_ps - target.overhead_ps();
            let shorter = (plan.latency > 1).then(|| Request {
                clock_ps,
                stages: Some(plan.latency - 1),
            });
            if let Some(shorter) = shorter {
                let tight = schedule::plan(&plain, &target, shorter);
                assert!(tight.clock_ps.unwrap() > clock_ps, "a stage too many");
            }
            if plan.latency <= 4 {
                let fewest = fewest_by_trying(&plain, &target, plan.latency, budget);
                assert_eq!(plan.register_bits, fewest, "seed {seed}, {clock_ps} ps");
                cases += 1;
                saved += u64::from(plan.register_bits < plan.earliest_register_bits);
            }
            let longer = Request {
                clock_ps,
                stages: Some(plan.latency + 1),
            };
            check(&graph, &target, longer);
            if plan.latency <= 3 {
                let plan = schedule::plan(&plain, &target, longer);
                let fewest = fewest_by_trying(&plain, &target, plan.latency, budget);
                assert_eq!(
                    plan.register_bits, fewest,
                    "seed {seed}, {clock_ps} ps, one more"
                );
            }
        }
    }
    assert!(
        cases > 500 && saved > 50,
        "{cases} cases, {saved} better than the earliest"
    );
}

#[test]
fn larger_random_graphs_keep_every_promise() {
    for name in ["vu13p", "lfe5u-85", "up5k", "generic"] {
        let target = target::find(name).unwrap();
        for seed in 0..6 {
            let graph = random_graph(1000 + seed, 40);
            for (clock_ps, stages) in [
                (5000, None),
                (12_000, None),
                (5000, Some(0)),
                (5000, Some(3)),
            ] {
                check(&graph, &target, Request { clock_ps, stages });
            }
        }
    }
}

fn run_pass(graph: &mut Graph, options: &Options) -> (Changed, Vec<String>) {
    let target = Target::default();
    let cx = PassContext::new(options, &target);
    let Run::Fx(run) = passes::find("fx-schedule").unwrap().run else {
        panic!("fx-schedule works on fx");
    };
    let changed = run(graph, &cx).unwrap();
    let remarks = cx.take_remarks();
    let remarks = remarks.into_iter().map(|remark| {
        format!(
            "{}, layer {:?}: {}",
            remark.from,
            remark.layer.unwrap_or_default(),
            remark.text
        )
    });
    (changed, remarks.collect())
}

fn chain_of_products() -> Graph {
    let mut builder = Builder::new("top", vec![port("x", &[IntType::signed(16); 2])]);
    let layer: LayerId = builder.layer("square");
    let (a, b) = (builder.input(0), builder.input(1));
    let product = builder.mul(a, b, layer).unwrap();
    let sum = builder.add(product, a, layer).unwrap();
    let ty = builder.node(sum).ty;
    builder.finish(vec![sum], vec![port("y", &[ty])])
}

#[test]
fn the_pass_run_again_changes_nothing_until_the_options_do() {
    let mut graph = chain_of_products();
    let options = Options::default();
    assert_eq!(run_pass(&mut graph, &options).0, Changed::Yes);
    assert_eq!((graph.latency, graph.clock_ps), (Some(1), Some(5000)));
    assert_eq!(run_pass(&mut graph, &options).0, Changed::No);
    let combinational = Options {
        stages: Some(0),
        ..options
    };
    assert_eq!(run_pass(&mut graph, &combinational).0, Changed::Yes);
    assert_eq!((graph.latency, graph.clock_ps), (Some(0), None));
    assert_eq!(run_pass(&mut graph, &combinational).0, Changed::No);
}

#[test]
fn an_op_slower_than_the_clock_and_a_stage_too_few_are_remarked() {
    let fast = Options {
        clock_ps: 1500,
        ..Options::default()
    };
    let mut graph = chain_of_products();
    insta::assert_debug_snapshot!(run_pass(&mut graph, &fast));
    let one = Options {
        stages: Some(1),
        clock_ps: 3000,
        ..Options::default()
    };
    insta::assert_debug_snapshot!(run_pass(&mut graph, &one));
}

#[test]
fn targets_are_found_by_device_and_by_family() {
    assert_eq!(target::find("VU13P").unwrap().name, "vu13p");
    assert_eq!(target::find("UltraScale-Plus").unwrap().name, "vu13p");
    assert_eq!(target::find("lfe5u_85").unwrap().device.part, "LFE5U-85");
    insta::assert_snapshot!(target::find("stratix").unwrap_err());
}
