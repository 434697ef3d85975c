//! One tree without what is decided already.

use std::collections::HashMap;

use dialects::Number;
use dialects::nn::ensemble::{Answer, Child, Split, Test, Tree, ZERO_BOUND};

use super::bounds::{Cut, Feature};

/// What lies between two cuts of a feature.
type Between = (Option<Cut>, Option<Cut>);

/// What makes two subtrees the same.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Leaf(Vec<u64>, Option<i64>),
    /// The split by its place in the original tree of the first one like it, and its children.
    Split(u32, u32, u32),
}

/// Kept nodes: a leaf of the original tree, or a split of it with other children.
#[derive(Clone, Copy)]
enum Kept {
    Leaf(u32),
    Split(u32, u32, u32),
}

pub fn prune(tree: &Tree, features: &[Feature], missing: Option<f64>, answer: Answer) -> Tree {
    let mut pruner = Pruner {
        tree,
        features,
        // An infinite one equals no number.
        missing: missing.and_then(Number::from_f64),
        answer,
        same: same_questions(tree),
        between: HashMap::new(),
        kept: Vec::new(),
        known: HashMap::new(),
    };
    let root = pruner.visit(tree.root());
    pruner.rebuild(root)
}

/// For each split the first one that asks the same.
fn same_questions(tree: &Tree) -> Vec<u32> {
    let mut first = HashMap::new();
    let key = |split: &Split| {
        let members = split.members.iter().map(|member| member.to_bits());
        let members = members.collect::<Vec<_>>();
        (
            split.feature,
            split.test,
            split.threshold.to_bits(),
            members,
            split.missing,
        )
    };
    let splits = tree.splits.iter().zip(0..);
    splits
        .map(|(split, at)| *first.entry(key(split)).or_insert(at))
        .collect()
}

struct Pruner<'a> {
    tree: &'a Tree,
    features: &'a [Feature],
    missing: Option<Number>,
    answer: Answer,
    same: Vec<u32>,
    /// What is left of the features that splits above have cut.
    between: HashMap<u32, Between>,
    kept: Vec<Kept>,
    known: HashMap<Key, u32>,
}

/// What a split says of the numbers that are left.
enum Said {
    Always(bool),
    /// Where the answer is true, and where it is false.
    Parts(Box<[Between; 2]>),
}

enum Step {
    Visit(Child),
    /// The feature's state before a branch is put back.
    Restore(u32, Option<Between>),
    Narrow(u32, Between),
    Join(u32),
}

