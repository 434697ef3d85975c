//! What a solution computes, costs and takes: the definitions, independent of the search.

use super::value::{self, Vector};
use super::{Adder, CostModel, Problem, Solution, Source};

/// The coefficients of each output over the inputs, by growing input, without zeros.
/// `None` when an adder reads one that is not before it, or a coefficient leaves 50 bits.
pub fn matrix_of(problem: &Problem, solution: &Solution) -> Option<Vec<Vec<(u32, i64)>>> {
    let mut rows = vec![Vec::new(); solution.outputs.len()];
    let mut readers: Vec<Vec<u32>> = vec![Vec::new(); solution.adders.len()];
    for (at, output) in solution.outputs.iter().enumerate() {
        match output.source {
            None => {}
            Some(Source::Adder(adder)) => readers.get_mut(adder as usize)?.push(at as u32),
            Some(source) => rows[at] = signed(output, &unit(problem, source)?)?,
        }
    }
    walk(problem, solution, |adder, vector, _| {
        for &at in &readers[adder] {
            rows[at as usize] = signed(&solution.outputs[at as usize], vector)?;
        }
        Some(())
    })?;
    Some(rows)
}

fn signed(output: &super::Output, vector: &Vector) -> Option<Vector> {
    let factor = scale(output.shift, output.negative)?;
    value::combine(vector, factor, &[], 0)
}

fn scale(shift: u32, negative: bool) -> Option<i64> {
    let size = 1i64.checked_shl(shift).filter(|size| *size > 0)?;
    Some(if negative { -size } else { size })
}

fn unit(problem: &Problem, source: Source) -> Option<Vector> {
    match source {
        Source::Input(input) if (input as usize) < problem.inputs.len() => Some(vec![(input, 1)]),
        _ => None,
    }
}

/// Visit every adder with the vector of its sum and the positions that vary in its operands.
/// A vector is dropped after its last reader.
fn walk(
    problem: &Problem,
    solution: &Solution,
    mut visit: impl FnMut(usize, &Vector, [(u32, u32); 2]) -> Option<()>,
) -> Option<()> {
    let mut last = vec![0; solution.adders.len()];
    for (at, adder) in solution.adders.iter().enumerate() {
        for source in [adder.lhs, adder.rhs] {
            if let Source::Adder(read) = source {
                *last.get_mut(read as usize)? = at;
            }
        }
    }
    let mut vectors: Vec<Option<Vector>> = vec![None; solution.adders.len()];
    for (at, adder) in solution.adders.iter().enumerate() {
        let vector_of = |source: Source| match source {
            Source::Adder(read) => vectors[read as usize].clone(),
            input => unit(problem, input),
        };
        let (lhs, rhs) = (vector_of(adder.lhs)?, vector_of(adder.rhs)?);
        let left = scale(adder.lhs_shift, adder.lhs_negative)?;
        let right = scale(adder.rhs_shift, adder.rhs_negative)?;
        let sum = value::combine(&lhs, left, &rhs, right)?;
        let varying = [
            varying(problem, &lhs, adder.lhs_shift),
            varying(problem, &rhs, adder.rhs_shift),
        ];
        visit(at, &sum, varying)?;
        vectors[at] = Some(sum);
        for source in [adder.lhs, adder.rhs] {
            match source {
                Source::Adder(read) if last[read as usize] == at => vectors[read as usize] = None,
                _ => {}
            }
        }
    }
    Some(())
}

/// The positions `low..top` of a shifted value that vary.
fn varying(problem: &Problem, vector: &Vector, shift: u32) -> (u32, u32) {
    let common = vector.iter().fold(0, |bits, (_, coef)| bits | coef);
    let zeros = if common == 0 {
        0
    } else {
        common.trailing_zeros()
    };
    let range = value::range(vector, &problem.inputs) >> zeros;
    (shift + zeros, shift + zeros + value::bits(range))
}

/// The cost of all adders; see [`CostModel`]. `None` as for [`matrix_of`].
pub fn cost_of(problem: &Problem, solution: &Solution, model: &CostModel) -> Option<u64> {
    let mut cost = 0;
    walk(problem, solution, |_, _, [lhs, rhs]| {
        cost += u64::from(model.adder(lhs, rhs).unwrap_or(0));
        Some(())
    })?;
    Some(cost)
}

/// The level of the latest output. A sum that is mere wiring takes no level.
pub fn depth_of(problem: &Problem, solution: &Solution, model: &CostModel) -> Option<u32> {
    let mut levels = vec![0u32; solution.adders.len()];
    let level_of = |levels: &[u32], source: Source| match source {
        Source::Adder(read) => levels.get(read as usize).copied(),
        Source::Input(input) => Some(problem.inputs.get(input as usize)?.arrival),
    };
    walk(problem, solution, |at, _, [lhs, rhs]| {
        let Adder { lhs: l, rhs: r, .. } = solution.adders[at];
        let before = level_of(&levels, l)?.max(level_of(&levels, r)?);
        levels[at] = before + u32::from(model.adder(lhs, rhs).is_some());
        Some(())
    })?;
    let outputs = solution.outputs.iter().filter_map(|output| output.source);
    let mut depth = 0;
    for source in outputs {
        depth = depth.max(level_of(&levels, source)?);
    }
    Some(depth)
}
