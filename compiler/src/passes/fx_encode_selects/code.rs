//! The number of an end: which bits it has and what decides each of them.

use std::sync::Arc;

use dialects::Result;
use dialects::fx::{Builder, LayerId, Op, Table, ValueId};

use super::gate::{Gate, MOST_INPUTS, beside};
use super::tree::{Child, Tree};

/// The number of an end.
pub enum Code {
    /// The conditions side by side, the first one lowest.
    Conditions(Vec<ValueId>),
    /// A bit for each level of a binary search, highest first.
    Search { root: Range, bits: u32, luts: u32 },
}

/// Some ends beside each other, all that the higher bits leave.
pub enum Range {
    One(usize),
    /// Those from `middle` on have the next bit set.
    Two {
        middle: usize,
        low: usize,
        high: usize,
        halves: Box<[Range; 2]>,
    },
}

impl Code {
    /// The cheapest number for the ends of a tree, which are three or more.
    pub fn of(tree: &Tree) -> Code {
        let conditions = tree.conditions();
        if conditions.len() <= MOST_INPUTS as usize {
            return Code::Conditions(conditions);
        }
        let least = usize::BITS - (tree.leaves.len() - 1).leading_zeros();
        let search = |bits: u32| {
            let root = split(tree, 0, tree.leaves.len(), bits);
            let luts = (0..bits).map(|level| level_luts(tree, &root, level)).sum();
            Code::Search { root, bits, luts }
        };
        let (exact, more) = (search(least), search(least + 1));
        // A table is taken to be eight bits wide.
        let price = |code: &Code| code.luts() + 8 * code.blocks();
        if price(&more) < price(&exact) {
            more
        } else {
            exact
        }
    }

    /// LUTs of its bits.
    pub fn luts(&self) -> u32 {
        match self {
            Code::Conditions(_) => 0,
            Code::Search { luts, .. } => *luts,
        }
    }

    /// LUTs of one bit of a table that it indexes.
    pub fn blocks(&self) -> u32 {
        match self {
            Code::Conditions(_) => 1,
            Code::Search { bits, .. } => 1 << bits.saturating_sub(MOST_INPUTS),
        }
    }

    /// The chosen constant, from conditions that have moved.
    pub fn build(
        &self,
        tree: &Tree,
        builder: &mut Builder,
        moved: &[ValueId],
        layer: LayerId,
    ) -> Result<ValueId> {
        let (bits, ends) = match self {
            Code::Conditions(conditions) => {
                let end = |index: usize| {
                    let at = |condition| conditions.binary_search(&condition);
                    tree.choose(|condition| at(condition).is_ok_and(|at| index >> at & 1 == 1))
                };
                let bits = conditions.iter().map(|condition| moved[condition.index()]);
                (
                    bits.collect(),
                    (0..1 << conditions.len()).map(end).collect(),
                )
            }
            Code::Search { root, bits, .. } => {
                let mut site = Site {
                    tree,
                    builder,
                    moved,
                    layer,
                };
                let mut found = Vec::new();
                for level in 0..*bits {
                    let bit = site.bit(root, &found, level)?;
                    found.push(match bit {
                        Some(bit) => bit.build(site.builder, layer)?,
                        None => site.builder.constant(0, layer)?,
                    });
                }
                found.reverse();
                let mut ends = vec![0; 1 << bits];
                fill(root, &mut ends);
                (found, ends)
            }
        };
        let mut values: Vec<i64> = Vec::with_capacity(ends.len());
        for end in ends {
            values
                .push(i64::try_from(tree.leaves[end]).expect("constants of a table have 64 bits"));
        }
        let input = beside(builder, &bits, layer)?;
        let reach = builder.range(input);
        values.truncate(reach.hi as usize + 1);
        let table = Arc::new(Table { first: 0, values });
        builder.push(Op::Lookup { input, table }, layer)
    }
}

/// Splits ends so that `bits` bits number them, where fewest conditions decide.
fn split(tree: &Tree, low: usize, high: usize, bits: u32) -> Range {
    if high - low == 1 {
        return Range::One(low);
    }
    let half = 1usize << (bits - 1);
    let from = high.saturating_sub(half).max(low + 1);
    let to = (low + half).min(high - 1);
    let balance = |middle: usize| (middle - low).abs_diff(high - middle);
    let middle = (from..=to)
        .min_by_key(|middle| {
            let decision = decision(tree, low, high, *middle);
            (decision.len(), balance(*middle))
        })
        .expect("half of the ends fit into a number of one bit less");
    let halves = [
        split(tree, low, middle, bits - 1),
        split(tree, middle, high, bits - 1),
    ];
    Range::Two {
        middle,
        low,
        high,
        halves: Box::new(halves),
    }
}

