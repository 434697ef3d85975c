//! Samples through the pipelines of one thread, clock cycle by clock cycle.

use dialects::Result;
use lowering::hw_to_llvm::State;

use super::super::PATIENCE;
use super::Simulator;

/// Clock cycles before the first sample; reset is up in the first two.
const BEFORE: u32 = 4;

/// One copy's samples and what came of them.
#[derive(Debug, Clone)]
struct Lane {
    first: usize,
    count: usize,
    answers: usize,
    /// The clock cycle of the first answer.
    latency: Option<u32>,
}

impl Simulator {
    /// Resets the copies: none may have an answer afterwards.
    pub(super) fn reset(&self, state: &mut State, rows: &[i128]) -> Result<()> {
        let lanes = self.program.lanes;
        let width = self.interface.input_count();
        for cycle in 0..BEFORE {
            for lane in 0..lanes {
                if let Some(sample) = rows.get(..width) {
                    self.pins.drive(state, lane, sample, false);
                }
                self.control(state, lane, cycle < 2, false);
            }
            self.program.settle(state);
            if cycle >= 2 && (0..lanes).any(|lane| self.is_valid(state, lane)) {
                return Err(self.wrong("out_valid is up after reset"));
            }
            self.program.edge(state);
        }
        for lane in 0..lanes {
            self.control(state, lane, false, false);
        }
        Ok(())
    }

    /// A sample enters each copy in every `interval`th cycle, its tokens one after the other;
    /// in the other cycles, and when there is
    /// none any more, its inputs are what differs from the sample before in every bit. The
    /// latency.
    pub(super) fn stream(
        &self,
        state: &mut State,
        rows: &[i128],
        count: usize,
        interval: u32,
        out: &mut [i128],
    ) -> Result<u32> {
        let (width, results) = (self.interface.input_count(), self.interface.output_count());
        let pace = &self.interface.pace;
        let (tokens, leaves) = (pace.tokens, pace.leaves.len());
        let size = count.div_ceil(self.program.lanes).max(1);
        let lane = |at: usize| {
            let first = (at * size).min(count);
            Lane {
                first,
                count: size.min(count - first),
                answers: 0,
                latency: None,
            }
        };
        let mut lanes: Vec<Lane> = (0..self.program.lanes).map(lane).collect();
        self.reset(state, rows)?;
        let last = pace.leaves.last().copied().unwrap_or(0);
        let wait = self.interface.latency + last + PATIENCE;
        // The sample and the token that come in a cycle.
        let enters = |lane: &Lane, cycle: u32| {
            let (turn, phase) = ((cycle / interval) as usize, cycle % interval);
            let token = (phase / pace.spacing) as usize;
            let own = phase.is_multiple_of(pace.spacing) && token < tokens && turn < lane.count;
            own.then_some(turn * tokens + token)
        };
        let mut cycle = 0u32;
        let mut left = wait;
        while left > 0 {
            for (at, lane) in lanes.iter().enumerate() {
                let own = enters(lane, cycle);
                let before = cycle.checked_sub(1).and_then(|cycle| enters(lane, cycle));
                if let Some(token) = own.or(before) {
                    let token = &rows[(lane.first * tokens + token) * width..][..width];
                    self.pins.drive(state, at, token, own.is_none());
                }
                self.control(state, at, false, own.is_some());
            }
            self.program.settle(state);
            for (at, lane) in lanes.iter_mut().enumerate() {
                if !self.is_valid(state, at) {
                    continue;
                }
                let first = *lane.latency.get_or_insert(cycle);
                if lane.answers == lane.count * leaves {
                    return Err(self.wrong("out_valid stays up after the last answer"));
                }
                let sample = (lane.answers / leaves) as u32;
                if cycle != first + sample * interval + pace.leaves[lane.answers % leaves] {
                    return Err(self.wrong("out_valid goes down between two answers"));
                }
                let own = &mut out[(lane.first * leaves + lane.answers) * results..][..results];
                self.pins.read(state, at, own);
                lane.answers += 1;
            }
            self.program.edge(state);
            cycle += 1;
            // After the last sample: until all answers are there, and a little longer.
            if cycle as usize >= size * interval as usize {
                let done = lanes.iter().all(|lane| lane.answers == lane.count * leaves);
                left = match done {
                    true => left.min(interval + 2) - 1,
                    false => left - 1,
                };
            }
        }
        let answers: usize = lanes.iter().map(|lane| lane.answers).sum();
        if answers != count * leaves {
            let wanted = count * leaves;
            return Err(self.wrong(&format!("{answers} of {wanted} answers came")));
        }
        let mut latencies = lanes.iter().filter_map(|lane| lane.latency);
        let latency = latencies.next().unwrap_or(self.interface.latency);
        match latencies.all(|of| of == latency) {
            true => Ok(latency),
            false => Err(self.wrong("copies of the circuit answer after different latencies")),
        }
    }

    pub(super) fn control(&self, state: &mut State, lane: usize, reset: bool, valid: bool) {
        if let Some(slot) = self.pins.reset {
            state.put(slot, lane, reset.into());
        }
        if let Some(slot) = self.pins.in_valid {
            state.put(slot, lane, valid.into());
        }
    }

    pub(super) fn is_valid(&self, state: &State, lane: usize) -> bool {
        let slot = self.pins.out_valid;
        slot.is_some_and(|slot| state.get(slot, lane) == 1)
    }
}
