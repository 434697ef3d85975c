//! How near a model's answers are to the reference's, and to the truth.

use dialects::Result;
use serde::Serialize;

use super::Data;
use crate::driver::Prediction;

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quality {
    /// The share of samples whose label is the largest score, where there are labels.
    pub accuracy: Option<f64>,
    /// The share of samples whose largest score is the reference's, where there are several.
    pub agreement: Option<f64>,
    /// The root of the mean square of the differences, over that of the reference's answers.
    pub error: f64,
}

impl Quality {
    pub fn of(found: &Prediction, reference: &Prediction, data: &Data) -> Result<Quality> {
        let accuracy = match &data.labels {
            Some((labels, place)) => Some(found.accuracy(labels, place)?),
            None => None,
        };
        let (mut apart, mut size) = (0f64, 0f64);
        let (mut same, mut several) = (0usize, false);
        for ((_, values), (_, wanted)) in found.outputs.iter().zip(&reference.outputs) {
            for (value, wanted) in values.iter().zip(wanted) {
                apart += (f64::from(*value) - f64::from(*wanted)).powi(2);
                size += f64::from(*wanted).powi(2);
            }
        }
        if let [(_, values)] = &found.outputs[..]
            && let [(_, wanted)] = &reference.outputs[..]
        {
            let width = values.len() / found.samples.max(1);
            several = width > 1;
            let pairs = values.chunks(width.max(1)).zip(wanted.chunks(width.max(1)));
            same = pairs.filter(|(a, b)| largest(a) == largest(b)).count();
        }
        Ok(Quality {
            accuracy,
            agreement: several.then(|| same as f64 / found.samples.max(1) as f64),
            error: (apart / size.max(f64::MIN_POSITIVE)).sqrt(),
        })
    }

    /// Whether the answers are as good as the reference's, up to a share of the samples; of a
    /// model with a single answer, up to a share of its size.
    pub fn keeps(&self, best: &Quality, tolerance: f64) -> bool {
        match (self.accuracy, best.accuracy, self.agreement) {
            (Some(accuracy), Some(best), _) => accuracy >= best - tolerance,
            (_, _, Some(agreement)) => agreement >= 1.0 - tolerance,
            _ => self.error <= tolerance,
        }
    }
}

fn largest(scores: &[f32]) -> usize {
    let mut best = 0;
    for (at, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = at;
        }
    }
    best
}
