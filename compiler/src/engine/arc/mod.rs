//! Arc: the emitted hardware text, cycle by cycle, with nothing installed.
//!
//! CIRCT's arc passes lower the logic between registers, and it runs natively, see
//! [`lowering::hw_to_llvm`]. Several copies of the circuit run side by side, in the lanes of
//! vectors and on all threads of the rayon pool; each has a state of its own and takes a
//! contiguous part of the samples, one a clock. Registers start with anything.

mod gaps;
mod measure;
mod pins;
mod stream;
mod trace;

use std::ops::Range;

use dialects::{Diagnostic, Result};
use lowering::hw_to_llvm::{Options, Program, State};
use lowering::interface::Interface;
use rayon::prelude::*;

use super::Simulation;
use crate::random::Random;
use pins::Pins;

pub use gaps::arrivals;
pub use measure::Measured;
pub use trace::{Format, trace};

/// Copies of the circuit in one thread: what fills the widest vectors with values of 16 bits.
pub const LANES: usize = 32;

/// Samples from which the code of many copies, which takes longer to build, saves time.
const MANY: usize = 1 << 19;

/// Copies in one thread for so many samples.
pub fn lanes_for(samples: usize) -> usize {
    match samples {
        0..MANY => 1,
        _ => LANES,
    }
}

/// Samples a copy should have at least, so that filling the pipeline costs little.
const STREAM: usize = 64;

/// A design, compiled.
pub struct Simulator {
    program: Program,
    interface: Interface,
    pins: Pins,
}

impl Simulator {
    /// Compiles hardware text for so many copies in one thread, or as many more as make a power
    /// of two.
    ///
    /// Errors: see [`Program::build`]; pins that are not the interface's.
    pub fn build(hw: &str, interface: &Interface, lanes: usize) -> Result<Simulator> {
        let options = Options {
            lanes: lanes.next_power_of_two(),
            named: false,
        };
        Simulator::with(hw, interface, options)
    }

    fn with(hw: &str, interface: &Interface, options: Options) -> Result<Simulator> {
        let program = Program::build(hw, options)?;
        let pins = Pins::of(&program, interface)?;
        Ok(Simulator {
            program,
            interface: interface.clone(),
            pins,
        })
    }

    /// Ops of logic in a clock cycle.
    pub fn ops(&self) -> usize {
        self.program.ops
    }

    /// Runs `count` samples, each the input elements of all ports, in as many streams as there
    /// are copies and samples to fill them.
    ///
    /// Errors: a wrong number of values; answers that are missing, interrupted or not all
    /// after as many clock cycles.
    pub fn run(&self, samples: &[i128], count: usize) -> Result<Simulation> {
        self.run_every(samples, count, 1)
    }

    /// The same with a sample in every `interval`th clock cycle.
    ///
    /// Errors: as for [`Simulator::run`].
    pub fn run_every(&self, samples: &[i128], count: usize, interval: u32) -> Result<Simulation> {
        let width = self.interface.pace.order.len();
        if samples.len() != width * count {
            return Err(Diagnostic::new(format!(
                "{count} samples of {width} inputs are {} values, {} were given",
                width * count,
                samples.len()
            )));
        }
        let task = STREAM * self.program.lanes;
        let tasks = count.div_ceil(task).min(4 * rayon::current_num_threads());
        let size = count.div_ceil(tasks.max(1)).max(1);
        let results = self.interface.pace.answer.len();
        let mut outputs = vec![0; results * count];
        let starts: Vec<usize> = (0..count).step_by(size).collect();
        let mut rest = &mut outputs[..];
        let mut parts = Vec::with_capacity(starts.len());
        for start in &starts {
            let own = results * size.min(count - start);
            let (part, after) = rest.split_at_mut(own);
            parts.push(part);
            rest = after;
        }
        let run = |(start, out): (&usize, &mut [i128])| {
            let range = *start..(start + size).min(count);
            let rows = &samples[range.start * width..range.end * width];
            self.block(rows, range, interval, out)
        };
        let latencies: Vec<u32> = starts
            .par_iter()
            .zip(parts)
            .map(run)
            .collect::<Result<_>>()?;
        let latency = latencies.first().copied().unwrap_or(self.interface.latency);
        if latencies.iter().any(|of| *of != latency) {
            return Err(self.wrong("the first answer is not always after as many clock cycles"));
        }
        Ok(Simulation { outputs, latency })
    }

    /// One thread's part: the latency of its answers, which go to `out`.
    fn block(
        &self,
        rows: &[i128],
        range: Range<usize>,
        interval: u32,
        out: &mut [i128],
    ) -> Result<u32> {
        let mut state = self.start(range.start as u64);
        match self.interface.is_combinational() {
            true => {
                self.answer(&mut state, rows, range.len(), out);
                Ok(0)
            }
            false => self.stream(&mut state, rows, range.len(), interval, out),
        }
    }

    /// The memory of a run, in which registers hold anything.
    fn start(&self, seed: u64) -> State {
        let mut state = self.program.state();
        let mut random = Random::new(seed);
        for register in &self.program.registers {
            for lane in 0..self.program.lanes {
                let value = u128::from(random.bits()) | u128::from(random.bits()) << 64;
                state.put(*register, lane, value);
            }
        }
        state
    }

    /// Answers without a clock.
    fn answer(&self, state: &mut State, rows: &[i128], count: usize, out: &mut [i128]) {
        let (width, results) = (self.interface.input_count(), self.interface.output_count());
        let lanes = self.program.lanes;
        for first in (0..count).step_by(lanes) {
            let here = lanes.min(count - first);
            for lane in 0..here {
                let sample = &rows[(first + lane) * width..][..width];
                self.pins.drive(state, lane, sample, false);
            }
            self.program.settle(state);
            for lane in 0..here {
                let own = &mut out[(first + lane) * results..][..results];
                self.pins.read(state, lane, own);
            }
        }
    }

    fn wrong(&self, what: &str) -> Diagnostic {
        super::wrong(&self.interface.top, what)
    }
}
