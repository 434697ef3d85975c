//! Tokens later than the circuit could take them: the answers must stay the same.

use dialects::Result;

use super::super::PATIENCE;
use super::Simulator;
use crate::random::Random;

/// The longest pause between two tokens, in clock cycles.
const LONGEST: u64 = 9;

impl Simulator {
    /// Runs `count` samples, token after token, in one copy of the circuit with pauses of
    /// random length in between; the tokens of the answers in the order in which they come.
    ///
    /// Errors: answers that are missing or too many.
    pub fn run_with_gaps(&self, samples: &[i128], count: usize, seed: u64) -> Result<Vec<i128>> {
        let (width, results) = (self.interface.input_count(), self.interface.output_count());
        let pace = &self.interface.pace;
        let wanted = count * pace.leaves.len();
        let mut random = Random::new(seed);
        let mut state = self.start(seed);
        self.reset(&mut state, samples)?;
        let mut outputs = vec![0; wanted * results];
        let mut answers = 0;
        let mut tokens = samples.chunks_exact(width.max(1)).enumerate();
        let mut next = tokens.next();
        let mut last: Option<&[i128]> = None;
        let longest = pace.interval + pace.leaves.last().copied().unwrap_or(0);
        let (mut pause, mut left) = (0, self.interface.latency + longest + PATIENCE);
        while left > 0 {
            let enters = next.filter(|_| pause == 0);
            match (enters, last.take()) {
                (Some((at, token)), _) => {
                    self.pins.drive(&mut state, 0, token, false);
                    last = Some(token);
                    // What a sample needs beyond its tokens it needs after the last of them.
                    let ends = (at + 1) % pace.tokens == 0;
                    let rest = pace.interval - pace.spacing * (pace.tokens as u32 - 1);
                    let least = if ends { rest } else { pace.spacing };
                    let more = match random.bits() % 3 {
                        0 => random.bits() % (LONGEST + 1),
                        _ => 0,
                    };
                    pause = least + more as u32;
                    next = tokens.next();
                }
                (None, Some(token)) => self.pins.drive(&mut state, 0, token, true),
                (None, None) => {}
            }
            pause = pause.saturating_sub(1);
            self.control(&mut state, 0, false, enters.is_some());
            self.program.settle(&mut state);
            if self.is_valid(&state, 0) {
                if answers == wanted {
                    return Err(self.wrong("out_valid stays up after the last answer"));
                }
                let own = &mut outputs[answers * results..][..results];
                self.pins.read(&state, 0, own);
                answers += 1;
            }
            self.program.edge(&mut state);
            if next.is_none() {
                left -= 1;
            }
        }
        match answers == wanted {
            true => Ok(outputs),
            false => Err(self.wrong(&format!("{answers} of {wanted} answers came"))),
        }
    }
}
