//! The attributes of ONNX's tree operators as trees of `nn`.

use std::collections::{BTreeSet, HashMap};

use dialects::Result;
use dialects::nn::Aggregate;
use dialects::nn::ensemble::{Missing, Test, Tree};

use super::layer::Layer;
use crate::frontend::trees::{MOST_NODES, RawNode, RawSplit, grow};

/// The most numbers that the leaves of an ensemble may hold.
const MOST_NUMBERS: usize = 1 << 26;

/// A whole number above 0.
pub fn count(layer: &Layer, name: &str, value: i64) -> Result<usize> {
    let count = usize::try_from(value).ok().filter(|count| *count > 0);
    count.ok_or_else(|| layer.contradiction(format!("{} has {name} = {value}", layer.op())))
}

/// A list of floats, or a tensor of them under another name.
pub fn numbers(layer: &Layer, name: &str, tensor: &str) -> Result<Option<Vec<f64>>> {
    if let Some(floats) = layer.node.floats(name)? {
        return Ok(Some(floats.iter().map(|&float| f64::from(float)).collect()));
    }
    match layer.node.tensor(tensor)? {
        None => Ok(None),
        Some(tensor) => match tensor.to_f64s() {
            Some(values) => Ok(Some(values)),
            None => {
                Err(layer.contradiction(format!("the {name} of {} are no numbers", layer.op())))
            }
        },
    }
}

fn required<T>(layer: &Layer, name: &str, found: Option<T>) -> Result<T> {
    found.ok_or_else(|| layer.node.missing(name))
}

fn check_size(layer: &Layer, nodes: usize) -> Result<()> {
    match nodes > MOST_NODES {
        true => Err(layer
            .error(format!(
                "the trees have {nodes} nodes, kaon takes {MOST_NODES}"
            ))
            .help("train fewer or shallower trees: a circuit holds every node")),
        false => Ok(()),
    }
}

/// The weights of a leaf: targets and numbers.
type Weights = Vec<(usize, f64)>;

/// The trees of the operators before version 5: a row for each node, leaves included.
pub struct Nodes {
    /// The first row of each tree, and the end.
    starts: Vec<usize>,
    /// What the node is called in its tree.
    ids: Vec<i64>,
    /// `None` for a leaf; children as rows of the same tree.
    splits: Vec<Option<RawSplit>>,
    weights: Vec<Weights>,
}

