//! What a schedule has to meet, and the latency and the clock period that follow from it.
//!
//! | asked for         | stages                                | clock period                 |
//! | clock             | the fewest, more where they pay       | as asked                     |
//! | stages            | as asked                              | the shortest they allow (1), |
//! |                   |                                       | or one a little longer (2)   |
//! | stages and clock  | as asked                              | as asked, longer if it must  |
//! | latency in time   | the fewest register bits              | the longest they allow       |
//! | latency and clock | the fewest register bits that fit     | as asked                     |
//!
//! (1) but none that the device's clock network cannot carry.
//! (2) `fx-schedule` asks for some with stages and clock, and takes the cheapest circuit.
//! A stage here is a clock cycle of latency: registers at the ports count.

use dialects::{Diagnostic, Result};

use super::windows::{self, Borders};
use super::{Dependences, Solution};
use crate::options::Options;
use crate::target::Target;

pub use crate::options::ExtraStages;

/// What the schedule has to meet. Periods and times are picoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    pub clock_ps: Option<u32>,
    /// Exactly this latency; 0 is combinational.
    pub stages: Option<u32>,
    /// At most this time from an input to its output.
    pub latency_ps: Option<u32>,
    /// Stages beyond the fewest, where they save registers.
    pub extra: ExtraStages,
    pub register_inputs: bool,
    pub register_outputs: bool,
}

impl Default for Request {
    /// Inputs are wires, outputs leave through registers; a clock is still to be given.
    fn default() -> Self {
        Request {
            clock_ps: None,
            stages: None,
            latency_ps: None,
            extra: ExtraStages::default(),
            register_inputs: false,
            register_outputs: true,
        }
    }
}

/// How many latencies are compared for a latency in time.
const COMPARED: usize = 3;

impl Request {
    /// What the user asked for; the default clock holds where nothing says otherwise.
    pub fn of(options: &Options) -> Self {
        let free = options.stages.is_some() || options.latency_ps.is_some();
        Request {
            clock_ps: (options.fixed_clock || !free).then_some(options.clock_ps),
            stages: options.stages,
            latency_ps: options.latency_ps,
            extra: options.extra_stages,
            register_inputs: options.register_inputs,
            register_outputs: options.register_outputs,
        }
    }

    pub(super) fn borders(&self) -> Borders {
        Borders {
            first: self.register_inputs.into(),
            after: self.register_outputs.into(),
        }
    }

