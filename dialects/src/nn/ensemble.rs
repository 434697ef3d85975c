//! Decision trees as data, and the walk from a root to a leaf.
//!
//! A number of a feature is compared with thresholds that are float64, exactly: a number that
//! lies between two float64 is on the side of a threshold where it really is.

use std::cmp::Ordering;
use std::str::FromStr;

use crate::{Diagnostic, Number, Result};

/// The largest distance from zero of a number that counts as zero where zero is missing:
/// 1e-35 as a float32.
pub const ZERO_BOUND: f64 = 1e-35_f32 as f64;

/// What a tree's node asks about its feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Test {
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
    /// Whether the feature equals one of the node's members.
    In,
}

impl Test {
    pub const ALL: [Test; 7] = [
        Test::Lt,
        Test::Le,
        Test::Gt,
        Test::Ge,
        Test::Eq,
        Test::Ne,
        Test::In,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Test::Lt => "lt",
            Test::Le => "le",
            Test::Gt => "gt",
            Test::Ge => "ge",
            Test::Eq => "eq",
            Test::Ne => "ne",
            Test::In => "in",
        }
    }

    /// The answer for a feature that stands so to the threshold; `In` has no threshold.
    pub fn holds(self, ordering: Ordering) -> bool {
        match self {
            Test::Lt => ordering.is_lt(),
            Test::Le => ordering.is_le(),
            Test::Gt => ordering.is_gt(),
            Test::Ge => ordering.is_ge(),
            Test::Eq | Test::In => ordering.is_eq(),
            Test::Ne => ordering.is_ne(),
        }
    }
}

impl FromStr for Test {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Test::ALL.into_iter();
        all.find(|test| test.name() == text)
            .ok_or_else(|| format!("`{text}` is no test; they are lt, le, gt, ge, eq, ne, in"))
    }
}

/// Which feature values are missing for a node, and which way they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Missing {
    /// Missing values follow the true branch.
    pub to_true: bool,
    /// Zero is missing too, see [`ZERO_BOUND`].
    pub zero: bool,
}

impl Missing {
    pub const ALL: [Missing; 4] = [
        Missing::to(false),
        Missing::to(true),
        Missing {
            to_true: false,
            zero: true,
        },
        Missing {
            to_true: true,
            zero: true,
        },
    ];

    pub const fn to(to_true: bool) -> Self {
        Missing {
            to_true,
            zero: false,
        }
    }

    pub fn name(self) -> &'static str {
        match (self.to_true, self.zero) {
            (false, false) => "false",
            (true, false) => "true",
            (false, true) => "zero_false",
            (true, true) => "zero_true",
        }
    }
}

impl FromStr for Missing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Missing::ALL.into_iter();
        all.find(|missing| missing.name() == text).ok_or_else(|| {
            format!("`{text}` is none of false, true, zero_false, zero_true for missing values")
        })
    }
}

/// A node or a leaf of the same tree, by its place among its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Child {
    Split(u32),
    Leaf(u32),
}

impl Child {
    /// Splits count from 0 up, leaves from -1 down.
    pub fn code(self) -> i64 {
        match self {
            Child::Split(at) => i64::from(at),
            Child::Leaf(at) => -1 - i64::from(at),
        }
    }

    pub fn from_code(code: i64) -> Option<Self> {
        match code {
            0.. => u32::try_from(code).ok().map(Child::Split),
            _ => u32::try_from(-(code + 1)).ok().map(Child::Leaf),
        }
    }
}

/// A node with two branches.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    pub feature: u32,
    pub test: Test,
    /// What the feature is compared with; 0 where the test is `In`.
    pub threshold: f64,
    /// The members of a test `In`, else empty.
    pub members: Vec<f64>,
    pub missing: Missing,
    pub on_true: Child,
    pub on_false: Child,
}

/// A binary tree: splits, root first and parents before children, and one leaf more.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tree {
    /// The target that the leaves' numbers are for; `None`: each leaf has a number for every target.
    pub target: Option<u32>,
    pub splits: Vec<Split>,
    /// The leaves' numbers, leaf by leaf.
    pub values: Vec<f64>,
    /// What the model calls each leaf: the result where leaves are asked for.
    pub ids: Vec<i64>,
}

