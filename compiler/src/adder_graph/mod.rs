//! Constant matrix-vector products as graphs of two-operand adders.
//!
//! A [`Problem`] is an integer matrix and what is known of its inputs; a [`Solution`] is a
//! list of adders that share what rows have in common. Nothing here knows `fx`: the pass
//! `fx-share-sums` finds the matrices and builds the sums.
//!
//! Every solution is multiplied out and compared with its problem before it is returned.
//! It depends on nothing but problem and request: effort is counted in work, never in time.

mod blocks;
mod build;
mod difference;
mod digits;
mod entry;
mod greedy;
mod journal;
mod levels;
mod measure;
mod network;
mod patterns;
mod prepare;
mod random;
mod request;
mod ruin;
mod search;
mod sums;
mod value;
mod verify;

pub use measure::{cost_of, depth_of, matrix_of};
pub use request::{CostModel, Request};

use dialects::diagnostic::Result;
use rayon::prelude::*;

use greedy::{Choice, Score};
use network::Network;

/// `y = rows · x` over integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub inputs: Vec<Input>,
    /// One per output: the inputs it reads, in growing order, with coefficients that are not 0.
    pub rows: Vec<Vec<(u32, i64)>>,
}

/// What is known of an input. An input takes `span + 1` consecutive values; an offset
/// between them and `0..=span` costs nothing and is the caller's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input {
    pub span: u64,
    /// When it is there, in adder levels.
    pub arrival: u32,
}

/// A value of the graph: an input, or an adder by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    Input(u32),
    Adder(u32),
}

/// `± lhs · 2^lhs_shift ± rhs · 2^rhs_shift`, one shift at least being 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Adder {
    pub lhs: Source,
    pub lhs_shift: u32,
    pub lhs_negative: bool,
    pub rhs: Source,
    pub rhs_shift: u32,
    pub rhs_negative: bool,
}

/// `± source · 2^shift`; `None` for a row of zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Output {
    pub source: Option<Source>,
    pub shift: u32,
    pub negative: bool,
}

/// Adders in evaluation order, and where each row's sum is found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Solution {
    pub adders: Vec<Adder>,
    pub outputs: Vec<Output>,
}

/// Problems with more digits are started once, not with every score.
const MANY_DIGITS: u64 = 5_000;

/// The cheapest graph found for one problem.
///
/// An error is a problem outside the limits of `prepare.rs`, or a fault of this solver.
pub fn solve(problem: &Problem, request: &Request) -> Result<Solution> {
    let (network, targets) = prepare::network(problem, request)?;
    let digits: u64 = network
        .nodes
        .iter()
        .map(|node| u64::from(node.digits))
        .sum();
    let scores = match digits > MANY_DIGITS {
        true => &Score::ALL[..1],
        false => &Score::ALL[..],
    };
    let starts: Vec<Network> = scores
        .par_iter()
        .map(|&score| start(network.clone(), score))
        .collect();
    let best = starts.into_iter().min_by_key(|start| start.total);
    let Some(mut network) = best else {
        return Ok(Solution::default());
    };
    let mut found = build::solution(&network, &targets);
    if request.effort > 0 && network.total.cost > 0 {
        search::improve(&mut network, request.effort);
        let searched = build::solution(&network, &targets);
        let cost = |solution| cost_of(problem, solution, &request.cost);
        if (cost(&searched), searched.adders.len()) < (cost(&found), found.adders.len()) {
            found = searched;
        }
    }
    verify::check(problem, &found)?;
    Ok(found)
}

/// Sharing by one score, block by block.
fn start(mut network: Network, score: Score) -> Network {
    let choice = Choice {
        score,
        noise: 0,
        seed: 0,
    };
    loop {
        greedy::share(&mut network, &choice);
        if !network.join_blocks() {
            break;
        }
    }
    ruin::tidy(&mut network);
    network.settle();
    network
}

/// [`solve`] for each problem, on all threads of the current pool.
pub fn solve_all(problems: &[Problem], request: &Request) -> Result<Vec<Solution>> {
    problems
        .par_iter()
        .map(|problem| solve(problem, request))
        .collect()
}