    /// Errors: two wishes that exclude each other.
    pub(super) fn check(&self) -> Result<()> {
        let least = self.borders().least();
        let refuse = |sentence: String| Err(Diagnostic::new(sentence));
        match (self.stages, self.latency_ps) {
            (Some(0), _) if self.register_inputs => {
                refuse("a combinational circuit has no registered inputs".into())
            }
            (Some(0), Some(_)) => {
                refuse("a latency in time is for a circuit with a clock, not for 0 stages".into())
            }
            (Some(stages), _) if stages > 0 && stages < least => refuse(format!(
                "registered inputs and outputs take {least} stages, not {stages}"
            )),
            (Some(stages), _) if self.extra != ExtraStages::Tell => refuse(format!(
                "extra stages are for a free number of stages, not for exactly {stages}"
            )),
            (None, None) if self.clock_ps.is_none() => {
                refuse("a schedule needs a clock, a number of stages or a latency".into())
            }
            (stages, Some(latency)) => {
                let stages = stages.unwrap_or(least.max(1));
                match self.clock_ps {
                    Some(clock) if u64::from(stages) * u64::from(clock) > u64::from(latency) => {
                        refuse(format!(
                            "{} of {} are more than a latency of {}",
                            cycles(stages),
                            period(clock),
                            time(latency)
                        ))
                    }
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// The latency in clocks, without extra stages, and the clock period.
    pub(super) fn choose(&self, dependences: &Dependences, target: &Target) -> Result<(u32, u32)> {
        let overhead = target.overhead_ps();
        let borders = self.borders();
        let budget = |clock: u32| clock.saturating_sub(overhead).max(1);
        let shortest = |stages| windows::shortest_budget(dependences, stages, borders) + overhead;
        Ok(match (self.clock_ps, self.stages, self.latency_ps) {
            (clock, Some(stages), None) => {
                let asked = clock.unwrap_or(target.shortest_clock_ps());
                (stages, asked.max(shortest(stages)))
            }
            (None, Some(stages), Some(latency)) => {
                let (clock, needed) = (latency / stages.max(1), shortest(stages));
                match needed > clock {
                    true => return Err(too_short(latency, stages, needed)),
                    false => (stages, clock),
                }
            }
            (Some(clock), stages, Some(latency)) => {
                let fewest = match dependences.slowest() <= budget(clock) {
                    true => windows::fewest_stages(dependences, budget(clock), borders),
                    false => u32::MAX,
                };
                let stages = stages.unwrap_or(fewest.min(latency / clock.max(1)));
                match fewest > stages {
                    true => return Err(too_short(latency, stages, shortest(stages.max(1)))),
                    false => (stages, clock),
                }
            }
            (Some(clock), None, None) => {
                let mut shortened = dependences.clone();
                shortened.cut_delays(budget(clock));
                let stages = windows::fewest_stages(&shortened, budget(clock), borders);
                (stages, clock)
            }
            (None, None, Some(latency)) => self.by_latency(dependences, overhead, latency)?,
            (None, None, None) => unreachable!("`check` refuses it"),
        })
    }

    /// Of the latencies that fit a time, the one with the fewest register bits.
    fn by_latency(
        &self,
        dependences: &Dependences,
        overhead: u32,
        latency: u32,
    ) -> Result<(u32, u32)> {
        let borders = self.borders();
        let slowest = dependences.slowest();
        if borders.least() == 0 && windows::fewest_stages(dependences, latency, borders) == 0 {
            return Ok((0, latency));
        }
        let mut best: Option<(u64, u32, u32)> = None;
        let mut compared = 0;
        for stages in borders.least().max(1).. {
            let clock = latency / stages;
            if clock <= overhead || clock - overhead < slowest || compared == COMPARED {
                break;
            }
            let budget = clock - overhead;
            if windows::fewest_stages(dependences, budget, borders) > stages {
                continue;
            }
            compared += 1;
            let bits = Solution::new(dependences, budget, stages, borders).bits;
            if best.is_none_or(|(fewest, ..)| bits < fewest) {
                best = Some((bits, stages, clock));
            }
        }
        if let Some((_, stages, clock)) = best {
            return Ok((stages, clock));
        }
        let tried = borders.least().max(1)..borders.least() + 8;
        let fastest = tried.map(|stages| {
            let budget = windows::shortest_budget(dependences, stages, borders);
            (stages.saturating_mul(budget + overhead), stages)
        });
        let (needed, stages) = fastest.min().unwrap_or((latency, 1));
        Err(too_short(latency, stages, needed / stages))
    }

    /// The latency that extra stages may lead to.
    pub(super) fn most_stages(&self, fewest: u32, clock: u32) -> u32 {
        let by_time = self.latency_ps.map(|latency| latency / clock.max(1));
        match (self.stages, self.extra, by_time) {
            (Some(_), ..) => fewest,
            (None, ExtraStages::UpTo(more), by_time) => {
                (fewest.saturating_add(more)).min(by_time.unwrap_or(u32::MAX))
            }
            (None, ExtraStages::Auto, by_time) => by_time.unwrap_or(u32::MAX),
            // A clock and a time: whatever fits is allowed.
            (None, ExtraStages::Tell, by_time) => match self.clock_ps {
                Some(_) => by_time.unwrap_or(fewest),
                None => fewest,
            },
        }
    }

    /// Whether a stage more is worth it: a quarter of the bits, or any where the stages up
    /// to a latency in time are the user's to spend.
    pub(super) fn pays(&self, bits: u64, with_one_more: u64) -> bool {
        match (self.extra, self.latency_ps) {
            (ExtraStages::Tell, Some(_)) => with_one_more < bits,
            _ => saves_a_quarter(bits, with_one_more),
        }
    }
}

/// What a stage more has to save before it is offered.
pub(crate) fn saves_a_quarter(bits: u64, with_one_more: u64) -> bool {
    with_one_more < bits && with_one_more <= bits / 4 * 3
}

fn too_short(latency: u32, stages: u32, clock: u32) -> Diagnostic {
    let needed = stages.saturating_mul(clock);
    Diagnostic::new(format!(
        "no schedule has a latency of {}; {} of {} would take {}",
        time(latency),
        cycles(stages),
        period(clock),
        time(needed)
    ))
    .help("allow more time, or fewer bits: delays follow from the widths")
}

fn cycles(stages: u32) -> String {
    match stages {
        1 => "1 clock cycle".to_string(),
        stages => format!("{stages} clock cycles"),
    }
}

fn time(picoseconds: u32) -> String {
    format!("{:.2} ns", f64::from(picoseconds) / 1e3)
}

/// `5.00 ns (200 MHz)`
pub(crate) fn period(clock_ps: u32) -> String {
    format!(
        "{} ({:.0} MHz)",
        time(clock_ps),
        1e6 / f64::from(clock_ps.max(1))
    )
}
