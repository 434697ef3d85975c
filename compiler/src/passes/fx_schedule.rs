//! fx-schedule: cut the dataflow into pipeline stages for a clock, with the fewest register bits.
//!
//! Before   %2 = fx.add %0, %1            kaon.latency absent
//!          %3 = fx.mul %2, %x2
//! After    %2 = fx.add %0, %1            kaon.latency = 2, kaon.clock_ps = 5000
//!          %3 = fx.register %2
//!          %4 = fx.mul %3, %x2_1         %x2_1 = fx.register %x2
//!          %5 = fx.register %4
//!
//! Needs      a target and a clock period, or a number of stages; exact widths, because
//!            delays and register bits follow from them. A schedule that is there already
//!            is made anew.
//! Leaves     `fx.register` ops, one chain for each value; the graph's latency, the same for
//!            every output, and the clock period the schedule was made for. Inputs are
//!            wires, outputs leave through a register. With 0 stages there are no registers.
//!            Remarks: each layer with an op that is slower than the clock by itself; a
//!            latency that cannot meet the clock; one stage more, where that would save a
//!            quarter of the register bits (asked of graphs up to 20 000 ops).
//! Never      changes a value or a port; registers a constant.

use std::collections::BTreeMap;

use dialects::Result;
use dialects::fx::{Graph, LayerId};

use super::{Changed, Pass, Run};
use crate::context::PassContext;
use crate::schedule::{self, Plan, Request};

const NAME: &str = "fx-schedule";

pub const PASS: Pass = Pass {
    name: NAME,
    summary: "cut the dataflow into pipeline stages for a clock, with the fewest register bits",
    source: include_str!("fx_schedule.rs"),
    run: Run::Fx(run),
};

fn run(graph: &mut Graph, cx: &PassContext) -> Result<Changed> {
    let request = Request {
        clock_ps: cx.options.clock_ps,
        stages: cx.options.stages,
    };
    let plain = schedule::remove_registers(graph);
    let plan = schedule::plan(&plain, cx.target, request);
    report_slow_ops(&plain, &plan, cx);
    if let (Some(stages), Some(clock)) = (request.stages, plan.clock_ps)
        && clock > request.clock_ps
    {
        cx.remark(
            NAME,
            None,
            format!(
                "a latency of {stages} cannot meet {}; the schedule is made for {}",
                period(request.clock_ps),
                period(clock)
            ),
        );
    }
    if request.stages.is_none() {
        report_a_stage_more(&plain, &plan, cx);
    }
    let scheduled = schedule::insert_registers(&plain, &plan);
    let changed = scheduled != *graph;
    *graph = scheduled;
    Ok(changed.into())
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

fn report_a_stage_more(graph: &Graph, plan: &Plan, cx: &PassContext) {
    if graph.nodes.len() > ASKED_OPS {
        return;
    }
    let more = plan.latency + 1;
    let request = Request {
        clock_ps: cx.options.clock_ps,
        stages: Some(more),
    };
    let bits = schedule::plan(graph, cx.target, request).register_bits;
    if bits <= plan.register_bits / 4 * 3 && bits < plan.register_bits {
        cx.remark(
            NAME,
            None,
            format!(
                "a latency of {more} instead of {} would need {bits} register bits instead of {}",
                plan.latency, plan.register_bits
            ),
        );
    }
}

/// `5.00 ns (200 MHz)`
fn period(clock_ps: u32) -> String {
    let (nanoseconds, megahertz) = (f64::from(clock_ps) / 1e3, 1e6 / f64::from(clock_ps.max(1)));
    format!("{nanoseconds:.2} ns ({megahertz:.0} MHz)")
}
