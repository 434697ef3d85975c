//! A graph of `fx` as forms: one for each value.

use dialects::fx::{Graph, IntType, Node, Op, Predicate, Range};
use dialects::rounding::Rounding;

use super::algebra::{Algebra, Form, power};

/// The form of every node; `None` where numbers leave 128 bits.
pub fn forms(algebra: &mut Algebra, graph: &Graph) -> Vec<Option<Form>> {
    let mut forms: Vec<Option<Form>> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let of = node.op.operands();
        let of: Option<Vec<Form>> = of
            .iter()
            .map(|value| forms[value.index()].clone())
            .collect();
        forms.push(of.and_then(|of| form(algebra, graph, node, &of)));
    }
    forms
}

fn form(algebra: &mut Algebra, graph: &Graph, node: &Node, of: &[Form]) -> Option<Form> {
    let range = node.ty.range();
    match &node.op {
        Op::Input { index } => Some(algebra.input(*index as usize, range)),
        Op::Constant { value } => Some(Form::constant(*value)),
        Op::Add { .. } => of[0].plus(&of[1], 1),
        Op::Sub { .. } => of[0].plus(&of[1], -1),
        Op::Sum { terms, constant } => {
            let mut sum = Form::constant(*constant);
            for (form, term) in of.iter().zip(terms) {
                sum = sum.plus(form, term.factor()?)?;
            }
            Some(sum)
        }
        Op::Neg { .. } => of[0].times(-1),
        Op::Mul { .. } => algebra.product(&of[0], &of[1]),
        Op::Shl { amount, .. } => of[0].times(power(*amount)?),
        Op::Shr { amount, .. } => algebra.floor(&of[0], *amount),
        Op::Round { amount, mode, .. } => round(algebra, &of[0], *amount, *mode),
        Op::Clamp { min, max, .. } => clamp(algebra, &of[0], *min, *max),
        Op::Wrap { .. } => wrap(algebra, &of[0], node.ty),
        Op::Compare {
            predicate,
            lhs,
            rhs,
        } => {
            let widths = [lhs, rhs].map(|value| graph.node(*value).ty.width);
            compare(algebra, *predicate, of, widths[0].max(widths[1]) + 1)
        }
        Op::Select { .. } => algebra.choose(&of[0], &of[1], &of[2]),
        Op::And { .. } => algebra.gate(&of[0], &of[1]),
        Op::Or { .. } => {
            let both = algebra.gate(&of[0], &of[1])?;
            of[0].plus(&of[1], 1)?.plus(&both, -1)
        }
        Op::Xor { .. } => {
            let both = algebra.gate(&of[0], &of[1])?;
            of[0].plus(&of[1], 1)?.plus(&both, -2)
        }
        Op::Not { .. } => Form::constant(1).plus(&of[0], -1),
        Op::Lookup { table, .. } => {
            let last = table.values.len() - 1;
            // Outside its domain a table is never asked.
            let domain = Range::new(table.first, table.first + last as i128);
            algebra.lookup(&of[0], domain, range, &mut |at| {
                let at = usize::try_from(at - table.first).ok()?;
                Some(i128::from(table.values[at.min(last)]))
            })
        }
        Op::Register { .. } => Some(of[0].clone()),
    }
}

/// The value of the type that equals the form modulo 2^width.
fn wrap(algebra: &mut Algebra, form: &Form, ty: IntType) -> Option<Form> {
    let half = match ty.signed {
        true => power(ty.width - 1)?,
        false => 0,
    };
    let moved = form.clone().offset(half)?;
    algebra.modulo(&moved, ty.width)?.offset(-half)
}

fn clamp(algebra: &mut Algebra, form: &Form, min: i128, max: i128) -> Option<Form> {
    let range = algebra.tight_range(form)?;
    if range.lo >= min && range.hi <= max {
        return Some(form.clone());
    }
    let limits = Range::new(min, max);
    let of = [form.clone(), Form::constant(min), Form::constant(max)];
    algebra.apply("clamp", &of, limits, &mut |of| {
        Some(of[0].max(of[1]).min(of[2]))
    })
}

fn compare(algebra: &mut Algebra, predicate: Predicate, of: &[Form], width: u32) -> Option<Form> {
    let difference = of[0].plus(&of[1], -1)?;
    let not = |bit: Option<Form>| Form::constant(1).plus(&bit?, -1);
    match predicate {
        Predicate::Equal => not(algebra.nonzero(&difference, width)),
        Predicate::NotEqual => algebra.nonzero(&difference, width),
        Predicate::Less => algebra.negative(&difference),
        Predicate::LessEqual => not(algebra.negative(&difference.times(-1)?)),
    }
}

/// Every mode as a floor.
fn round(algebra: &mut Algebra, form: &Form, amount: u32, mode: Rounding) -> Option<Form> {
    if amount == 0 {
        return Some(form.clone());
    }
    let (half, below) = (power(amount - 1)?, power(amount)? - 1);
    let negative = algebra.negative(form)?;
    let moved = form.clone();
    let moved = match mode {
        Rounding::Floor => moved,
        Rounding::Ceil => moved.offset(below)?,
        Rounding::TowardZero => moved.plus(&negative, below)?,
        Rounding::AwayFromZero => moved.offset(below)?.plus(&negative, -below)?,
        Rounding::HalfUp => moved.offset(half)?,
        Rounding::HalfDown => moved.offset(half - 1)?,
        Rounding::HalfAway => moved.offset(half)?.plus(&negative, -1)?,
        Rounding::HalfToZero => moved.offset(half - 1)?.plus(&negative, 1)?,
        Rounding::HalfEven => {
            let odd = algebra.slice(form, amount, 1)?;
            moved.offset(half - 1)?.plus(&odd, 1)?
        }
    };
    algebra.floor(&moved, amount)
}
