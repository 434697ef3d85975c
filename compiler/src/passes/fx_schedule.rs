//! fx-schedule: cut the dataflow into pipeline stages for a clock, with the fewest register bits.
//!
//! Before   %2 = fx.add %0, %1            kaon.latency absent
//!          %3 = fx.mul %2, %x2
//! After    %2 = fx.add %0, %1            kaon.latency = 2, kaon.clock_ps = 5000
//!          %3 = fx.register %2
//!          %4 = fx.mul %3, %x2_1         %x2_1 = fx.register %x2
//!          %5 = fx.register %4
//!
//! Needs      a target and a clock period, a number of stages or a latency in time; exact
//!            widths, because delays and register bits follow from them. A schedule that is
//!            there already is made anew.
//! Leaves     `fx.register` ops, one chain for each value; the graph's latency, the same for
//!            every output, and the clock period the schedule was made for: the one asked
//!            for, or the shortest that a number of stages allows, or within the clock slack
//!            of that the one of the cheapest circuit, or the longest that a latency in time
//!            allows. Inputs are wires and outputs leave through a register,
//!            unless asked otherwise. With 0 stages there are no registers.
//!            Remarks: each layer with an op that is slower than the clock by itself; a
//!            latency that cannot meet the clock; one stage more, where that would save a
//!            quarter of the register bits (asked of graphs up to 20 000 ops), unless
//!            extra stages are allowed: then it is taken.
//! Never      changes a value or a port; registers a constant.

use std::collections::BTreeMap;

use dialects::Result;
use dialects::fx::{Graph, LayerId};

use super::{Changed, Pass, Run, fx_merge_rows};
use crate::context::PassContext;
use crate::schedule::{self, ExtraStages, Plan, Request, period};

const NAME: &str = "fx-schedule";

pub const PASS: Pass = Pass {
    name: NAME,
    summary: "cut the dataflow into pipeline stages for a clock, with the fewest register bits",
    source: include_str!("fx_schedule.rs"),
    run: Run::Fx(run),
};

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    let request = Request::of(cx.options);
    let plain = schedule::remove_registers(graph);
    let mut slack = false;
    let mut plan = schedule::plan(&plain, cx.target, request)?;
    if let Some(thrifty) = thrifty(&plain, &plan, request, cx)? {
        report_the_slack(&plan, &thrifty, cx);
        plan = thrifty;
        slack = true;
    }
    report_slow_ops(&plain, &plan, cx);
    if let (Some(stages), Some(asked), Some(clock)) =
        (request.stages, request.clock_ps, plan.clock_ps)
        && clock > asked
    {
        cx.remark(
            NAME,
            None,
            format!(
                "a latency of {stages} cannot meet {}; the schedule is made for {}",
                period(asked),
                period(clock)
            ),
        );
    }
    match plan.extra_stages {
        0 => report_a_stage_more(&plain, &plan, request, cx),
        more => cx.remark(
            NAME,
            None,
            format!(
                "{more} of the {} stages are there because they save registers",
                plan.latency
            ),
        ),
    }
    let mut scheduled = schedule::insert_registers(&plain, &plan);
    if let (None, Some(stages), None) = (request.clock_ps, request.stages, request.latency_ps) {
        // Each stage reads less than all stages together: nets are shorter than planned. What
        // a slack leaves is for rows that `fx-merge-rows` makes longer.
        let path = schedule::longest_path_ps(&scheduled, cx.target) + cx.target.overhead_ps();
        let path = path.max(cx.target.shortest_clock_ps());
        scheduled.clock_ps = scheduled
            .clock_ps
            .map(|planned| if slack { planned } else { planned.min(path) });
        report_the_clock(stages, scheduled.clock_ps, cx);
    }
    if let (None, Some(latency)) = (request.clock_ps, request.latency_ps) {
        report_the_latency(latency, &scheduled, cx);
    }
    let changed = scheduled != *graph;
    *graph = scheduled;
    Ok(changed.into())
}

fn report_the_clock(stages: u32, clock: Option<u32>, cx: &PassContext) {
    if let Some(clock) = clock {
        let text = format!("the clock for a latency of {stages} is {}", period(clock));
        cx.remark(NAME, None, text);
    }
}

fn report_the_latency(latency: u32, scheduled: &Graph, cx: &PassContext) {
    let (stages, nanoseconds) = (scheduled.latency.unwrap_or(0), f64::from(latency) / 1e3);
    let text = match scheduled.clock_ps {
        Some(clock) => format!(
            "the fewest registers in {nanoseconds:.2} ns are those of a latency of {stages} at {}",
            period(clock)
        ),
        None => format!("a combinational circuit fits in {nanoseconds:.2} ns"),
    };
    cx.remark(NAME, None, text);
}

