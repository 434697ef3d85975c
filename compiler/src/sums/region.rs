//! Which values are sums of which others.
//!
//! A root is a sum that something else than a sum reads, or one of more than two terms
//! that several sums read: taking those apart would lose what they share. Every other sum
//! is taken apart where it is read. The leaves are the values that are no sums, and roots
//! that other sums read.
//!
//! Roots are put together by depth and by common leaves. The depth of a value is the
//! number of leaves on the longest way to it, so no root of a region depends on another,
//! and a region is a matrix.

use std::collections::HashMap;

use dialects::fx::{Graph, Node, Op, ValueId};
use smallvec::SmallVec;

/// A sum of this many terms or fewer is repeated where it is read.
const REPEATED_TERMS: usize = 2;

/// Coefficients stay below 2^40 in magnitude; a product beyond is no part of a sum.
const LARGEST_COEFFICIENT: i128 = 1 << 40;

/// `constant + Σ coefficient · leaf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    pub value: ValueId,
    /// Leaves of the region in growing order; no coefficient is 0.
    pub row: Vec<(u32, i64)>,
    pub constant: i128,
}

/// Sums of common leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    pub depth: u32,
    pub leaves: Vec<ValueId>,
    pub roots: Vec<Root>,
}

/// A graph taken apart.
#[derive(Debug)]
pub struct Regions {
    pub regions: Vec<Region>,
    /// For each node, the depth at which it is built.
    pub depth: Vec<u32>,
    /// For each node, whether it is a sum, and where its row is: region and root.
    pub sums: Vec<bool>,
}

/// Wider values are no part of a matrix: their sums stay as they are.
const WIDEST: u32 = 60;

fn narrow(graph: &Graph, node: &Node) -> bool {
    let of = node
        .op
        .operands()
        .into_iter()
        .map(|v| graph.node(v).ty.width);
    of.chain([node.ty.width]).all(|width| width <= WIDEST)
}

/// Whether a node is a sum that [`regions`] takes in, in another form than `fx.sum`.
pub fn is_apart(graph: &Graph, node: &Node) -> bool {
    let constant = |value: &ValueId| matches!(graph.node(*value).op, Op::Constant { .. });
    let sum = match &node.op {
        Op::Add { .. } | Op::Sub { .. } | Op::Neg { .. } => true,
        Op::Mul { lhs, rhs } => constant(lhs) || constant(rhs),
        _ => false,
    };
    sum && narrow(graph, node)
}

/// Finds every sum of a graph without dead nodes.
pub fn regions(graph: &Graph) -> Regions {
    let forms = Forms::new(graph);
    let mut depth = vec![0u32; graph.nodes.len()];
    for (index, node) in graph.nodes.iter().enumerate() {
        // A sum that reads a root is of a later region than it.
        let sum = forms.sums[index];
        let step = |v: &ValueId| u32::from(!sum || forms.root[v.index()]);
        let below = node.op.operands();
        let below = below.iter().map(|v| depth[v.index()] + step(v));
        depth[index] = below.max().unwrap_or(0);
    }
    let mut by_depth: Vec<Vec<(ValueId, Expanded)>> = Vec::new();
    for value in graph.values().filter(|value| forms.root[value.index()]) {
        let at = depth[value.index()] as usize;
        if by_depth.len() <= at {
            by_depth.resize_with(at + 1, Vec::new);
        }
        by_depth[at].push((value, forms.expand(value)));
    }
    let mut found = Vec::new();
    for (depth, roots) in by_depth.into_iter().enumerate() {
        found.extend(joined(depth as u32, roots));
    }
    Regions {
        regions: found,
        depth,
        sums: forms.sums,
    }
}

/// What a sum adds up: values with their factors, and a constant.
type Parts = (SmallVec<[(ValueId, i64); 3]>, i128);

struct Expanded {
    terms: Vec<(ValueId, i64)>,
    constant: i128,
}

struct Forms<'a> {
    graph: &'a Graph,
    uses: Vec<u32>,
    sums: Vec<bool>,
    root: Vec<bool>,
}

impl<'a> Forms<'a> {
    fn new(graph: &'a Graph) -> Self {
        let mut forms = Forms {
            graph,
            uses: graph.use_counts(),
            sums: vec![false; graph.nodes.len()],
            root: vec![false; graph.nodes.len()],
        };
        let mut terms: Vec<usize> = Vec::with_capacity(graph.nodes.len());
        for value in graph.values() {
            let parts = forms.parts(value);
            forms.sums[value.index()] = parts.is_some();
            let of = |(value, _): &(ValueId, i64)| terms[value.index()];
            terms.push(match (&graph.node(value).op, parts) {
                (Op::Constant { .. }, _) => 0,
                (_, Some((parts, _))) => parts.iter().map(of).sum::<usize>(),
                (_, None) => 1,
            });
        }
        let mut outside = vec![false; graph.nodes.len()];
        for (index, node) in graph.nodes.iter().enumerate() {
            if !forms.sums[index] {
                for operand in node.op.operands() {
                    outside[operand.index()] = true;
                }
            }
        }
        for result in &graph.results {
            outside[result.index()] = true;
        }
        for index in 0..graph.nodes.len() {
            let cut = forms.uses[index] > 1 && terms[index] > REPEATED_TERMS;
            forms.root[index] = forms.sums[index] && (outside[index] || cut);
            if cut {
                terms[index] = 1;
            }
        }
        forms.cut(&terms);
        forms
    }

