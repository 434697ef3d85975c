//! What is known of the values of an expression, computed anew: its range, by the range
//! analysis of `fx`, and its low bits.

use dialects::Number;
use dialects::fx::{
    Builder, Conversion, IntType, LayerId, Op, Port, PortElement, Range, Table, ValueId,
};

use super::term::Term;

/// How many low bits are known to be zero.
pub fn zeros(term: &Term) -> u32 {
    let (bits, value) = low_bits(term);
    value.trailing_zeros().min(bits)
}

/// How many low bits are known, and them.
pub fn low_bits(term: &Term) -> (u32, i128) {
    let cut = |bits: u32, value: i128| {
        let bits = bits.min(120);
        (bits, value & ((1 << bits) - 1))
    };
    let amount = |term: &Term| term.value(&|_| None).and_then(|k| u32::try_from(k).ok());
    match term {
        Term::Number(value) => cut(120, *value),
        Term::Op(op, parts) => match *op {
            "add" | "sub" => {
                let ((a, left), (b, right)) = (low_bits(&parts[0]), low_bits(&parts[1]));
                let sum = if *op == "add" {
                    left + right
                } else {
                    left - right
                };
                cut(a.min(b), sum)
            }
            "neg" => {
                let (bits, value) = low_bits(&parts[0]);
                cut(bits, -value)
            }
            "shl" => match amount(&parts[1]) {
                Some(k) if k < 60 => {
                    let (bits, value) = low_bits(&parts[0]);
                    cut((bits + k).min(120), value << k)
                }
                _ => (0, 0),
            },
            "mul" => {
                let ((a, left), (b, right)) = (low_bits(&parts[0]), low_bits(&parts[1]));
                let zeros = |bits: u32, value: i128| value.trailing_zeros().min(bits);
                let known = (a + zeros(b, right)).min(b + zeros(a, left));
                cut(known, left.wrapping_mul(right))
            }
            "register" => low_bits(&parts[0]),
            _ => (0, 0),
        },
        Term::Word(_) => (0, 0),
    }
}

/// Longer expressions stay as they are.
const SETTLED_LENGTH: usize = 400;

/// The expression with a number for every part that can be but one.
pub fn settled(term: &Term) -> Term {
    let mut length = 0;
    term.walk(&mut |_| length += 1);
    match length <= SETTLED_LENGTH {
        true => settle(term),
        false => term.clone(),
    }
}

fn settle(term: &Term) -> Term {
    let Term::Op(op, parts) = term else {
        return term.clone();
    };
    let term = Term::Op(op, parts.iter().map(settle).collect());
    if let Term::Op("wrap", parts) = &term
        && let Some(ty) = parts[0].ty(&|_| None)
        && let (bits, value) = low_bits(&parts[1])
        && bits >= ty.width
    {
        return Term::Number(ty.wrap(value));
    }
    match range(&term).and_then(Range::single) {
        Some(value) => Term::Number(value),
        None => term,
    }
}

/// The range of an expression, by the range analysis of `fx`; `None` where it has none.
pub fn range(term: &Term) -> Option<Range> {
    let inputs = term.inputs();
    let element = |(_, ty): &(String, IntType)| PortElement {
        ty: *ty,
        scale: Number::one(),
        offset: Number::zero(),
    };
    let port = Port {
        name: "x".to_string(),
        shape: vec![inputs.len()],
        elements: inputs.iter().map(element).collect(),
        conversion: Conversion::default(),
    };
    let mut builder = Builder::new("range", vec![port]);
    let layer = builder.layer("range");
    let value = build(term, &inputs, &mut builder, layer)?;
    Some(builder.range(value))
}

fn build(
    term: &Term,
    inputs: &[(String, IntType)],
    builder: &mut Builder,
    layer: LayerId,
) -> Option<ValueId> {
    let (op, parts) = match term {
        Term::Number(value) => return builder.constant(*value, layer).ok(),
        Term::Word(word) => {
            let at = inputs.iter().position(|(name, _)| name == word)?;
            return Some(builder.input(at));
        }
        Term::Op(op, parts) => (*op, parts),
    };
    let mut of = |at: usize| build(&parts[at], inputs, builder, layer);
    let number = |at: usize| parts[at].value(&|_| None);
    let amount = |at: usize| number(at).and_then(|k| u32::try_from(k).ok());
    let op = match op {
        "add" => {
            let (lhs, rhs) = (of(0)?, of(1)?);
            Op::Add { lhs, rhs }
        }
        "sub" => {
            let (lhs, rhs) = (of(0)?, of(1)?);
            Op::Sub { lhs, rhs }
        }
        "mul" => {
            let (lhs, rhs) = (of(0)?, of(1)?);
            Op::Mul { lhs, rhs }
        }
        "neg" => Op::Neg { input: of(0)? },
        "shl" => Op::Shl {
            input: of(0)?,
            amount: amount(1)?,
        },
        "shr" => Op::Shr {
            input: of(0)?,
            amount: amount(1)?,
        },
        "round" => Op::Round {
            mode: parts[0].mode()?,
            input: of(1)?,
            amount: amount(2)?,
        },
        "clamp" => Op::Clamp {
            input: of(0)?,
            min: number(1)?,
            max: number(2)?,
        },
        "wrap" => {
            let input = of(1)?;
            return builder.wrap(input, parts[0].ty(&|_| None)?, layer).ok();
        }
        "compare" => {
            let (lhs, rhs) = (of(1)?, of(2)?);
            Op::Compare {
                predicate: parts[0].predicate()?,
                lhs,
                rhs,
            }
        }
        "select" => {
            let (condition, on_true, on_false) = (of(0)?, of(1)?, of(2)?);
            Op::Select {
                condition,
                on_true,
                on_false,
            }
        }
        "and" => {
            let (lhs, rhs) = (of(0)?, of(1)?);
            Op::And { lhs, rhs }
        }
        "or" => {
            let (lhs, rhs) = (of(0)?, of(1)?);
            Op::Or { lhs, rhs }
        }
        "xor" => {
            let (lhs, rhs) = (of(0)?, of(1)?);
            Op::Xor { lhs, rhs }
        }
        "not" => Op::Not { input: of(0)? },
        "register" => Op::Register { input: of(0)? },
        "lookup" => {
            let (first, values) = parts[0].table()?;
            let values = values.into_iter().map(i64::try_from);
            let values = values.collect::<Result<Vec<i64>, _>>().ok()?;
            let input = of(1)?;
            let table = Table { first, values };
            let covering = table.covering(builder.range(input)).unwrap_or(table);
            Op::Lookup {
                input,
                table: covering.into(),
            }
        }
        _ => return None,
    };
    builder.push(op, layer).ok()
}
