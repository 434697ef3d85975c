//! Which values get a row of their own, and which are parts of the expression that reads them.

use std::collections::HashMap;

use dialects::fx::{Graph, Op, ValueId};

use super::dataflow::{Dataflow, Storage};
use super::linear::Form;
use super::pack::Packer;
use super::plan::{Atoms, DotKind};
use super::shape::Shape;
use super::writer::Writer;

/// The largest expression computed without rows in between.
const MAX_SHAPE: u32 = 24;

/// Beyond this many distinct steps of code, expressions that occur only a few times are
/// taken apart into single operations.
const MAX_CODE: usize = 1500;
const FEW: usize = 8;

/// The sums of products that are reached from the results.
pub struct Dots {
    pub forms: Vec<Option<Form>>,
    /// How often each value is read as an operand of an expression.
    operand: Vec<u32>,
    /// Whether a result, a sum of products or a lookup reads the value's row.
    row: Vec<bool>,
}

impl Dots {
    pub fn of(graph: &Graph, flow: &Dataflow, forms: Vec<Option<Form>>) -> Dots {
        let count = graph.nodes.len();
        let mut dots = Dots {
            forms,
            operand: vec![0; count],
            row: vec![false; count],
        };
        let mut needed = vec![false; count];
        for result in &graph.results {
            needed[flow.source(*result).index()] = true;
            dots.row[flow.source(*result).index()] = true;
        }
        for value in (0..count as u32).rev().map(ValueId) {
            let index = value.index();
            if !needed[index] {
                dots.forms[index] = None;
                continue;
            }
            if dots.forms[index]
                .as_ref()
                .is_some_and(|form| kind_of(flow, value, form).is_none())
            {
                dots.forms[index] = None;
            }
            if let Some(form) = &dots.forms[index] {
                for (atom, _) in &form.terms {
                    needed[atom.index()] = true;
                    dots.row[atom.index()] = true;
                }
                continue;
            }
            let node = graph.node(value);
            for operand in node.op.operands() {
                let operand = flow.source(operand).index();
                needed[operand] = true;
                dots.operand[operand] += 1;
                dots.row[operand] |= matches!(node.op, Op::Lookup { .. });
            }
        }
        dots
    }

    pub fn needed(&self, value: ValueId) -> bool {
        self.row[value.index()] || self.operand[value.index()] > 0
    }
}

/// How a form is computed; `None` when single operations serve it better.
pub fn kind_of(flow: &Dataflow, value: ValueId, form: &Form) -> Option<DotKind> {
    let sum = flow.storage(value);
    if sum == Storage::W128 {
        return None;
    }
    let narrow = |weight: i128| i32::try_from(weight).is_ok();
    let atoms = match sum {
        Storage::W32 => Storage::W32,
        _ => {
            let products_of_32 = form
                .terms
                .iter()
                .all(|(atom, weight)| narrow(*weight) && flow.storage(*atom) == Storage::W32);
            if products_of_32 {
                Storage::W32
            } else {
                Storage::W64
            }
        }
    };
    let atoms = Atoms::One(atoms);
    Some(DotKind { atoms, sum })
}

/// Values that are no part of a larger expression.
pub fn rows_needed(graph: &Graph, flow: &Dataflow, dots: &Dots) -> Vec<bool> {
    let mut has_row = vec![false; graph.nodes.len()];
    let mut size = vec![0u32; graph.nodes.len()];
    for value in graph.values().filter(|value| dots.needed(*value)) {
        let index = value.index();
        let node = graph.node(value);
        let whole = matches!(node.op, Op::Input { .. } | Op::Lookup { .. });
        let constant = matches!(node.op, Op::Constant { .. });
        if whole || dots.forms[index].is_some() {
            has_row[index] = true;
            continue;
        }
        // The operands that may be computed inside, largest last.
        let mut inner: Vec<usize> = node
            .op
            .operands()
            .iter()
            .map(|v| flow.source(*v).index())
            .collect();
        inner.retain(|operand| !has_row[*operand]);
        inner.sort_by_key(|operand| size[*operand]);
        let mut total = 1 + inner.iter().map(|operand| size[*operand]).sum::<u32>();
        while total > MAX_SHAPE {
            let Some(largest) = inner.pop() else { break };
            has_row[largest] = true;
            total -= size[largest];
        }
        size[index] = total;
        has_row[index] = match constant {
            true => dots.row[index],
            false => dots.row[index] || dots.operand[index] > 1,
        };
    }
    has_row
}

/// Values whose expressions occur too rarely to be worth compiling as a whole, and
/// everything inside those expressions.
pub fn rare_shapes(graph: &Graph, flow: &Dataflow, dots: &Dots, has_row: &[bool]) -> Vec<ValueId> {
    let mut counts: HashMap<Shape, Vec<ValueId>> = HashMap::new();
    for value in graph
        .values()
        .filter(|value| dots.needed(*value) && has_row[value.index()])
    {
        let computed = !matches!(graph.node(value).op, Op::Input { .. } | Op::Lookup { .. });
        if computed && dots.forms[value.index()].is_none() {
            let shape = Writer::new(graph, flow, has_row).instance(value).shape;
            counts.entry(shape).or_default().push(value);
        }
    }
    if counts.keys().map(Vec::len).sum::<usize>() <= MAX_CODE {
        return Vec::new();
    }
    let rare = counts.into_values().filter(|values| values.len() < FEW);
    let mut pending: Vec<ValueId> = rare.flatten().collect();
    let mut apart = Vec::new();
    while let Some(value) = pending.pop() {
        for operand in graph.node(value).op.operands() {
            let operand = flow.source(operand);
            let constant = flow.constant(graph, operand).is_some();
            if !has_row[operand.index()] && !constant {
                apart.push(operand);
                pending.push(operand);
            }
        }
    }
    apart
}

/// Values that nothing but packs of one kind read: their expressions are written where
/// they are packed.
pub fn packed_only(graph: &Graph, flow: &Dataflow, dots: &Dots, packer: &Packer) -> Vec<ValueId> {
    let count = graph.nodes.len();
    let (mut kinds, mut other) = (vec![None; count], vec![false; count]);
    for result in &graph.results {
        other[flow.source(*result).index()] = true;
    }
    for value in graph.values().filter(|value| dots.needed(*value)) {
        if let Some(form) = &dots.forms[value.index()] {
            let kind = packer.kind(value, form);
            for (atom, _) in &form.terms {
                let known = *kinds[atom.index()].get_or_insert(kind);
                other[atom.index()] |= kind.is_none() || known != kind;
            }
        } else if let Op::Lookup { input, .. } = graph.node(value).op {
            other[flow.source(input).index()] = true;
        }
    }
    let only = |value: &ValueId| {
        let index = value.index();
        let op = &graph.node(*value).op;
        let computed = !matches!(op, Op::Input { .. } | Op::Lookup { .. });
        kinds[index].is_some()
            && !other[index]
            && dots.operand[index] == 0
            && computed
            && dots.forms[index].is_none()
    };
    graph.values().filter(only).collect()
}
