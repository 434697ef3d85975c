//! Tables as equal forms of values: what a value is, as lookups of a few bits.
//!
//! Everything here makes offers for `egraph::choose`; nothing decides. An offer is exact by
//! construction: it comes from the value's own entries over all inputs that can occur.

mod bound;
mod cuts;
mod form;
mod freed;
mod groups;
mod pieces;
mod ranks;
mod truth;

use dialects::Result;
use dialects::fx::{self, Graph, IntType, Op, Range, Table, ValueId};

use crate::egraph::{self, Offer, is_linear};
use crate::target::{Operand, Target, operands};
use cuts::Cut;
use form::{Form, Part};

/// Longer tables than this are left as they are.
const MAX_ENTRIES: i128 = 1 << 16;

/// A cut of a partial sum has at most so many bits: beyond, an adder is smaller.
const SUM_BITS: u32 = 7;

/// A cut of gates has at most so many bits: beyond, a synthesis finds what there is to find.
const GATE_BITS: u32 = 6;

/// Cuts that are offered for one value.
const OFFERED: usize = 3;

/// What the least table takes: a cone of less than two of them is not tried.
const LUT: u64 = 1000;

/// Entries of all truth tables together, times the nodes of their cones: a limit on work.
const MAX_WORK: u64 = 1 << 28;

/// A graph with the same values, and the offers for them.
pub struct Offered {
    pub graph: Graph,
    pub offers: Vec<Offer>,
}

/// The offers for every value of a graph; `share` as `egraph::choose` takes it.
pub fn offers(graph: &Graph, target: &Target, share: u64) -> Result<Offered> {
    let ranked = ranks::ranked(graph)?;
    let graph = &ranked.graph;
    let ranges = fx::ranges(graph)?;
    let known = operands(graph);
    let part = |(index, range): (usize, &Range)| Part {
        id: ValueId(index as u32),
        range: *range,
        zeros: match *range == Range::point(0) {
            true => 0,
            false => known[index].trailing_zeros.min(126),
        },
    };
    let parts: Vec<Part> = ranges.iter().enumerate().map(part).collect();
    let own: Vec<u64> = graph
        .nodes
        .iter()
        .map(|node| {
            let of: Vec<Operand> = node
                .op
                .operands()
                .iter()
                .map(|v| known[v.index()])
                .collect();
            egraph::own_of(&node.op, node.ty, &of, target, share)
        })
        .collect();
    let cuts = cuts::cuts(graph, &parts, &own);
    let gates = gates(graph);
    let uses = freed::uses(graph);
    let mut work = 0;
    let mut offers = ranks::restored(target, &ranked, &parts);
    for (index, node) in graph.nodes.iter().enumerate() {
        let id = ValueId(index as u32);
        let form = || Form::new(target, graph.nodes.len());
        if let Op::Lookup { input, table } = &node.op {
            offers.extend(shorter(form(), id, parts[input.index()], table));
        }
        let constant = |at: usize| known[node.op.operands()[at].index()].constant.is_some();
        // Single bits side by side are wires: what reads them has the cuts.
        if gates[index] && own[index] < LUT {
            continue;
        }
        let by_gates = match &node.op {
            Op::Lookup { input, .. } => gates[index] || gates[input.index()],
            _ => gates[index],
        };
        let most = match is_linear(&node.op, constant) || own[index] < LUT && !narrows(&node.op) {
            _ if by_gates => GATE_BITS,
            true => SUM_BITS,
            false => cuts::MAX_BITS,
        };
        let mut found: Vec<&Cut> = cuts[index].iter().filter(|cut| cut.bits <= most).collect();
        found.sort_by_key(|cut| (std::cmp::Reverse(cut.area), cut.bits));
        for cut in found.into_iter().take(OFFERED) {
            work += (cut.area / 1000 + 1) << cut.bits;
            // The cut of a lookup's own input is what `shorter` looks at.
            let itself = matches!(&node.op, Op::Lookup { input, .. } if cut.leaves == [*input]);
            if itself || cut.area < 2 * LUT || work > MAX_WORK {
                continue;
            }
            // Of gates, which are many, only what nothing else reads counts.
            if by_gates && freed::freed(graph, &uses, &own, id, &cut.leaves) < 2 * LUT {
                continue;
            }
            offers.extend(cone(form(), graph, &parts, id, cut));
        }
    }
    offers.extend(groups::offers(graph, &parts, &own, target));
    Ok(Offered {
        graph: ranked.graph,
        offers,
    })
}

/// Which values are gates and choices of single bits, and such bits side by side.
fn gates(graph: &Graph) -> Vec<bool> {
    let mut gates: Vec<bool> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        gates.push(match node.op {
            Op::And { .. } | Op::Or { .. } | Op::Xor { .. } => true,
            Op::Select { .. } => node.ty == IntType::BIT,
            // One LUT.
            Op::Lookup { ref table, .. } => {
                node.ty == IntType::BIT && table.values.len() <= 1 << GATE_BITS
            }
            Op::Shl { input, .. } | Op::Not { input } => gates[input.index()],
            Op::Add { lhs, rhs } => gates[lhs.index()] || gates[rhs.index()],
            _ => false,
        });
    }
    gates
}

/// Whether an op drops bits of its operand.
fn narrows(op: &Op) -> bool {
    matches!(op, Op::Shr { .. } | Op::Wrap { .. })
}

/// A value by the truth table over a cut, where that can be smaller than its cone.
fn cone(form: Form, graph: &Graph, parts: &[Part], of: ValueId, cut: &Cut) -> Option<Offer> {
    let truth = truth::truth(graph, parts, of, &cut.leaves)?;
    let mut form = form;
    let result = bound::build(&mut form, truth)?;
    (u64::from(form.luts) * 1000 < cut.area).then(|| form.offer(of, result))?
}

/// A lookup by shorter tables.
fn shorter(mut form: Form, of: ValueId, x: Part, table: &Table) -> Option<Offer> {
    let zeros = x.zeros;
    let x = form.shr(x, zeros)?;
    let table = tabulate(x.range, |input| table.get(input << zeros))?;
    let (plan, _) = pieces::plan(form.target(), table);
    let result = pieces::build(&mut form, x, &plan)?;
    form.offer(of, result)
}

/// The table of a function over a range; `None` when it is long or not defined everywhere.
fn tabulate(over: Range, f: impl Fn(i128) -> Option<i64>) -> Option<Table> {
    if over.hi.checked_sub(over.lo)? >= MAX_ENTRIES {
        return None;
    }
    let values = (over.lo..=over.hi).map(f).collect::<Option<_>>()?;
    Some(Table {
        first: over.lo,
        values,
    })
}