impl Nodes {
    /// `kind` is how the attributes of leaves begin: `class` or `target`.
    pub fn read(layer: &Layer, kind: &str) -> Result<Self> {
        let node = layer.node;
        let ints = |name: &str| required(layer, name, node.ints(name)?);
        let trees = ints("nodes_treeids")?;
        let ids = ints("nodes_nodeids")?;
        let features = ints("nodes_featureids")?;
        let on_true = ints("nodes_truenodeids")?;
        let on_false = ints("nodes_falsenodeids")?;
        let modes = match node.attributes.get("nodes_modes") {
            Some(crate::frontend::onnx::Attribute::Strs(modes)) => modes,
            _ => return Err(node.missing("nodes_modes")),
        };
        let values = numbers(layer, "nodes_values", "nodes_values_as_tensor")?;
        let values = required(layer, "nodes_values", values)?;
        let tracks = node.ints("nodes_missing_value_tracks_true")?.unwrap_or(&[]);
        let count = trees.len();
        check_size(layer, count)?;
        let lengths = [ids, features, on_true, on_false].map(<[i64]>::len);
        let others = [modes.len(), values.len()];
        if lengths.iter().chain(&others).any(|&length| length != count) || count == 0 {
            return Err(layer.contradiction(format!(
                "the {count} nodes of {} have attributes of other lengths",
                layer.op()
            )));
        }
        let mut rows = HashMap::with_capacity(count);
        let mut starts = vec![];
        let mut seen = BTreeSet::new();
        for at in 0..count {
            if at == 0 || trees[at] != trees[at - 1] {
                starts.push(at);
                if !seen.insert(trees[at]) {
                    return Err(layer.contradiction(format!(
                        "the nodes of tree {} do not stand together",
                        trees[at]
                    )));
                }
            }
            if rows.insert((trees[at], ids[at]), at).is_some() {
                return Err(
                    layer.contradiction(format!("tree {} has two nodes {}", trees[at], ids[at]))
                );
            }
        }
        starts.push(count);
        let row = |tree: i64, id: i64| {
            let found = rows.get(&(tree, id)).copied();
            found.ok_or_else(|| layer.contradiction(format!("tree {tree} has no node {id}")))
        };
        let mut splits = Vec::with_capacity(count);
        for at in 0..count {
            let test = match modes[at].as_str() {
                "LEAF" => {
                    splits.push(None);
                    continue;
                }
                "BRANCH_LEQ" => Test::Le,
                "BRANCH_LT" => Test::Lt,
                "BRANCH_GTE" => Test::Ge,
                "BRANCH_GT" => Test::Gt,
                "BRANCH_EQ" => Test::Eq,
                "BRANCH_NEQ" => Test::Ne,
                mode => {
                    return Err(layer.contradiction(format!("a node has the mode \"{mode}\"")));
                }
            };
            splits.push(Some(RawSplit {
                feature: feature(layer, features[at])?,
                test,
                threshold: values[at],
                members: vec![],
                missing: missing(test, tracks.get(at) == Some(&1)),
                on_true: row(trees[at], on_true[at])?,
                on_false: row(trees[at], on_false[at])?,
            }));
        }
        let attribute = |name: &str| format!("{kind}_{name}");
        let leaf_trees = ints(&attribute("treeids"))?;
        let leaf_nodes = ints(&attribute("nodeids"))?;
        let leaf_targets = ints(&attribute("ids"))?;
        let name = attribute("weights");
        let leaf_weights = numbers(layer, &name, &format!("{name}_as_tensor"))?;
        let leaf_weights = required(layer, &name, leaf_weights)?;
        let count_of_weights = leaf_trees.len();
        if [leaf_nodes.len(), leaf_targets.len(), leaf_weights.len()] != [count_of_weights; 3] {
            return Err(layer.contradiction(format!(
                "the {count_of_weights} weights of {} have attributes of other lengths",
                layer.op()
            )));
        }
        let mut weights = vec![Weights::new(); count];
        for at in 0..count_of_weights {
            let leaf = row(leaf_trees[at], leaf_nodes[at])?;
            let target = usize::try_from(leaf_targets[at]).unwrap_or(usize::MAX);
            if splits[leaf].is_none() {
                weights[leaf].push((target, leaf_weights[at]));
            }
        }
        Ok(Nodes {
            starts,
            ids: ids.to_vec(),
            splits,
            weights,
        })
    }

    pub fn weights(&self) -> impl Iterator<Item = f64> {
        self.weights.iter().flatten().map(|(_, weight)| *weight)
    }

    /// The target that all weights are for, if it is one.
    pub fn only_target(&self) -> Option<usize> {
        let mut targets = self.weights.iter().flatten().map(|(target, _)| *target);
        let first = targets.next()?;
        targets.all(|target| target == first).then_some(first)
    }

    pub fn trees(&self, layer: &Layer, targets: usize, aggregate: Aggregate) -> Result<Vec<Tree>> {
        let mut size = Size::default();
        let trees = self.starts.windows(2).enumerate();
        let trees = trees.map(|(index, ends)| {
            let (start, end) = (ends[0], ends[1]);
            let leaves = (start..end).filter(|at| self.splits[*at].is_none());
            let shape = Shape::of(leaves.map(|at| &self.weights[at]), targets, aggregate);
            let named = |what| layer.contradiction(format!("tree {index}: {what}"));
            let shape = shape.map_err(named)?;
            let tree = grow(end - start, 0, shape.target, |at| {
                Ok(match &self.splits[start + at] {
                    None => RawNode::Leaf {
                        id: self.ids[start + at],
                        values: shape.values(&self.weights[start + at])?,
                    },
                    Some(split) => RawNode::Split(RawSplit {
                        members: vec![],
                        on_true: split.on_true - start,
                        on_false: split.on_false - start,
                        ..*split
                    }),
                })
            });
            let tree = tree.map_err(named)?;
            size.add(layer, &tree)?;
            Ok(tree)
        });
        trees.collect()
    }
}

/// Counts the numbers of leaves.
#[derive(Default)]
struct Size(usize);

