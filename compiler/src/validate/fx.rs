//! Two graphs of `fx` on the same integers.

use dialects::fx::{Graph, IntType, Port, eval};

use super::{Difference, Effort, Sample, Verdict, algebra, listed, pace, vectors};
use crate::engine::native::Emulator;

/// How many evaluated ops the algebra of one counts as.
const ALGEBRA: u64 = 8;

/// Above so many evaluated ops compiling both graphs is worth its time.
const NATIVE_WORK: u64 = 400_000_000;

pub fn compare(before: &Graph, after: &Graph, effort: Effort) -> Result<Verdict, Difference> {
    if (&before.inputs, &before.outputs) != (&after.inputs, &after.outputs) {
        return Err(Difference::new("the ports are other ones"));
    }
    if pace::check(before).is_ok() {
        pace::check(after)?;
    }
    let work = (before.nodes.len() + after.nodes.len()) as u64;
    if work * ALGEBRA <= effort.work && algebra::same(before, after) {
        return Ok(Verdict::Proved);
    }
    let count = effort.count(work);
    if count == 0 {
        return Ok(Verdict::NotCompared("it is too large for a quick check"));
    }
    let (rows, all) = vectors::rows(&types(before), count);
    let found = match work.saturating_mul(count as u64) > NATIVE_WORK {
        true => suspect(before, after, &rows),
        false => None,
    };
    let suspects = match found {
        Some(suspects) => suspects,
        None => rows.iter().collect(),
    };
    match suspects
        .into_iter()
        .find_map(|row| difference(before, after, row))
    {
        Some(difference) => Err(difference),
        None if all => Ok(Verdict::Exhausted(rows.len())),
        None => Ok(Verdict::Sampled(rows.len())),
    }
}

/// The rows on which the compiled graphs differ; `None` where one cannot be compiled.
fn suspect<'a>(before: &Graph, after: &Graph, rows: &'a [Vec<i128>]) -> Option<Vec<&'a Vec<i128>>> {
    let flat = rows.concat();
    let run = |graph: &Graph| Emulator::new(graph).and_then(|e| e.run_wide(&flat, rows.len()));
    let (old, new) = (run(before).ok()?, run(after).ok()?);
    let width = before.results.len().max(1);
    let pairs = rows.iter().zip(old.chunks(width).zip(new.chunks(width)));
    let differing = pairs.filter(|(_, (old, new))| old != new);
    Some(differing.map(|(row, _)| row).collect())
}

/// The first result that differs on a row.
pub fn difference(before: &Graph, after: &Graph, row: &[i128]) -> Option<Difference> {
    let (old, new) = match (eval(before, row), eval(after, row)) {
        (Ok(old), Ok(new)) => (old, new),
        _ => return Some(Difference::new("one of both cannot be evaluated")),
    };
    let at = old.iter().zip(&new).position(|(old, new)| old != new)?;
    let layer = before.node(before.results[at]).layer;
    Some(Difference {
        sentence: format!(
            "{} is {} before and {} after",
            element(&before.outputs, at),
            old[at],
            new[at]
        ),
        layer: Some(before.layer_name(layer).to_string()),
        inputs: Some((
            integers(&before.inputs, row),
            Sample::Integers(row.to_vec()),
        )),
    })
}

pub fn types(graph: &Graph) -> Vec<IntType> {
    let elements = graph.inputs.iter().flat_map(|port| &port.elements);
    elements.map(|element| element.ty).collect()
}

/// `y[3]`, the elements of all ports counted together.
pub fn element(ports: &[Port], mut at: usize) -> String {
    for port in ports {
        if at < port.elements.len() {
            return format!("{}[{at}]", port.name);
        }
        at -= port.elements.len();
    }
    format!("result {at}")
}

/// The integers of all ports as text.
pub fn integers(ports: &[Port], row: &[i128]) -> String {
    let mut left = row.iter();
    let port = |port: &Port| {
        let values = left.by_ref().take(port.elements.len());
        (port.name.clone(), values.map(i128::to_string).collect())
    };
    listed(ports.iter().map(port))
}
