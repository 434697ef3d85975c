//! A tree from nodes that name their children by number, in whatever order they are stored.

use std::collections::HashSet;

use dialects::nn::ensemble::{Child, Missing, Split, Test, Tree};

/// A node as a model file has it.
pub enum RawNode {
    Split(RawSplit),
    /// What the leaf is called and its numbers.
    Leaf {
        id: i64,
        values: Vec<f64>,
    },
}

pub struct RawSplit {
    pub feature: u32,
    pub test: Test,
    pub threshold: f64,
    pub members: Vec<f64>,
    pub missing: Missing,
    pub on_true: usize,
    pub on_false: usize,
}

/// The tree below `root` of `count` nodes, parents first; nodes that nothing reaches are left out.
///
/// Errors, as a sentence that goes on after "tree 3: ": a child that does not exist, a node
/// that is reached twice, and whatever `node` says.
pub fn grow(
    count: usize,
    root: usize,
    target: Option<u32>,
    node: impl Fn(usize) -> Result<RawNode, String>,
) -> Result<Tree, String> {
    let mut tree = Tree {
        target,
        ..Tree::default()
    };
    let mut seen = HashSet::new();
    // Nodes to visit, and the branch that leads to each: a split of the tree, and which side.
    let mut left: Vec<(usize, Option<(usize, bool)>)> = vec![(root, None)];
    while let Some((at, from)) = left.pop() {
        if at >= count {
            return Err(format!("node {at} does not exist, there are {count}"));
        }
        if !seen.insert(at) {
            return Err(format!("node {at} is reached twice"));
        }
        let child = match node(at)? {
            RawNode::Leaf { id, values } => {
                tree.ids.push(id);
                tree.values.extend(values);
                Child::Leaf(tree.ids.len() as u32 - 1)
            }
            RawNode::Split(split) => {
                let index = tree.splits.len();
                left.push((split.on_false, Some((index, false))));
                left.push((split.on_true, Some((index, true))));
                tree.splits.push(Split {
                    feature: split.feature,
                    test: split.test,
                    threshold: split.threshold,
                    members: split.members,
                    missing: split.missing,
                    // Both are set when the children are visited.
                    on_true: Child::Split(0),
                    on_false: Child::Split(0),
                });
                Child::Split(index as u32)
            }
        };
        match from {
            None => {}
            Some((parent, true)) => tree.splits[parent].on_true = child,
            Some((parent, false)) => tree.splits[parent].on_false = child,
        }
    }
    Ok(tree)
}
