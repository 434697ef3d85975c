//! The schedule: meets the clock, changes no value, and has the fewest register bits.

use compiler::context::PassContext;
use compiler::options::Options;
use compiler::passes::{self, Changed, Run};
use compiler::schedule::{self, Dependences, ExtraStages, Plan, Request};
use compiler::target::{self, Arrival, Target};
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

fn plan(graph: &Graph, target: &Target, request: Request) -> Plan {
    schedule::plan(graph, target, request).unwrap_or_else(|error| panic!("{error}"))
}

fn clock(clock_ps: u32) -> Request {
    Request {
        clock_ps: Some(clock_ps),
        ..Request::default()
    }
}

/// What must hold for every plan; returns the scheduled graph.
fn check(graph: &Graph, target: &Target, request: Request) -> Graph {
    let plain = schedule::remove_registers(graph);
    let plan = plan(&plain, target, request);
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
    if request.register_inputs && plan.latency > 0 {
        for node in &scheduled.nodes {
            let reads_input = node
                .op
                .operands()
                .iter()
                .any(|of| matches!(scheduled.node(*of).op, Op::Input { .. }));
            assert!(!reads_input || matches!(node.op, Op::Register { .. } | Op::Shl { .. }));
        }
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
    let again_plan = self::plan(&again, target, request);
    let again = schedule::insert_registers(&again, &again_plan);
    assert_eq!(fx::print(&again), fx::print(&scheduled));
    scheduled
}

/// The fewest register bits over all assignments of stages, by trying them all.
fn fewest_by_trying(
    graph: &Graph,
    target: &Target,
    latency: u32,
    budget: u32,
    request: Request,
) -> u64 {
    let dependences = Dependences::new(graph, target);
    let count = dependences.graph.node_count();
    let mut trial = Trial {
        stages: vec![0u32; count],
        arrivals: vec![Arrival::default(); count],
        first: request.register_inputs.into(),
        last: latency - u32::from(request.register_outputs),
        latency,
        budget,
        best: u64::MAX,
        dependences,
    };
    trial.place(0);
    trial.best
}

struct Trial {
    dependences: Dependences,
    stages: Vec<u32>,
    arrivals: Vec<Arrival>,
    first: u32,
    last: u32,
    latency: u32,
    budget: u32,
    best: u64,
}

impl Trial {
    fn place(&mut self, at: usize) {
        if at == self.stages.len() {
            let bits = self.dependences.register_bits(&self.stages, self.latency);
            self.best = self.best.min(bits);
            return;
        }
        let node = self.dependences.graph.node_indices().nth(at).unwrap();
        if self.dependences.graph[node].input {
            return self.place(at + 1);
        }
        let ways: Vec<_> = self.dependences.ways_in(node).collect();
        let first = ways.iter().map(|(source, _)| self.stages[source.index()]);
        let first = first.max().unwrap_or(0).max(self.first);
        for stage in first..=self.last {
            let mut arrival = self.dependences.alone(node);
            for (source, way) in &ways {
                // Behind the registers at the inputs a stage begins.
                if self.stages[source.index()] == stage {
                    arrival = arrival.later(way.after(self.arrivals[source.index()]));
                }
            }
            if arrival.high <= self.budget {
                (self.stages[at], self.arrivals[at]) = (stage, arrival);
                self.place(at + 1);
            }
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
                register_inputs: seed % 3 == 1,
                register_outputs: seed % 5 != 2,
                ..clock(clock_ps)
            };
            check(&graph, &target, request);
            let found = plan(&plain, &target, request);
            if !found.slow.is_empty() {
                continue;
            }
            let budget = clock_ps - target.overhead_ps();
            let least = u32::from(request.register_inputs) + u32::from(request.register_outputs);
            if found.latency > least.max(1) {
                let shorter = Request {
                    stages: Some(found.latency - 1),
                    ..request
                };
                let tight = plan(&plain, &target, shorter);
                assert!(tight.clock_ps.unwrap() > clock_ps, "a stage too many");
            }
            for (more, most) in [(0, 4), (1, 3)] {
                let latency = found.latency + more;
                let request = Request {
                    stages: Some(latency),
                    ..request
                };
                check(&graph, &target, request);
                if latency > 0 && found.latency <= most {
                    let fewest = fewest_by_trying(&plain, &target, latency, budget, request);
                    let found = plan(&plain, &target, request);
                    assert_eq!(
                        found.register_bits, fewest,
                        "seed {seed}, {clock_ps} ps, {more} more"
                    );
                    cases += 1;
                    saved += u64::from(found.register_bits < found.earliest_register_bits);
                }
            }
        }
    }
    assert!(
        cases > 800 && saved > 100,
        "{cases} cases, {saved} better than the earliest"
    );
}

