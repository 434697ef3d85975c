//! Adder graphs of constant matrices: what they compute, when, at what cost.

use compiler::adder_graph::{
    CostModel, Input, Problem, Request, Solution, Source, cost_of, depth_of, matrix_of, solve,
    solve_all,
};

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

fn inputs(count: usize, span: u64) -> Vec<Input> {
    vec![Input { span, arrival: 0 }; count]
}

/// Coefficients of `bits` bits with a sign, `zeros` of ten being 0.
fn random(seed: u64, count: usize, rows: usize, bits: u32, zeros: u64) -> Problem {
    let mut random = Random(seed);
    let mut coefficient = || {
        let zero = random.below(10) < zeros;
        let value = random.below(1 << bits) as i64 - (1 << (bits - 1));
        if zero { 0 } else { value }
    };
    let mut row = || {
        let coefs = (0..count as u32).map(|input| (input, coefficient()));
        coefs.filter(|(_, coef)| *coef != 0).collect()
    };
    Problem {
        inputs: inputs(count, 255),
        rows: (0..rows).map(|_| row()).collect(),
    }
}

fn of_rows(count: usize, rows: &[&[(u32, i64)]]) -> Problem {
    Problem {
        inputs: inputs(count, 255),
        rows: rows.iter().map(|row| row.to_vec()).collect(),
    }
}

fn request(effort: u32, extra_levels: Option<u32>) -> Request {
    Request {
        effort,
        extra_levels,
        ..Request::default()
    }
}

/// The digits of the canonical signed form.
fn weight(coef: i64) -> u32 {
    let size = u128::from(coef.unsigned_abs());
    (size ^ (3 * size)).count_ones()
}

/// The fewest levels in which all rows can be summed.
fn fewest_levels(problem: &Problem) -> u32 {
    let level = |row: &Vec<(u32, i64)>| {
        let digits = row.iter().map(|&(input, coef)| {
            u128::from(weight(coef)) << problem.inputs[input as usize].arrival
        });
        digits.sum::<u128>().next_power_of_two().trailing_zeros()
    };
    problem.rows.iter().map(level).max().unwrap_or(0)
}

fn evaluate(problem: &Problem, solution: &Solution, values: &[i128]) -> Vec<i128> {
    let mut sums: Vec<i128> = Vec::new();
    let scaled = |sums: &[i128], source: Source, shift: u32, negative: bool| {
        let value = match source {
            Source::Input(input) => values[input as usize],
            Source::Adder(adder) => sums[adder as usize],
        };
        if negative {
            -(value << shift)
        } else {
            value << shift
        }
    };
    for adder in &solution.adders {
        let lhs = scaled(&sums, adder.lhs, adder.lhs_shift, adder.lhs_negative);
        let rhs = scaled(&sums, adder.rhs, adder.rhs_shift, adder.rhs_negative);
        assert_eq!(adder.lhs_shift.min(adder.rhs_shift), 0, "one shift is 0");
        sums.push(lhs + rhs);
    }
    assert_eq!(solution.outputs.len(), problem.rows.len());
    let outputs = solution.outputs.iter().map(|output| match output.source {
        Some(source) => scaled(&sums, source, output.shift, output.negative),
        None => 0,
    });
    outputs.collect()
}

/// Solve, multiply out, evaluate, and hold the depth to its bound.
fn check(problem: &Problem, request: &Request) -> Solution {
    let solution = solve(problem, request).expect("the problem has a solution");
    assert_eq!(matrix_of(problem, &solution).as_ref(), Some(&problem.rows));
    let mut random = Random(7);
    for _ in 0..20 {
        let spans = problem.inputs.iter().map(|input| input.span);
        let values: Vec<i128> = spans
            .map(|span| i128::from(random.below(span.clamp(1, 1 << 30) + 1)))
            .collect();
        let row = |row: &Vec<(u32, i64)>| -> i128 {
            let products = row
                .iter()
                .map(|&(at, coef)| i128::from(coef) * values[at as usize]);
            products.sum()
        };
        let wanted: Vec<i128> = problem.rows.iter().map(row).collect();
        assert_eq!(evaluate(problem, &solution, &values), wanted);
    }
    if let Some(extra) = request.extra_levels {
        let depth = depth_of(problem, &solution, &request.cost).expect("the graph is in order");
        assert!(depth <= fewest_levels(problem) + extra, "{depth} levels");
    }
    solution
}

fn cost(problem: &Problem, solution: &Solution) -> u64 {
    cost_of(problem, solution, &CostModel::default()).expect("the graph is in order")
}

