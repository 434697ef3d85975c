//! nn.tree_ensemble: a comparison for each split, selections from the leaves up, one sum.
//!
//! A threshold becomes the integer that decides as it does: nothing is rounded the wrong way.
//! Equal comparisons are one, in whichever tree they stand. A tree whose leaves have one number
//! each selects between these numbers, less the smallest of them; all that was left out is
//! added to the sum once, as its offset. A tree whose leaves have several selects the place of
//! a leaf, and has a table for each target.

use std::collections::HashMap;
use std::sync::Arc;

use dialects::fx::{Op, Predicate, Range, Table, ValueId as FxValue};
use dialects::nn::ValueId;
use dialects::nn::ensemble::{Aggregate, Answer, Child, Ensemble, Split, Test, Tree, ZERO_BOUND};
use dialects::{Diagnostic, Number, Result};

use super::Lowering;
use super::element::{Element, Site, integer_ratio};
use super::elementwise::extreme;

impl Lowering<'_> {
    pub(super) fn tree_ensemble(
        &mut self,
        input: ValueId,
        ensemble: &Ensemble,
        layer: &str,
    ) -> Result<Vec<Element>> {
        let features = *self.shape(input).last().unwrap_or(&1);
        let elements = self.of(input).to_vec();
        let mut site = self.site(layer);
        let mut found = Vec::new();
        for token in elements.chunks(features) {
            let mut settled = Vec::with_capacity(features);
            for element in token {
                settled.push(site.settle(element)?);
            }
            let mut forest = Forest {
                site: &mut site,
                features: &settled,
                // An infinite one equals no number.
                missing: ensemble.missing.and_then(Number::from_f64),
                bits: HashMap::new(),
            };
            match ensemble.answer {
                Answer::Scores => found.extend(forest.scores(ensemble)?),
                Answer::Leaves => {
                    for tree in &ensemble.trees {
                        let ids = tree.ids.iter().map(|id| i128::from(*id));
                        found.push(forest.chosen(tree, ids.collect())?);
                    }
                }
            }
        }
        Ok(found)
    }
}

fn exact(value: f64) -> Number {
    Number::from_f64(value).expect("leaves and base scores are finite")
}

/// Trees on one sample.
struct Forest<'a, 'b> {
    site: &'a mut Site<'b>,
    features: &'a [Element],
    /// The number that stands for a missing value.
    missing: Option<Number>,
    /// The bit of every comparison so far: the integer is at most so large.
    bits: HashMap<(FxValue, i128), FxValue>,
}

/// What a split asks, on integers.
enum Question {
    Known(bool),
    /// Whether the integer is at most so large; or whether it is not.
    AtMost(i128, bool),
    /// Whether the integer is one of these; or whether it is not.
    OneOf(Vec<i128>, bool),
}

impl Question {
    fn holds(&self, integer: i128) -> bool {
        match self {
            Question::Known(answer) => *answer,
            Question::AtMost(bound, is) => (integer <= *bound) == *is,
            Question::OneOf(members, is) => members.contains(&integer) == *is,
        }
    }
}

impl Forest<'_, '_> {
    /// The selection between one integer for each leaf.
    fn chosen(&mut self, tree: &Tree, leaves: Vec<i128>) -> Result<Element> {
        let value = self.select(tree, &leaves)?;
        Ok(match self.site.builder.constant_value(value) {
            Some(value) => Element::constant(Number::from(value)),
            None => Element::integer(value),
        })
    }

    fn select(&mut self, tree: &Tree, leaves: &[i128]) -> Result<FxValue> {
        let mut below = vec![None; tree.splits.len()];
        // Parents stand before children.
        for (at, split) in tree.splits.iter().enumerate().rev() {
            let mut value = |child: Child| match child {
                Child::Split(at) => Ok(below[at as usize].expect("children were selected")),
                Child::Leaf(leaf) => self.site.constant(leaves[leaf as usize]),
            };
            let (on_true, on_false) = (value(split.on_true)?, value(split.on_false)?);
            let selected = match self.answer(split)? {
                Answered::Known(true) => on_true,
                Answered::Known(false) => on_false,
                Answered::Bit(_) if on_true == on_false => on_true,
                Answered::Bit(condition) => self.site.push(Op::Select {
                    condition,
                    on_true,
                    on_false,
                })?,
            };
            below[at] = Some(selected);
        }
        match tree.root() {
            Child::Split(at) => Ok(below[at as usize].expect("the root was selected")),
            Child::Leaf(leaf) => self.site.constant(leaves[leaf as usize]),
        }
    }