impl Pruner<'_> {
    /// The subtree by its number among the kept ones.
    fn visit(&mut self, root: Child) -> u32 {
        let mut steps = vec![Step::Visit(root)];
        let mut done: Vec<u32> = Vec::new();
        while let Some(step) = steps.pop() {
            match step {
                Step::Visit(Child::Leaf(leaf)) => done.push(self.leaf(leaf)),
                Step::Visit(Child::Split(at)) => {
                    let split = &self.tree.splits[at as usize];
                    match self.said(split) {
                        Said::Always(true) => steps.push(Step::Visit(split.on_true)),
                        Said::Always(false) => steps.push(Step::Visit(split.on_false)),
                        Said::Parts(parts) => {
                            let [where_true, where_false] = *parts;
                            let feature = split.feature;
                            let before = self.between.get(&feature).cloned();
                            steps.push(Step::Join(at));
                            steps.push(Step::Restore(feature, before));
                            steps.push(Step::Visit(split.on_false));
                            steps.push(Step::Narrow(feature, where_false));
                            steps.push(Step::Visit(split.on_true));
                            steps.push(Step::Narrow(feature, where_true));
                        }
                    }
                }
                Step::Narrow(feature, between) => {
                    self.between.insert(feature, between);
                }
                Step::Restore(feature, Some(between)) => {
                    self.between.insert(feature, between);
                }
                Step::Restore(feature, None) => {
                    self.between.remove(&feature);
                }
                Step::Join(at) => {
                    let (on_false, on_true) = (done.pop(), done.pop());
                    let both = on_false.zip(on_true).expect("both branches were visited");
                    done.push(self.join(at, both.1, both.0));
                }
            }
        }
        done.pop().expect("the root was visited")
    }

    fn leaf(&mut self, leaf: u32) -> u32 {
        let values = self.tree.leaf(leaf as usize).iter();
        // Zeros are equal, whatever their signs.
        let values = values.map(|value| (value + 0.0).to_bits()).collect();
        let id = match self.answer {
            Answer::Leaves => Some(self.tree.ids[leaf as usize]),
            Answer::Scores => None,
        };
        self.keep(Key::Leaf(values, id), Kept::Leaf(leaf))
    }

    fn join(&mut self, at: u32, on_true: u32, on_false: u32) -> u32 {
        if on_true == on_false {
            return on_true;
        }
        let key = Key::Split(self.same[at as usize], on_true, on_false);
        self.keep(key, Kept::Split(at, on_true, on_false))
    }

    fn keep(&mut self, key: Key, kept: Kept) -> u32 {
        let next = self.kept.len() as u32;
        let number = *self.known.entry(key).or_insert(next);
        if number == next {
            self.kept.push(kept);
        }
        number
    }

    fn said(&self, split: &Split) -> Said {
        let feature = &self.features[split.feature as usize];
        let whole = || (feature.first.clone(), feature.last.clone());
        let between = self.between.get(&split.feature).cloned();
        let between = between.unwrap_or_else(whole);
        let unknown = || Said::Parts(Box::new([between.clone(), between.clone()]));
        let said = match (split.test, Number::from_f64(split.threshold)) {
            (Test::Eq | Test::Ne | Test::In, _) => return unknown(),
            (test, None) => {
                let ordering = 0.0f64.partial_cmp(&split.threshold);
                Said::Always(test.holds(ordering.expect("thresholds are no NaN")))
            }
            (test, Some(threshold)) => {
                let with = matches!(test, Test::Le | Test::Gt);
                let cut = feature.cut(&threshold, with);
                let is_below = matches!(test, Test::Lt | Test::Le);
                let (first, last) = &between;
                if last.as_ref().is_some_and(|last| cut >= *last) {
                    Said::Always(is_below)
                } else if first.as_ref().is_some_and(|first| cut <= *first) {
                    Said::Always(!is_below)
                } else {
                    let below = (first.clone(), Some(cut.clone()));
                    let above = (Some(cut), last.clone());
                    match is_below {
                        true => Said::Parts(Box::new([below, above])),
                        false => Said::Parts(Box::new([above, below])),
                    }
                }
            }
        };
        // A missing number goes where the split sends it, which may be the other branch.
        let missing = self.missing_numbers(split, feature, &between);
        match said {
            Said::Always(answer) if missing && split.missing.to_true != answer => unknown(),
            Said::Parts(..) if missing => unknown(),
            said => said,
        }
    }

    /// Whether a number that is missing for a split may be among those that are left.
    fn missing_numbers(&self, split: &Split, feature: &Feature, between: &Between) -> bool {
        let reaches = |lo: &Number, hi: &Number| {
            let (from, to) = (feature.cut(lo, false), feature.cut(hi, true));
            from < to
                && between.0.as_ref().is_none_or(|first| to > *first)
                && between.1.as_ref().is_none_or(|last| from < *last)
        };
        let bound = Number::from_f64(ZERO_BOUND).expect("the bound is finite");
        self.missing
            .as_ref()
            .is_some_and(|number| reaches(number, number))
            || (split.missing.zero && reaches(&-&bound, &bound))
    }

    /// The kept nodes below a root as a tree, shared subtrees written out again.
    fn rebuild(&self, root: u32) -> Tree {
        let mut tree = Tree {
            target: self.tree.target,
            ..Tree::default()
        };
        let mut left: Vec<(u32, Option<(usize, bool)>)> = vec![(root, None)];
        while let Some((at, from)) = left.pop() {
            let child = match self.kept[at as usize] {
                Kept::Leaf(leaf) => {
                    tree.ids.push(self.tree.ids[leaf as usize]);
                    tree.values.extend(self.tree.leaf(leaf as usize));
                    Child::Leaf(tree.ids.len() as u32 - 1)
                }
                Kept::Split(split, on_true, on_false) => {
                    let index = tree.splits.len();
                    left.push((on_false, Some((index, false))));
                    left.push((on_true, Some((index, true))));
                    tree.splits.push(self.tree.splits[split as usize].clone());
                    Child::Split(index as u32)
                }
            };
            match from {
                None => {}
                Some((parent, true)) => tree.splits[parent].on_true = child,
                Some((parent, false)) => tree.splits[parent].on_false = child,
            }
        }
        tree
    }
}