/// The clocks tried between the fastest and the slowest that the slack allows.
const TRIED: u32 = 5;

/// For a number of stages alone: the plan with a clock within the slack whose circuit takes
/// fewer LUTs, two registers counting as one; `None` where the fastest clock's does.
///
/// A slower clock frees registers that the critical paths pin down, and leaves fewer sums
/// that go straight into registers, which `fx-merge-rows` joins.
fn thrifty(
    plain: &Graph,
    fastest: &Plan,
    request: Request,
    cx: &PassContext,
) -> Result<Option<Plan>> {
    let alone = request.clock_ps.is_none() && request.latency_ps.is_none();
    let (Some(stages), Some(clock), true) = (request.stages, fastest.clock_ps, alone) else {
        return Ok(None);
    };
    if stages < 2 {
        return Ok(None);
    }
    let tried = match plain.nodes.len() > ASKED_OPS {
        true => 1,
        false => TRIED,
    };
    let mut best: (u64, Option<Plan>) = (price(plain, fastest, cx)?, None);
    for step in 1..=tried {
        let longer = u64::from(clock) * u64::from(cx.options.clock_slack * step);
        let longer = longer / u64::from(100 * tried);
        let request = Request {
            clock_ps: Some(clock.saturating_add(longer as u32)),
            ..request
        };
        let plan = schedule::plan(plain, cx.target, request)?;
        if plan.register_bits >= fastest.register_bits {
            continue;
        }
        let price = price(plain, &plan, cx)?;
        if price < best.0 {
            best = (price, Some(plan));
        }
    }
    Ok(best.1)
}

/// LUTs twice, and flip-flops, of a plan's circuit.
fn price(plain: &Graph, plan: &Plan, cx: &PassContext) -> Result<u64> {
    let mut graph = schedule::insert_registers(plain, plan);
    fx_merge_rows::merge(&mut graph, cx.target)?;
    let costs = cx.target.costs(&graph);
    Ok(costs
        .iter()
        .map(|cost| 2 * u64::from(cost.area) + u64::from(cost.ff))
        .sum())
}

fn report_the_slack(fastest: &Plan, chosen: &Plan, cx: &PassContext) {
    let (Some(clock), Some(taken)) = (fastest.clock_ps, chosen.clock_ps) else {
        return;
    };
    let text = format!(
        "the fastest clock would be {}; {} takes {} register bits instead of {}; --clock-slack 0 takes the fastest",
        period(clock),
        period(taken),
        chosen.register_bits,
        fastest.register_bits
    );
    cx.remark(NAME, None, text);
}

/// One remark a layer, about its slowest op.
fn report_slow_ops(graph: &Graph, plan: &Plan, cx: &PassContext) {
    let mut slowest = BTreeMap::<LayerId, (u32, &'static str)>::new();
    for (value, needed) in &plan.slow {
        let node = graph.node(*value);
        let known = slowest.entry(node.layer).or_insert((0, ""));
        if *needed > known.0 {
            *known = (*needed, node.op.name());
        }
    }
    for (layer, (needed, op)) in slowest {
        cx.remark(
            NAME,
            Some(graph.layer_name(layer)),
            format!(
                "one fx.{op} is slower than the clock of {}; it has a stage of its own and meets {}",
                period(plan.clock_ps.unwrap_or(cx.options.clock_ps)),
                period(needed)
            ),
        );
    }
}

/// Above this many ops nobody waits for a second schedule.
const ASKED_OPS: usize = 20_000;

fn report_a_stage_more(graph: &Graph, plan: &Plan, request: Request, cx: &PassContext) {
    let free = request.stages.is_none() && request.latency_ps.is_none();
    let asked = request.extra != ExtraStages::Tell;
    if !free || asked || graph.nodes.len() > ASKED_OPS {
        return;
    }
    let more = plan.latency + 1;
    let request = Request {
        stages: Some(more),
        ..request
    };
    let Ok(longer) = schedule::plan(graph, cx.target, request) else {
        return;
    };
    if schedule::saves_a_quarter(plan.register_bits, longer.register_bits) {
        cx.remark(
            NAME,
            None,
            format!(
                "a latency of {more} instead of {} would need {} register bits instead of {}; --extra-stages auto takes it",
                plan.latency, longer.register_bits, plan.register_bits
            ),
        );
    }
}
