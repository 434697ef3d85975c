//! Leaves on a grid: as they are where that takes few bits, else rounded.

use std::sync::Arc;

use dialects::nn::{Aggregate, Answer, ElementQuantizer, Ensemble, Quantizer, ValueId};
use dialects::{Number, Result};

use super::choose::{WIDEST_GRID, for_ranges};
use super::insert::Typing;
use super::keys::on_keys;
use crate::analysis::nn_ranges::{Interval, ensemble_ranges};
use crate::precision::Precision;

impl Typing<'_> {
    /// The ensemble for an input that has its type, with leaves of the chosen type.
    pub(super) fn typed_trees(
        &mut self,
        input: ValueId,
        ensemble: &Arc<Ensemble>,
        chosen: Option<Precision>,
        layer: &str,
    ) -> Result<Arc<Ensemble>> {
        let mut typed = match self.keys[input.index()] {
            true => Arc::new(on_keys(ensemble)?),
            false => Arc::clone(ensemble),
        };
        if typed.answer == Answer::Leaves {
            return Ok(typed);
        }
        let quantizer = match chosen.or(self.cx.options.default_precision) {
            Some(precision) => precision.quantizer(),
            None if is_narrow(&typed) => return Ok(typed),
            None => leaf_type(&typed, self.cx.options.fraction_bits as i32),
        };
        let element = quantizer.elements(&[])?.remove(0);
        let (rounded, error) = rounded(&typed, &element);
        if rounded != *typed {
            let text = format!(
                "leaves in steps of {}: no score is more than {:.3e} from the exact one",
                element.scale,
                error.to_f64()
            );
            self.cx.remark(super::PASS.name, Some(layer), text);
            typed = Arc::new(rounded);
        }
        Ok(typed)
    }
}

/// Every number of the leaves and the base scores.
fn numbers(ensemble: &Ensemble) -> impl Iterator<Item = Number> {
    let leaves = ensemble.trees.iter().flat_map(|tree| &tree.values);
    let numbers = leaves.chain(&ensemble.base);
    numbers.map(|&number| exact(number))
}

fn exact(number: f64) -> Number {
    Number::from_f64(number).expect("leaves and base scores are finite")
}

/// Whether all leaves lie on one grid of few bits.
fn is_narrow(ensemble: &Ensemble) -> bool {
    let (mut lowest, mut highest) = (i64::MAX, i64::MIN);
    for number in numbers(ensemble).filter(|number| !number.is_zero()) {
        lowest = lowest.min(number.trailing_exponent().unwrap_or(0));
        highest = highest.max(number.abs().to_f64().log2().ceil() as i64);
    }
    highest.saturating_sub(lowest) <= WIDEST_GRID
}

/// As many bits behind the point as a score has that `fraction` bits behind the point are
/// right for: more where all scores are small.
fn leaf_type(ensemble: &Ensemble, fraction: i32) -> Quantizer {
    let scores = ensemble_ranges(ensemble);
    let largest = scores
        .iter()
        .flat_map(|range| [range.lo.abs(), range.hi.abs()]);
    let largest = largest.max().unwrap_or_else(Number::zero);
    let below_one = match largest.is_zero() {
        true => 0,
        false => (-largest.to_f64().log2().floor() as i32 - 1).clamp(0, 100),
    };
    let points = numbers(ensemble).map(Interval::point).collect::<Vec<_>>();
    let fraction = fraction + below_one;
    for_ranges(&points, fraction)
}

/// The ensemble with every leaf and base score on a grid, and the most that a score moves.
fn rounded(ensemble: &Ensemble, element: &ElementQuantizer) -> (Ensemble, Number) {
    let mut rounded = ensemble.clone();
    let mut errors = vec![Number::zero(); ensemble.targets()];
    for tree in &mut rounded.trees {
        let width = tree.values.len() / tree.leaves();
        let mut worst = vec![Number::zero(); width];
        for (at, value) in tree.values.iter_mut().enumerate() {
            let error = replace(value, |old| element.quantize(old));
            let worst = &mut worst[at % width];
            if error > *worst {
                *worst = error;
            }
        }
        for (at, worst) in worst.into_iter().enumerate() {
            let error = &mut errors[tree.target.map_or(at, |target| target as usize)];
            match ensemble.aggregate {
                Aggregate::Sum | Aggregate::Average => *error = &*error + &worst,
                Aggregate::Min | Aggregate::Max if worst > *error => *error = worst,
                Aggregate::Min | Aggregate::Max => {}
            }
        }
    }
    let share = match ensemble.aggregate {
        Aggregate::Average => Number::ratio(1, ensemble.trees.len()),
        _ => None,
    };
    let share = share.unwrap_or_else(Number::one);
    // A base score is rounded, and never saturates.
    let step = &element.scale;
    let on_grid = |old: &Number| match old.checked_div(step) {
        Some(steps) => &Number::from(steps.round(element.rounding)) * step,
        None => old.clone(),
    };
    let totals = errors.iter().zip(&mut rounded.base);
    let totals = totals.map(|(error, base)| &(error * &share) + &replace(base, on_grid));
    let largest = totals.max().unwrap_or_else(Number::zero);
    (rounded, largest)
}

/// Puts a number of the grid in the place of another, unless no float64 is that number; how
/// far it moved.
fn replace(value: &mut f64, grid: impl Fn(&Number) -> Number) -> Number {
    let old = exact(*value);
    let new = grid(&old);
    let float = new.to_f64();
    if Number::from_f64(float).as_ref() == Some(&new) {
        *value = float;
    }
    (&exact(*value) - &old).abs()
}