    fn scores(&mut self, ensemble: &Ensemble) -> Result<Vec<Element>> {
        let mut scores: Vec<Vec<Element>> = vec![Vec::new(); ensemble.targets()];
        let grids = grids(ensemble);
        for tree in &ensemble.trees {
            match tree.target {
                Some(target) => {
                    let target = target as usize;
                    let (least, steps) = on_grid(tree.values.iter(), &grids[target])?;
                    let chosen = self.chosen(tree, steps)?;
                    scores[target].push(chosen.affine(&grids[target], &least));
                }
                None => {
                    let places = (0..tree.leaves() as i128).collect::<Vec<_>>();
                    let place = self.select(tree, &places)?;
                    for (at, score) in scores.iter_mut().enumerate() {
                        let values = tree.values.iter().skip(at).step_by(grids.len());
                        let (least, steps) = on_grid(values, &grids[at])?;
                        let chosen = self.tabulated(place, &steps)?;
                        score.push(chosen.affine(&grids[at], &least));
                    }
                }
            }
        }
        let share = match ensemble.aggregate {
            Aggregate::Average => Number::ratio(1, ensemble.trees.len()),
            _ => None,
        };
        let share = share.unwrap_or_else(Number::one);
        let mut found = Vec::with_capacity(scores.len());
        for (scores, &base) in scores.iter().zip(&ensemble.base) {
            let total = match ensemble.aggregate {
                _ if scores.is_empty() => Element::constant(Number::zero()),
                Aggregate::Sum | Aggregate::Average => super::step::sum(self.site, scores)?,
                Aggregate::Min => extreme(self.site, scores, false)?,
                Aggregate::Max => extreme(self.site, scores, true)?,
            };
            found.push(total.affine(&share, &exact(base)));
        }
        Ok(found)
    }

    /// The entry of a leaf's place.
    fn tabulated(&mut self, place: FxValue, steps: &[i128]) -> Result<Element> {
        let Range { lo, hi } = self.site.builder.range(place);
        let reached = &steps[lo as usize..=hi as usize];
        if reached.iter().all(|step| *step == reached[0]) {
            return Ok(Element::constant(Number::from(reached[0])));
        }
        let entry = |step: &i128| {
            i64::try_from(*step).map_err(|_| {
                Diagnostic::new("leaves need more than 64 bits on their common grid").help(
                    "give the leaves fewer bits: numbers of different size have no common grid",
                )
            })
        };
        let values = reached.iter().map(entry).collect::<Result<Vec<_>>>()?;
        let table = Arc::new(Table { first: lo, values });
        Ok(Element::integer(self.site.push(Op::Lookup {
            input: place,
            table,
        })?))
    }

    fn answer(&mut self, split: &Split) -> Result<Answered> {
        let feature = self.features[split.feature as usize].clone();
        let Some(value) = feature.value else {
            let constant = question(split, &Element::integer(FxValue(0)), Some(&feature.offset))?;
            let missing = |number: &Number| {
                self.missing.as_ref() == Some(number)
                    || (split.missing.zero && number.abs() <= exact(ZERO_BOUND))
            };
            return Ok(Answered::Known(match missing(&feature.offset) {
                true => split.missing.to_true,
                false => constant.holds(0),
            }));
        };
        let range = self.site.builder.range(value);
        let asked = question(split, &feature, None)?;
        let mut answered = self.asked(value, &asked, range)?;
        for (lo, hi) in self.missing_integers(split, &feature, range) {
            // Where the split itself sends a missing value the right way there is nothing to do.
            let right = |integer: i128| asked.holds(integer) == split.missing.to_true;
            if right(lo) && right(hi) && !matches!(asked, Question::OneOf(..)) {
                continue;
            }
            let missing = match lo == hi {
                true => self.asked(value, &Question::OneOf(vec![lo], true), range)?,
                false => {
                    let from = self.asked(value, &Question::AtMost(lo - 1, false), range)?;
                    let to = self.asked(value, &Question::AtMost(hi, true), range)?;
                    self.both(from, to)?
                }
            };
            answered = match split.missing.to_true {
                true => self.either(missing, answered)?,
                false => {
                    let present = self.not(missing)?;
                    self.both(present, answered)?
                }
            };
        }
        Ok(answered)
    }

