//! nn.tree_ensemble: decision trees on the last axis of the input, their leaves' numbers combined.
//!
//! | input         | answer = "scores" | answer = "leaves" |
//! | […, features] | […, targets]      | […, trees]        |
//!
//! | test | true branch where   | missing_to              | a missing value goes to |
//! | lt   | feature < threshold | false, true             | the false, true branch  |
//! | le   | feature <= threshold| zero_false, zero_true   | the same, and a feature |
//! | gt   | feature > threshold |                         | within 1e-35 (float32)  |
//! | ge   | feature >= threshold|                         | of 0 is missing too     |
//! | eq   | feature = threshold |                         |                         |
//! | ne   | feature ≠ threshold |                         |                         |
//! | in   | feature ∈ members   |                         |                         |
//!
//! A feature is missing where it equals the number in `missing`; without one no feature is.
//! Comparisons, sums and the average are exact; thresholds and leaves are float64.
//! score[t] = base[t] + aggregate over the trees that have a number for target t (0 if none does);
//! `average` divides their sum by the number of all trees.
//!
//! Trees lie one after the other in flat arrays. A tree of n splits (`tree_splits`) has n + 1
//! leaves; `features`, `thresholds`, `true_children`, `false_children` have an element per split,
//! `leaf_ids` one per leaf, `leaf_values` one per leaf where `tree_targets` names the tree's target
//! and one per leaf and target where it is -1. A child c counts within its tree: split c, or leaf
//! -1 - c. The root is split 0, or leaf 0 of a tree without splits; parents stand before children.
//! `tests` and `missing_to` hold one word for all splits, or one for each. `members` are those of
//! the splits with test `in`, in order, `member_counts` how many each has.

use std::str::FromStr;
use std::sync::Arc;

use super::ensemble::{Child, Ensemble, Feature, Missing, Split, Test, Tree};
use super::{Answer, Fields, Op, OpDef, Tensor, print_f64s, print_integers, wrong_row};
use crate::ir::quote;
use crate::{Diagnostic, Number, Result};

pub const OP: OpDef = OpDef {
    name: "tree_ensemble",
    summary: "decision trees on the last axis, their leaves' numbers combined for each target",
    operands: &["input"],
    attributes: &[
        "answer",
        "aggregate",
        "base",
        "missing",
        "tree_splits",
        "tree_targets",
        "features",
        "tests",
        "thresholds",
        "member_counts",
        "members",
        "missing_to",
        "true_children",
        "false_children",
        "leaf_ids",
        "leaf_values",
    ],
    read: |fields| {
        Ok(Op::TreeEnsemble {
            input: fields.operands[0],
            ensemble: Arc::new(read(fields)?),
        })
    },
    print: |op| match op {
        Op::TreeEnsemble { ensemble, .. } => print(ensemble),
        _ => wrong_row(op),
    },
    shape: |op, of| {
        let Op::TreeEnsemble { ensemble, .. } = op else {
            wrong_row(op)
        };
        let Some((&features, outer)) = of[0].split_last() else {
            return Err(Diagnostic::new(
                "trees need an axis of features, the input is one number",
            ));
        };
        ensemble.check(features)?;
        let last = match ensemble.answer {
            Answer::Scores => ensemble.targets(),
            Answer::Leaves => ensemble.trees.len(),
        };
        Ok(outer.iter().copied().chain([last]).collect())
    },
    eval: |op, of| {
        let Op::TreeEnsemble { ensemble, .. } = op else {
            wrong_row(op)
        };
        let (features, mut shape) = (*of[0].shape.last().unwrap_or(&1), of[0].shape.clone());
        let mut values = Vec::new();
        for token in of[0].values.chunks(features) {
            let token = token.iter().map(Feature::new).collect::<Vec<_>>();
            let walk = |tree: &Tree| tree.walk(&token, ensemble.missing);
            let reached = ensemble.trees.iter().map(walk).collect::<Vec<_>>();
            match ensemble.answer {
                Answer::Scores => values.extend(ensemble.scores(&reached)),
                Answer::Leaves => {
                    let pairs = ensemble.trees.iter().zip(reached);
                    values.extend(pairs.map(|(tree, leaf)| Number::from(tree.ids[leaf])));
                }
            }
        }
        if let Some(last) = shape.last_mut() {
            *last = values.len() * features / of[0].values.len();
        }
        Ok(Tensor::new(shape, values))
    },
};

fn print(ensemble: &Ensemble) -> Vec<(&'static str, String)> {
    let trees = || ensemble.trees.iter();
    let splits = || trees().flat_map(|tree| &tree.splits);
    let per_split = |number: fn(&Split) -> i64| print_integers(splits().map(number));
    let members = splits().filter(|split| split.test == Test::In);
    let target = |tree: &Tree| tree.target.map_or(-1, i64::from);
    vec![
        ("answer", quote(ensemble.answer.name())),
        ("aggregate", quote(ensemble.aggregate.name())),
        ("base", print_f64s(ensemble.base.iter().copied())),
        ("missing", print_f64s(ensemble.missing.into_iter())),
        (
            "tree_splits",
            print_integers(trees().map(|tree| tree.splits.len() as i64)),
        ),
        ("tree_targets", print_integers(trees().map(target))),
        ("features", per_split(|split| i64::from(split.feature))),
        ("tests", words(splits().map(|split| split.test.name()))),
        (
            "thresholds",
            print_f64s(splits().map(|split| split.threshold)),
        ),
        (
            "member_counts",
            print_integers(members.map(|split| split.members.len() as i64)),
        ),
        (
            "members",
            print_f64s(splits().flat_map(|split| split.members.iter().copied())),
        ),
        (
            "missing_to",
            words(splits().map(|split| split.missing.name())),
        ),
        ("true_children", per_split(|split| split.on_true.code())),
        ("false_children", per_split(|split| split.on_false.code())),
        (
            "leaf_ids",
            print_integers(trees().flat_map(|tree| tree.ids.iter().copied())),
        ),
        (
            "leaf_values",
            print_f64s(trees().flat_map(|tree| tree.values.iter().copied())),
        ),
    ]
}

