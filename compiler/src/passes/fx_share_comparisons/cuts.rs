//! A comparison with a constant as a place where the integers are cut in two.

use dialects::fx::{Graph, Op, Predicate, ValueId};

/// Whether a value is at most `bound`, or above it.
pub struct Cut {
    pub of: ValueId,
    pub bound: i128,
    pub above: bool,
}

/// The cut that a value makes; `None` where it is no ordered comparison with a constant.
pub fn cut(graph: &Graph, value: ValueId) -> Option<Cut> {
    let Op::Compare {
        predicate,
        lhs,
        rhs,
    } = graph.node(value).op
    else {
        return None;
    };
    let constant = |value: ValueId| match graph.node(value).op {
        Op::Constant { value } => Some(value),
        _ => None,
    };
    let less = match predicate {
        Predicate::Less => 1,
        Predicate::LessEqual => 0,
        Predicate::Equal | Predicate::NotEqual => return None,
    };
    let (mut of, mut bound, above) = match (constant(lhs), constant(rhs)) {
        (None, Some(c)) => (lhs, c.checked_sub(less)?, false),
        // c ≤ x is not x ≤ c - 1.
        (Some(c), None) => (rhs, c.checked_sub(1 - less)?, true),
        _ => return None,
    };
    // ⌊x/2ᵏ⌋ ≤ c is x ≤ c·2ᵏ + 2ᵏ - 1.
    while let Op::Shr { input, amount } = graph.node(of).op {
        let step = 1i128.checked_shl(amount)?;
        bound = bound.checked_mul(step)?.checked_add(step - 1)?;
        of = input;
    }
    Some(Cut { of, bound, above })
}