    /// The integers of a feature that are missing for a split, as ranges of its own range.
    fn missing_integers(
        &self,
        split: &Split,
        feature: &Element,
        range: Range,
    ) -> Vec<(i128, i128)> {
        let mut found = Vec::new();
        let integer = |number: &Number| {
            let at = (number - &feature.offset).checked_div(&feature.scale)?;
            Some(at)
        };
        if let Some(at) = self.missing.as_ref().and_then(integer)
            && let Some(at) = at.is_integer().then(|| at.to_i128()).flatten()
        {
            found.push((at, at));
        }
        if split.missing.zero {
            let bound = exact(ZERO_BOUND);
            let ends = [integer(&-&bound), integer(&bound)];
            if let [Some(a), Some(b)] = ends {
                let (low, high) = if a < b { (a, b) } else { (b, a) };
                let low = Number::from(low.ceil()).to_i128();
                let high = Number::from(high.floor()).to_i128();
                if let (Some(low), Some(high)) = (low, high) {
                    found.push((low, high));
                }
            }
        }
        let inside = found
            .into_iter()
            .map(|(lo, hi)| (lo.max(range.lo), hi.min(range.hi)));
        inside.filter(|(lo, hi)| lo <= hi).collect()
    }

    fn asked(&mut self, value: FxValue, asked: &Question, range: Range) -> Result<Answered> {
        match asked {
            Question::Known(answer) => Ok(Answered::Known(*answer)),
            Question::AtMost(bound, is) => {
                let bit = match *bound {
                    bound if bound < range.lo => return Ok(Answered::Known(!is)),
                    bound if bound >= range.hi => return Ok(Answered::Known(*is)),
                    bound => self.at_most(value, bound)?,
                };
                match is {
                    true => Ok(Answered::Bit(bit)),
                    false => self.not(Answered::Bit(bit)),
                }
            }
            Question::OneOf(members, is) => {
                let mut any = Answered::Known(false);
                for &member in members.iter().filter(|member| range.holds(**member)) {
                    let rhs = self.site.constant(member)?;
                    let equal = self.site.push(Op::Compare {
                        predicate: Predicate::Equal,
                        lhs: value,
                        rhs,
                    })?;
                    any = self.either(any, Answered::Bit(equal))?;
                }
                match is {
                    true => Ok(any),
                    false => self.not(any),
                }
            }
        }
    }

    fn at_most(&mut self, value: FxValue, bound: i128) -> Result<FxValue> {
        if let Some(bit) = self.bits.get(&(value, bound)) {
            return Ok(*bit);
        }
        let rhs = self.site.constant(bound)?;
        let bit = self.site.push(Op::Compare {
            predicate: Predicate::LessEqual,
            lhs: value,
            rhs,
        })?;
        self.bits.insert((value, bound), bit);
        Ok(bit)
    }

    fn not(&mut self, answered: Answered) -> Result<Answered> {
        Ok(match answered {
            Answered::Known(answer) => Answered::Known(!answer),
            Answered::Bit(input) => Answered::Bit(self.site.push(Op::Not { input })?),
        })
    }

    fn both(&mut self, a: Answered, b: Answered) -> Result<Answered> {
        Ok(match (a, b) {
            (Answered::Known(false), _) | (_, Answered::Known(false)) => Answered::Known(false),
            (Answered::Known(true), other) | (other, Answered::Known(true)) => other,
            (Answered::Bit(lhs), Answered::Bit(rhs)) => {
                Answered::Bit(self.site.push(Op::And { lhs, rhs })?)
            }
        })
    }