/// One word where all are the same.
fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut words = words.collect::<Vec<_>>();
    if words.windows(2).all(|pair| pair[0] == pair[1]) {
        words.truncate(1);
    }
    quote(&words.join(" "))
}

/// The words of an attribute, one for each of `count` splits.
fn read_words<T: Copy + FromStr<Err = String>>(
    fields: &Fields,
    name: &str,
    count: usize,
) -> Result<Vec<T>> {
    let words = fields.word(name)?.split_whitespace();
    let words = words.map(|word| word.parse().map_err(Diagnostic::new));
    let words = words.collect::<Result<Vec<T>>>()?;
    match words[..] {
        [word] if count > 0 => Ok(vec![word; count]),
        _ if words.len() == count => Ok(words),
        _ => Err(Diagnostic::new(format!(
            "attribute `{name}` has {} words for {count} splits",
            words.len()
        ))),
    }
}

/// Hands out the elements of a flat attribute in order.
struct Flat<'a, T> {
    name: &'static str,
    left: &'a [T],
}

impl<'a, T> Flat<'a, T> {
    fn take(&mut self, count: usize) -> Result<&'a [T]> {
        let (taken, left) = self
            .left
            .split_at_checked(count)
            .ok_or_else(|| Diagnostic::new(format!("attribute `{}` is too short", self.name)))?;
        self.left = left;
        Ok(taken)
    }

    fn finish(&self) -> Result<()> {
        match self.left.is_empty() {
            true => Ok(()),
            false => Err(Diagnostic::new(format!(
                "attribute `{}` is too long",
                self.name
            ))),
        }
    }
}

fn read(fields: &Fields) -> Result<Ensemble> {
    let integers = |name| fields.integers(name).map(|left| Flat { name, left });
    let numbers = |name| fields.doubles(name).map(|left| Flat { name, left });
    let base = fields.doubles("base")?.to_vec();
    let missing = match fields.doubles("missing")? {
        [] => None,
        [missing] => Some(*missing),
        _ => {
            return Err(Diagnostic::new(
                "attribute `missing` has more than one number",
            ));
        }
    };
    let sizes = fields.indices("tree_splits")?;
    let mut targets = integers("tree_targets")?;
    let mut features = integers("features")?;
    let mut thresholds = numbers("thresholds")?;
    let mut member_counts = integers("member_counts")?;
    let mut members = numbers("members")?;
    let mut on_true = integers("true_children")?;
    let mut on_false = integers("false_children")?;
    let mut ids = integers("leaf_ids")?;
    let mut values = numbers("leaf_values")?;
    let count = features.left.len();
    let mut tests = read_words::<Test>(fields, "tests", count)?.into_iter();
    let mut missing_to = read_words::<Missing>(fields, "missing_to", count)?.into_iter();
    let number = |value: i64, what| {
        u32::try_from(value).map_err(|_| Diagnostic::new(format!("{what} {value} does not exist")))
    };
    let child = |code: i64| {
        Child::from_code(code)
            .ok_or_else(|| Diagnostic::new(format!("child {code} does not exist")))
    };
    let mut trees = Vec::with_capacity(sizes.len());
    for size in sizes {
        let target = match targets.take(1)?[0] {
            -1 => None,
            target => Some(number(target, "target")?),
        };
        let mut splits = Vec::new();
        let (features, thresholds) = (features.take(size)?, thresholds.take(size)?);
        let (on_true, on_false) = (on_true.take(size)?, on_false.take(size)?);
        for at in 0..size {
            let test = tests.next().expect("a word for each feature");
            let members = match test {
                Test::In => {
                    let count = usize::try_from(member_counts.take(1)?[0]);
                    members.take(count.unwrap_or(usize::MAX))?.to_vec()
                }
                _ => vec![],
            };
            splits.push(Split {
                feature: number(features[at], "feature")?,
                test,
                threshold: thresholds[at],
                members,
                missing: missing_to.next().expect("a word for each feature"),
                on_true: child(on_true[at])?,
                on_false: child(on_false[at])?,
            });
        }
        let leaves = size + 1;
        let width = target.map_or(base.len(), |_| 1);
        trees.push(Tree {
            target,
            splits,
            values: values.take(leaves * width)?.to_vec(),
            ids: ids.take(leaves)?.to_vec(),
        });
    }
    for flat in [targets, features, member_counts, on_true, on_false, ids] {
        flat.finish()?;
    }
    for flat in [thresholds, members, values] {
        flat.finish()?;
    }
    Ok(Ensemble {
        trees,
        aggregate: fields.word("aggregate")?.parse().map_err(Diagnostic::new)?,
        base,
        missing,
        answer: fields.word("answer")?.parse().map_err(Diagnostic::new)?,
    })
}