impl Tree {
    pub fn root(&self) -> Child {
        match self.splits.is_empty() {
            true => Child::Leaf(0),
            false => Child::Split(0),
        }
    }

    pub fn leaves(&self) -> usize {
        self.splits.len() + 1
    }

    /// The numbers of a leaf: one, or one for each target.
    pub fn leaf(&self, leaf: usize) -> &[f64] {
        let width = self.values.len() / self.leaves();
        &self.values[leaf * width..][..width]
    }

    /// The leaf that a sample reaches. `missing` is the number that stands for a missing value.
    pub fn walk(&self, features: &[Feature], missing: Option<f64>) -> usize {
        let mut at = self.root();
        loop {
            match at {
                Child::Leaf(leaf) => return leaf as usize,
                Child::Split(split) => {
                    let split = &self.splits[split as usize];
                    let answer = split.answer(&features[split.feature as usize], missing);
                    at = if answer {
                        split.on_true
                    } else {
                        split.on_false
                    };
                }
            }
        }
    }
}

impl Split {
    fn answer(&self, feature: &Feature, missing: Option<f64>) -> bool {
        let is_missing = missing.is_some_and(|missing| feature.compare(missing).is_eq());
        if is_missing || (self.missing.zero && feature.is_near_zero()) {
            return self.missing.to_true;
        }
        match self.test {
            Test::In => self.members.iter().any(|m| feature.compare(*m).is_eq()),
            test => test.holds(feature.compare(self.threshold)),
        }
    }
}

/// A feature's number: the nearest float64, and on which side of it the number lies.
pub struct Feature {
    nearest: f64,
    side: Ordering,
}

impl Feature {
    pub fn new(value: &Number) -> Self {
        let nearest = value.to_f64();
        let side = match Number::from_f64(nearest) {
            Some(exact) => value.cmp(&exact),
            // Beyond every float64, and so nearer to zero than infinity.
            None if nearest > 0.0 => Ordering::Less,
            None => Ordering::Greater,
        };
        Feature { nearest, side }
    }

    /// Rounding to nearest keeps order, so only a tie needs the side.
    fn compare(&self, threshold: f64) -> Ordering {
        let rough = self.nearest.partial_cmp(&threshold);
        rough.expect("thresholds are numbers").then(self.side)
    }

    fn is_near_zero(&self) -> bool {
        self.compare(ZERO_BOUND).is_le() && self.compare(-ZERO_BOUND).is_ge()
    }
}

/// How the trees' numbers for a target become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aggregate {
    Sum,
    /// The sum divided by the number of trees of the whole ensemble.
    Average,
    Min,
    Max,
}

impl Aggregate {
    pub const ALL: [Aggregate; 4] = [
        Aggregate::Sum,
        Aggregate::Average,
        Aggregate::Min,
        Aggregate::Max,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Aggregate::Sum => "sum",
            Aggregate::Average => "average",
            Aggregate::Min => "min",
            Aggregate::Max => "max",
        }
    }
}

impl FromStr for Aggregate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Aggregate::ALL.into_iter();
        all.find(|kind| kind.name() == text)
            .ok_or_else(|| format!("`{text}` is no aggregation; they are sum, average, min, max"))
    }
}

/// What an ensemble answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Answer {
    /// A number for each target.
    #[default]
    Scores,
    /// The id of the leaf that was reached, for each tree.
    Leaves,
}

impl Answer {
    pub fn name(self) -> &'static str {
        match self {
            Answer::Scores => "scores",
            Answer::Leaves => "leaves",
        }
    }
}

impl FromStr for Answer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "scores" => Ok(Answer::Scores),
            "leaves" => Ok(Answer::Leaves),
            _ => Err(format!("`{text}` is none of scores, leaves")),
        }
    }
}

/// Trees whose numbers are added up, or compared, target by target.
#[derive(Debug, Clone, PartialEq)]
pub struct Ensemble {
    pub trees: Vec<Tree>,
    pub aggregate: Aggregate,
    /// What is added to each target at the end; one for each target.
    pub base: Vec<f64>,
    /// The number that stands for a missing value, if there is one.
    pub missing: Option<f64>,
    pub answer: Answer,
}

impl Ensemble {
    pub fn targets(&self) -> usize {
        self.base.len()
    }

