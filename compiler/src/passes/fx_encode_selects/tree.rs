//! Trees of selections whose ends are constants.

use std::collections::HashMap;

use dialects::fx::{Graph, Op, ValueId};

/// More ends than this are left as they are.
const MAX_LEAVES: usize = 1 << 12;

/// A selection, or an end by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Child {
    Branch(usize),
    Leaf(usize),
}

/// A selection. The ends below it begin with `low`, those from `middle` on are chosen where the
/// condition holds.
#[derive(Debug, Clone, Copy)]
pub struct Branch {
    pub condition: ValueId,
    pub on_false: Child,
    pub on_true: Child,
    pub low: usize,
    pub middle: usize,
}

/// A tree; its root is the last branch. No condition stands twice on a path, and no two ends
/// beside each other are equal.
#[derive(Debug, Default)]
pub struct Tree {
    pub branches: Vec<Branch>,
    pub leaves: Vec<i128>,
}

impl Tree {
    pub fn root(&self) -> Child {
        match self.branches.len() {
            0 => Child::Leaf(0),
            count => Child::Branch(count - 1),
        }
    }

    /// What trees of the same conditions at the same places have in common.
    pub fn shape(&self) -> Vec<u32> {
        let branch =
            |branch: &Branch| [branch.condition.0, branch.low as u32, branch.middle as u32];
        self.branches.iter().flat_map(branch).collect()
    }

    /// The conditions, each once, in order.
    pub fn conditions(&self) -> Vec<ValueId> {
        let mut conditions: Vec<ValueId> = self.branches.iter().map(|b| b.condition).collect();
        conditions.sort_unstable();
        conditions.dedup();
        conditions
    }

    /// The LUTs of the selections as they are: one between two constants is a wire.
    pub fn luts(&self, width: u32) -> u32 {
        let ends = |branch: &&Branch| {
            matches!(
                (branch.on_false, branch.on_true),
                (Child::Leaf(_), Child::Leaf(_))
            )
        };
        let free = self.branches.iter().filter(ends).count();
        (self.branches.len() - free) as u32 * width
    }

    /// The end that is chosen where `holds` answers the conditions.
    pub fn choose(&self, holds: impl Fn(ValueId) -> bool) -> usize {
        let mut at = self.root();
        loop {
            match at {
                Child::Leaf(leaf) => return leaf,
                Child::Branch(branch) => {
                    let branch = &self.branches[branch];
                    at = match holds(branch.condition) {
                        true => branch.on_true,
                        false => branch.on_false,
                    };
                }
            }
        }
    }
}

/// All trees of a graph.
pub struct Trees<'a> {
    graph: &'a Graph,
    /// Ends of the tree below a value, where it is one: 1 for a constant.
    sizes: Vec<Option<usize>>,
    roots: Vec<bool>,
}

impl<'a> Trees<'a> {
    pub fn of(graph: &'a Graph) -> Self {
        let mut sizes: Vec<Option<usize>> = Vec::with_capacity(graph.nodes.len());
        for node in &graph.nodes {
            sizes.push(match node.op {
                // An entry of a table has 64 bits.
                Op::Constant { value } => i64::try_from(value).ok().map(|_| 1),
                Op::Select {
                    on_true, on_false, ..
                } => {
                    let of = |value: ValueId| sizes[value.index()];
                    let sum = |(a, b): (usize, usize)| a + b;
                    of(on_true)
                        .zip(of(on_false))
                        .map(sum)
                        .filter(|sum| *sum <= MAX_LEAVES)
                }
                _ => None,
            });
        }
        let mut roots = vec![false; graph.nodes.len()];
        let is_tree = |value: ValueId| sizes[value.index()].is_some_and(|size| size > 2);
        let mut read = |value: ValueId| roots[value.index()] |= is_tree(value);
        for (node, size) in graph.nodes.iter().zip(&sizes) {
            match node.op {
                Op::Select { condition, .. } if size.is_some() => read(condition),
                _ => node.op.operands().into_iter().for_each(&mut read),
            }
        }
        graph.results.iter().copied().for_each(&mut read);
        Trees {
            graph,
            sizes,
            roots,
        }
    }

    /// The tree that ends in a value which something else than a tree reads.
    pub fn at(&self, root: ValueId) -> Option<Tree> {
        if !self.roots[root.index()] {
            return None;
        }
        debug_assert!(self.sizes[root.index()].is_some());
        let mut tree = Tree::default();
        self.expand(root, &mut HashMap::new(), &mut tree);
        (tree.leaves.len() > 2).then_some(tree)
    }

    fn expand(&self, at: ValueId, known: &mut HashMap<ValueId, bool>, tree: &mut Tree) -> Child {
        let (condition, on_true, on_false) = match self.graph.node(at).op {
            Op::Constant { value } => {
                tree.leaves.push(value);
                return Child::Leaf(tree.leaves.len() - 1);
            }
            Op::Select {
                condition,
                on_true,
                on_false,
            } => (condition, on_true, on_false),
            _ => unreachable!("a tree is made of selections and constants"),
        };
        if let Some(holds) = known.get(&condition) {
            let on = if *holds { on_true } else { on_false };
            return self.expand(on, known, tree);
        }
        let low = tree.leaves.len();
        known.insert(condition, false);
        let on_false = self.expand(on_false, known, tree);
        let middle = tree.leaves.len();
        known.insert(condition, true);
        let on_true = self.expand(on_true, known, tree);
        known.remove(&condition);
        if let (Child::Leaf(a), Child::Leaf(b)) = (on_false, on_true)
            && tree.leaves[a] == tree.leaves[b]
        {
            tree.leaves.pop();
            return on_false;
        }
        tree.branches.push(Branch {
            condition,
            on_false,
            on_true,
            low,
            middle,
        });
        Child::Branch(tree.branches.len() - 1)
    }
}