    fn either(&mut self, a: Answered, b: Answered) -> Result<Answered> {
        Ok(match (a, b) {
            (Answered::Known(true), _) | (_, Answered::Known(true)) => Answered::Known(true),
            (Answered::Known(false), other) | (other, Answered::Known(false)) => other,
            (Answered::Bit(lhs), Answered::Bit(rhs)) => {
                Answered::Bit(self.site.push(Op::Or { lhs, rhs })?)
            }
        })
    }
}

/// A bit, or what it always is.
#[derive(Clone, Copy)]
enum Answered {
    Known(bool),
    Bit(FxValue),
}

/// What a split asks of the integer of its feature; or of 0, where `at` is the feature.
fn question(split: &Split, feature: &Element, at: Option<&Number>) -> Result<Question> {
    let place = |threshold: f64| -> Result<Option<Number>> {
        let Some(threshold) = Number::from_f64(threshold) else {
            return Ok(None);
        };
        Ok(match at {
            Some(at) => Some(&threshold - at),
            None => (&threshold - &feature.offset).checked_div(&feature.scale),
        })
    };
    let integer = |number: Number| -> Result<Option<i128>> {
        Ok(number.is_integer().then(|| number.to_i128()).flatten())
    };
    if split.test == Test::In {
        let mut members = Vec::new();
        for member in &split.members {
            if let Some(number) = place(*member)? {
                members.extend(integer(number)?);
            }
        }
        members.sort_unstable();
        members.dedup();
        return Ok(Question::OneOf(members, true));
    }
    let Some(number) = place(split.threshold)? else {
        let ordering = 0.0
            .partial_cmp(&split.threshold)
            .expect("thresholds are no NaN");
        return Ok(Question::Known(split.test.holds(ordering)));
    };
    let flipped = at.is_none() && feature.scale.is_negative();
    let below = |number: &Number, including: bool| {
        let floor = Number::from(number.floor());
        let last = match including || floor != *number {
            true => floor,
            false => &floor - &Number::one(),
        };
        // Beyond all integers there is nothing to ask.
        last.to_i128().unwrap_or(match number.is_negative() {
            true => i128::MIN >> 1,
            false => i128::MAX >> 1,
        })
    };
    Ok(match (split.test, flipped) {
        (Test::Eq | Test::Ne, _) => {
            let members = integer(number)?.into_iter().collect();
            Question::OneOf(members, split.test == Test::Eq)
        }
        // n < q, n ≤ q; with a negative scale the other way around.
        (Test::Lt, false) | (Test::Gt, true) => Question::AtMost(below(&number, false), true),
        (Test::Le, false) | (Test::Ge, true) => Question::AtMost(below(&number, true), true),
        (Test::Gt, false) | (Test::Lt, true) => Question::AtMost(below(&number, true), false),
        (Test::Ge, false) | (Test::Le, true) => Question::AtMost(below(&number, false), false),
        (Test::In, _) => unreachable!("members were looked at above"),
    })
}

/// For each target the coarsest grid that holds the differences of each tree's leaves.
fn grids(ensemble: &Ensemble) -> Vec<Number> {
    let mut exponents: Vec<Option<i64>> = vec![None; ensemble.targets()];
    for tree in &ensemble.trees {
        let width = tree.values.len() / tree.leaves();
        for at in 0..width {
            let target = tree.target.map_or(at, |target| target as usize);
            let first = exact(tree.values[at]);
            for value in tree.values.iter().skip(at).step_by(width) {
                let own = (&exact(*value) - &first).trailing_exponent();
                let grid = &mut exponents[target];
                *grid = match (*grid, own) {
                    (Some(grid), Some(own)) => Some(grid.min(own)),
                    (grid, own) => grid.or(own),
                };
            }
        }
    }
    let grid = |exponent: Option<i64>| Number::pow2(exponent.unwrap_or(0));
    exponents.into_iter().map(grid).collect()
}

/// The smallest number, and how many steps each lies above it.
fn on_grid<'a>(
    values: impl Iterator<Item = &'a f64>,
    grid: &Number,
) -> Result<(Number, Vec<i128>)> {
    let values = values.map(|value| exact(*value)).collect::<Vec<_>>();
    let least = values.iter().min().expect("a tree has a leaf").clone();
    let steps = values
        .iter()
        .map(|value| integer_ratio(&(value - &least), grid));
    Ok((least.clone(), steps.collect::<Result<_>>()?))
}