    /// What a sum adds up, with its constant; `None` for other ops.
    fn parts(&self, value: ValueId) -> Option<Parts> {
        let constant = |value: ValueId| match self.graph.node(value).op {
            Op::Constant { value } if value.abs() < LARGEST_COEFFICIENT => Some(value as i64),
            _ => None,
        };
        if !narrow(self.graph, self.graph.node(value)) {
            return None;
        }
        let shifted = |amount: u32| 1i64.checked_shl(amount).filter(|_| amount < 40);
        Some(match &self.graph.node(value).op {
            Op::Add { lhs, rhs } => (SmallVec::from_slice(&[(*lhs, 1), (*rhs, 1)]), 0),
            Op::Sub { lhs, rhs } => (SmallVec::from_slice(&[(*lhs, 1), (*rhs, -1)]), 0),
            Op::Neg { input } => (SmallVec::from_slice(&[(*input, -1)]), 0),
            Op::Shl { input, amount } => (SmallVec::from_slice(&[(*input, shifted(*amount)?)]), 0),
            Op::Mul { lhs, rhs } => {
                let (input, factor) = match (constant(*lhs), constant(*rhs)) {
                    (_, Some(factor)) => (*lhs, factor),
                    (Some(factor), None) => (*rhs, factor),
                    (None, None) => return None,
                };
                (SmallVec::from_slice(&[(input, factor)]), 0)
            }
            Op::Sum { terms, constant } => {
                let mut parts = SmallVec::new();
                for term in terms {
                    let factor = shifted(term.shift)?;
                    parts.push((term.value, if term.negative { -factor } else { factor }));
                }
                (parts, *constant)
            }
            _ => return None,
        })
    }

    /// Makes a root of every sum that no reader can take apart: one of many terms with
    /// several readers, or one whose coefficients would leave their bound.
    fn cut(&mut self, terms: &[usize]) {
        let mut largest: Vec<i128> = Vec::with_capacity(self.graph.nodes.len());
        for value in self.graph.values() {
            let mut own = 1i128;
            if let Some((parts, _)) = self.parts(value).filter(|_| self.sums[value.index()]) {
                let of = |(part, factor): &(ValueId, i64)| {
                    largest[part.index()] * i128::from(factor.unsigned_abs())
                };
                own = parts.iter().map(of).sum();
                if own >= LARGEST_COEFFICIENT {
                    for (part, _) in &parts {
                        self.root[part.index()] |= self.sums[part.index()];
                    }
                    own = parts
                        .iter()
                        .map(|part| i128::from(part.1.unsigned_abs()))
                        .sum();
                }
            }
            let cut = self.uses[value.index()] > 1 && terms[value.index()] > REPEATED_TERMS;
            largest.push(if cut || self.root[value.index()] {
                1
            } else {
                own.max(1)
            });
        }
    }

    /// Whether readers take a sum apart instead of reading it.
    fn repeated(&self, value: ValueId) -> bool {
        self.sums[value.index()] && !self.root[value.index()]
    }

    fn expand(&self, root: ValueId) -> Expanded {
        let mut found: HashMap<ValueId, i64> = HashMap::new();
        let mut constant = 0i128;
        let mut open: Vec<(ValueId, i64)> = vec![(root, 1)];
        while let Some((value, factor)) = open.pop() {
            if let Op::Constant { value } = self.graph.node(value).op {
                constant += value * i128::from(factor);
                continue;
            }
            let parts = self
                .parts(value)
                .filter(|_| value == root || self.repeated(value));
            match parts {
                Some((parts, own)) => {
                    constant += own * i128::from(factor);
                    open.extend(parts.iter().map(|(part, by)| (*part, by * factor)));
                }
                None => *found.entry(value).or_default() += factor,
            }
        }
        let mut terms: Vec<(ValueId, i64)> = found.into_iter().filter(|term| term.1 != 0).collect();
        terms.sort_unstable();
        Expanded { terms, constant }
    }
}

/// The roots of one depth as regions: those that have a leaf in common are in one.
fn joined(depth: u32, roots: Vec<(ValueId, Expanded)>) -> Vec<Region> {
    let mut groups = petgraph::unionfind::UnionFind::<usize>::new(roots.len());
    let mut first: HashMap<ValueId, usize> = HashMap::new();
    for (at, (_, root)) in roots.iter().enumerate() {
        for (leaf, _) in &root.terms {
            groups.union(*first.entry(*leaf).or_insert(at), at);
        }
    }
    let mut place: HashMap<usize, usize> = HashMap::new();
    let mut members: Vec<Vec<(ValueId, Expanded)>> = Vec::new();
    for (at, root) in roots.into_iter().enumerate() {
        let group = *place.entry(groups.find(at)).or_insert_with(|| {
            members.push(Vec::new());
            members.len() - 1
        });
        members[group].push(root);
    }
    members
        .into_iter()
        .map(|roots| region(depth, roots))
        .collect()
}

fn region(depth: u32, roots: Vec<(ValueId, Expanded)>) -> Region {
    let mut leaves: Vec<ValueId> = roots
        .iter()
        .flat_map(|(_, r)| &r.terms)
        .map(|t| t.0)
        .collect();
    leaves.sort_unstable();
    leaves.dedup();
    let number: HashMap<ValueId, u32> = leaves.iter().copied().zip(0..).collect();
    let roots = roots.into_iter().map(|(value, root)| Root {
        value,
        row: root
            .terms
            .iter()
            .map(|(leaf, by)| (number[leaf], *by))
            .collect(),
        constant: root.constant,
    });
    Region {
        depth,
        roots: roots.collect(),
        leaves,
    }
}