#[test]
fn a_number_of_stages_gets_the_shortest_period_there_is() {
    let target = Target::default();
    for seed in 0..60 {
        let graph = random_graph(seed, 5 + (seed % 4) as usize);
        let plain = schedule::remove_registers(&graph);
        for stages in 1..4 {
            let request = Request {
                stages: Some(stages),
                ..Request::default()
            };
            check(&graph, &target, request);
            let found = plan(&plain, &target, request).clock_ps.unwrap();
            if found == target.shortest_clock_ps() {
                continue;
            }
            let found = found - target.overhead_ps();
            let at = |budget| fewest_by_trying(&plain, &target, stages, budget, request);
            assert!(at(found) < u64::MAX);
            assert!(found == 1 || at(found - 1) == u64::MAX, "seed {seed}");
        }
    }
}

#[test]
fn a_latency_in_time_is_kept_with_few_registers() {
    let target = Target::default();
    let mut refused = 0;
    for seed in 0..40 {
        let graph = random_graph(seed, 30);
        let plain = schedule::remove_registers(&graph);
        for (latency_ps, clock_ps) in [(2000, None), (6000, None), (20_000, Some(2500))] {
            for register_inputs in [false, true] {
                let request = Request {
                    latency_ps: Some(latency_ps),
                    clock_ps,
                    register_inputs,
                    ..Request::default()
                };
                let Ok(found) = schedule::plan(&plain, &target, request) else {
                    refused += 1;
                    continue;
                };
                check(&graph, &target, request);
                assert!(found.latency * found.clock_ps.unwrap() <= latency_ps);
                assert!(found.slow.is_empty());
                if let Some(clock_ps) = clock_ps {
                    assert_eq!(found.clock_ps, Some(clock_ps));
                    for latency in 1 + u32::from(register_inputs)..=latency_ps / clock_ps {
                        let other = Request {
                            stages: Some(latency),
                            latency_ps: None,
                            ..request
                        };
                        let other = plan(&plain, &target, other);
                        let fits = other.clock_ps == Some(clock_ps);
                        assert!(!fits || other.register_bits >= found.register_bits);
                    }
                }
            }
        }
    }
    assert!((1..200).contains(&refused), "{refused} refused");
}

#[test]
fn extra_stages_save_a_quarter_each() {
    let target = Target::default();
    let mut taken = 0;
    for seed in 0..200 {
        let graph = random_graph(seed, 80);
        let plain = schedule::remove_registers(&graph);
        let fewest = plan(&plain, &target, clock(3000));
        let request = Request {
            extra: ExtraStages::Auto,
            ..clock(3000)
        };
        let found = plan(&plain, &target, request);
        assert_eq!(found.latency, fewest.latency + found.extra_stages);
        if found.extra_stages > 0 {
            taken += 1;
            assert!(4 * found.register_bits <= 3 * fewest.register_bits);
            check(&graph, &target, request);
            let one = Request {
                extra: ExtraStages::UpTo(1),
                ..clock(3000)
            };
            assert_eq!(plan(&plain, &target, one).extra_stages, 1);
        }
    }
    assert!(taken > 0, "an extra stage never pays");
}

#[test]
fn wishes_that_exclude_each_other_are_refused() {
    let graph = schedule::remove_registers(&random_graph(1, 30));
    let wishes = [
        Request::default(),
        Request {
            stages: Some(0),
            register_inputs: true,
            ..Request::default()
        },
        Request {
            stages: Some(0),
            latency_ps: Some(5000),
            ..Request::default()
        },
        Request {
            stages: Some(1),
            register_inputs: true,
            ..Request::default()
        },
        Request {
            stages: Some(4),
            extra: ExtraStages::Auto,
            ..Request::default()
        },
        Request {
            stages: Some(4),
            latency_ps: Some(5000),
            ..clock(2000)
        },
        Request {
            latency_ps: Some(1500),
            ..Request::default()
        },
        Request {
            latency_ps: Some(4500),
            ..clock(1500)
        },
    ];
    let refusals = wishes.map(|request| {
        let refusal = schedule::plan(&graph, &Target::default(), request);
        refusal.expect_err("a contradiction is refused").to_string()
    });
    insta::assert_debug_snapshot!(refusals);
}

#[test]
fn registers_that_keep_fewer_bits_than_they_are_given_can_be_scheduled_again() {
    let target = Target::default();
    for seed in 0..40 {
        let graph = kaon_testsuite::random_fx::graph(seed, 80, 20);
        check(&graph, &target, clock(2500));
    }
    check(
        &kaon_testsuite::random_fx::graph(17, 80, 20),
        &target,
        clock(5000),
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
                let request = Request {
                    stages,
                    ..clock(clock_ps)
                };
                check(&graph, &target, request);
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
        fixed_clock: true,
        ..Options::default()
    };
    insta::assert_debug_snapshot!(run_pass(&mut graph, &one));
    let fastest = Options {
        fixed_clock: false,
        ..one
    };
    insta::assert_debug_snapshot!(run_pass(&mut graph, &fastest));
}

#[test]
fn targets_are_found_by_device_and_by_family() {
    assert_eq!(target::find("VU13P").unwrap().name, "vu13p");
    assert_eq!(target::find("UltraScale-Plus").unwrap().name, "vu13p");
    assert_eq!(target::find("lfe5u_85").unwrap().device.part, "LFE5U-85");
    insta::assert_snapshot!(target::find("stratix").unwrap_err());
}