/// A condition, and whether it alone makes the end stand from the middle on (else: only with it).
type Step = (ValueId, bool);

/// The conditions that decide whether one of the ends `low..high` stands from `middle` on, the
/// outermost first; the last is the answer where none before it is.
fn decision(tree: &Tree, low: usize, high: usize, middle: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut at = tree.root();
    while let Child::Branch(branch) = at {
        let branch = &tree.branches[branch];
        at = if high <= branch.middle {
            branch.on_false
        } else if low >= branch.middle {
            branch.on_true
        } else if middle == branch.middle {
            steps.push((branch.condition, true));
            break;
        } else if middle < branch.middle {
            steps.push((branch.condition, true));
            branch.on_false
        } else {
            steps.push((branch.condition, false));
            branch.on_true
        };
    }
    steps
}

/// The LUTs of a bit: selections by fours, and what decides their inputs.
fn level_luts(tree: &Tree, root: &Range, level: u32) -> u32 {
    let mut decisions = Vec::new();
    collect(tree, root, level, &mut decisions);
    let steps: usize = decisions.iter().map(Vec::len).sum();
    let inputs = steps as u32 + if decisions.len() > 1 { level } else { 0 };
    match inputs {
        0..=1 => 0,
        2..=MOST_INPUTS => 1,
        _ => {
            let chosen = (decisions.len() as u32 - 1).div_ceil(3);
            let joined = (steps - decisions.len()) as u32;
            chosen + joined.div_ceil(2)
        }
    }
}

fn collect(tree: &Tree, range: &Range, level: u32, found: &mut Vec<Vec<Step>>) {
    if let Range::Two {
        middle,
        low,
        high,
        halves,
    } = range
    {
        match level {
            0 => found.push(decision(tree, *low, *high, *middle)),
            _ => halves
                .iter()
                .for_each(|half| collect(tree, half, level - 1, found)),
        }
    }
}

/// The end of every number; a number that is none's has that of a neighbour.
fn fill(range: &Range, ends: &mut [usize]) {
    match range {
        Range::One(end) => ends.fill(*end),
        Range::Two { halves, .. } => {
            let (low, high) = ends.split_at_mut(ends.len() / 2);
            fill(&halves[0], low);
            fill(&halves[1], high);
        }
    }
}

struct Site<'a> {
    tree: &'a Tree,
    builder: &'a mut Builder,
    moved: &'a [ValueId],
    layer: LayerId,
}

impl Site<'_> {
    /// The bit `level` levels below a range, chosen by the bits above it, of which `chosen` are
    /// those from the range on; `None` where no end needs it.
    fn bit(&mut self, range: &Range, chosen: &[ValueId], level: u32) -> Result<Option<Gate>> {
        let Range::Two {
            middle,
            low,
            high,
            halves,
        } = range
        else {
            return Ok(None);
        };
        let Some((&condition, chosen)) = chosen.split_first() else {
            debug_assert_eq!(level, 0);
            let steps = decision(self.tree, *low, *high, *middle);
            return self.decided(&steps).map(Some);
        };
        let on_false = self.bit(&halves[0], chosen, level - 1)?;
        let on_true = self.bit(&halves[1], chosen, level - 1)?;
        let (Some(on_false), Some(on_true)) = (&on_false, &on_true) else {
            return Ok(on_false.or(on_true));
        };
        let condition = Gate::bit(condition);
        let select = |of: &[bool]| if of[0] { of[2] } else { of[1] };
        let of = [&condition, on_false, on_true];
        Gate::join(self.builder, self.layer, &of, select).map(Some)
    }

    fn decided(&mut self, steps: &[Step]) -> Result<Gate> {
        let mut steps = steps.iter().rev();
        let (last, _) = steps.next().expect("some condition decides");
        let mut bit = Gate::bit(self.moved[last.index()]);
        for (condition, alone) in steps {
            let condition = Gate::bit(self.moved[condition.index()]);
            let joined = |of: &[bool]| match alone {
                true => of[0] || of[1],
                false => of[0] && of[1],
            };
            bit = Gate::join(self.builder, self.layer, &[&condition, &bit], joined)?;
        }
        Ok(bit)
    }
}