impl Size {
    fn add(&mut self, layer: &Layer, tree: &Tree) -> Result<()> {
        self.0 += tree.values.len();
        match self.0 > MOST_NUMBERS {
            true => Err(layer
                .error(format!("the leaves hold more than {MOST_NUMBERS} numbers"))
                .help("train fewer or shallower trees: a circuit holds every leaf")),
            false => Ok(()),
        }
    }
}

fn feature(layer: &Layer, feature: i64) -> Result<u32> {
    u32::try_from(feature)
        .map_err(|_| layer.contradiction(format!("a node reads feature {feature}")))
}

/// NaN passes no test but `ne`, unless the node says that it takes the true branch.
fn missing(test: Test, tracks_true: bool) -> Missing {
    Missing::to(tracks_true || test == Test::Ne)
}

/// How the leaves of a tree hold their numbers.
struct Shape {
    target: Option<u32>,
    targets: usize,
    /// Whether a leaf without a number for a target adds 0.
    sparse: bool,
}

impl Shape {
    fn of<'a>(
        leaves: impl Iterator<Item = &'a Weights> + Clone,
        targets: usize,
        aggregate: Aggregate,
    ) -> Result<Self, String> {
        let bad = leaves
            .clone()
            .flatten()
            .find(|(target, _)| *target >= targets);
        if let Some((target, _)) = bad {
            return Err(format!(
                "a leaf has a weight for target {target} of {targets}"
            ));
        }
        let first = leaves.clone().flatten().next().map(|(target, _)| *target);
        let one = |leaf: &Weights| leaf.len() == 1 && Some(leaf[0].0) == first;
        let target = match leaves.clone().all(one) {
            true => first.and_then(|target| u32::try_from(target).ok()),
            false => None,
        };
        Ok(Shape {
            target,
            targets,
            sparse: matches!(aggregate, Aggregate::Sum | Aggregate::Average),
        })
    }

    fn values(&self, weights: &Weights) -> Result<Vec<f64>, String> {
        if self.target.is_some() {
            return Ok(weights.iter().map(|(_, weight)| *weight).collect());
        }
        let mut values = vec![0.0; self.targets];
        let mut seen = vec![false; self.targets];
        for &(target, weight) in weights {
            if std::mem::replace(&mut seen[target], true) {
                return Err(format!("a leaf has two weights for target {target}"));
            }
            values[target] = weight;
        }
        match weights.is_empty() || (!self.sparse && seen.contains(&false)) {
            true => Err("a leaf has no weight for some target".into()),
            false => Ok(values),
        }
    }
}