/// The adders when nothing is shared.
fn unshared_adders(problem: &Problem) -> u32 {
    let row = |row: &Vec<(u32, i64)>| row.iter().map(|term| weight(term.1)).sum::<u32>();
    problem
        .rows
        .iter()
        .map(|terms| row(terms).saturating_sub(1))
        .sum()
}

#[test]
fn random_matrices_are_computed_in_time() {
    for (seed, (count, rows, bits, zeros)) in [
        (6, 9, 4, 5),
        (9, 6, 8, 0),
        (12, 12, 2, 3),
        (1, 8, 12, 0),
        (30, 1, 6, 2),
    ]
    .into_iter()
    .enumerate()
    {
        let problem = random(seed as u64, count, rows, bits, zeros);
        for extra in [Some(0), Some(1), None] {
            check(&problem, &request(1, extra));
        }
        check(&problem, &request(0, Some(0)));
    }
}

#[test]
fn late_inputs_enter_late() {
    let mut problem = random(3, 10, 10, 5, 3);
    for (at, input) in problem.inputs.iter_mut().enumerate() {
        input.arrival = [0, 3, 1, 7, 200][at % 5] % 11;
        input.span = [1, 255, 3, 0, 65535][at % 5];
    }
    check(&problem, &request(1, Some(0)));
}

#[test]
fn rows_without_a_sum_need_no_adder() {
    let rows: [&[(u32, i64)]; 5] = [&[], &[(0, 1)], &[(1, -1)], &[(2, 8)], &[(0, -64)]];
    let problem = of_rows(3, &rows);
    let solution = check(&problem, &Request::default());
    assert!(solution.adders.is_empty());
    assert_eq!(solution.outputs[0].source, None);
    assert!(
        check(&of_rows(0, &[]), &Request::default())
            .outputs
            .is_empty()
    );
}

#[test]
fn equal_negated_and_shifted_rows_are_one() {
    let rows: [&[(u32, i64)]; 4] = [
        &[(0, 3), (1, -5), (2, 7)],
        &[(0, 3), (1, -5), (2, 7)],
        &[(0, -3), (1, 5), (2, -7)],
        &[(0, 24), (1, -40), (2, 56)],
    ];
    let all = check(&of_rows(3, &rows), &Request::default());
    let one = check(&of_rows(3, &rows[..1]), &Request::default());
    assert_eq!(all.adders, one.adders);
}

#[test]
fn values_side_by_side_are_wired() {
    let problem = Problem {
        inputs: inputs(2, 15),
        rows: vec![vec![(0, 1), (1, -16)]],
    };
    let solution = check(&problem, &Request::default());
    assert_eq!(solution.adders.len(), 1);
    assert_eq!(cost(&problem, &solution), 0);
    assert_eq!(
        depth_of(&problem, &solution, &CostModel::default()),
        Some(0)
    );
}

#[test]
fn wide_coefficients_and_spans_do_not_overflow() {
    let mut random = Random(11);
    let mut coefficient = || (random.below(1 << 30) * 1024 + random.below(1024)) as i64;
    let rows: Vec<Vec<(u32, i64)>> = (0..4)
        .map(|row| {
            (0..4)
                .map(|at| (at, coefficient() * if row == at { -1 } else { 1 }))
                .collect()
        })
        .collect();
    let problem = Problem {
        inputs: inputs(4, 1 << 62),
        rows,
    };
    check(&problem, &Request::default());
    let refused = solve(&of_rows(1, &[&[(0, i64::MIN)]]), &Request::default());
    let refused = refused.expect_err("the coefficient is too wide");
    insta::assert_snapshot!(refused, @r"
    error: a constant matrix cannot be shared: a coefficient has more than 44 bits
       = note: this is a fault of kaon, not of the model
    ");
}

#[test]
fn threads_do_not_change_the_result() {
    let problems: Vec<Problem> = (0..4).map(|seed| random(seed, 8, 10, 6, 4)).collect();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("threads start");
        pool.install(|| solve_all(&problems, &Request::default()).expect("solved"))
    };
    assert_eq!(with(1), with(2));
}

#[test]
fn sharing_and_searching_pay() {
    let problem = random(5, 16, 24, 6, 0);
    let greedy = check(&problem, &request(0, Some(0)));
    let searched = check(&problem, &request(1, Some(0)));
    assert!(cost(&problem, &searched) < cost(&problem, &greedy));
    let (found, all) = (searched.adders.len() as u32, unshared_adders(&problem));
    assert!(10 * found < 6 * all, "{found} of {all} adders");
}
