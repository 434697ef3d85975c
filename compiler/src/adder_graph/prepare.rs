//! From a problem to the first state of the search.
//!
//! Rows are made odd and given a positive first coefficient; equal rows become one, a row
//! of one input becomes that input, and rows of zeros disappear.

use std::collections::BTreeMap;

use dialects::diagnostic::{Diagnostic, Result};

use super::network::{Network, level_of};
use super::patterns::MOST_NODES;
use super::request::Request;
use super::value::{self, Vector};
use super::{Input, Problem};

/// Where an output is found: `± node · 2^shift`; `None` for a row of zeros.
pub(super) type Target = Option<(u32, u32, bool)>;

/// Coefficients with more bits than this are refused.
const COEFFICIENT_BITS: u32 = 44;
/// Levels are counted from here below the latest input; earlier inputs are as good as there.
const LEVELS_BELOW: u32 = 64;
/// What "any depth" means, in levels above the fewest.
const ANY_EXTRA: u32 = 24;
const MOST_EXTRA: u32 = 32;

pub(super) fn network(problem: &Problem, request: &Request) -> Result<(Network, Vec<Target>)> {
    let latest = latest_arrival(problem);
    let base = latest.saturating_sub(LEVELS_BELOW);
    let mut network = Network::new(&problem.inputs, base, request.cost);
    let mut targets = Vec::with_capacity(problem.rows.len());
    let mut deepest = 0;
    for row in &problem.rows {
        let Some(canonical) = value::canonical(checked(row, problem.inputs.len())?) else {
            targets.push(None);
            continue;
        };
        let node = network.find(&canonical.vector).unwrap_or_else(|| {
            let node = network.add_node(canonical.vector.clone(), 0);
            network.nodes[node as usize].wanted = true;
            node
        });
        targets.push(Some((node, canonical.shift, canonical.negative)));
    }
    network.split();
    for row in network.inputs as u32..network.nodes.len() as u32 {
        for (input, coef) in network.nodes[row as usize].vector.clone() {
            network.set(row, input, coef);
        }
        deepest = deepest.max(level_of(network.nodes[row as usize].kraft));
    }
    let extra = request.extra_levels.unwrap_or(ANY_EXTRA).min(MOST_EXTRA);
    network.deepest = deepest + extra;
    Ok((network, targets))
}

fn latest_arrival(problem: &Problem) -> u32 {
    let arrivals = problem.inputs.iter().map(|input: &Input| input.arrival);
    arrivals.max().unwrap_or(0)
}

/// A row in growing order without zeros.
fn checked(row: &[(u32, i64)], inputs: usize) -> Result<Vector> {
    let mut sums: BTreeMap<u32, i64> = BTreeMap::new();
    for &(input, coef) in row {
        let sum = sums.entry(input).or_insert(0);
        *sum = sum
            .checked_add(coef)
            .ok_or_else(|| refusal("a coefficient does not fit 64 bits"))?;
    }
    sums.retain(|_, coef| *coef != 0);
    let wide = |coef: &i64| 64 - coef.unsigned_abs().leading_zeros() > COEFFICIENT_BITS;
    if sums.values().any(wide) {
        return Err(refusal("a coefficient has more than 44 bits"));
    }
    if inputs > MOST_NODES / 4 || sums.keys().any(|&input| input as usize >= inputs) {
        return Err(refusal("a row reads an input that is not there"));
    }
    Ok(sums.into_iter().collect())
}

fn refusal(reason: &str) -> Diagnostic {
    Diagnostic::new(format!("a constant matrix cannot be shared: {reason}"))
        .note("this is a fault of kaon, not of the model")
}