    /// Interior nodes of all trees.
    pub fn splits(&self) -> usize {
        self.trees.iter().map(|tree| tree.splits.len()).sum()
    }

    /// Checks that every tree is one, for inputs of that many features.
    ///
    /// Errors: a child that does not stand behind its parent or has two parents; a feature,
    /// target or count that does not fit; NaN, or an infinite leaf.
    pub fn check(&self, features: usize) -> Result<()> {
        if self.trees.is_empty() || self.base.is_empty() {
            return Err(Diagnostic::new(
                "an ensemble has at least one tree and one target",
            ));
        }
        if self.missing.is_some_and(f64::is_nan) {
            return Err(Diagnostic::new(
                "the number that stands for a missing value is NaN",
            ));
        }
        if let Some(base) = self.base.iter().find(|base| !base.is_finite()) {
            return Err(Diagnostic::new(format!("a base score is {base}")));
        }
        for (index, tree) in self.trees.iter().enumerate() {
            tree.check(features, self.targets())
                .map_err(|what| Diagnostic::new(format!("tree {index}: {what}")))?;
        }
        Ok(())
    }

    /// The numbers for each target from the leaf that each tree reached.
    pub fn scores(&self, reached: &[usize]) -> Vec<Number> {
        let mut totals: Vec<Option<Number>> = vec![None; self.targets()];
        for (tree, &leaf) in self.trees.iter().zip(reached) {
            let values = tree.leaf(leaf).iter();
            for (at, &value) in values.enumerate() {
                let target = tree.target.map_or(at, |target| target as usize);
                let value = exact(value);
                let total = &mut totals[target];
                *total = Some(match total.take() {
                    None => value,
                    Some(total) => match self.aggregate {
                        Aggregate::Sum | Aggregate::Average => &total + &value,
                        Aggregate::Min => total.min(value),
                        Aggregate::Max => total.max(value),
                    },
                });
            }
        }
        let share = match self.aggregate {
            Aggregate::Average => Number::ratio(1, self.trees.len()),
            _ => None,
        };
        let finish = |(total, &base): (Option<Number>, &f64)| {
            let total = total.unwrap_or_else(Number::zero);
            let total = match &share {
                Some(share) => &total * share,
                None => total,
            };
            &total + &exact(base)
        };
        totals.into_iter().zip(&self.base).map(finish).collect()
    }
}

fn exact(value: f64) -> Number {
    Number::from_f64(value).expect("leaves and base scores are finite")
}

impl Tree {
    fn check(&self, features: usize, targets: usize) -> Result<(), String> {
        let leaves = self.leaves();
        let width = match self.target {
            Some(target) if target as usize >= targets => {
                return Err(format!("target {target} does not exist among {targets}"));
            }
            Some(_) => 1,
            None => targets,
        };
        if self.values.len() != leaves * width || self.ids.len() != leaves {
            return Err(format!(
                "{} splits need {leaves} leaves with {width} numbers each; there are {} ids and {} numbers",
                self.splits.len(),
                self.ids.len(),
                self.values.len()
            ));
        }
        if let Some(at) = self.values.iter().position(|value| !value.is_finite()) {
            return Err(format!("leaf {} holds {}", at / width, self.values[at]));
        }
        let mut parents = (vec![false; self.splits.len()], vec![false; leaves]);
        for (index, split) in self.splits.iter().enumerate() {
            if split.feature as usize >= features {
                return Err(format!(
                    "node {index} reads feature {}, the input has {features}",
                    split.feature
                ));
            }
            if split.threshold.is_nan() || split.members.iter().any(|member| member.is_nan()) {
                return Err(format!("node {index} compares with NaN"));
            }
            if split.test != Test::In && !split.members.is_empty() {
                return Err(format!("node {index} has members and no test for them"));
            }
            for child in [split.on_true, split.on_false] {
                let place = match child {
                    Child::Split(at) if at as usize <= index => {
                        return Err(format!("node {index} has a child that stands before it"));
                    }
                    Child::Split(at) => parents.0.get_mut(at as usize),
                    Child::Leaf(at) => parents.1.get_mut(at as usize),
                };
                match place {
                    None => return Err(format!("node {index} has a child that does not exist")),
                    Some(true) => return Err(format!("a child of node {index} has two parents")),
                    Some(seen) => *seen = true,
                }
            }
        }
        Ok(())
    }
}
