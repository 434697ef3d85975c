//! Pipelining: in which stage every op works, and the registers that follow from it.
//!
//! A stage is the number of registers before it. Inputs are in stage 0, as wires or with a
//! register behind them; the outputs of a graph of latency L have passed L registers, the
//! last of which stands at the port unless that is not wanted. All outputs of a sample
//! appear together. Latency 0 is a combinational circuit. Constants are never registered,
//! and a left shift is wires: it is repeated where it is read, not registered.
//!
//! The number of stages is the smallest for the clock period, found greedily. The stage of
//! every op then minimises the register bits, exactly: registers stand at results only and
//! stages grow along the edges, so "no register-free path exceeds T" means
//! `s_v >= s_u + 1` for every pair whose longest path (both ends' delays included) exceeds
//! T, and the minimum is a dual network flow. `closure` climbs to it. What a path takes is
//! `target::Timing`'s, in which delays add and the later of two wins, bit by bit: the
//! worst path into an op is the worst over the ops it may begin at.

mod closure;
mod dependences;
mod flow;
mod insert;
mod pairs;
mod request;
mod timing;
mod windows;

pub use dependences::{Dependences, Work};
pub use insert::{insert_registers, remove_registers};
pub use request::{ExtraStages, Request};
pub(crate) use request::{period, saves_a_quarter};
pub use timing::{arrivals_ps, longest_path, longest_path_by, longest_path_ps, stages_of};

use dialects::Result;
use dialects::fx::{Graph, ValueId};

use crate::target::Target;
use windows::Borders;

/// A schedule of one graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Clock cycles from an input to its output.
    pub latency: u32,
    /// The clock period in picoseconds that the plan was made for. `None` when combinational.
    pub clock_ps: Option<u32>,
    /// The stage of every value, in node order; `None` for constants and left shifts, which
    /// are in every stage.
    pub stages: Vec<Option<u32>>,
    /// Register bits of this plan, and of the plan that does everything as early as possible.
    pub register_bits: u64,
    pub earliest_register_bits: u64,
    /// Stages that are there because they save register bits.
    pub extra_stages: u32,
    /// Ops that are slower than the clock period by themselves, with the period in
    /// picoseconds they need. Each has a stage of its own.
    pub slow: Vec<(ValueId, u32)>,
}

/// The plan with the fewest register bits. The graph has no registers.
///
/// Errors: a request that contradicts itself, or a latency in time that no schedule has.
pub fn plan(graph: &Graph, target: &Target, request: Request) -> Result<Plan> {
    request.check()?;
    let mut dependences = Dependences::new(graph, target);
    let borders = request.borders();
    let overhead = target.overhead_ps();
    if request.stages == Some(0) {
        return Ok(combinational(&dependences));
    }
    let (latency, clock) = request.choose(&dependences, target)?;
    let budget = clock.saturating_sub(overhead).max(1);
    let slow = dependences.cut_delays(budget);
    let slow = slow
        .into_iter()
        .map(|(value, delay)| (value, delay + overhead))
        .collect();
    if latency == 0 {
        return Ok(Plan {
            slow,
            ..combinational(&dependences)
        });
    }
    let solve = |latency| Solution::new(&dependences, budget, latency, borders);
    let (mut latency, mut best) = (latency, solve(latency));
    let fewest = latency;
    let most = request.most_stages(latency, clock);
    while latency < most {
        let more = solve(latency + 1);
        if !request.pays(best.bits, more.bits) {
            break;
        }
        (latency, best) = (latency + 1, more);
    }
    Ok(Plan {
        latency,
        clock_ps: Some(clock),
        register_bits: best.bits,
        earliest_register_bits: dependences.register_bits(&best.earliest, latency),
        stages: dependences.by_value(&best.stages),
        extra_stages: latency - fewest,
        slow,
    })
}

/// Everything in one stage, without a register.
fn combinational(dependences: &Dependences) -> Plan {
    let none = vec![0; dependences.graph.node_count()];
    Plan {
        latency: 0,
        clock_ps: None,
        stages: dependences.by_value(&none),
        register_bits: 0,
        earliest_register_bits: 0,
        extra_stages: 0,
        slow: Vec::new(),
    }
}

/// The best stages for one latency.
struct Solution {
    earliest: Vec<u32>,
    stages: Vec<u32>,
    bits: u64,
}

impl Solution {
    fn new(dependences: &Dependences, budget: u32, latency: u32, borders: Borders) -> Self {
        let earliest = windows::earliest(dependences, budget, borders);
        let latest = windows::latest(dependences, budget, latency, borders);
        let pairs = pairs::too_far_apart(dependences, budget, &earliest, &latest);
        let stages =
            closure::fewest_register_bits(dependences, &pairs, &earliest, &latest, borders);
        Solution {
            bits: dependences.register_bits(&stages, latency),
            earliest,
            stages,
        }
    }
}
