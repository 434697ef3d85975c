//! Tokens later than the circuit could take them: the answers must stay the same, and come in
//! the clock cycles that follow.

use dialects::{Result, flow};
use lowering::interface::Pace;

use super::super::PATIENCE;
use super::Simulator;
use crate::random::Random;

/// The longest pause between two tokens, in clock cycles.
const LONGEST: u64 = 9;

/// The clock cycles in which the tokens of some samples come, with pauses of random length in
/// between.
pub fn arrivals(pace: &Pace, samples: usize, seed: u64) -> Vec<u64> {
    let mut random = Random::new(seed);
    let mut cycle = 0;
    let mut found = Vec::with_capacity(samples * pace.tokens);
    for at in 0..samples * pace.tokens {
        found.push(cycle);
        // What a sample needs beyond its tokens it needs after the last of them.
        let ends = (at + 1).is_multiple_of(pace.tokens);
        let rest = pace.interval - pace.spacing * (pace.tokens as u32 - 1);
        let least = if ends { rest } else { pace.spacing };
        let more = match random.bits() % 3 {
            0 => random.bits() % (LONGEST + 1),
            _ => 0,
        };
        cycle += u64::from(least) + more;
    }
    found
}

impl Simulator {
    /// Runs `count` samples, token after token, in one copy of the circuit with pauses of
    /// random length in between; the tokens of the answers in the order in which they come.
    ///
    /// Errors: answers that are missing, too many, or in other clock cycles than the schedule
    /// of the circuit's function foretells.
    pub fn run_with_gaps(
        &self,
        graph: &flow::Graph,
        samples: &[i128],
        count: usize,
        seed: u64,
    ) -> Result<Vec<i128>> {
        let comes = arrivals(&self.interface.pace, count, seed);
        let leaves = flow::foretell(graph, &comes)?;
        self.run_at(samples, &comes, &leaves, seed)
    }

    /// Runs samples whose tokens come in some clock cycles and whose answers leave in others.
    fn run_at(
        &self,
        samples: &[i128],
        comes: &[u64],
        leaves: &[u64],
        seed: u64,
    ) -> Result<Vec<i128>> {
        let (width, results) = (self.interface.input_count(), self.interface.output_count());
        let mut state = self.start(seed);
        self.reset(&mut state, samples)?;
        let mut outputs = vec![0; leaves.len() * results];
        let mut tokens = comes.iter().zip(samples.chunks_exact(width.max(1)));
        let mut next = tokens.next();
        let mut answers = 0;
        let mut last: Option<&[i128]> = None;
        let ends = comes.iter().chain(leaves).max().map_or(0, |end| end + 1);
        for cycle in 0..ends + u64::from(PATIENCE) {
            let enters = next.filter(|(comes, _)| **comes == cycle);
            match (enters, last.take()) {
                (Some((_, token)), _) => {
                    self.pins.drive(&mut state, 0, token, false);
                    last = Some(token);
                    next = tokens.next();
                }
                (None, Some(token)) => self.pins.drive(&mut state, 0, token, true),
                (None, None) => {}
            }
            self.control(&mut state, 0, false, enters.is_some());
            self.program.settle(&mut state);
            let foretold = leaves.get(answers) == Some(&cycle);
            if self.is_valid(&state, 0) != foretold {
                let what = if foretold { "missing" } else { "not foretold" };
                return Err(self.wrong(&format!(
                    "with pauses between tokens, answer {answers} is {what} in clock cycle {cycle}"
                )));
            }
            if foretold {
                let own = &mut outputs[answers * results..][..results];
                self.pins.read(&state, 0, own);
                answers += 1;
            }
            self.program.edge(&mut state);
        }
        Ok(outputs)
    }
}