/// The trees of TreeEnsemble, version 5: splits and leaves in arrays of their own.
pub fn flat_trees(layer: &Layer, targets: usize, aggregate: Aggregate) -> Result<Vec<Tree>> {
    let node = layer.node;
    let ints = |name: &str| required(layer, name, node.ints(name)?);
    let tensor = |name: &str| {
        let found = node.tensor(name)?.and_then(|tensor| tensor.to_f64s());
        required(layer, name, found)
    };
    let roots = ints("tree_roots")?;
    let features = ints("nodes_featureids")?;
    let (on_true, on_false) = (ints("nodes_truenodeids")?, ints("nodes_falsenodeids")?);
    let (true_leaf, false_leaf) = (ints("nodes_trueleafs")?, ints("nodes_falseleafs")?);
    let (modes, values) = (tensor("nodes_modes")?, tensor("nodes_splits")?);
    let leaf_targets = ints("leaf_targetids")?;
    let leaf_weights = tensor("leaf_weights")?;
    let tracks = node.ints("nodes_missing_value_tracks_true")?.unwrap_or(&[]);
    let count = features.len();
    check_size(layer, count.saturating_add(leaf_targets.len()))?;
    let lengths = [on_true, on_false, true_leaf, false_leaf].map(<[i64]>::len);
    let others = [modes.len(), values.len()];
    if lengths.iter().chain(&others).any(|&length| length != count)
        || leaf_targets.len() != leaf_weights.len()
        || roots.is_empty()
    {
        return Err(layer.contradiction(format!(
            "the {count} nodes of TreeEnsemble have attributes of other lengths"
        )));
    }
    let mut members = members(layer, &modes)?;
    let mut splits = Vec::with_capacity(count);
    for at in 0..count {
        let tests = [
            Test::Le,
            Test::Lt,
            Test::Ge,
            Test::Gt,
            Test::Eq,
            Test::Ne,
            Test::In,
        ];
        let test = tests.into_iter().nth(modes[at] as usize);
        let test = test.filter(|_| modes[at] >= 0.0 && modes[at].fract() == 0.0);
        let test =
            test.ok_or_else(|| layer.contradiction(format!("a node has the mode {}", modes[at])))?;
        let members = match test {
            Test::In => members.next().unwrap_or_default(),
            _ => vec![],
        };
        splits.push((feature(layer, features[at])?, test, members));
    }
    // Splits by their number; behind them a place for each end of a branch that is a leaf, so
    // that a leaf may stand at several.
    let place = |at: usize, side: usize| -> Result<usize, String> {
        let (child, leaf) = match side {
            0 => (on_true[at], true_leaf[at]),
            _ => (on_false[at], false_leaf[at]),
        };
        match usize::try_from(child) {
            Ok(child) if leaf == 0 && child < count => Ok(child),
            Ok(child) if leaf != 0 && child < leaf_targets.len() => Ok(count + 2 * at + side),
            _ => Err(format!("node {at} has a child {child} that does not exist")),
        }
    };
    let weight = |at: usize| {
        let (node, side) = ((at - count) / 2, (at - count) % 2);
        let leaf = [on_true[node], on_false[node]][side] as usize;
        let target = usize::try_from(leaf_targets[leaf]).unwrap_or(usize::MAX);
        (leaf, vec![(target, leaf_weights[leaf])])
    };
    let mut size = Size::default();
    let trees = roots.iter().enumerate().map(|(index, &root)| {
        let named = |what| layer.contradiction(format!("tree {index}: {what}"));
        let root = usize::try_from(root).ok().filter(|&root| root < count);
        let root = root.ok_or_else(|| named("its root does not exist".to_string()))?;
        let build = |target: Option<u32>, shape: Option<&Shape>| {
            grow(3 * count, root, target, |at| {
                if at >= count {
                    let (leaf, weights) = weight(at);
                    let values = match shape {
                        Some(shape) => shape.values(&weights)?,
                        // The first time only the leaves' places are looked for.
                        None => vec![0.0],
                    };
                    let id = match shape {
                        Some(_) => leaf as i64,
                        None => at as i64,
                    };
                    return Ok(RawNode::Leaf { id, values });
                }
                let (feature, test, members) = &splits[at];
                Ok(RawNode::Split(RawSplit {
                    feature: *feature,
                    test: *test,
                    threshold: if *test == Test::In { 0.0 } else { values[at] },
                    members: members.clone(),
                    missing: missing(*test, tracks.get(at) == Some(&1)),
                    on_true: place(at, 0)?,
                    on_false: place(at, 1)?,
                }))
            })
        };
        let places = build(None, None).map_err(named)?.ids;
        let weights = places.iter().map(|&at| weight(at as usize).1);
        let weights = weights.collect::<Vec<_>>();
        let shape = Shape::of(weights.iter(), targets, aggregate).map_err(named)?;
        let tree = build(shape.target, Some(&shape)).map_err(named)?;
        size.add(layer, &tree)?;
        Ok(tree)
    });
    trees.collect()
}

/// The sets of the nodes with membership, in order; NaN ends each.
fn members(layer: &Layer, modes: &[f64]) -> Result<impl Iterator<Item = Vec<f64>> + use<>> {
    let wanted = modes.iter().filter(|&&mode| mode == 6.0).count();
    let values = match layer.node.tensor("membership_values")? {
        Some(tensor) => tensor.to_f64s().unwrap_or_default(),
        None => vec![],
    };
    let mut sets: Vec<Vec<f64>> = values
        .split(|value| value.is_nan())
        .map(<[f64]>::to_vec)
        .collect();
    if sets.last().is_some_and(Vec::is_empty) {
        sets.pop();
    }
    match sets.len() == wanted {
        true => Ok(sets.into_iter()),
        false => Err(layer.contradiction(format!(
            "TreeEnsemble has {} sets of members for {wanted} nodes that test them",
            sets.len()
        ))),
    }
}
