//! The truth table of a value over a cut: what it is for every joint value of the leaves.

use std::collections::HashMap;

use dialects::fx::{Graph, IntType, Op, ValueId};

use super::form::Part;

/// Cones with more nodes than this are not evaluated.
const MAX_CONE: usize = 256;

/// A function of the codes of parts side by side, the first lowest; `None` where the codes
/// cannot occur.
#[derive(Clone)]
pub struct Truth {
    pub parts: Vec<Part>,
    pub entries: Vec<Option<i64>>,
}

impl Truth {
    pub fn bits(&self) -> u32 {
        self.parts.iter().map(Part::bits).sum()
    }

    /// Bits of the widest entry.
    pub fn width(&self) -> u32 {
        let known = self.entries.iter().flatten().copied();
        let (lo, hi) = known.fold((0, 0), |(lo, hi), v| (v.min(lo), v.max(hi)));
        let range = dialects::fx::Range::new(lo.into(), hi.into());
        range.int_type().map_or(64, |ty: IntType| ty.width)
    }
}

/// The truth table of `root` over `leaves`; `None` where the cone is large or a value does
/// not fit a table.
pub fn truth(graph: &Graph, parts: &[Part], root: ValueId, leaves: &[ValueId]) -> Option<Truth> {
    let cone = cone(graph, root, leaves)?;
    let parts: Vec<Part> = leaves.iter().map(|leaf| parts[leaf.index()]).collect();
    let bits: u32 = parts.iter().map(Part::bits).sum();
    let patterns = 1usize << bits;
    let mut place: HashMap<ValueId, usize> = HashMap::new();
    let mut columns: Vec<Vec<i128>> = Vec::with_capacity(leaves.len() + cone.len());
    let mut occurs = vec![true; patterns];
    let mut low = 0;
    for part in &parts {
        let codes = 1usize << part.bits();
        let values: Vec<Option<i128>> = (0..codes).map(|code| part.value(code as i128)).collect();
        let column = (0..patterns).map(|pattern| {
            let value = values[pattern >> low & (codes - 1)];
            occurs[pattern] &= value.is_some();
            value.unwrap_or(part.range.lo)
        });
        place.insert(part.id, columns.len());
        let column = column.collect();
        columns.push(column);
        low += part.bits();
    }
    for &id in &cone {
        let node = graph.node(id);
        let operands: Vec<usize> = node.op.operands().iter().map(|v| place[v]).collect();
        let eval = node.op.def()?.eval;
        let mut of = vec![0; operands.len()];
        let column = (0..patterns).map(|pattern| {
            for (value, at) in of.iter_mut().zip(&operands) {
                *value = columns[*at][pattern];
            }
            // Where a table has no entry, the leaves cannot have these values together.
            if let Op::Lookup { table, .. } = &node.op {
                let entry = table.get(of[0]);
                occurs[pattern] &= entry.is_some();
                return entry.unwrap_or(table.values[0]).into();
            }
            eval(&node.op, &of, node.ty)
        });
        let column = column.collect();
        place.insert(id, columns.len());
        columns.push(column);
    }
    let values = columns.pop()?;
    let entry = |(value, occurs): (i128, bool)| match occurs {
        true => i64::try_from(value).ok().map(Some),
        false => Some(None),
    };
    let entries = values.into_iter().zip(occurs).map(entry);
    Some(Truth {
        parts,
        entries: entries.collect::<Option<_>>()?,
    })
}

/// The nodes between the leaves and the root, operands first, the root last.
pub fn cone(graph: &Graph, root: ValueId, leaves: &[ValueId]) -> Option<Vec<ValueId>> {
    let mut cone = Vec::new();
    let mut todo = vec![root];
    while let Some(id) = todo.pop() {
        if leaves.binary_search(&id).is_ok() || cone.contains(&id) {
            continue;
        }
        let op = &graph.node(id).op;
        if cone.len() == MAX_CONE || matches!(op, Op::Input { .. } | Op::Register { .. }) {
            return None;
        }
        cone.push(id);
        todo.extend(op.operands());
    }
    cone.sort_unstable();
    Some(cone)
}
