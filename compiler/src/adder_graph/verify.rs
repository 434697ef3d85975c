//! A solution is compared with its problem, entry by entry, before anyone sees it.

use dialects::diagnostic::{Diagnostic, Result};

use super::measure::matrix_of;
use super::{Problem, Solution};

pub(super) fn check(problem: &Problem, solution: &Solution) -> Result<()> {
    let same = matrix_of(problem, solution).is_some_and(|rows| rows == problem.rows);
    if same {
        return Ok(());
    }
    Err(
        Diagnostic::new("the adder graph found for a constant matrix computes something else")
            .note("this is a fault of kaon, not of the model"),
    )
}
