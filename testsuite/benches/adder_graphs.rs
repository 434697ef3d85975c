//! Adders, cost, depth and time of shared constant matrices.
//!
//! `cargo bench -p kaon-testsuite --bench adder_graphs -- [EFFORT [EXTRA_LEVELS|any]]`
//!
//! Uniform random weights of w bits, some of them with half the weights 0, and 8-bit inputs.
//! `kept` is the share of the adders that remain of those without any sharing.

use std::time::Instant;

use compiler::adder_graph::{Input, Problem, Request, cost_of, depth_of, solve};

struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) % end
    }
}

fn matrix(inputs: u32, rows: usize, bits: u32, sparse: bool) -> Problem {
    let mut random = Random(u64::from(inputs * bits));
    let mut coefficient = || {
        let value = random.below(1 << bits) as i64 - (1 << (bits - 1));
        if sparse && random.below(2) == 0 {
            0
        } else {
            value
        }
    };
    let mut row = || {
        let coefs = (0..inputs).map(|input| (input, coefficient()));
        coefs.filter(|(_, coef)| *coef != 0).collect()
    };
    let input = Input {
        span: 255,
        arrival: 0,
    };
    Problem {
        inputs: vec![input; inputs as usize],
        rows: (0..rows).map(|_| row()).collect(),
    }
}

fn unshared_adders(problem: &Problem) -> u64 {
    let weight = |coef: i64| {
        let size = coef.unsigned_abs();
        u64::from((size ^ (3 * size)).count_ones())
    };
    let row = |row: &Vec<(u32, i64)>| row.iter().map(|term| weight(term.1)).sum::<u64>();
    problem
        .rows
        .iter()
        .map(|terms| row(terms).saturating_sub(1))
        .sum()
}

fn show(name: &str, problem: &Problem, request: &Request) {
    let start = Instant::now();
    let solution = match solve(problem, request) {
        Ok(solution) => solution,
        Err(diagnostic) => return println!("{name}: {diagnostic}"),
    };
    let seconds = start.elapsed().as_secs_f64();
    let cost = cost_of(problem, &solution, &request.cost).unwrap_or(0);
    let depth = depth_of(problem, &solution, &request.cost).unwrap_or(0);
    let adders = solution.adders.len();
    let kept = adders as f64 / unshared_adders(problem) as f64;
    println!(
        "{name:16} {adders:7} {kept:6.3} {:9} {depth:6} {seconds:8.2}",
        cost / 100
    );
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|text| text != "--bench");
    let effort = arguments.next().and_then(|text| text.parse().ok());
    let extra = arguments.next();
    let standard = Request::default();
    let request = Request {
        effort: effort.unwrap_or(standard.effort),
        extra_levels: extra.map_or(standard.extra_levels, |text| text.parse().ok()),
        ..standard
    };
    println!(
        "{:16} {:>7} {:>6} {:>9} {:>6} {:>8}",
        "matrix", "adders", "kept", "cost", "depth", "s"
    );
    #[rustfmt::skip]
    let matrices = [
        ("16x64 w6 half", 16, 64, 6, true), ("64x32 w6 half", 64, 32, 6, true),
        ("32x32 w6 half", 32, 32, 6, true), ("32x5 w6 half", 32, 5, 6, true),
        ("16x64 w6", 16, 64, 6, false), ("64x32 w8", 64, 32, 8, false),
        ("64x64 w2", 64, 64, 2, false), ("64x64 w4", 64, 64, 4, false),
        ("64x64 w8", 64, 64, 8, false), ("128x128 w4", 128, 128, 4, false),
        ("128x128 w8", 128, 128, 8, false), ("512x256 w4 half", 512, 256, 4, true),
    ];
    for (name, inputs, rows, bits, sparse) in matrices {
        show(name, &matrix(inputs, rows, bits, sparse), &request);
    }
}
