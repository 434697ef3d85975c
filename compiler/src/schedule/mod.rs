//! Pipelining: in which stage every op works, and the registers that follow from it.
//!
//! A graph of latency L has the stages 0 to L-1, with registers between them and after the
//! last. Input ports are wires into stage 0; every output leaves through a register at the
//! end of stage L-1, so all outputs of a sample appear together, L clocks after it.
//! Latency 0 is a combinational circuit. Constants are never registered, and a left shift
//! is wires: it is repeated where it is read, not registered.
//!
//! The number of stages is the smallest for the clock period, found greedily. The stage of
//! every op then minimises the register bits, exactly: registers stand at results only and
//! stages grow along the edges, so "no register-free path exceeds T" means
//! `s_v >= s_u + 1` for every pair whose longest path (both ends' delays included) exceeds
//! T, and the minimum is a dual network flow. `closure` climbs to it.

mod closure;
mod dependences;
mod flow;
mod insert;
mod pairs;
mod timing;
mod windows;

pub use dependences::{Dependences, Work};
pub use insert::{insert_registers, remove_registers};
pub use timing::{longest_path_ps, stages_of};

use dialects::fx::{Graph, ValueId};

use crate::target::Target;

/// What the schedule has to meet.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    pub clock_ps: u32,
    /// Exactly this latency instead of the smallest for the clock; 0 is combinational.
    pub stages: Option<u32>,
}

/// A schedule of one graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Clock cycles from an input to its output.
    pub latency: u32,
    /// The clock period in picoseconds that the plan was made for: the requested one, or
    /// the shortest that the requested number of stages allows. `None` when combinational.
    pub clock_ps: Option<u32>,
    /// The stage of every value, in node order; `None` for constants and left shifts, which
    /// are in every stage.
    pub stages: Vec<Option<u32>>,
    /// Register bits of this plan, and of the plan that does everything as early as possible.
    pub register_bits: u64,
    pub earliest_register_bits: u64,
    /// Ops that are slower than the clock period by themselves, with the period in
    /// picoseconds they need. Each has a stage of its own.
    pub slow: Vec<(ValueId, u32)>,
}

/// The plan with the fewest register bits. The graph has no registers.
pub fn plan(graph: &Graph, target: &Target, request: Request) -> Plan {
    let mut dependences = Dependences::new(graph, target);
    let overhead = target.overhead_ps();
    if request.stages == Some(0) {
        let none = vec![0; dependences.graph.node_count()];
        return Plan {
            latency: 0,
            clock_ps: None,
            stages: dependences.by_value(&none),
            register_bits: 0,
            earliest_register_bits: 0,
            slow: Vec::new(),
        };
    }
    let requested = request.clock_ps.saturating_sub(overhead).max(1);
    let (latency, budget) = match request.stages {
        None => (windows::fewest_stages(&dependences, requested), requested),
        Some(stages) => {
            let budget = windows::shortest_budget(&dependences, requested, stages);
            (stages, budget)
        }
    };
    let slow = dependences.cut_delays(budget);
    let slow = slow
        .into_iter()
        .map(|(value, delay)| (value, delay + overhead));
    let earliest = windows::earliest(&dependences, budget);
    let latest = windows::latest(&dependences, budget, latency);
    let pairs = pairs::too_far_apart(&dependences, budget, &earliest, &latest);
    let best = closure::fewest_register_bits(&dependences, &pairs, &earliest, &latest);
    Plan {
        latency,
        clock_ps: Some(match budget == requested {
            true => request.clock_ps,
            false => budget + overhead,
        }),
        register_bits: dependences.register_bits(&best, latency),
        earliest_register_bits: dependences.register_bits(&earliest, latency),
        stages: dependences.by_value(&best),
        slow: slow.collect(),
    }
}
