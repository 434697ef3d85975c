//! Latency and interval as the circuit has them, from its valid bits and from its data.

use dialects::Result;

use super::super::PATIENCE;
use super::Simulator;

/// The longest interval that is tried.
const INTERVALS: u32 = 16;

/// Samples that are enough to tell.
const SAMPLES: usize = 64;

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Clock cycles from the first `in_valid` to the first `out_valid`.
    pub valid: Option<u32>,
    /// All numbers of clock cycles after which the data are the answers to the data that went
    /// in; several where answers repeat.
    pub data: Vec<u32>,
    /// The smallest number of clock cycles between two samples at which every answer is there
    /// and right; `None` where there is none.
    pub interval: Option<u32>,
}

impl Simulator {
    /// Measures with some samples and their right answers, in one copy of the circuit.
    ///
    /// Errors: an `out_valid` that a reset does not clear.
    pub fn measure(&self, samples: &[i128], answers: &[i128]) -> Result<Measured> {
        let (width, results) = (self.interface.input_count(), self.interface.output_count());
        let count = SAMPLES.min(samples.len() / width.max(1));
        let samples: Vec<&[i128]> = samples.chunks(width.max(1)).take(count).collect();
        let answers: Vec<&[i128]> = answers.chunks(results.max(1)).take(count).collect();
        let mut measured = Measured {
            valid: None,
            data: Vec::new(),
            interval: None,
        };
        for interval in 1..=INTERVALS {
            let seen = self.watch(&samples, interval)?;
            let valid: Vec<u32> = seen.valid();
            let right = |latency: u32| {
                let cycles = (0..count as u32).map(|at| latency + at * interval);
                let mut pairs = cycles.zip(&answers);
                pairs.all(|(cycle, answer)| seen.rows[cycle as usize].1 == *answer)
            };
            let wait = self.interface.latency + PATIENCE;
            let data: Vec<u32> = (0..wait).filter(|latency| right(*latency)).collect();
            let first = valid.first().copied();
            let steady = valid
                .iter()
                .zip(0..)
                .all(|(cycle, at)| Some(*cycle) == first.map(|first| first + at * interval));
            if interval == 1 {
                measured.valid = first;
                measured.data = data.clone();
            }
            let whole = steady && valid.len() == count;
            if whole && first.is_some_and(|first| data.contains(&first)) {
                measured.interval = Some(interval);
                break;
            }
        }
        Ok(measured)
    }

    /// All outputs in every clock cycle.
    fn watch(&self, samples: &[&[i128]], interval: u32) -> Result<Seen> {
        let mut state = self.start(0);
        self.reset(&mut state, samples.first().copied().unwrap_or_default())?;
        let last = samples.len().saturating_sub(1) as u32 * interval;
        let mut rows = Vec::new();
        for cycle in 0..=last + self.interface.latency + PATIENCE {
            let turn = (cycle / interval) as usize;
            let enters = cycle % interval == 0 && turn < samples.len();
            let sample = samples.get(turn).or(samples.last());
            if let Some(sample) = sample {
                self.pins.drive(&mut state, 0, sample, !enters);
            }
            self.control(&mut state, 0, false, enters);
            self.program.settle(&mut state);
            let mut row = vec![0; self.interface.output_count()];
            self.pins.read(&state, 0, &mut row);
            rows.push((self.is_valid(&state, 0), row));
            self.program.edge(&mut state);
        }
        Ok(Seen { rows })
    }
}

/// `out_valid` and the output elements, cycle by cycle.
struct Seen {
    rows: Vec<(bool, Vec<i128>)>,
}

impl Seen {
    /// The clock cycles with an answer.
    fn valid(&self) -> Vec<u32> {
        let cycles = self.rows.iter().zip(0..);
        cycles
            .filter(|((valid, _), _)| *valid)
            .map(|(_, at)| at)
            .collect()
    }
}
